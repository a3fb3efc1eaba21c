/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks on files as the held list has them: what is tried, set over what is
 * held, and given back. The files are real; no lock is. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine.h"
#include "event.h"
#include "record.h"
#include "thread.h"
#include "written.h"

enum { PLACE = 0x1000, LOCKS = 512, ALL = 100 };

#define MUTEX LV_HOW_FAMILY(LV_FAMILY_MUTEX)

static long lock[LOCKS * 8];
static unsigned used;
static char directory[] = "/tmp/lockval-file-XXXXXX";

static struct lv_file_lock range(int fd, uint64_t start, uint64_t end)
{
    return (struct lv_file_lock){
        .fd = fd, .kind = LV_SHARED_RANGE, .start = start, .end = end};
}

static void try(int fd, uint32_t how, uint64_t start, uint64_t end)
{
    struct lv_file_lock wanted = range(fd, start, end);

    lv_file_tried(&wanted, how | LV_HOW_TRY, PLACE);
}

static void wait_for(int fd, uint32_t how, uint64_t start, uint64_t end)
{
    struct lv_file_lock wanted = range(fd, start, end);
    struct lv_ticket ticket;

    lv_file_wait(&wanted, how, PLACE, &ticket);
    lv_file_taken(&ticket);
}

static void release(int fd, uint64_t start, uint64_t end)
{
    struct lv_file_lock wanted = range(fd, start, end);

    lv_file_released(&wanted);
}

/* What is held now, as a lock says that nobody took before; NULL: nothing. */
static const struct lv_rec_observation *held(void)
{
    uintptr_t address = (uintptr_t)&lock[used++ * 8];
    struct lv_ticket ticket;

    assert_true(used <= LOCKS);
    mark = lv_record_header()->committed;
    lv_acquire_miss(address, MUTEX, PLACE, &ticket);
    lv_acquire_commit(&ticket);
    assert_true(lv_release_newest(address));
    return newest_entry(LV_REC_OBSERVATION);
}

static uint32_t held_count(void)
{
    const struct lv_rec_observation *seen = held();

    return seen == NULL ? 0 : seen->count;
}

static int begin(void **state)
{
    static int fd;

    fd = memfd_create("file", 0);
    assert_true(fd >= 0);
    *state = &fd;
    return 0;
}

static int finish(void **state)
{
    lv_file_closing(*(int *)*state);
    close(*(int *)*state);
    assert_int_equal(held_count(), 0);
    return 0;
}

/* Anew, and known. */
static void what_was_tried_is_held_until_it_is_released(void **state)
{
    int fd = *(int *)*state, i;

    for (i = 0; i < 3; i++) {
        try(fd, LV_HOW_WRITE, 0, 8);
        assert_int_equal(held_count(), 1);
        assert_true(held()->hold[0].how & LV_HOW_TRY);
        release(fd, 0, 8);
        assert_int_equal(held_count(), 0);
    }
}

static void what_was_waited_for_is_held_as_such(void **state)
{
    int fd = *(int *)*state, i;

    for (i = 0; i < 3; i++) {
        wait_for(fd, LV_HOW_WRITE, 0, 8);
        assert_int_equal(held_count(), 1);
        assert_false(held()->hold[0].how & LV_HOW_TRY);
        release(fd, 0, 8);
    }
}

static void known_try_writes_nothing(void **state)
{
    int fd = *(int *)*state;
    uint64_t before, misses;

    try(fd, LV_HOW_WRITE, 0, 8);
    release(fd, 0, 8);
    before = lv_record_header()->committed;
    misses = lv_record_header()->misses;
    try(fd, LV_HOW_WRITE, 0, 8);
    release(fd, 0, 8);
    assert_int_equal(lv_record_header()->committed, before);
    assert_int_equal(lv_record_header()->misses, misses);
}

static void try_inside_what_is_held_leaves_the_rest(void **state)
{
    int fd = *(int *)*state, i;

    for (i = 0; i < 3; i++) {
        try(fd, LV_HOW_READ_RECURSIVE, 0, ALL);
        try(fd, LV_HOW_WRITE, 10, 20);
        assert_int_equal(held_count(), 3);
        assert_int_equal(held()->hold[2].how & LV_HOW_MODE, LV_HOW_WRITE);
        release(fd, 10, 20);
        assert_int_equal(held_count(), 2);
        release(fd, 0, 15);
        assert_int_equal(held_count(), 1);
        release(fd, 0, ALL);
        assert_int_equal(held_count(), 0);
    }
}

static void try_in_another_mode_takes_its_place(void **state)
{
    int fd = *(int *)*state, i;

    for (i = 0; i < 3; i++) {
        try(fd, LV_HOW_READ_RECURSIVE, 0, 8);
        try(fd, LV_HOW_WRITE, 0, 8);
        assert_int_equal(held_count(), 1);
        assert_int_equal(held()->hold[0].how & LV_HOW_MODE, LV_HOW_WRITE);
        try(fd, LV_HOW_READ_RECURSIVE, 0, 8);
        assert_int_equal(held_count(), 1);
        assert_int_equal(held()->hold[0].how & LV_HOW_MODE,
                         LV_HOW_READ_RECURSIVE);
        release(fd, 0, 8);
    }
}

