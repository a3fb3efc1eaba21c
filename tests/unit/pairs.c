/* SPDX-License-Identifier: BSD-2-Clause */
/* Dependencies that are kept until they can be on a cycle (pairs.h), those of
 * which nothing more can be learned (saturated.h), and the steps that the
 * engine takes without its slow path (known.h): what is told, and of which
 * grade. Locks lie on the heap; none is real. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine.h"
#include "event.h"
#include "include/lockval.h"
#include "instance.h"
#include "record.h"
#include "slab.h"
#include "thread.h"
#include "written.h"

#define MUTEX LV_HOW_FAMILY(LV_FAMILY_MUTEX)

enum { MANY = 4096 };
static long *heap; /* MANY locks, of which the tests here take the last few */
static char directory[] = "/tmp/lockval-pairs-XXXXXX";
static unsigned written, unexpected; /* by nest_at_last, and by keep */

enum { A = MANY - 16, B, C, D, E, GATE };

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

__attribute__((noinline)) static void nest(unsigned outer, unsigned inner)
{
    take(outer);
    take(inner);
    let_go(inner);
    let_go(outer);
}

static void forget(unsigned first, unsigned count)
{
    lv_memory_gone(at(first), count * sizeof heap[0], 1, LV_ENDING_SILENT);
}

static uint64_t dependencies(void)
{
    return lv_record_header()->dependencies;
}

static unsigned observations(void)
{
    return count_entries(LV_REC_OBSERVATION);
}

/* New lives; even locks are of one class, odd ones of another, E and the
 * fifth of their own. */
static void renew(unsigned first, unsigned count)
{
    static const struct lockval_class classes[] = {
        {"even", 0}, {"odd", 0}, {"E", 0}};

    forget(first, count);
    for (; count-- > 0; first++)
        lv_lock_set_class(at(first), 1,
                          &classes[first == E || first == 4 ? 2 : first % 2]);
}

/* A lock of the class of `i`; an upper one of two. */
static unsigned like(unsigned i, bool upper)
{
    return i == E ? 4 : (i & 1) + 2 * upper;
}

/* The same as nest, after as many others of their classes that what is no news
 * is only kept: 10, or a multiple of it, is no power of two. */
static void nest_at_last(unsigned outer, unsigned inner)
{
    volatile unsigned i; /* one call, from one place */
    unsigned before = 0;

    for (i = 0; i < 10; i++) {
        bool last = i == 9, down = outer > inner;

        renew(0, 5);
        before = observations();
        nest(last ? outer : like(outer, down),
             last ? inner : like(inner, !down));
    }
    written = observations() - before;
}

static void keep(unsigned outer, unsigned inner)
{
    nest_at_last(outer, inner);
    unexpected += written != 0;
}

/* ---- threads -------------------------------------------------------------
 */

struct work {
    pthread_t thread;
    uintptr_t handle;
    struct lv_birth birth;
    void (*body)(void); /* NULL: end */
    pthread_barrier_t go, done;
};

static void *work(void *argument)
{
    struct work *mine = argument;

    lv_thread_begin(mine->birth, mine->handle);
    while (pthread_barrier_wait(&mine->go), mine->body != NULL) {
        mine->body();
        pthread_barrier_wait(&mine->done);
    }
    lv_thread_end();
    return NULL;
}

static void run(struct work *mine, void (*body)(void))
{
    mine->body = body;
    pthread_barrier_wait(&mine->go);
    pthread_barrier_wait(&mine->done);
}

/* A thread that has done `body` and lives on until `stop`. */
static void start(struct work *mine, void (*body)(void))
{
    static uintptr_t handles;

    mine->handle = ++handles;
    mine->birth = lv_thread_birth();
    pthread_barrier_init(&mine->go, NULL, 2);
    pthread_barrier_init(&mine->done, NULL, 2);
    assert_int_equal(pthread_create(&mine->thread, NULL, work, mine), 0);
    lv_thread_created();
    run(mine, body);
}

static void stop(struct work *mine)
{
    mine->body = NULL;
    pthread_barrier_wait(&mine->go);
    assert_int_equal(pthread_join(mine->thread, NULL), 0);
    lv_thread_joined(mine->handle, true);
    pthread_barrier_destroy(&mine->go);
    pthread_barrier_destroy(&mine->done);
}

