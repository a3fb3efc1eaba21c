/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine by its events: what it writes to the record for which sequence of
 * acquisitions and releases. No lock is real here. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "event.h"
#include "include/lockval.h"
#include "instance.h"
#include "record.h"
#include "written.h"

enum { PLACE = 0x1000 }; /* a call site */

#define MUTEX LV_HOW_FAMILY(LV_FAMILY_MUTEX)
#define RWLOCK LV_HOW_FAMILY(LV_FAMILY_RWLOCK)

/* Addresses of locks, in this program's data. Each test has its own: of what a
 * class shows often not all is written. */
enum { OWN = 16, LOCKS = 600 };
static long lock[OWN * 80 + LOCKS];
static unsigned first_own;
static char directory[] = "/tmp/lockval-engine-XXXXXX";

static uintptr_t at(unsigned i)
{
    return (uintptr_t)&lock[first_own + i];
}

static void take_from(uintptr_t address, uint32_t how, uintptr_t place)
{
    struct lv_ticket ticket;

    if (!lv_acquire_known(address, how, place, &ticket))
        lv_acquire_miss(address, how, place, &ticket);
    lv_acquire_commit(&ticket);
}

static void take(uintptr_t address, uint32_t how)
{
    take_from(address, how, PLACE);
}

static void let_go(uintptr_t address, uint32_t how)
{
    if (!lv_release_newest(address))
        lv_release_miss(address, how, PLACE, LV_OWNER_UNKNOWN);
}

static void pair(unsigned a, unsigned b)
{
    take(at(a), MUTEX);
    take(at(b), MUTEX);
    let_go(at(b), MUTEX);
    let_go(at(a), MUTEX);
}

/* The only observation of this test. */
static const struct lv_rec_observation *observation(void)
{
    return only_entry(LV_REC_OBSERVATION);
}

static const struct lv_rec_misuse *misuse(void)
{
    return only_entry(LV_REC_MISUSE);
}

static int begin(void **state)
{
    (void)state;
    mark = lv_record_header()->committed;
    first_own += OWN;
    assert_true(first_own + LOCKS <= sizeof lock / sizeof lock[0]);
    return 0;
}

/* Whatever a test did, the next one starts with no lock held or known. */
static int finish(void **state)
{
    (void)state;
    lv_memory_gone((uintptr_t)lock, sizeof lock, PLACE, LV_ENDING_SILENT);
    return 0;
}

static void nesting_is_observed(void **state)
{
    const struct lv_rec_observation *seen;

    (void)state;
    pair(0, 1);
    seen = observation();
    assert_int_equal(seen->count, 1);
    assert_int_not_equal(seen->hold[0].instance, seen->wanted.instance);
    assert_int_not_equal(seen->wanted.stack, 0);
}

/* Steps whose table slots collide push each other out until it has grown. */
static void known_steps_write_nothing(void **state)
{
    uint64_t misses;
    unsigned i;

    (void)state;
    for (i = 0; i < 1000; i++)
        pair(0, 1);
    misses = lv_record_header()->misses;
    pair(0, 1);
    pair(0, 1);
    assert_int_equal(lv_record_header()->misses, misses);
    observation();
}

static void another_call_site_is_no_news(void **state)
{
    (void)state;
    pair(0, 1);
    take(at(0), MUTEX);
    take_from(at(1), MUTEX, PLACE + 16);
    observation();
    let_go(at(1), MUTEX);
    let_go(at(0), MUTEX);
}

static void trylock_adds_no_incoming_dependency(void **state)
{
    (void)state;
    take(at(0), MUTEX);
    take(at(1), MUTEX | LV_HOW_TRY);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 0);
    let_go(at(1), MUTEX);
    let_go(at(0), MUTEX);
}

static void what_a_trylock_took_orders_the_next(void **state)
{
    (void)state;
    take(at(0), MUTEX | LV_HOW_TRY);
    take(at(1), MUTEX);
    assert_true(observation()->hold[0].how & LV_HOW_TRY);
    let_go(at(1), MUTEX);
    let_go(at(0), MUTEX);
}

static void wait_after_a_known_try_is_observed(void **state)
{
    (void)state;
    take(at(0), MUTEX);
    take(at(1), MUTEX | LV_HOW_TRY);
    let_go(at(1), MUTEX);
    take(at(1), MUTEX);
    observation();
    let_go(at(1), MUTEX);
    let_go(at(0), MUTEX);
}

static void downgrade_keeps_read(void **state)
{
    (void)state;
    take(at(0), RWLOCK | LV_HOW_WRITE);
    lv_downgrade(at(0), PLACE);
    assert_true(lv_is_held(at(0)));
    take(at(1), MUTEX);
    assert_int_equal(observation()->hold[0].how & LV_HOW_MODE, LV_HOW_READ);
    let_go(at(1), MUTEX);
    let_go(at(0), RWLOCK);
    assert_false(lv_is_held(at(0)));
}

static void reused_address_inherits_nothing(void **state)
{
    const struct lv_rec_observation *first;
    size_t from = mark;

    (void)state;
    pair(0, 1);
    first = observation();
    lv_lock_destroy(at(1), PLACE, LV_OWNER_NONE);
    pair(0, 1);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2);
    next_entry(LV_REC_OBSERVATION, &from);
    assert_int_not_equal(((const struct lv_rec_observation *)(const void *)
                              next_entry(LV_REC_OBSERVATION, &from))
                             ->wanted.instance,
                         first->wanted.instance);
}

static void freed_memory_ends_its_locks(void **state)
{
    (void)state;
    pair(0, 1);
    lv_memory_gone(at(1), sizeof(long), PLACE, LV_ENDING_TOLD);
    pair(0, 1);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
}

