/* SPDX-License-Identifier: BSD-2-Clause */
/* misuse.h: a lock used against its rules, told once for each place and class.
 *
 * Slow path, under the engine's lock, with no record entry open.
 * Includes record_format.h, thread.h. */
#ifndef LV_MISUSE_H
#define LV_MISUSE_H

#include "record_format.h"
#include "thread.h"

/* `lock` is what `thread` did and where; `other` (all zeros: unknown) the hold
 * that it offends, by `other_thread` (0: unknown). */
void lv_misuse_write(struct lv_thread *thread, enum lv_misuse kind,
                     const struct lv_rec_hold *lock,
                     const struct lv_rec_hold *other, uint32_t other_thread);

/* The same of a thread whose name the record has, and that may have ended. */
void lv_misuse_tell(uint32_t thread, enum lv_misuse kind,
                    const struct lv_rec_hold *lock,
                    const struct lv_rec_hold *other, uint32_t other_thread);

#endif