static void ab(void)
{
    keep(A, B);
}

static void again_ab(void)
{
    nest(A, B);
}

static void ba(void)
{
    nest(B, A);
}

static void be(void)
{
    nest(B, E);
}

static void nothing(void)
{
}

static void guarded_ab(void)
{
    take(GATE);
    nest(A, B);
    let_go(GATE);
}

/* ---- what is told --------------------------------------------------------
 */

static enum lv_class_trust trust(void *context, uint32_t class_id)
{
    (void)context;
    (void)class_id;
    return LV_TRUST_INFERRED;
}

static void note_grade(void *context, const struct lv_cycle *cycle)
{
    int *grade = context;
    uint32_t i;

    for (i = 0; i < cycle->count; i++)
        if (cycle->step[i].to != cycle->step[(i + 1) % cycle->count].from)
            return; /* across instances */
    if (*grade < 0 || (int)cycle->grade < *grade)
        *grade = (int)cycle->grade;
}

/* The worst grade among the instances that live; -1: there is no cycle. */
static int worst(void)
{
    int grade = -1;

    assert_int_equal(unexpected, 0);
    lv_order_cycles(lv_engine.order, trust, 100, note_grade, &grade);
    return grade;
}

static int begin(void **state)
{
    (void)state;
    renew(A, 8);
    mark = lv_record_header()->committed;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    forget(0, MANY);
    return 0;
}

/* ---- pairs --------------------------------------------------------------- */

static void pairs_of_a_heap_are_counted_and_not_written(void **state)
{
    uint64_t before;
    unsigned i, round;

    (void)state;
    keep(A, B);
    before = dependencies();
    renew(0, 1000);
    for (round = 0; round < 2; round++)
        for (i = 0; i < 1000; i += 2)
            nest(i, i + 1);
    assert_int_equal(dependencies(), before + 500);
    assert_in_range(observations(), 1, 24); /* powers of two */
    forget(0, 1000);
    keep(C, D);
    assert_int_equal(dependencies(), before + 1);
}

/* The thread that showed it is in the record, with its stacks. */
static void kept_pair_is_told_when_it_is_turned(void **state)
{
    const struct lv_rec_observation *seen = NULL;
    struct work one;

    (void)state;
    start(&one, ab);
    keep(C, D);
    assert_int_equal(worst(), -1);
    nest_at_last(B, A);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    assert_int_equal(written, 2);
    seen = newest_entry(LV_REC_OBSERVATION);
    assert_int_equal(seen->wanted.instance, lv_instance_find(at(A))->id);
    assert_int_not_equal(seen->wanted.stack, 0);
    assert_int_not_equal(seen->hold[0].stack, 0);
    stop(&one);
}

static void pairs_in_one_order_close_nothing(void **state)
{
    struct work one;

    (void)state;
    start(&one, ab);
    keep(A, B);
    nest(B, C);
    nest(A, C);
    nest(C, D);
    assert_int_equal(worst(), -1);
    stop(&one);
}

static void what_one_thread_turned_alone_is_its_own(void **state)
{
    (void)state;
    keep(A, B);
    nest_at_last(B, A);
    assert_int_equal(worst(), LV_GRADE_SINGLE_THREAD);
}

/* Evidence of all threads is kept, not the first one's alone. */
static void each_thread_that_showed_it_counts(void **state)
{
    struct work one;

    (void)state;
    keep(A, B);
    start(&one, ab);
    nest_at_last(B, A);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&one);
}

static void evidence_of_the_second_thread_counts(void **state)
{
    struct work one, other;

    (void)state;
    start(&one, ab);
    start(&other, ab);
    run(&one, ba);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&one);
    stop(&other);
}

static void evidence_of_a_later_segment_counts(void **state)
{
    struct work one;

    (void)state;
    keep(A, B);
    start(&one, nothing);
    keep(A, B);
    run(&one, ba);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&one);
}

static void evidence_of_an_earlier_segment_is_ordered(void **state)
{
    struct work one;

    (void)state;
    keep(A, B);
    start(&one, ba);
    assert_int_equal(worst(), LV_GRADE_ORDERED);
    stop(&one);
}