static void memory_beside_a_lock_leaves_it_alone(void **state)
{
    (void)state;
    pair(0, 1);
    lv_memory_gone(at(2), sizeof(long), PLACE, LV_ENDING_TOLD);
    lv_memory_gone(at(1) - 3, 3, PLACE, LV_ENDING_TOLD);
    pair(0, 1);
    observation();
}

static void nothing_lives_where_no_lock_does(void **state)
{
    uintptr_t first = (at(OWN) + 63) & ~(uintptr_t)63, last = first + 5 * 64;

    (void)state;
    assert_true(lv_instance_none(first, 6 * 64));
    take(last, MUTEX);
    let_go(last, MUTEX);
    assert_false(lv_instance_none(last, 1));
    assert_false(lv_instance_none(first, 6 * 64));
    assert_false(lv_instance_none(first, 5 * 64 + 1));
    assert_true(lv_instance_none(first, 5 * 64));
    assert_true(lv_instance_none(last + 64, 64));
    assert_false(lv_instance_none(first, 0));
    lv_memory_gone(last, 8, PLACE, LV_ENDING_SILENT);
    assert_true(lv_instance_none(last, 1));
    assert_false(lv_instance_none(first, 1 << 20)); /* it would take long */
}

/* Places that have one bucket of the index in common, and others that have
 * another, by the way instance.c chooses it. */
enum { REGION = 1 << 20, APART = 1 << 16, ROUNDS = 300000 };
static char region[2 * REGION];

static uintptr_t in_bucket(unsigned bucket, unsigned i)
{
    uintptr_t start =
        ((uintptr_t)region + REGION - 1) & ~(uintptr_t)(REGION - 1);

    return start + (uintptr_t)i * APART + (uintptr_t)bucket * 64;
}

static void live(uintptr_t address)
{
    take(address, MUTEX);
    let_go(address, MUTEX);
}

/* The memory of one is used for the next, in the other bucket. */
static void *change_buckets(void *done)
{
    unsigned i;

    for (i = 0; i < ROUNDS; i++) {
        live(in_bucket(i % 2, 1 + i % 15));
        lv_memory_gone(in_bucket(i % 2, 1 + i % 15), 8, PLACE,
                       LV_ENDING_SILENT);
    }
    atomic_store((atomic_bool *)done, true);
    lv_thread_end();
    return NULL;
}

static void what_lives_is_found_at_any_time(void **state)
{
    atomic_bool done = false;
    unsigned missed = 0;
    pthread_t thread;

    (void)state;
    live(in_bucket(0, 0));
    assert_int_equal(pthread_create(&thread, NULL, change_buckets, &done), 0);
    while (!atomic_load(&done))
        missed += lv_instance_none(in_bucket(0, 0), 8);
    pthread_join(thread, NULL);
    assert_int_equal(missed, 0);
    lv_memory_gone((uintptr_t)region, sizeof region, PLACE, LV_ENDING_SILENT);
}

static void another_family_is_another_lock(void **state)
{
    (void)state;
    pair(0, 1);
    take(at(0), MUTEX);
    take(at(1), RWLOCK);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2);
    let_go(at(1), RWLOCK);
    let_go(at(0), MUTEX);
}

static void recursive_relock_adds_no_dependency(void **state)
{
    (void)state;
    take(at(0), MUTEX | LV_HOW_RELOCK);
    take(at(0), MUTEX | LV_HOW_RELOCK);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 0);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    let_go(at(0), MUTEX);
    assert_true(lv_is_held(at(0)));
    let_go(at(0), MUTEX);
    assert_false(lv_is_held(at(0)));
}

static void recursive_entry_from_the_middle_is_no_order(void **state)
{
    (void)state;
    take(at(0), MUTEX | LV_HOW_RELOCK);
    take(at(1), MUTEX);
    take(at(0), MUTEX | LV_HOW_RELOCK);
    observation();
    let_go(at(0), MUTEX);
    let_go(at(1), MUTEX);
    let_go(at(0), MUTEX);
}

/* A chain of three, once in a segment of this thread's own. */
static void show_three(void)
{
    lv_thread_created();
    take(at(0), MUTEX);
    pair(1, 2);
    let_go(at(0), MUTEX);
}

static void *show_three_elsewhere(void *unused)
{
    show_three();
    lv_thread_end();
    return unused;
}

/* Of the chain a, b, c: the observations that hold two. */
static unsigned threes(void)
{
    const struct lv_rec_head *head;
    size_t from = mark;
    unsigned count = 0;

    while ((head = next_entry(LV_REC_OBSERVATION, &from)) != NULL)
        count += ((const struct lv_rec_observation *)head)->count == 2;
    return count;
}

static void chain_of_very_many_is_written_of_few_more(void **state)
{
    pthread_t thread;
    unsigned i;

    (void)state;
    for (i = 0; i < 512; i++)
        show_three();
    assert_int_equal(threes(), 512);
    show_three(); /* asked for the first time, of this thread */
    assert_int_equal(threes(), 513);
    for (i = 514; i < 1024; i++)
        show_three();
    assert_int_equal(threes(), 513);
    show_three(); /* a power of two */
    assert_int_equal(threes(), 514);
    assert_int_equal(pthread_create(&thread, NULL, show_three_elsewhere, NULL),
                     0);
    pthread_join(thread, NULL);
    assert_int_equal(threes(), 515);
    show_three();
    assert_int_equal(threes(), 515);
}