static void take_it(int fd)
{
    try(fd, LV_HOW_WRITE, 0, 8);
}

static void give_it_back(int fd)
{
    release(fd, 0, 8);
}

struct job {
    void (*run)(int fd);
    int fd;
    uint32_t held; /* afterwards */
};

static void *work(void *data)
{
    struct job *job = data;

    job->run(job->fd);
    job->held = held_count();
    lv_thread_end();
    return NULL;
}

static uint32_t in_thread(void (*run)(int fd), int fd)
{
    struct job job = {.run = run, .fd = fd};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, work, &job), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return job.held;
}

/* It is the process's: what one thread took another one gives back. */
static void what_another_thread_took_is_held_no_more(void **state)
{
    void (*const by[])(int) = {take_it, give_it_back, lv_file_closing};
    int fd = *(int *)*state;
    unsigned i;

    for (i = 0; i < 3; i++) {
        try(fd, LV_HOW_WRITE, 0, 8);
        assert_int_equal(held_count(), 1);
        assert_int_equal(in_thread(by[i], fd), i == 0);
        assert_int_equal(held_count(), 0);
        try(fd, LV_HOW_WRITE, 0, 8);
        assert_int_equal(held_count(), 1);
        release(fd, 0, 8);
        assert_int_equal(held_count(), 0);
    }
}

/* And nothing that is known of it goes with that. */
static void lock_of_two_threads_stays_the_same(void **state)
{
    int fd = *(int *)*state;
    uint64_t misses;
    uint32_t first;

    try(fd, LV_HOW_WRITE, 0, 8);
    first = held()->hold[0].instance;
    in_thread(give_it_back, fd);
    misses = lv_record_header()->misses;
    try(fd, LV_HOW_WRITE, 0, 8);
    assert_int_equal(lv_record_header()->misses, misses);
    assert_int_equal(held()->hold[0].instance, first);
}

/* An open file's goes with its last descriptor. */
static void open_file_closed_elsewhere_is_held_no_more(void **state)
{
    struct lv_file_lock wanted = range(*(int *)*state, 0, 8);

    wanted.by_open_file = true;
    lv_file_tried(&wanted, LV_HOW_WRITE | LV_HOW_TRY, PLACE);
    assert_int_equal(held_count(), 1);
    in_thread(lv_file_closing, *(int *)*state);
    assert_int_equal(held_count(), 0);
}

/* The number of the descriptor means another file now. */
static void another_file_is_another_lock(void **state)
{
    int fd = *(int *)*state, other = memfd_create("other", 0);
    uint32_t first;

    assert_true(other >= 0);
    try(fd, LV_HOW_WRITE, 0, 8);
    first = held()->hold[0].instance;
    lv_file_closing(fd);
    assert_int_equal(held_count(), 0);
    assert_int_equal(dup2(other, fd), fd);
    try(fd, LV_HOW_WRITE, 0, 8);
    assert_int_not_equal(held()->hold[0].instance, first);
    close(other);
}

static void try_of_what_is_no_file_holds_nothing(void **state)
{
    (void)state;
    try(-1, LV_HOW_WRITE, 0, 8);
    assert_int_equal(held_count(), 0);
}

/* A lock under the file's goes first. */
static void mutex_below_is_given_back_alone(void **state)
{
    uintptr_t address = (uintptr_t)&lock[used++ * 8];
    int fd = *(int *)*state;
    struct lv_ticket ticket;

    lv_acquire_miss(address, MUTEX, PLACE, &ticket);
    lv_acquire_commit(&ticket);
    try(fd, LV_HOW_WRITE, 0, 8);
    assert_int_equal(held_count(), 2);
    assert_true(lv_release_lower(address));
    assert_int_equal(held_count(), 1);
    assert_true(held()->hold[0].how & LV_HOW_TRY);
    assert_false(lv_release_lower(address));
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(what_was_tried_is_held_until_it_is_released),
        RULE(what_was_waited_for_is_held_as_such),
        RULE(known_try_writes_nothing),
        RULE(try_inside_what_is_held_leaves_the_rest),
        RULE(try_in_another_mode_takes_its_place),
        RULE(what_another_thread_took_is_held_no_more),
        RULE(lock_of_two_threads_stays_the_same),
        RULE(open_file_closed_elsewhere_is_held_no_more),
        RULE(another_file_is_another_lock),
        RULE(try_of_what_is_no_file_holds_nothing),
        RULE(mutex_below_is_given_back_alone),
    };
    char text[128];
    int failed;

    if (mkdtemp(directory) == NULL)
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