static void evidence_of_a_joined_thread_is_ordered(void **state)
{
    struct work one, other;

    (void)state;
    keep(A, B);
    start(&one, ab);
    stop(&one);
    nest(B, A);
    assert_int_equal(worst(), LV_GRADE_ORDERED);
    start(&other, again_ab);
    assert_int_equal(worst(), LV_GRADE_ORDERED);
    nest(B, A);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&other);
}

static void guard_that_is_dropped_later_guards_no_more(void **state)
{
    struct work one;

    (void)state;
    start(&one, guarded_ab);
    take(GATE);
    nest(B, A);
    let_go(GATE);
    assert_int_equal(worst(), LV_GRADE_GUARDED);
    nest(B, A);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&one);
}

static void kept_pair_without_the_guard_counts(void **state)
{
    struct work one;

    (void)state;
    start(&one, ab);
    take(GATE);
    nest(B, A);
    let_go(GATE);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&one);
}

static void longer_cycle_of_kept_pairs_is_told(void **state)
{
    struct work one;

    (void)state;
    start(&one, ab);
    nest_at_last(B, E);
    assert_int_equal(written, 1); /* what led to B */
    assert_int_equal(worst(), -1);
    nest_at_last(E, A); /* the other two steps are one thread's */
    assert_int_equal(worst(), LV_GRADE_SINGLE_THREAD);
    stop(&one);
}

static void kept_pair_ends_with_either_lock(void **state)
{
    (void)state;
    keep(A, B);
    renew(A, 1);
    nest_at_last(B, A); /* another A */
    assert_int_equal(worst(), -1);
    renew(A, 2);
    keep(A, B);
    renew(B, 1);
    nest_at_last(B, A);
    assert_int_equal(worst(), -1);
}

/* One lock over two of its class is a tree, which is known by all of it. */
static void two_of_a_class_under_one_are_written(void **state)
{
    unsigned i, before;

    (void)state;
    renew(0, 400);
    for (i = 0; i < 120; i += 4)
        nest(i, i + 2);
    before = observations();
    assert_in_range(before, 1, 12);
    nest(116, 202);
    assert_int_equal(observations(), before + 2);
    nest(112, 206);
    assert_int_equal(observations(), before + 4);
    nest(210, 110);
    assert_int_equal(observations(), before + 6);
}

/* ---- saturation ---------------------------------------------------------- */

enum { CROWD = 24 };
static struct work crowd[CROWD];
static uint64_t slow; /* events that went the slow way */
static _Atomic unsigned numbers;

/* Takes A and B, which it has taken before, as B under A; from a place where it
 * has been before. */
static void show(bool guarded)
{
    unsigned mine = 100 + 2 * numbers++;
    volatile unsigned i;

    take(A);
    let_go(A);
    take(B);
    let_go(B);
    if (guarded)
        take(GATE);
    for (i = 0; i < 2; i++) {
        slow = lv_record_header()->misses;
        nest(i == 0 ? mine : A, i == 0 ? mine + 1 : B);
        slow = lv_record_header()->misses - slow;
    }
    if (guarded)
        let_go(GATE);
}

static void show_plainly(void)
{
    show(false);
}

static void show_guarded(void)
{
    show(true);
}

static void start_crowd(unsigned count, void (*body)(void))
{
    unsigned i;

    for (i = 0; i < count; i++)
        start(&crowd[i], body);
}

static void stop_crowd(unsigned count)
{
    while (count > 0)
        stop(&crowd[--count]);
}

static void what_many_have_shown_is_not_looked_at(void **state)
{
    struct work one;

    (void)state;
    start_crowd(CROWD, show_plainly);
    start(&one, show_plainly);
    assert_int_equal(slow, 0);
    assert_int_equal(worst(), -1);
    nest(B, A);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&one);
    stop_crowd(CROWD);
}

static volatile unsigned elsewhere;

__attribute__((noinline)) static void nest_elsewhere(unsigned outer,
                                                     unsigned inner)
{
    elsewhere += 0 * outer; /* compilers make one of two that are the same */
    take(outer);
    take(inner);
    let_go(inner);
    let_go(outer);
}

/* Like show, from another place. Every second look asks whether more can be
 * learned: the last one here does. */