static void second_hold_is_marked_again(void **state)
{
    const struct lv_rec_observation *seen;

    (void)state;
    take(at(0), MUTEX | LV_HOW_RELOCK);
    take(at(0), MUTEX | LV_HOW_RELOCK);
    take(at(1), MUTEX);
    seen = observation();
    assert_int_equal(seen->count, 2);
    assert_false(seen->hold[0].how & LV_HOW_AGAIN);
    assert_true(seen->hold[1].how & LV_HOW_AGAIN);
    let_go(at(1), MUTEX);
    let_go(at(0), MUTEX);
    let_go(at(0), MUTEX);
}

static void relock_of_a_plain_lock_is_a_self_deadlock(void **state)
{
    struct lv_ticket ticket;

    (void)state;
    take(at(0), MUTEX);
    lv_acquire_miss(at(0), MUTEX, PLACE, &ticket);
    assert_int_equal(misuse()->kind, LV_MISUSE_SELF_DEADLOCK);
    let_go(at(0), MUTEX);
}

static void relock_of_an_error_checking_lock_is_fine(void **state)
{
    struct lv_ticket ticket;

    (void)state;
    take(at(0), MUTEX);
    lv_acquire_miss(at(0), MUTEX | LV_HOW_RELOCK_ERROR, PLACE, &ticket);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    let_go(at(0), MUTEX);
}

static void write_under_read_is_a_self_deadlock(void **state)
{
    struct lv_ticket ticket;

    (void)state;
    take(at(0), RWLOCK | LV_HOW_READ_RECURSIVE);
    lv_acquire_miss(at(0), RWLOCK | LV_HOW_WRITE, PLACE, &ticket);
    assert_int_equal(misuse()->kind, LV_MISUSE_SELF_DEADLOCK);
    let_go(at(0), RWLOCK);
}

static void *write_once(void *unused)
{
    (void)unused;
    take(at(0), RWLOCK | LV_HOW_WRITE);
    let_go(at(0), RWLOCK);
    lv_thread_end();
    return NULL;
}

static void in_thread(void *(*body)(void *))
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, body, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void read_twice_matters_only_with_a_writer(void **state)
{
    struct lv_ticket ticket;

    (void)state;
    take(at(0), RWLOCK | LV_HOW_READ);
    lv_acquire_miss(at(0), RWLOCK | LV_HOW_READ, PLACE, &ticket);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    let_go(at(0), RWLOCK);
    in_thread(write_once);
    take(at(0), RWLOCK | LV_HOW_READ);
    lv_acquire_miss(at(0), RWLOCK | LV_HOW_READ, PLACE, &ticket);
    assert_int_equal(misuse()->kind, LV_MISUSE_READ_TWICE);
    let_go(at(0), RWLOCK);
}

static void release_order_is_free(void **state)
{
    (void)state;
    take(at(0), MUTEX);
    take(at(1), MUTEX);
    let_go(at(0), MUTEX);
    assert_false(lv_is_held(at(0)));
    assert_true(lv_is_held(at(1)));
    take(at(2), MUTEX);
    let_go(at(1), MUTEX);
    let_go(at(2), MUTEX);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2);
}

/* Seven are held, and one of them goes that is not the newest. */
static void who_is_left_stands_in_its_order(void **state)
{
    const struct lv_rec_observation *first, *last;
    unsigned gone, i, j;

    (void)state;
    for (gone = 0; gone < 6; gone++, begin(state)) {
        for (i = 0; i < 7; i++)
            take(at(i), MUTEX);
        first = newest_entry(LV_REC_OBSERVATION);
        let_go(at(gone), MUTEX);
        take(at(7), MUTEX);
        last = newest_entry(LV_REC_OBSERVATION);
        assert_int_equal(last->count, 6);
        for (i = j = 0; i < 6; i++, j++) {
            j += j == gone;
            assert_true(lv_is_held(at(j)));
            if (j < 6)
                assert_int_equal(last->hold[i].instance,
                                 first->hold[j].instance);
        }
        assert_int_equal(last->hold[5].instance, first->wanted.instance);
        assert_false(lv_is_held(at(gone)));
        for (i = 8; i-- > 0;)
            if (i != gone)
                let_go(at(i), MUTEX);
    }
}

/* By a way of its own, and by the other. */
static void lower_release_leaves_known_steps(void **state)
{
    struct lv_ticket ticket;
    unsigned round;

    (void)state;
    for (round = 0; round < 2; round++) {
        take(at(0), MUTEX);
        take(at(1), MUTEX);
        let_go(at(0), MUTEX);
        assert_int_equal(lv_acquire_known(at(2), MUTEX, PLACE, &ticket), round);
        take(at(2), MUTEX);
        let_go(at(2), MUTEX);
        let_go(at(1), MUTEX);
    }
    take(at(1), MUTEX); /* the same chain, taken plainly */
    assert_true(lv_acquire_known(at(2), MUTEX, PLACE, &ticket));
    let_go(at(1), MUTEX);
    assert_false(lv_acquire_known(at(2), MUTEX, PLACE, &ticket));
}

static void six_hundred_locks_are_held_at_once(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < 600; i++)
        take(at(i), MUTEX);
    for (i = 0; i < 600; i++)
        assert_true(lv_is_held(at(i)));
    for (i = 600; i-- > 0;)
        let_go(at(i), MUTEX);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 599);
}

static void a_new_segment_observes_again(void **state)
{
    (void)state;
    pair(0, 1);
    lv_thread_created();
    pair(0, 1);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2);
}

static void *release_foreign(void *unused)
{
    (void)unused;
    lv_release_miss(at(0), MUTEX, PLACE, LV_OWNER_OTHER);
    lv_thread_end();
    return NULL;
}

