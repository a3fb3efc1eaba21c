/* SPDX-License-Identifier: BSD-2-Clause */
/* What a thread sees while another has the engine's lock (backlog.h): it does
 * not wait, and nothing of it is missing once the lock is given back. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine.h"
#include "event.h"
#include "findings.h"
#include "include/lockval.h"
#include "instance.h"
#include "record.h"
#include "thread.h"
#include "written.h"

#define MUTEX LV_HOW_FAMILY(LV_FAMILY_MUTEX)

enum { A, B, C, D, E, LOCKS = 24, RING = 8, DEEP = 6 };

static long *heap;
static char directory[] = "/tmp/lockval-backlog-XXXXXX";

/* The other thread: takes `count` locks, one under the other, and gives them
 * back, each time that it is asked. */
static pthread_t other;
static sem_t asked, done;
static unsigned order[DEEP];
static volatile unsigned order_count;
static uint32_t other_id, other_segment;

/* Asked for in the place of a count. */
enum { END = 0, NEXT_SEGMENT = 100 };

static uintptr_t at(unsigned i)
{
    return (uintptr_t)&heap[i];
}

__attribute__((noinline)) static void take(unsigned i)
{
    uintptr_t caller = (uintptr_t)__builtin_return_address(0);
    struct lv_ticket ticket;

    if (!lv_acquire_known(at(i), MUTEX, caller, &ticket))
        lv_acquire_miss(at(i), MUTEX, caller, &ticket);
    lv_acquire_commit(&ticket);
}

static void let_go(unsigned i)
{
    if (!lv_release_newest(at(i)))
        lv_release_miss(at(i), MUTEX | LV_HOW_RELOCK_ERROR, 1,
                        LV_OWNER_UNKNOWN);
}

__attribute__((noinline)) static void nest(const unsigned *lock, unsigned count)
{
    volatile unsigned i; /* one call, from one place */

    for (i = 0; i < count; i++)
        take(lock[i]);
    while (i > 0)
        let_go(lock[--i]);
}

static void *obey(void *unused)
{
    for (;;) {
        sem_wait(&asked);
        if (order_count == END)
            return unused;
        if (order_count == NEXT_SEGMENT) {
            lv_thread_created();
            sem_post(&done);
            continue;
        }
        if (lv_self.thread != NULL)
            lv_self.thread->looks = 1; /* at times it goes the slow way */
        nest(order, order_count);
        other_id = lv_self.thread->id;
        other_segment = lv_self.thread->segment;
        sem_post(&done);
    }
}

static void ask_for(unsigned count)
{
    order_count = count;
    sem_post(&asked);
}

static void ask(unsigned outer, unsigned inner)
{
    order[0] = outer;
    order[1] = inner;
    ask_for(2);
}

static void let_other_nest(unsigned count)
{
    ask_for(count);
    sem_wait(&done);
}

static void let_other(unsigned outer, unsigned inner)
{
    ask(outer, inner);
    sem_wait(&done);
}

static __thread struct lv_guard guard;

static void take_engine(void)
{
    assert_true(lv_enter(&guard));
    lv_engine_take();
}

static void give_engine(void)
{
    lv_engine_give();
    lv_leave(&guard);
}

/* Until somebody sleeps for the engine's lock. */
static void await_sleeper(void)
{
    while (atomic_load(&lv_engine.lock.word) != 2)
        sched_yield();
}

static uint64_t dependencies(void)
{
    return lv_record_header()->dependencies;
}

/* New lives, each of a class of its own, which both threads have taken; the
 * other one has a ring. */
static int begin(void **state)
{
    static struct lockval_class class[LOCKS];
    static const char *const name[] = {"A", "B", "C", "D", "E"};
    static bool has_ring;
    unsigned i;

    (void)state;
    lv_memory_gone((uintptr_t)heap, LOCKS * sizeof *heap, 1, LV_ENDING_SILENT);
    for (i = 0; i < LOCKS; i++) {
        class[i].name = name[i < 5 ? i : 4];
        lv_lock_set_class(at(i), 1, &class[i]);
        order[0] = i;
        let_other_nest(1);
        nest(order, 1);
    }
    if (!has_ring) {
        let_other(LOCKS - 2, LOCKS - 1);
        take_engine();
        ask(LOCKS - 3, LOCKS - 1);
        await_sleeper();
        give_engine();
        sem_wait(&done);
        has_ring = true;
    }
    mark = lv_record_header()->committed;
    return 0;
}

static void nobody_waits_and_nothing_is_missing(void **state)
{
    const struct lv_rec_observation *seen;

    (void)state;
    let_other_nest(NEXT_SEGMENT);
    take_engine();
    let_other(A, B);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 0);
    give_engine();
    seen = only_entry(LV_REC_OBSERVATION);
    assert_int_equal(seen->thread, other_id);
    assert_int_equal(seen->segment, other_segment);
    assert_int_equal(seen->count, 1);
    assert_int_equal(seen->hold[0].instance, lv_instance_find(at(A))->id);
    assert_int_equal(seen->wanted.instance, lv_instance_find(at(B))->id);
    assert_int_not_equal(seen->hold[0].stack, 0);
    assert_int_not_equal(seen->wanted.stack, 0);
}

static void who_takes_the_lock_knows_it(void **state)
{
    (void)state;
    take_engine();
    let_other(A, B);
    lv_lock_give(&lv_engine.lock); /* and does not look back */
    lv_engine_take();
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 1);
    give_engine();
}

static void inversion_is_told(void **state)
{
    unsigned back[] = {D, C};
    uint64_t before = lv_findings_count();

    (void)state;
    nest(back, 2);
    take_engine();
    let_other(C, D);
    assert_int_equal(lv_findings_count(), before);
    give_engine();
    assert_int_equal(lv_findings_count(), before + 1);
}

