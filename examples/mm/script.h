/* SPDX-License-Identifier: BSD-2-Clause */
/* script.h: threads stepped in a fixed order at named points.
 *
 * A script is a table of steps {thread, point}. They run one after another: a
 * thread that comes to the point which its next step names waits for its turn,
 * then runs until its step after that, or its end. A point that its thread's
 * next step does not name is passed by, so model code may be full of them.
 * A step marked SCRIPT_BLOCKS also ends when its thread sleeps on a lock of
 * the model; it goes on by itself when it is woken.
 *
 * All threads are created before any of them runs and joined after all have
 * ended: creation and join order none of them before another. The stepping
 * itself is futexes, invisible to the validator.
 *
 * With TURNS=off in the environment nobody waits for a turn and no script is
 * ever late: what a scenario can deadlock with can then happen. */
#ifndef MM_SCRIPT_H
#define MM_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_BLOCKS = 1 };

struct script_step {
    const char *thread;
    const char *point;
    int flags;
};

struct script_thread {
    const char *name; /* at most 15 characters: pthread_setname_np */
    void (*body)(void *);
};

struct script {
    const struct script_thread *thread;
    size_t thread_count;
    const struct script_step *step;
    size_t step_count;
};

/* Run to the end; each body gets `argument` and begins with a script_point.
 * A script that is not over in 5 seconds, or whose thread ends before its
 * steps do, is a failure of the model: one line, and the process exits with
 * EXIT_SCRIPT. */
void script_run(const struct script *script, void *argument);
enum { EXIT_SCRIPT = 3 };

/* The calling thread is at `point`. Nothing happens outside of a script. */
void script_point(const char *point);

#endif
