/* SPDX-License-Identifier: BSD-2-Clause */
/* segment.h: which thread segments can overlap in time.
 *
 * A thread's life is cut at each create and join (record_format.h). What is
 * known of order comes from these, from barriers and from what runs once, never
 * from the luck of a schedule. Costs 40 bytes a thread and 16 a join; an answer
 * costs at most a visit of the creates and joins that come after, a repeated
 * one nothing. Threads and joins may be told in any order. Not thread-safe: the
 * caller serialises. Includes no other module. */
#ifndef LV_SEGMENT_H
#define LV_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

struct lv_segments;

struct lv_segments *lv_segments_new(void); /* NULL: no memory */
void lv_segments_free(struct lv_segments *segments);

/* Thread `id` (from 1) was created by `parent` in `parent_segment`; parent 0:
 * unknown, taken to overlap everything. False: no memory (then it overlaps
 * everything). */
bool lv_segments_thread(struct lv_segments *segments, uint32_t id,
                        uint32_t parent, uint32_t parent_segment);

/* All of `joined` is before segment `segment` of `joiner`. */
bool lv_segments_join(struct lv_segments *segments, uint32_t joiner,
                      uint32_t segment, uint32_t joined);

/* The same of the segments of `joined` below `until` alone: a barrier. */
bool lv_segments_meet(struct lv_segments *segments, uint32_t joiner,
                      uint32_t segment, uint32_t joined, uint32_t until);

/* True unless one of the two is known to end before the other begins; false
 * for two segments of one thread. */
bool lv_segments_overlap(const struct lv_segments *segments, uint32_t thread_a,
                         uint32_t segment_a, uint32_t thread_b,
                         uint32_t segment_b);

#endif
