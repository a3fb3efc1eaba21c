/* SPDX-License-Identifier: BSD-2-Clause */
/* meeting.h: who stands at which step of a plan (steer.h), for all processes
 * that follow it together.
 *
 * A meeting is a small file beside the plan, mapped by each of them; where it
 * cannot be had, the process meets with itself. A lock is told from all others
 * by what processes agree on: the place in the file behind shared memory, the
 * range of a locked file; else by process and life. Who stands at a step stands
 * there until a time, so that a process that was killed is not waited for.
 *
 * All but lv_meeting_open, lv_meeting_wait and lv_meeting_settle with
 * lv_meeting_enter's lock held. Slow path. Includes thread.h; used by circle.c,
 * steer.c. */
#ifndef LV_MEETING_H
#define LV_MEETING_H

#include "record_format.h"
#include "thread.h"

/* A lock, or a hold of it, in words that processes share. */
struct lv_meeting_lock {
    uint32_t kind; /* enum lv_shared_kind, MEETING_OWN; 0: none */
    uint32_t how;  /* LV_HOW_* */
    uint32_t pseudo;
    uint32_t reserved;
    uint64_t device, inode, start, end, owner; /* as in struct lv_rec_shared */
};

struct lv_meeting_step {
    uint64_t who; /* process and thread; 0: nobody */
    uint64_t may; /* a bit for each step where it could as well stand */
    uint64_t until_ms;
    uint64_t waits;     /* its time was over, and it waits for its lock: it has
                           done nothing since */
    uint64_t last;      /* who stood here before, or does */
    uint64_t proved;    /* who stood here when all kept each other away */
    uint64_t writer;    /* who waits to write what who stands here reads */
    uint32_t writer_id; /* its number in its own record */
    uint32_t reserved;
    struct lv_meeting_lock hold, want;
};

/* From the constructor; `path` is the plan's. */
void lv_meeting_open(const char *path);

void lv_meeting_enter(void);
void lv_meeting_leave(void);

/* Of the plan's `count` steps. */
struct lv_meeting_step *lv_meeting_step(unsigned i);

/* Does somebody stand there? */
bool lv_meeting_has(unsigned i);

/* The step where the calling thread stands; `count`: at none. */
unsigned lv_meeting_where(unsigned count);

/* A process that follows the plan as well; a fork's is one before it begins, or
 * its parent would not wait for it. */
void lv_meeting_join(void);

/* Is there but one? */
bool lv_meeting_alone(void);

/* Has the thread that was the last to stand there ended? */
bool lv_meeting_ended(unsigned i);

/* The calling thread, as `who`. */
uint64_t lv_meeting_self(void);

/* Arrivals at the first step that are still to be let pass: the first call
 * says how many. */
unsigned *lv_meeting_skip(unsigned first);

struct lv_meeting_lock lv_meeting_describe(const struct lv_instance *instance,
                                           uint32_t how);

/* Might they be one lock, or of one file where they meet? None is any. */
bool lv_meeting_agree(const struct lv_meeting_lock *a,
                      const struct lv_meeting_lock *b);

/* Nobody who wants this gets it as long as that is held. */
bool lv_meeting_excludes(const struct lv_meeting_lock *held,
                         const struct lv_meeting_lock *wanted);

/* Who stands there leaves. */
void lv_meeting_send(unsigned i);

/* Everybody leaves; in `after_ms`, those do who lv_meeting_settle. */
void lv_meeting_let_go(unsigned count, uint64_t after_ms);

uint64_t lv_meeting_now_ms(void);

/* Until the calling thread stands at none of the `count` steps, or its time is
 * over. Without the lock. */
void lv_meeting_wait(unsigned count, uint64_t until_ms);

/* Until those who were let go may leave. Without the lock. */
void lv_meeting_settle(void);

#endif
