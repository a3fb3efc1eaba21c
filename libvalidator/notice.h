/* SPDX-License-Identifier: BSD-2-Clause */
/* notice.h: what a person reads at once, from inside the program, when the
 * library is preloaded without `lockval run`: a few lines on a duplicate of
 * standard error, each finding in one write(2). Names are what is known without
 * symbols; `lockval report` tells the rest.
 *
 * Slow path, under the engine's lock. Includes order.h, record_format.h. */
#ifndef LV_NOTICE_H
#define LV_NOTICE_H

#include "order.h"
#include "record_format.h"

/* Duplicate standard error; from the constructor, unless `quiet`. */
void lv_notice_start(void);

/* An lv_order_closed: tells cycles whose grade gates. */
void lv_notice_cycle(void *unused, const struct lv_cycle *cycle);

void lv_notice_deadlock(const struct lv_rec_deadlock *deadlock);

void lv_notice_misuse(const struct lv_rec_misuse *misuse);

/* An assertion that failed; other operations are judged by the tools. */
void lv_notice_operation(const struct lv_rec_operation *operation);

#endif
