/* SPDX-License-Identifier: BSD-2-Clause */
/* script.c: see script.h. Stands for no kernel code.
 *
 * `cursor` is the step whose turn it is; who owns that step moves it on. The
 * thread that created the others only watches the clock. */
#define _GNU_SOURCE
#include "script.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "futex.h"

#define WATCHDOG_SECONDS 5
#define NOT_STARTED UINT_MAX

struct runner {
    const struct script_thread *thread;
    void *argument;
    unsigned next; /* this thread's next step */
    bool has_turn;
    int turn_flags;
};

static const struct script *running;
static atomic_uint cursor = NOT_STARTED;
static atomic_uint finished;
static _Thread_local struct runner *self;

static _Noreturn void fail(const char *what, unsigned step)
{
    const char *thread = "-", *point = "-";

    if (step < running->step_count) {
        thread = running->step[step].thread;
        point = running->step[step].point;
    }
    fprintf(stderr, "mm: script: %s at step %u, \"%s: %s\"\n", what, step,
            thread, point);
    fflush(NULL);
    _exit(EXIT_SCRIPT);
}

static void next_turn(void)
{
    atomic_fetch_add(&cursor, 1);
    futex_wake(&cursor, INT_MAX);
}

static void end_turn(void)
{
    if (!self->has_turn)
        return;
    self->has_turn = false;
    next_turn();
}

static bool turns_off(void)
{
    const char *turns = getenv("TURNS");

    return turns != NULL && strcmp(turns, "off") == 0;
}

static void await_turn(unsigned step)
{
    unsigned now;

    while ((now = atomic_load(&cursor)) != step)
        futex_wait(&cursor, now);
    self->has_turn = true;
    self->turn_flags = running->step[step].flags;
}

static unsigned find_step(const char *thread, unsigned from)
{
    while (from < running->step_count &&
           strcmp(running->step[from].thread, thread) != 0)
        from++;
    return from;
}

void script_point(const char *point)
{
    unsigned step;

    if (self == NULL || turns_off())
        return;
    step = self->next;
    if (step == running->step_count ||
        strcmp(running->step[step].point, point) != 0)
        return;
    end_turn();
    self->next = find_step(self->thread->name, step + 1);
    await_turn(step);
}

static void thread_blocks(void)
{
    if (self != NULL && self->has_turn && (self->turn_flags & SCRIPT_BLOCKS))
        end_turn();
}

static void *start(void *argument)
{
    unsigned now;

    self = argument;
    pthread_setname_np(pthread_self(), self->thread->name);
    while ((now = atomic_load(&cursor)) == NOT_STARTED)
        futex_wait(&cursor, now);

    self->thread->body(self->argument);
    if (self->next != running->step_count && !turns_off())
        fail("thread ended before its step", self->next);
    end_turn();
    atomic_fetch_add(&finished, 1);
    futex_wake(&finished, INT_MAX);
    return NULL;
}

static bool past(const struct timespec *now, const struct timespec *deadline)
{
    if (now->tv_sec != deadline->tv_sec)
        return now->tv_sec > deadline->tv_sec;
    return now->tv_nsec >= deadline->tv_nsec;
}

static void watch(void)
{
    struct timespec deadline, now;
    unsigned count;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += WATCHDOG_SECONDS;
    while ((count = atomic_load(&finished)) != running->thread_count) {
        futex_wait_until(&finished, count, &deadline);
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (past(&now, &deadline) && !turns_off())
            fail("stuck", atomic_load(&cursor));
    }
}

void script_run(const struct script *script, void *argument)
{
    struct runner *runner = calloc(script->thread_count, sizeof(*runner));
    pthread_t *thread = calloc(script->thread_count, sizeof(*thread));

    running = script;
    atomic_store(&cursor, NOT_STARTED);
    atomic_store(&finished, 0);
    futex_before_wait = thread_blocks;
    if (runner == NULL || thread == NULL)
        fail("no memory", 0);
    for (size_t i = 0; i < script->thread_count; i++) {
        runner[i].thread = &script->thread[i];
        runner[i].argument = argument;
        runner[i].next = find_step(script->thread[i].name, 0);
        errno = pthread_create(&thread[i], NULL, start, &runner[i]);
        if (errno != 0)
            fail(strerror(errno), runner[i].next);
    }
    atomic_store(&cursor, 0);
    futex_wake(&cursor, INT_MAX);
    watch();
    for (size_t i = 0; i < script->thread_count; i++)
        pthread_join(thread[i], NULL);
    futex_before_wait = NULL;
    free(thread);
    free(runner);
}