static void same_order_is_not(void **state)
{
    unsigned same[] = {C, D};
    uint64_t before = lv_findings_count();

    (void)state;
    nest(same, 2);
    take_engine();
    let_other(C, D);
    give_engine();
    assert_int_equal(lv_findings_count(), before);
}

static void gate_is_among_what_was_held(void **state)
{
    unsigned back[] = {D, C}, i;
    const struct lv_rec_observation *seen;

    (void)state;
    let_other(E, C);
    nest(back, 2);
    take_engine();
    for (i = 0; i < 3; i++)
        order[i] = (unsigned[]){E, C, D}[i];
    let_other_nest(3);
    give_engine();
    seen = newest_entry(LV_REC_OBSERVATION);
    assert_int_equal(seen->count, 2);
    assert_int_equal(seen->hold[0].instance, lv_instance_find(at(E))->id);
    assert_int_equal(seen->hold[1].instance, lv_instance_find(at(C))->id);
}

static void show_three(void)
{
    unsigned i;

    for (i = 0; i < 3; i++)
        order[i] = (unsigned[]){E, C, D}[i];
    take_engine();
    let_other_nest(3);
    give_engine();
}

static void new_segment_shows_it_again(void **state)
{
    unsigned first;

    (void)state;
    show_three();
    first = count_entries(LV_REC_OBSERVATION);
    show_three();
    assert_int_equal(count_entries(LV_REC_OBSERVATION), first);
    let_other_nest(NEXT_SEGMENT);
    show_three();
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2 * first);
}

static void full_ring_waits(void **state)
{
    uint64_t before = dependencies();
    unsigned i;

    (void)state;
    take_engine();
    for (i = 1; i <= RING; i++)
        let_other(A, i);
    assert_int_equal(dependencies(), before);
    ask(A, RING + 1);
    await_sleeper();
    give_engine();
    sem_wait(&done);
    assert_int_equal(dependencies(), before + RING + 1);
}

static void ring_is_used_again_and_again(void **state)
{
    uint64_t before = dependencies();
    unsigned i;

    (void)state;
    for (i = 1; i < LOCKS; i++) {
        take_engine();
        let_other(A, i);
        give_engine();
    }
    assert_int_equal(dependencies(), before + LOCKS - 1);
}

static void deeper_than_a_ring_waits(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < DEEP; i++)
        order[i] = i;
    let_other_nest(DEEP - 1);
    take_engine();
    ask_for(DEEP);
    await_sleeper();
    give_engine();
    sem_wait(&done);
}

static void lock_that_died_is_passed_over(void **state)
{
    uint64_t before = dependencies();

    (void)state;
    take_engine();
    let_other(A, B);
    let_other(A, C);
    lv_instance_end(lv_instance_find(at(B)));
    give_engine();
    assert_int_equal(dependencies(), before + 1);
}

static void forked_child_leaves_others_rings_alone(void **state)
{
    uint64_t before = dependencies();

    (void)state;
    take_engine();
    let_other(A, B);
    lv_backlog_forked();
    give_engine();
    assert_int_equal(dependencies(), before);
    take_engine();
    let_other(A, C);
    give_engine();
    assert_int_equal(dependencies(), before + 1);
}

static sem_t start;

static void *take_and_give(void *rounds)
{
    uintptr_t i;

    for (i = 0; i < (uintptr_t)rounds; i++) {
        sem_wait(&start);
        take_engine();
        give_engine();
        sem_post(&done);
    }
    return NULL;
}

/* Whoever comes as the lock is given back. */
static void nothing_is_left_over(void **state)
{
    enum { ROUNDS = 3000 };
    pthread_t holder;
    unsigned i;

    (void)state;
    assert_int_equal(
        pthread_create(&holder, NULL, take_and_give, (void *)ROUNDS), 0);
    for (i = 0; i < ROUNDS; i++) {
        sem_post(&start);
        ask(i % 3, 3 + i % (LOCKS - 3));
        sem_wait(&done);
        sem_wait(&done);
        assert_null(atomic_load(&lv_backlogs));
    }
    pthread_join(holder, NULL);
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        RULE(nobody_waits_and_nothing_is_missing),
        RULE(who_takes_the_lock_knows_it),
        RULE(inversion_is_told),
        RULE(same_order_is_not),
        RULE(gate_is_among_what_was_held),
        RULE(new_segment_shows_it_again),
        RULE(full_ring_waits),
        RULE(ring_is_used_again_and_again),
        RULE(deeper_than_a_ring_waits),
        RULE(lock_that_died_is_passed_over),
        RULE(forked_child_leaves_others_rings_alone),
        RULE(nothing_is_left_over),
    };
    char text[128];
    int failed;

    heap = calloc(LOCKS, sizeof *heap);
    if (heap == NULL || mkdtemp(directory) == NULL)
        return 1;
    snprintf(text, sizeof text, "record=%s:quiet", directory);
    setenv("LOCKVAL_OPTIONS", text, 1);
    lv_engine_start();
    atomic_store(&lv_signals_handled, 0);
    if (lv_record_header() == NULL || sem_init(&asked, 0, 0) != 0 ||
        sem_init(&done, 0, 0) != 0 || sem_init(&start, 0, 0) != 0 ||
        pthread_create(&other, NULL, obey, NULL) != 0)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    ask_for(END);
    pthread_join(other, NULL);
    snprintf(text, sizeof text, "rm -rf %s", directory);
    free(heap);
    return system(text) != 0 ? 1 : failed;
}
