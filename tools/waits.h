/* SPDX-License-Identifier: BSD-2-Clause */
/* waits.h: what the threads of a process say that they wait for, and which of
 * them will wait for ever.
 *
 * Reads LV_REC_WAITS of a living process, without stopping it: a wait with the
 * same serial is the same wait, and did not change. Knows no process beyond its
 * record: what is really so is tasks.h's to find out.
 * Includes record_format.h and tool.h; used by hang.c. */
#ifndef WAITS_H
#define WAITS_H

#include "record_format.h"
#include "tool.h"

struct wait {
    struct lv_rec_wait said;
    bool stuck; /* waits_close: for ever */
};

struct waits {
    struct wait *wait;
    size_t count, room;
};

/* The waits that stand, added to `waits`. `file` is an open record, `newest`
 * lv_rec_header.waits. */
void waits_read(struct waits *waits, int file, uint64_t newest);
void waits_free(struct waits *waits);

/* Mark the largest set of threads of which none goes on before another does:
 * each wants a lock that one of them holds, or the end of one of them; or waits
 * for what any thread could do, where `all` says that these are all threads
 * that there are. Returns how many. */
size_t waits_close(struct waits *waits, bool all);

/* Of a stuck thread: the stuck one that it waits for, or NULL (any of them
 * could do it); `*hold` is what that one holds, NULL for its end. */
struct wait *waits_next(const struct waits *waits, const struct wait *wait,
                        const struct lv_rec_hold **hold);

/* It waits for something that no one thread in particular can do. */
bool waits_is_event(const struct lv_rec_wait *said);

#endif