static void unlock_by_another_thread_is_told_and_ends_the_hold(void **state)
{
    const struct lv_rec_misuse *told;

    (void)state;
    take(at(0), MUTEX);
    in_thread(release_foreign);
    told = misuse();
    assert_int_equal(told->kind, LV_MISUSE_UNLOCK_OTHER_THREAD);
    assert_int_not_equal(told->other_thread, 0);
    assert_int_not_equal(told->other_thread, told->thread);
    take(at(1), MUTEX);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 0);
    let_go(at(1), MUTEX);
}

static void unlock_of_what_is_free_is_told(void **state)
{
    (void)state;
    take(at(0), MUTEX);
    let_go(at(0), MUTEX);
    lv_release_miss(at(0), MUTEX, PLACE, LV_OWNER_NONE);
    assert_int_equal(misuse()->kind, LV_MISUSE_UNLOCK_NOT_HELD);
}

static void unlock_of_what_we_did_not_see_taken_is_silent(void **state)
{
    (void)state;
    lv_release_miss(at(0), MUTEX, PLACE, LV_OWNER_SELF);
    lv_release_miss(at(0), MUTEX, PLACE, LV_OWNER_UNKNOWN);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
}

static void destroy_of_a_held_lock_is_told(void **state)
{
    (void)state;
    take(at(0), MUTEX);
    lv_lock_destroy(at(0), PLACE, LV_OWNER_SELF);
    assert_int_equal(misuse()->kind, LV_MISUSE_DESTROY_HELD);
    assert_false(lv_is_held(at(0)));
}

static void init_of_a_held_lock_is_told(void **state)
{
    (void)state;
    take(at(0), MUTEX);
    lv_lock_init(at(0), MUTEX, PLACE, NULL);
    assert_int_equal(misuse()->kind, LV_MISUSE_REINIT_HELD);
}

static void free_of_a_held_lock_is_told(void **state)
{
    (void)state;
    take(at(0), MUTEX);
    lv_memory_gone(at(0), sizeof(long), PLACE, LV_ENDING_TOLD);
    assert_int_equal(misuse()->kind, LV_MISUSE_FREE_HELD);
}

static void *end_holding(void *unused)
{
    (void)unused;
    take(at(0), MUTEX);
    lv_thread_end();
    return NULL;
}

static void thread_end_with_a_lock_is_told(void **state)
{
    (void)state;
    in_thread(end_holding);
    assert_int_equal(misuse()->kind, LV_MISUSE_EXIT_HELD);
}

static void misuse_is_told_once_for_a_place(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < 3; i++) {
        take(at(0), MUTEX);
        let_go(at(0), MUTEX);
        lv_release_miss(at(0), MUTEX, PLACE, LV_OWNER_NONE);
    }
    assert_true(count_entries(LV_REC_MISUSE) <= 1);
}

static const struct lockval_class rank = {"rank", 0};
static const struct lockval_class ghost = {"ghost", LOCKVAL_CLASS_NOVALIDATE};

static void declared_locks_share_a_class(void **state)
{
    const struct lv_rec_observation *seen;

    (void)state;
    lv_lock_init(at(0), MUTEX, PLACE, &rank);
    lv_lock_init(at(1), MUTEX, PLACE, &rank);
    pair(0, 1);
    seen = observation();
    assert_int_equal(seen->wanted.class_id, seen->hold[0].class_id);
}

static void subclass_is_a_class_of_its_own(void **state)
{
    const struct lv_rec_observation *seen;

    (void)state;
    lv_lock_init(at(0), MUTEX, PLACE, &rank);
    lv_lock_init(at(1), MUTEX, PLACE, &rank);
    take(at(0), MUTEX);
    lv_next_subclass(1);
    take(at(1), MUTEX);
    seen = observation();
    assert_int_not_equal(seen->wanted.class_id, seen->hold[0].class_id);
    let_go(at(1), MUTEX);
    let_go(at(0), MUTEX);
}

static void subclass_serves_one_acquisition(void **state)
{
    const struct lv_rec_observation *seen;

    (void)state;
    lv_lock_init(at(0), MUTEX, PLACE, &rank);
    lv_lock_init(at(1), MUTEX, PLACE, &rank);
    lv_next_subclass(1);
    take(at(0), MUTEX);
    let_go(at(0), MUTEX);
    take(at(0), MUTEX);
    take(at(1), MUTEX);
    seen = observation();
    assert_int_equal(seen->wanted.class_id, seen->hold[0].class_id);
    let_go(at(1), MUTEX);
    let_go(at(0), MUTEX);
}

static void nesting_under_a_held_lock_is_marked(void **state)
{
    (void)state;
    take(at(2), MUTEX);
    take(at(0), MUTEX);
    lv_next_nest_under(at(2));
    take(at(1), MUTEX);
    let_go(at(1), MUTEX);
    lv_next_nest_under(at(5)); /* not held: means nothing */
    take(at(3), MUTEX);
    let_go(at(3), MUTEX);
    let_go(at(0), MUTEX);
    let_go(at(2), MUTEX);
    {
        size_t from = mark;
        const struct lv_rec_observation *seen;

        next_entry(LV_REC_OBSERVATION, &from);
        seen = (const void *)next_entry(LV_REC_OBSERVATION, &from);
        assert_true(seen->wanted.how & LV_HOW_NESTED);
        seen = (const void *)next_entry(LV_REC_OBSERVATION, &from);
        assert_false(seen->wanted.how & LV_HOW_NESTED);
    }
}

static void novalidate_is_part_of_no_order(void **state)
{
    (void)state;
    lv_lock_init(at(0), MUTEX, PLACE, &ghost);
    pair(0, 1);
    pair(1, 0);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 0);
}

