/* SPDX-License-Identifier: BSD-2-Clause */
/* reread.h: a reader that reads again, and a writer that may wait in between.
 *
 * Where a waiting writer comes first the second read waits behind it, and it
 * for the first. So it takes a writer, in a thread that can overlap the reader;
 * which of the two is seen first does not matter. Of each lock the last writer
 * and the last such reader that was not told are kept.
 * Slow path, under the engine's lock. Includes thread.h. Used by event.c. */
#ifndef LV_REREAD_H
#define LV_REREAD_H

#include "thread.h"

/* `thread` reads again as `again` says, with `first` in hand. */
void lv_reread_note(struct lv_thread *thread, struct lv_instance *instance,
                    const struct lv_rec_hold *again,
                    const struct lv_rec_hold *first);

/* `thread` is about to write. */
void lv_reread_writer(struct lv_thread *thread, struct lv_instance *instance);

#endif
