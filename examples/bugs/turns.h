/* SPDX-License-Identifier: BSD-2-Clause */
/* turns.h: threads that take turns, so that a program with a deadlock in it
 * always ends.
 *
 * All threads of a program are created before any is joined: nothing but their
 * turns keeps them apart, and turns are the luck of one schedule, not an order
 * that the program guarantees. They are counted on a bare futex, which is no
 * lock, so that the validator sees the locks of the bug and nothing else.
 *
 * With TURNS=off in the environment nobody waits for a turn, and the deadlock
 * can happen: TURNS=off lockval confirm … (it seldom does by itself). */
#ifndef TURNS_H
#define TURNS_H

#include <linux/futex.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned turns_now;

static inline int turns_off(void)
{
    const char *turns = getenv("TURNS");

    return turns != NULL && strcmp(turns, "off") == 0;
}

/* Wait until it is turn `turn`; the first is 0. */
static inline void turn_wait(unsigned turn)
{
    unsigned now;

    if (turns_off())
        return;
    while ((now = __atomic_load_n(&turns_now, __ATOMIC_ACQUIRE)) != turn)
        syscall(SYS_futex, &turns_now, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
}

/* Wait until turn `turn` was reached, without turns as well: for what was made
 * before it. */
static inline void turn_reach(unsigned turn)
{
    unsigned now;

    while ((now = __atomic_load_n(&turns_now, __ATOMIC_ACQUIRE)) < turn)
        syscall(SYS_futex, &turns_now, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
}

/* The next turn begins. */
static inline void turn_end(void)
{
    __atomic_add_fetch(&turns_now, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &turns_now, FUTEX_WAKE_PRIVATE, 1 << 30, NULL, NULL, 0);
}

/* Run the bodies in threads of their own, at the same time. Body i gets `i`,
 * as a pointer, for its argument. */
static inline void run_threads(void *(*const body[])(void *), size_t count)
{
    pthread_t thread[64];
    size_t i;

    for (i = 0; i < count; i++)
        pthread_create(&thread[i], NULL, body[i], (void *)i);
    for (i = 0; i < count; i++)
        pthread_join(thread[i], NULL);
}

static inline void run_two(void *(*first)(void *), void *(*second)(void *))
{
    void *(*const body[])(void *) = {first, second};

    run_threads(body, 2);
}

#endif