static void show_elsewhere(void)
{
    struct lv_thread *thread;
    unsigned mine = 100 + 2 * numbers++;
    volatile unsigned i;

    take(A);
    let_go(A);
    take(B);
    let_go(B);
    for (i = 0; i < 2; i++) {
        thread = lv_self.thread;
        if (i == 1 && (thread->looks ^ thread->id) % 2 != 0)
            thread->looks++;
        elsewhere -= observations();
        nest_elsewhere(i == 0 ? mine : A, i == 0 ? mine + 1 : B);
        elsewhere += observations();
        if (i == 0)
            elsewhere = 0;
    }
}

static void another_place_is_observed_once(void **state)
{
    struct work one, other;

    (void)state;
    start_crowd(CROWD, show_plainly);
    start(&one, show_elsewhere);
    assert_int_equal(elsewhere, 1);
    start(&other, show_elsewhere);
    assert_int_equal(elsewhere, 0);
    stop(&other);
    stop(&one);
    stop_crowd(CROWD);
}

static void what_few_have_shown_is(void **state)
{
    struct work one;

    (void)state;
    start_crowd(4, show_plainly);
    start(&one, show_plainly);
    assert_int_equal(slow, 1);
    stop(&one);
    stop_crowd(4);
}

/* Of the order, where B is no longer a lock under which none was wanted. */
static void so_it_is_of_named_locks(void **state)
{
    struct work one, other;

    (void)state;
    start(&other, be);
    start_crowd(CROWD, show_plainly);
    start(&one, show_plainly);
    assert_int_equal(slow, 0);
    nest(E, A);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&one);
    stop(&other);
    stop_crowd(CROWD);
}

static void what_the_joined_have_shown_is_shown_again(void **state)
{
    struct work one;

    (void)state;
    start_crowd(CROWD, show_plainly);
    stop_crowd(CROWD);
    start(&one, show_plainly);
    assert_int_equal(slow, 1);
    nest(B, A);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&one);
}

static void what_all_have_shown_under_one_guard_is_not_all(void **state)
{
    struct work one;

    (void)state;
    start_crowd(CROWD, show_guarded);
    start(&one, show_plainly);
    assert_int_equal(slow, 1);
    take(GATE);
    nest(B, A);
    let_go(GATE);
    assert_int_equal(worst(), LV_GRADE_INVERSION);
    stop(&one);
    stop_crowd(CROWD);
}

static void what_is_on_a_cycle_is_looked_at(void **state)
{
    struct work one;
    unsigned i;

    (void)state;
    start_crowd(CROWD, show_plainly);
    nest(B, A);
    for (i = 0; i < CROWD; i++)
        run(&crowd[i], show_plainly);
    start(&one, show_plainly);
    assert_int_equal(slow, 1);
    stop(&one);
    stop_crowd(CROWD);
}

/* ---- memory -------------------------------------------------------------- */

/* A maker of objects without end, which nests their locks before it shows them:
 * what that tells of classes is told, and no more. */
static void newborn_locks_are_written_of_few(void **state)
{
    enum { OBJECTS = 1000, ENOUGH = 20 };
    static const struct lockval_class outer = {"outer newborn", 0},
                                      inner = {"inner newborn", 0};
    const struct lv_rec_observation *seen;
    uint64_t dependencies_before;
    volatile unsigned i;

    (void)state;
    mark = lv_record_header()->committed;
    for (i = 0; i < OBJECTS; i++) {
        forget(A, 2);
        lv_lock_init(at(A), MUTEX, 1, &outer);
        lv_lock_init(at(B), MUTEX, 1, &inner);
        nest(A, B);
        if (i == 0) {
            seen = only_entry(LV_REC_OBSERVATION);
            assert_true(seen->hold[0].how & LV_HOW_UNPUBLISHED);
        }
    }
    assert_in_range(observations(), 4, ENOUGH);
    dependencies_before = dependencies();
    nest(C, A); /* C is nobody's secret */
    assert_int_equal(dependencies(), dependencies_before + 1);
}