static void raw_write_is_recorded_as_such(void **state)
{
    const struct lv_rec_observation *seen;
    size_t from = mark;

    (void)state;
    lv_seq_write_begin(at(0), LV_HOW_RAW, PLACE);
    take(at(1), MUTEX);
    let_go(at(1), MUTEX);
    lv_seq_write_end(at(0), PLACE);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2);
    seen = (const void *)next_entry(LV_REC_OBSERVATION, &from);
    assert_true(seen->wanted.how & LV_HOW_RAW);
    seen = (const void *)next_entry(LV_REC_OBSERVATION, &from);
    assert_true(seen->hold[0].how & LV_HOW_RAW);
}

static void sequence_writes_do_not_nest(void **state)
{
    (void)state;
    lv_seq_write_begin(at(0), 0, PLACE);
    lv_seq_write_begin(at(0), 0, PLACE);
    assert_int_equal(misuse()->kind, LV_MISUSE_SEQ_NESTED);
    lv_seq_write_end(at(0), PLACE);
    lv_seq_write_end(at(0), PLACE);
}

static void sequence_writes_are_balanced(void **state)
{
    (void)state;
    lv_seq_write_begin(at(0), 0, PLACE);
    lv_seq_write_end(at(0), PLACE);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    lv_seq_write_end(at(0), PLACE);
    assert_int_equal(misuse()->kind, LV_MISUSE_SEQ_UNBALANCED);
}

static void *write_sequence(void *unused)
{
    (void)unused;
    lv_seq_write_begin(at(0), 0, PLACE + 32);
    lv_seq_write_end(at(0), PLACE);
    lv_thread_end();
    return NULL;
}

static void sequence_writers_exclude_each_other(void **state)
{
    (void)state;
    in_thread(write_sequence);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    lv_seq_write_begin(at(0), 0, PLACE);
    in_thread(write_sequence);
    assert_int_equal(misuse()->kind, LV_MISUSE_SEQ_WRITERS);
    lv_seq_write_end(at(0), PLACE);
}

static const struct lockval_class grace = {"grace", 0};

static void wait_for_all(uint32_t how)
{
    struct lv_ticket ticket;

    lv_acquire_miss((uintptr_t)&grace,
                    how | LV_HOW_SYNC | LV_HOW_PSEUDO |
                        LV_HOW_FAMILY(LV_FAMILY_PSEUDO),
                    PLACE, &ticket);
    lv_acquire_commit(&ticket);
}

static void sync_is_a_wait_that_leaves_nothing_held(void **state)
{
    (void)state;
    take(at(1), MUTEX);
    wait_for_all(LV_HOW_WRITE);
    assert_false(lv_is_held((uintptr_t)&grace));
    assert_true(observation()->wanted.how & LV_HOW_SYNC);
    assert_int_equal(observation()->count, 1);
    let_go(at(1), MUTEX);
}

static void sync_inside_what_it_waits_for_is_a_self_deadlock(void **state)
{
    const uint32_t section =
        LV_HOW_PSEUDO | LV_HOW_READ_RECURSIVE | LV_HOW_FAMILY(LV_FAMILY_PSEUDO);

    (void)state;
    take((uintptr_t)&grace, section);
    wait_for_all(LV_HOW_READ_RECURSIVE);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    wait_for_all(LV_HOW_WRITE);
    assert_int_equal(misuse()->kind, LV_MISUSE_SELF_DEADLOCK);
    let_go((uintptr_t)&grace, section);
    wait_for_all(LV_HOW_WRITE);
    assert_int_equal(count_entries(LV_REC_MISUSE), 1);
}

/* ---- contexts ------------------------------------------------------------ */

enum { HARD = 1, SOFT = 2 };

static const struct lv_rec_observation *observation_at(unsigned number)
{
    size_t from = mark;
    const struct lv_rec_head *head;

    do
        head = next_entry(LV_REC_OBSERVATION, &from);
    while (number-- > 0 && head != NULL);
    assert_non_null(head);
    return (const void *)head;
}

static void lock_under_a_context_is_held_before_it(void **state)
{
    const struct lv_rec_observation *seen;

    (void)state;
    lv_contexts_on(HARD, PLACE);
    take(at(0), MUTEX);
    seen = observation();
    assert_int_equal(seen->count, 1);
    assert_true(seen->wanted.how & LV_HOW_CONTEXT);
    let_go(at(0), MUTEX);
    lv_contexts_off(HARD, PLACE);
}

static void masked_context_is_not_in_the_order(void **state)
{
    (void)state;
    lv_contexts_on(HARD, PLACE);
    lv_contexts_off(HARD, PLACE);
    take(at(0), MUTEX);
    let_go(at(0), MUTEX);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 0);
}

static void known_step_is_asked_again_with_contexts_on(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < 10; i++) {
        take(at(0), MUTEX);
        let_go(at(0), MUTEX);
    }
    lv_contexts_on(SOFT, PLACE);
    for (i = 0; i < 10; i++) {
        take(at(0), MUTEX);
        let_go(at(0), MUTEX);
    }
    lv_contexts_off(SOFT, PLACE);
    observation();
}

static void switching_on_tells_of_what_is_held(void **state)
{
    (void)state;
    take(at(0), MUTEX);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 0);
    lv_contexts_on(HARD | SOFT, PLACE);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2);
    assert_true(lv_is_held(at(0)));
    let_go(at(0), MUTEX);
    assert_false(lv_is_held(at(0)));
    lv_contexts_off(HARD | SOFT, PLACE);
}

static void handler_has_only_its_own_holds(void **state)
{
    const struct lv_rec_observation *seen;

    (void)state;
    take(at(0), MUTEX);
    lv_context_enter(HARD, PLACE);
    take(at(1), MUTEX);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2);
    seen = observation_at(0); /* the interrupted one */
    assert_int_equal(seen->count, 1);
    assert_true(seen->wanted.how & LV_HOW_CONTEXT);
    seen = observation_at(1);
    assert_int_equal(seen->count, 1);
    assert_true(seen->hold[0].how & LV_HOW_CONTEXT);
    let_go(at(1), MUTEX);
    lv_context_exit(HARD, PLACE);
    let_go(at(0), MUTEX);
}

