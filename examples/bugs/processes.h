/* SPDX-License-Identifier: BSD-2-Clause */
/* processes.h: processes that take turns, so that a program whose processes
 * could deadlock always ends. A turn is a byte in a pipe, which is no lock.
 *
 * With TURNS=off in the environment nobody waits, as in turns.h. */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int turn_pipe[2];

/* Wait until another process ends its turn. */
static inline void turn_wait(void)
{
    const char *turns = getenv("TURNS");
    char turn;

    if (turns != NULL && strcmp(turns, "off") == 0)
        return;
    if (read(turn_pipe[0], &turn, 1) != 1)
        _exit(2);
}

static inline void turn_end(void)
{
    if (write(turn_pipe[1], "", 1) != 1)
        _exit(2);
}

static inline pid_t run_child(void (*body)(void))
{
    pid_t child = fork();

    if (child == 0) {
        body();
        _exit(0);
    }
    if (child == -1)
        exit(1);
    return child;
}

/* True if the child ended as it should. */
static inline int wait_for(pid_t child)
{
    int status = 1;

    return waitpid(child, &status, 0) == child && status == 0;
}

/* Run the two in processes of their own, at the same time. 0: both were well.
 */
static inline int run_both(void (*first)(void), void (*second)(void))
{
    pid_t child[2];
    int good;

    if (pipe(turn_pipe) != 0)
        return 1;
    child[0] = run_child(first);
    child[1] = run_child(second);
    good = wait_for(child[0]);
    return wait_for(child[1]) && good ? 0 : 1;
}

#endif
