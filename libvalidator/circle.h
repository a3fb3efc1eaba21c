/* SPDX-License-Identifier: BSD-2-Clause */
/* circle.h: those who stand at the steps of a plan (meeting.h), side by side.
 *
 * Each wants what the next one holds, and the last what the first holds. Where
 * the steps share their places in code, as of many threads that do the same,
 * who comes could stand at any of them: which one shows only when those have
 * come who hold what it wants, and want what it holds. So nobody has a seat for
 * good: they are seated anew with each who comes, chains of them with room
 * between.
 *
 * Two may stand side by side that keep nothing from each other: a reader that
 * wants to read what a reader holds. Where a waiting writer goes first it waits
 * all the same once one comes: such a step NEEDS A WRITER.
 *
 * All with the meeting's lock and the engine's. Slow path. Includes meeting.h;
 * used by steer.c. */
#ifndef LV_CIRCLE_H
#define LV_CIRCLE_H

#include "meeting.h"

/* Could they be side by side, the one before the other? */
bool lv_circle_follows(const struct lv_meeting_step *before,
                       const struct lv_meeting_step *behind);

/* Does the first keep no lock from the second, but a writer would that comes
 * between? */
bool lv_circle_needs_writer(const struct lv_meeting_step *wants,
                            const struct lv_meeting_step *holds);

/* Seat `new` among those who stand at `count` steps, the bits of `here`: each
 * at one of those where it may stand (`may`), next to nobody whom it does not
 * follow. Its step; `count`: there is no such order, and nobody was moved. */
unsigned lv_circle_seat(struct lv_meeting_step *step, unsigned count,
                        uint64_t here, const struct lv_meeting_step *new);

#endif
