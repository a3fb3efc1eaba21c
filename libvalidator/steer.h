/* SPDX-License-Identifier: BSD-2-Clause */
/* steer.h: hold threads back until a reported cycle can close.
 *
 * `lockval confirm` runs the program again with a PLAN: for each step of the
 * cycle the places in code where its lock was taken and where the next one was
 * wanted. A thread that comes to the second place with the first lock in hand
 * is parked there, for a bounded time, until a thread stands at every step;
 * then all are let go at once, and each waits for what the next one holds.
 * Where each holds a lock that keeps the next one's want away, that is a
 * deadlock already, and is told as one: none of them can go on. Else, if it is
 * one, it happens, and is seen as any that happens. Threads of several
 * processes meet as well (meeting.h). If something keeps the threads apart that
 * the order did not show, the waits run out and the program goes on. What was
 * met on the way is written down (struct lv_rec_steer). Nothing is decided
 * here.
 *
 * This is the active testing of Joshi, Park, Sen and Naik, "A randomized
 * dynamic program analysis technique for detecting real deadlocks" (PLDI 2009),
 * with the steps matched by code and locks instead of abstractions of objects.
 *
 * A step that a signal interrupts is met in another way: the thread that is
 * about to give its lock back sends itself the signal first.
 *
 * Who only looks at a sequence count, and may do so in a loop, is let go before
 * the others, to see that it is odd.
 *
 * Where a reader would wait for a reader only behind a writer, all stay until
 * writers have come as well; and those, in a plan that says `writers`, are held
 * back until the readers stand there.
 *
 * Who was held back for long enough goes on into its wait, and stands at its
 * step still until the next thing it does.
 *
 * Which of several threads and locks of one place belong together shows when
 * they stand beside each other (circle.h): who comes later and does not fit is
 * let pass, or, in a plan that says `displace`, takes the other's place.
 *
 * With a plan nothing is learned into the fast path, so that every acquisition
 * comes by here; without one the only cost is a test in the slow path.
 *
 *   plan = "lockval-steer 1" NL "wait" MS NL "skip" N NL
 *          [ "writers" NL ] [ "displace" NL ] { step }
 *   step = "step" [ "signal" NUMBER ] NL { where place NL }
 *   where = "held" | "wanted"               at one of these,
 *         | "held-under" | "wanted-under"   and called through all of those
 *   place = START END FILE            hexadecimal, of return addresses in the
 *                                     module whose file is called so
 *
 * Slow path. Includes thread.h; used by event.c, engine.c. */
#ifndef LV_STEER_H
#define LV_STEER_H

#include "thread.h"

/* Read the plan. From the constructor, after the record is open. A plan that
 * cannot be read steers nothing, and leaves no lv_rec_steer behind. */
void lv_steer_start(const char *path);

extern bool lv_steering __attribute__((visibility("hidden")));

/* The process is about to fork. */
void lv_steer_forking(void);

/* The thread, whose stack was taken, is about to take `ticket` or, with
 * `ticket` NULL or of no instance, to wait for something else; with the
 * engine's lock held. Marks the hold, whose release is to be seen. */
void lv_steer_note(struct lv_thread *thread, struct lv_ticket *ticket);

/* The same without the engine's lock, when all is written: parks the thread
 * where the plan says so. */
void lv_steer_park(struct lv_thread *thread, const struct lv_ticket *ticket);

/* The thread is about to give `lock` back; not in the slow path. Sends it the
 * signal that the plan asks for. */
void lv_steer_release(uintptr_t lock);

#endif
