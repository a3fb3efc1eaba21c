/* SPDX-License-Identifier: BSD-2-Clause */
/* What a thread has learned, and how its room grows (transition.h). Locks lie
 * on the heap; none is real. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine.h"
#include "event.h"
#include "record.h"
#include "thread.h"
#include "transition.h"

#define MUTEX LV_HOW_FAMILY(LV_FAMILY_MUTEX)

enum { MANY = 40000, FEW = 3000, ROUNDS = 10, USUAL = 2048, ONE = MANY, OTHER };

static long *heap;
static char directory[] = "/tmp/lockval-transition-XXXXXX";
static unsigned known;

static uintptr_t at(unsigned i)
{
    return (uintptr_t)&heap[(size_t)i * 8]; /* a cache line each */
}

__attribute__((noinline)) static void take(unsigned i)
{
    struct lv_ticket ticket;

    if (lv_acquire_known(at(i), MUTEX, 1, &ticket))
        known++;
    else
        lv_acquire_miss(at(i), MUTEX, 1, &ticket);
    lv_acquire_commit(&ticket);
}

static void let_go(unsigned i)
{
    if (!lv_release_newest(at(i)))
        abort();
}

/* Under both locks in turn, so that no lock remembers its own last step. */
static void pass(unsigned count)
{
    unsigned gate, i;

    known = 0;
    for (gate = ONE; gate <= OTHER; gate++) {
        take(gate);
        for (i = 0; i < count; i++) {
            take(i);
            let_go(i);
        }
        let_go(gate);
    }
}

static uint32_t sets; /* when the thread ended */

static void come_back(void)
{
    int i;

    for (i = 0; i < ROUNDS; i++)
        pass(FEW);
}

static void come_once(void)
{
    pass(MANY);
}

static void stay(void)
{
    int i;

    for (i = 0; i < ROUNDS; i++)
        pass(4);
}

static void forget(void)
{
    stay();
    lv_thread_unlearn(lv_self.thread);
    pass(4);
}

static void (*job)(void);

static void *work(void *unused)
{
    job();
    sets = lv_self.thread->mask + 1;
    lv_thread_end();
    return unused;
}

/* Each in a thread of its own, whose table is its own. */
static void in_thread(void (*run)(void))
{
    pthread_t thread;

    job = run;
    assert_int_equal(pthread_create(&thread, NULL, work, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void table_grows_for_steps_that_come_back(void **state)
{
    (void)state;
    in_thread(come_back);
    assert_true(sets > USUAL);
    assert_true(known > 2 * FEW / 100 * 80);
}

static void table_does_not_grow_for_what_passes_once(void **state)
{
    (void)state;
    in_thread(come_once);
    assert_int_equal(sets, USUAL);
}

static void table_of_few_steps_is_small(void **state)
{
    (void)state;
    in_thread(stay);
    assert_in_range(known, 4, 2 * 4 + 2); /* three may share a set */
    assert_true(sets < USUAL / 8);
}

static void what_is_unlearned_is_not_known(void **state)
{
    (void)state;
    in_thread(forget);
    assert_int_equal(known, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_grows_for_steps_that_come_back),
        cmocka_unit_test(table_does_not_grow_for_what_passes_once),
        cmocka_unit_test(table_of_few_steps_is_small),
        cmocka_unit_test(what_is_unlearned_is_not_known),
    };
    char text[128];
    int failed;

    heap = calloc((size_t)(OTHER + 1) * 8, sizeof *heap);
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