/* Wherever it comes, a handler learns its own order once. */
static void handler_is_known_wherever_it_comes(void **state)
{
    unsigned i;

    (void)state;
    lv_context_enter(HARD, PLACE);
    take(at(1), MUTEX);
    let_go(at(1), MUTEX);
    lv_context_exit(HARD, PLACE);
    observation();
    for (i = 2; i < 10; i++) {
        take(at(i), MUTEX | LV_HOW_TRY);
        lv_context_enter(HARD, PLACE);
        take(at(1), MUTEX);
        let_go(at(1), MUTEX);
        lv_context_exit(HARD, PLACE);
        let_go(at(i), MUTEX);
    }
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 1 + 8); /* the lower */
}

static void handler_that_reads_what_it_interrupted_is_observed(void **state)
{
    (void)state;
    take(at(0), RWLOCK | LV_HOW_READ);
    lv_context_enter(HARD, PLACE);
    take(at(0), RWLOCK | LV_HOW_READ_RECURSIVE);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 2);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    let_go(at(0), RWLOCK);
    lv_context_exit(HARD, PLACE);
    let_go(at(0), RWLOCK);
}

static void handler_is_not_interrupted_by_itself(void **state)
{
    (void)state;
    lv_contexts_on(HARD, PLACE);
    lv_context_enter(HARD, PLACE);
    take(at(1), MUTEX);
    assert_true(observation()->hold[0].how & LV_HOW_CONTEXT);
    let_go(at(1), MUTEX);
    lv_context_exit(HARD, PLACE);
    lv_contexts_off(HARD, PLACE);
}

static void init_waits(unsigned lock_number, uint32_t outer, uint32_t inner)
{
    static struct lockval_class cls[8];
    static char names[8][8];
    struct lockval_class *mine = &cls[outer * 2 + inner % 2];

    snprintf(names[mine - cls], sizeof names[0], "w%u-%u", outer % 10,
             inner % 10);
    mine->name = names[mine - cls];
    mine->flags = LOCKVAL_CLASS_WAIT(outer, inner);
    lv_lock_init(at(lock_number), MUTEX, PLACE, mine);
}

static void sleeping_lock_under_a_spinning_one_is_told(void **state)
{
    (void)state;
    init_waits(0, LOCKVAL_WAIT_SPIN, LOCKVAL_WAIT_SPIN);
    init_waits(1, LOCKVAL_WAIT_CONFIG, LOCKVAL_WAIT_CONFIG);
    take(at(1), MUTEX);
    take(at(0), MUTEX);
    let_go(at(0), MUTEX);
    let_go(at(1), MUTEX);
    take(at(0), MUTEX);
    take(at(1), MUTEX | LV_HOW_TRY);
    let_go(at(1), MUTEX);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    take(at(1), MUTEX);
    assert_int_equal(misuse()->kind, LV_MISUSE_CONTEXT);
    assert_int_not_equal(misuse()->other.instance, misuse()->lock.instance);
    let_go(at(1), MUTEX);
    let_go(at(0), MUTEX);
}

static void sleep_under_a_spinning_lock_is_told(void **state)
{
    (void)state;
    lv_might_wait(LOCKVAL_WAIT_SLEEP, PLACE);
    take(at(1), MUTEX); /* says nothing of waits */
    lv_might_wait(LOCKVAL_WAIT_SLEEP, PLACE);
    let_go(at(1), MUTEX);
    init_waits(0, LOCKVAL_WAIT_SPIN, LOCKVAL_WAIT_SPIN);
    take(at(0), MUTEX);
    lv_might_wait(LOCKVAL_WAIT_SPIN, PLACE);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    lv_might_wait(LOCKVAL_WAIT_SLEEP, PLACE + 1);
    assert_int_equal(misuse()->kind, LV_MISUSE_CONTEXT);
    let_go(at(0), MUTEX);
}

static void declare_no_nest(unsigned lock_number, const char *name)
{
    static struct lockval_class cls;

    cls.name = name;
    cls.flags = LOCKVAL_CLASS_NO_NEST;
    lv_lock_init(at(lock_number), RWLOCK, PLACE, &cls);
}

static void locks_of_a_class_nest_in_any_one_order(void **state)
{
    static const struct lockval_class cls = {"nesting", 0};

    (void)state;
    lv_lock_init(at(0), MUTEX, PLACE, &cls);
    lv_lock_init(at(1), MUTEX, PLACE, &cls);
    pair(0, 1);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
}

static void locks_that_must_not_nest_are_told(void **state)
{
    (void)state;
    declare_no_nest(0, "alone");
    declare_no_nest(1, "alone");
    take(at(0), RWLOCK);
    take(at(1), RWLOCK | LV_HOW_TRY);
    let_go(at(1), RWLOCK);
    lv_next_subclass(1);
    take(at(1), RWLOCK);
    let_go(at(1), RWLOCK);
    lv_next_nest_under(at(0));
    take(at(1), RWLOCK);
    let_go(at(1), RWLOCK);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    take(at(1), RWLOCK);
    assert_int_equal(misuse()->kind, LV_MISUSE_SAME_CLASS);
    let_go(at(1), RWLOCK);
    let_go(at(0), RWLOCK);
}

