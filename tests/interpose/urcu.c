/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu.c: liburcu's sections and grace periods, in each of its flavours. */
#include "case.h"

void urcu_qsbr_register_thread(void);
void urcu_qsbr_unregister_thread(void);
void urcu_qsbr_thread_online(void);
void urcu_qsbr_thread_offline(void);
void urcu_qsbr_synchronize_rcu(void);
void urcu_qsbr_barrier(void);
int urcu_qsbr_read_ongoing(void);
void urcu_memb_register_thread(void);
void urcu_memb_read_lock(void);
void urcu_memb_read_unlock(void);
void urcu_memb_synchronize_rcu(void);
void urcu_memb_barrier(void);
void urcu_memb_unregister_thread(void);
int urcu_memb_read_ongoing(void);
void urcu_mb_register_thread(void);
void urcu_mb_read_lock(void);
void urcu_mb_read_unlock(void);
void urcu_mb_synchronize_rcu(void);
void urcu_mb_barrier(void);
void urcu_mb_unregister_thread(void);
int urcu_mb_read_ongoing(void);
void urcu_signal_register_thread(void);
void urcu_signal_read_lock(void);
void urcu_signal_read_unlock(void);
void urcu_signal_synchronize_rcu(void);
void urcu_signal_barrier(void);
void urcu_signal_unregister_thread(void);
int urcu_signal_read_ongoing(void);
void urcu_bp_register_thread(void);
void urcu_bp_read_lock(void);
void urcu_bp_read_unlock(void);
void urcu_bp_synchronize_rcu(void);
void urcu_bp_barrier(void);
int urcu_bp_read_ongoing(void);

static void memb_sections_nest_and_end(void)
{
    urcu_memb_register_thread();
    urcu_memb_read_lock();
    urcu_memb_read_lock();
    CHECK(urcu_memb_read_ongoing());
    urcu_memb_read_unlock();
    CHECK(urcu_memb_read_ongoing());
    urcu_memb_read_unlock();
    CHECK(!urcu_memb_read_ongoing());
    urcu_memb_synchronize_rcu();
    urcu_memb_barrier();
    urcu_memb_unregister_thread();
}

static void mb_sections_nest_and_end(void)
{
    urcu_mb_register_thread();
    urcu_mb_read_lock();
    urcu_mb_read_lock();
    CHECK(urcu_mb_read_ongoing());
    urcu_mb_read_unlock();
    CHECK(urcu_mb_read_ongoing());
    urcu_mb_read_unlock();
    CHECK(!urcu_mb_read_ongoing());
    urcu_mb_synchronize_rcu();
    urcu_mb_barrier();
    urcu_mb_unregister_thread();
}

static void signal_sections_nest_and_end(void)
{
    urcu_signal_register_thread();
    urcu_signal_read_lock();
    urcu_signal_read_lock();
    CHECK(urcu_signal_read_ongoing());
    urcu_signal_read_unlock();
    CHECK(urcu_signal_read_ongoing());
    urcu_signal_read_unlock();
    CHECK(!urcu_signal_read_ongoing());
    urcu_signal_synchronize_rcu();
    urcu_signal_barrier();
    urcu_signal_unregister_thread();
}

static void bp_sections_nest_and_end(void)
{
    urcu_bp_register_thread();
    urcu_bp_read_lock();
    urcu_bp_read_lock();
    CHECK(urcu_bp_read_ongoing());
    urcu_bp_read_unlock();
    CHECK(urcu_bp_read_ongoing());
    urcu_bp_read_unlock();
    CHECK(!urcu_bp_read_ongoing());
    urcu_bp_synchronize_rcu();
    urcu_bp_barrier();
}

static void *be_online(void *unused)
{
    urcu_qsbr_register_thread();
    urcu_qsbr_synchronize_rcu();
    urcu_qsbr_unregister_thread();
    return unused;
}

static void qsbr_sections_nest_and_end(void)
{
    urcu_qsbr_register_thread();
    CHECK(urcu_qsbr_read_ongoing());
    urcu_qsbr_synchronize_rcu();
    urcu_qsbr_thread_offline();
    in_thread(be_online, NULL);
    urcu_qsbr_thread_online();
    urcu_qsbr_thread_online();
    urcu_qsbr_barrier();
    CHECK(urcu_qsbr_read_ongoing());
    urcu_qsbr_unregister_thread();
}

static const struct test_case cases[] = {
    CASE(memb_sections_nest_and_end),   CASE(mb_sections_nest_and_end),
    CASE(signal_sections_nest_and_end), CASE(bp_sections_nest_and_end),
    CASE(qsbr_sections_nest_and_end),
};

CASE_MAIN(cases)