static void slab_gives_back_what_is_empty(void **state)
{
    static uint64_t *slot[8192];
    static struct lv_slab slab = {.size = 64}; /* it keeps its chunks */
    unsigned i, zeros = 0;

    (void)state;
    for (i = 0; i < 8192; i++) {
        slot[i] = lv_slab_take(&slab);
        assert_non_null(slot[i]);
        memset(slot[i], 0xff, 64);
    }
    for (i = 0; i < 8192; i += 2)
        lv_slab_give(&slab, slot[i]);
    for (i = 1; i < 8192; i += 2)
        assert_int_equal(slot[i][0], UINT64_MAX);
    for (i = 0; i < 8192; i += 2) {
        assert_in_range(slot[i][0], 0, 65535);
        assert_int_equal(slot[i][1], UINT64_MAX); /* its neighbour is taken */
    }
    for (i = 1; i < 8192; i += 2)
        lv_slab_give(&slab, slot[i]);
    for (i = 0; i < 8192; i++)
        zeros += slot[i][1] == 0;
    assert_in_range(zeros, 8192 - 2 * 1024, 8192 - 1);
    assert_non_null(lv_slab_take(&slab));
}

/* ---- at once ------------------------------------------------------------- */

/* Eight threads go over one heap in pairs, mostly with nothing but the quick
 * looks, while the locks end under their hands and others begin there. */
static void *churn(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed * 2654435761u + 1;
    unsigned i, a, again;

    for (i = 0; i < 6000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        a = (random >> 33) % (MANY - 8);
        for (again = 0; again < 3; again++)
            nest(a, a + 1 + (random >> 61 & 3));
        if (i % 16 == 3)
            lv_lock_destroy(at(a), 1, LV_OWNER_NONE);
        if (i % 64 == 5)
            forget(a & ~63u, 64);
        if (i % 1024 == 7)
            forget(0, MANY);
    }
    lv_thread_end();
    return NULL;
}

static void threads_pair_and_destroy_at_once(void **state)
{
    pthread_t thread[8];
    uintptr_t i;

    (void)state;
    for (i = 0; i < 8; i++)
        assert_int_equal(
            pthread_create(&thread[i], NULL, churn, (void *)(i * 104729)), 0);
    for (i = 0; i < 8; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_int_equal(worst(), -1);
    for (i = 0; i < LV_LOST_KINDS; i++)
        assert_int_equal(lv_record_header()->lost[i], 0);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(pairs_of_a_heap_are_counted_and_not_written),
        RULE(kept_pair_is_told_when_it_is_turned),
        RULE(pairs_in_one_order_close_nothing),
        RULE(what_one_thread_turned_alone_is_its_own),
        RULE(each_thread_that_showed_it_counts),
        RULE(evidence_of_the_second_thread_counts),
        RULE(evidence_of_a_later_segment_counts),
        RULE(evidence_of_an_earlier_segment_is_ordered),
        RULE(evidence_of_a_joined_thread_is_ordered),
        RULE(guard_that_is_dropped_later_guards_no_more),
        RULE(kept_pair_without_the_guard_counts),
        RULE(longer_cycle_of_kept_pairs_is_told),
        RULE(kept_pair_ends_with_either_lock),
        RULE(two_of_a_class_under_one_are_written),
        RULE(what_many_have_shown_is_not_looked_at),
        RULE(another_place_is_observed_once),
        RULE(what_few_have_shown_is),
        RULE(so_it_is_of_named_locks),
        RULE(what_the_joined_have_shown_is_shown_again),
        RULE(what_all_have_shown_under_one_guard_is_not_all),
        RULE(what_is_on_a_cycle_is_looked_at),
        RULE(newborn_locks_are_written_of_few),
        RULE(slab_gives_back_what_is_empty),
        RULE(threads_pair_and_destroy_at_once),
    };
    char text[128];
    int failed;

    heap = calloc(MANY, sizeof *heap);
    if (heap == NULL || mkdtemp(directory) == NULL)
        return 1;
    snprintf(text, sizeof text, "record=%s:quiet", directory);
    setenv("LOCKVAL_OPTIONS", text, 1);
    lv_engine_start();
    atomic_store(&lv_signals_handled, 0);
    if (lv_record_header() == NULL || lv_record_path()[0] == '\0')
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(text, sizeof text, "rm -rf %s", directory);
    return system(text) != 0 || failed;
}