static void recursive_readers_may_nest(void **state)
{
    (void)state;
    declare_no_nest(0, "read");
    declare_no_nest(1, "read");
    take(at(0), RWLOCK | LV_HOW_READ);
    take(at(1), RWLOCK | LV_HOW_READ_RECURSIVE);
    let_go(at(1), RWLOCK);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    take(at(1), RWLOCK | LV_HOW_READ);
    assert_int_equal(misuse()->kind, LV_MISUSE_SAME_CLASS);
    let_go(at(1), RWLOCK);
    let_go(at(0), RWLOCK);
}

static void waiting_read_is_not_held(void **state)
{
    (void)state;
    take(at(1), MUTEX);
    lv_seq_read(at(0), LV_HOW_SEQ_WAIT, PLACE);
    assert_true(observation()->wanted.how & LV_HOW_SEQ_WAIT);
    assert_false(lv_is_held(at(0)));
    let_go(at(1), MUTEX);
}

static void dead_thread_is_ignored(void **state)
{
    (void)state;
    in_thread(end_holding);
    mark = lv_record_header()->committed;
    in_thread(write_once);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
}

/* The child's record names the parent's and goes on from its ids. */
static void forked_child_continues_the_record(void **state)
{
    uint64_t committed;
    int status;
    pid_t child;

    (void)state;
    pair(0, 1);
    lv_fork_prepare();
    committed = lv_record_header()->committed;
    child = fork();
    if (child == 0) {
        lv_fork_child();
        pair(1, 2);
        _exit(lv_record_header()->parent_committed == committed &&
                      lv_record_header()->parent[0] != '\0' &&
                      (pid_t)lv_record_header()->pid == getpid()
                  ? 0
                  : 1);
    }
    lv_fork_parent();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(lv_record_header()->committed, committed);
}

/* Eight threads discover, destroy and reuse the same addresses at once: for
 * the sanitizers. What must hold at the end is that the record is whole. */
static void *churn(void *seed)
{
    unsigned x = (unsigned)(uintptr_t)seed;
    unsigned i;

    for (i = 0; i < 3000; i++) {
        unsigned a, b;

        x = x * 1103515245 + 12345;
        a = x >> 16 & 63;
        b = 64 + (x >> 22 & 63);
        take(at(a), MUTEX | LV_HOW_RELOCK);
        take(at(b), RWLOCK | LV_HOW_READ_RECURSIVE);
        if (i % 7 == 0)
            lv_memory_gone(at(128 + a), 64, PLACE, LV_ENDING_SILENT);
        if (i % 11 == 0)
            lv_lock_destroy(at(256 + b), PLACE, LV_OWNER_NONE);
        take(at(256 + b), MUTEX | LV_HOW_TRY);
        let_go(at(256 + b), MUTEX);
        let_go(at(a), MUTEX);
        let_go(at(b), RWLOCK);
    }
    lv_thread_end();
    return NULL;
}

/* The same where no thread owns anything: all take pairs of one heap, more than
 * a table has room for, and often the same ones twice, while others end them
 * under their hands, give the memory away and begin others there. Steps are
 * found in the locks themselves (known.c), read while they change. (An init
 * would ask who holds the lock; a program that inits what is held races.) */
enum { HEAP = 4096, HEAP_STEPS = 4000 };
static long heap[HEAP];

static void *take_from_a_heap(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed * 2654435761u + 1;
    unsigned i, a, b, again;

    for (i = 0; i < HEAP_STEPS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        a = random >> 33 & (HEAP - 1);
        b = a + 1 + (random >> 50 & 7); /* one order for all */
        if (b >= HEAP)
            continue;
        for (again = 0; again < 3; again++) {
            take((uintptr_t)&heap[a], MUTEX);
            take((uintptr_t)&heap[b], MUTEX);
            let_go((uintptr_t)&heap[b], MUTEX | LV_HOW_RELOCK_ERROR);
            let_go((uintptr_t)&heap[a], MUTEX | LV_HOW_RELOCK_ERROR);
        }
        if (i % 16 == 3)
            lv_lock_destroy((uintptr_t)&heap[a], PLACE, LV_OWNER_NONE);
        if (i % 64 == 5)
            lv_memory_gone((uintptr_t)&heap[a & ~63u], 64 * sizeof heap[0],
                           PLACE, LV_ENDING_SILENT);
    }
    lv_thread_end();
    return NULL;
}

static void locks_that_all_pass_over_end_under_their_hands(void **state)
{
    pthread_t thread[8];
    uintptr_t i;

    (void)state;
    for (i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, take_from_a_heap,
                                        (void *)(i * 104729)),
                         0);
    for (i = 0; i < 8; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_int_equal(lv_record_header()->lost[LV_LOST_MEMORY], 0);
    assert_int_equal(count_entries(LV_REC_DEADLOCK), 0);
    assert_false(lv_is_held((uintptr_t)&heap[0]));
}

/* A step that the table lost is found in the lock: nothing goes the slow way
 * again but what is learned anew. */
static void table_that_is_too_small_is_no_reason_to_ask_again(void **state)
{
    uint64_t misses;
    unsigned round, i;

    (void)state;
    for (i = 0; i < HEAP; i++)
        lv_lock_destroy((uintptr_t)&heap[i], PLACE, LV_OWNER_NONE);
    for (round = 0; round < 3; round++) {
        misses = lv_record_header()->misses;
        for (i = 0; i + 1 < HEAP; i += 2) {
            take((uintptr_t)&heap[i], MUTEX);
            take((uintptr_t)&heap[i + 1], MUTEX);
            let_go((uintptr_t)&heap[i + 1], MUTEX);
            let_go((uintptr_t)&heap[i], MUTEX);
        }
        misses = lv_record_header()->misses - misses;
        assert_true(round == 0 ? misses >= HEAP : misses < HEAP / 16);
    }
}

