/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c: what memory.h promises, from whichever source it was linked with.
 * Built twice: `memory` from libc, `memory-jemalloc` from the private copy. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "memory.h"

static void calloc_gives_zeros(void **state)
{
    static const unsigned char zeros[1 << 20];
    unsigned char *dirty;

    (void)state;
    for (size_t size = 1; size <= sizeof(zeros); size *= 4) {
        dirty = lv_calloc(1, size);
        assert_non_null(dirty);
        memset(dirty, 0xa5, size);
        lv_free(dirty);
        dirty = lv_calloc(size, 1);
        assert_non_null(dirty);
        assert_memory_equal(dirty, zeros, size);
        lv_free(dirty);
    }
}

static void realloc_keeps_what_was_there(void **state)
{
    unsigned char *p = lv_realloc(NULL, 16, 1);

    (void)state;
    assert_non_null(p);
    for (int i = 0; i < 16; i++)
        p[i] = (unsigned char)i;
    p = lv_realloc(p, 1 << 16, 4);
    assert_non_null(p);
    for (int i = 0; i < 16; i++)
        assert_int_equal(p[i], i);
    lv_free(p);
}

/* From a few pages to many huge ones, by steps that fit and steps that do not;
 * what is new may be had at once. */
static void grow_and_compare(void)
{
    size_t count = 1000, had = 0, i;
    uint32_t *p = NULL;

    for (; count < 4 << 20; had = count, count += count / 4) {
        p = lv_realloc(p, count, sizeof *p);
        assert_non_null(p);
        lv_populate(p + had, (count - had) * sizeof *p);
        for (i = had; i < count; i++)
            p[i] = (uint32_t)i * 2654435761u;
        for (i = 0; i < count; i += 97)
            assert_int_equal(p[i], (uint32_t)i * 2654435761u);
    }
    lv_free(p);
}

static void a_block_that_grows_keeps_what_was_there(void **state)
{
    uint32_t *one, *other;

    (void)state;
    one = lv_realloc(NULL, 1 << 15, sizeof *one);
    other = lv_realloc(NULL, 1 << 15, sizeof *other);
    assert_non_null(one);
    assert_non_null(other);
    memset(one, 1, sizeof *one << 15);
    memset(other, 2, sizeof *other << 15);
    grow_and_compare();
    one = lv_realloc(one, 1 << 20, sizeof *one);
    grow_and_compare(); /* where it was */
    assert_int_equal(one[0], 0x01010101);
    assert_int_equal(one[(1 << 15) - 1], 0x01010101);
    assert_int_equal(other[(1 << 15) - 1], 0x02020202);
    lv_free(one);
    lv_free(other);
}

/* Last: there is no way back. */
static void a_sealed_process_has_memory_as_before(void **state)
{
    (void)state;
    lv_memory_seal();
    grow_and_compare();
}

static void products_that_overflow_give_nothing(void **state)
{
    volatile size_t half = SIZE_MAX / 2;
    char *p = lv_calloc(1, 8);

    (void)state;
    assert_null(lv_calloc(half, 4));
    assert_null(lv_realloc(p, half, 4));
    lv_free(p);
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    lv_free(NULL);
}

#ifdef PRIVATE_COPY /* what libc's does in a forked child is libc's affair */
static _Atomic int churning;

static void *churn(void *unused)
{
    while (churning)
        lv_free(lv_calloc(3, 100));
    return unused;
}

/* Another thread is in the allocator, with its locks, at the time of the fork.
 */
static void forked_child_can_allocate(void **state)
{
    pthread_t thread;
    pid_t child;
    int status;

    (void)state;
    churning = 1;
    assert_int_equal(pthread_create(&thread, NULL, churn, NULL), 0);
    for (int i = 0; i < 100; i++) {
        lv_memory_fork_prepare();
        child = fork();
        if (child == 0) {
            lv_memory_fork_child();
            alarm(10);
            lv_free(lv_calloc(3, 100));
            _exit(0);
        }
        lv_memory_fork_parent();
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    churning = 0;
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *free_it(void *memory)
{
    lv_free(memory);
    return NULL;
}

static void *allocate(void *unused)
{
    lv_free(lv_calloc(1, 64));
    return unused;
}

/* A thread that did nothing but free is gone, with the storage that jemalloc
 * had in it, when the next one comes. */
static void ended_thread_leaves_nothing_behind(void **state)
{
    enum { SIZE = 1 << 20 };
    void *stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_t attributes;
    pthread_t thread;

    (void)state;
    assert_true(stack != MAP_FAILED);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, SIZE), 0);
    assert_int_equal(
        pthread_create(&thread, &attributes, free_it, lv_calloc(1, 64)), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(munmap(stack, SIZE), 0);
    assert_int_equal(pthread_create(&thread, NULL, allocate, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void memory_is_not_libcs(void **state)
{
    char *ours = lv_calloc(1, 64), *theirs = malloc(64);
    uintptr_t apart =
        ours > theirs ? (uintptr_t)(ours - theirs) : (uintptr_t)(theirs - ours);

    (void)state;
    assert_true(apart > 1 << 20);
    lv_free(ours);
    free(theirs);
}

/* Run with MALLOC_CONF=junk:true, which would fill new memory with 0xa5. */
static void environment_does_not_configure(void **state)
{
    enum { SIZE = 8 << 20 }; /* fresh from the kernel */
    unsigned char *p = lv_realloc(NULL, SIZE, 1);

    (void)state;
    assert_non_null(p);
    assert_int_equal(p[0], 0);
    assert_int_equal(p[SIZE / 2], 0);
    lv_free(p);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calloc_gives_zeros),
        cmocka_unit_test(realloc_keeps_what_was_there),
        cmocka_unit_test(a_block_that_grows_keeps_what_was_there),
        cmocka_unit_test(products_that_overflow_give_nothing),
        cmocka_unit_test(freeing_nothing_is_fine),
#ifdef PRIVATE_COPY
        cmocka_unit_test(forked_child_can_allocate),
        cmocka_unit_test(ended_thread_leaves_nothing_behind),
        cmocka_unit_test(memory_is_not_libcs),
        cmocka_unit_test(environment_does_not_configure),
#endif
        cmocka_unit_test(a_sealed_process_has_memory_as_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