/* What the lock remembers ends with its life, and is not another's. */
static void remembered_step_ends_with_the_lock(void **state)
{
    uint64_t misses;
    unsigned i;

    (void)state;
    for (i = 0; i < 2; i++) {
        take((uintptr_t)&heap[1], MUTEX);
        let_go((uintptr_t)&heap[1], MUTEX);
    }
    lv_lock_destroy((uintptr_t)&heap[1], PLACE, LV_OWNER_NONE);
    misses = lv_record_header()->misses;
    take((uintptr_t)&heap[1], MUTEX);
    let_go((uintptr_t)&heap[1], MUTEX);
    assert_int_equal(lv_record_header()->misses, misses + 1);
    take((uintptr_t)&heap[0], MUTEX); /* another chain */
    misses = lv_record_header()->misses;
    take((uintptr_t)&heap[1], MUTEX);
    assert_int_equal(lv_record_header()->misses, misses + 1);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 1);
    let_go((uintptr_t)&heap[1], MUTEX);
    let_go((uintptr_t)&heap[0], MUTEX);
}

static void threads_discover_and_destroy_at_once(void **state)
{
    pthread_t thread[8];
    uintptr_t i;

    (void)state;
    for (i = 0; i < 8; i++)
        assert_int_equal(
            pthread_create(&thread[i], NULL, churn, (void *)(i * 7919)), 0);
    for (i = 0; i < 8; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_true(count_entries(LV_REC_OBSERVATION) > 0);
    for (i = 0; i < LV_LOST_KINDS; i++)
        assert_int_equal(lv_record_header()->lost[i], 0);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(nesting_is_observed),
        RULE(known_steps_write_nothing),
        RULE(another_call_site_is_no_news),
        RULE(trylock_adds_no_incoming_dependency),
        RULE(what_a_trylock_took_orders_the_next),
        RULE(wait_after_a_known_try_is_observed),
        RULE(downgrade_keeps_read),
        RULE(reused_address_inherits_nothing),
        RULE(freed_memory_ends_its_locks),
        RULE(memory_beside_a_lock_leaves_it_alone),
        RULE(nothing_lives_where_no_lock_does),
        RULE(what_lives_is_found_at_any_time),
        RULE(another_family_is_another_lock),
        RULE(recursive_relock_adds_no_dependency),
        RULE(recursive_entry_from_the_middle_is_no_order),
        RULE(chain_of_very_many_is_written_of_few_more),
        RULE(second_hold_is_marked_again),
        RULE(relock_of_a_plain_lock_is_a_self_deadlock),
        RULE(relock_of_an_error_checking_lock_is_fine),
        RULE(write_under_read_is_a_self_deadlock),
        RULE(read_twice_matters_only_with_a_writer),
        RULE(release_order_is_free),
        RULE(who_is_left_stands_in_its_order),
        RULE(lower_release_leaves_known_steps),
        RULE(six_hundred_locks_are_held_at_once),
        RULE(a_new_segment_observes_again),
        RULE(unlock_by_another_thread_is_told_and_ends_the_hold),
        RULE(unlock_of_what_is_free_is_told),
        RULE(unlock_of_what_we_did_not_see_taken_is_silent),
        RULE(destroy_of_a_held_lock_is_told),
        RULE(init_of_a_held_lock_is_told),
        RULE(free_of_a_held_lock_is_told),
        RULE(thread_end_with_a_lock_is_told),
        RULE(misuse_is_told_once_for_a_place),
        RULE(declared_locks_share_a_class),
        RULE(subclass_is_a_class_of_its_own),
        RULE(subclass_serves_one_acquisition),
        RULE(nesting_under_a_held_lock_is_marked),
        RULE(novalidate_is_part_of_no_order),
        RULE(raw_write_is_recorded_as_such),
        RULE(sequence_writes_do_not_nest),
        RULE(sequence_writes_are_balanced),
        RULE(sequence_writers_exclude_each_other),
        RULE(sync_is_a_wait_that_leaves_nothing_held),
        RULE(sync_inside_what_it_waits_for_is_a_self_deadlock),
        RULE(lock_under_a_context_is_held_before_it),
        RULE(masked_context_is_not_in_the_order),
        RULE(known_step_is_asked_again_with_contexts_on),
        RULE(switching_on_tells_of_what_is_held),
        RULE(handler_has_only_its_own_holds),
        RULE(handler_is_known_wherever_it_comes),
        RULE(handler_that_reads_what_it_interrupted_is_observed),
        RULE(handler_is_not_interrupted_by_itself),
        RULE(sleeping_lock_under_a_spinning_one_is_told),
        RULE(sleep_under_a_spinning_lock_is_told),
        RULE(locks_of_a_class_nest_in_any_one_order),
        RULE(locks_that_must_not_nest_are_told),
        RULE(recursive_readers_may_nest),
        RULE(waiting_read_is_not_held),
        RULE(dead_thread_is_ignored),
        RULE(forked_child_continues_the_record),
        RULE(threads_discover_and_destroy_at_once),
        RULE(locks_that_all_pass_over_end_under_their_hands),
        RULE(table_that_is_too_small_is_no_reason_to_ask_again),
        RULE(remembered_step_ends_with_the_lock),
    };
    char options[128];
    int failed;

    if (mkdtemp(directory) == NULL)
        return 1;
    snprintf(options, sizeof options, "record=%s:quiet", directory);
    setenv("LOCKVAL_OPTIONS", options, 1);
    lv_engine_start();
    if (lv_record_header() == NULL || lv_record_path()[0] == '\0')
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(options, sizeof options, "rm -rf %s", directory);
    if (system(options) != 0)
        return 1;
    return failed;
}
