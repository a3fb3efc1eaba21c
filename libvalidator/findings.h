/* SPDX-License-Identifier: BSD-2-Clause */
/* findings.h: how many findings this process was told of so far, for programs
 * that ask (lockval_findings).
 *
 * Counted under the engine's lock where a finding is told; read by anyone at
 * any time. Includes order.h. */
#ifndef LV_FINDINGS_H
#define LV_FINDINGS_H

#include "order.h"

/* An lv_order_closed: counts the cycle once, of whatever grade, however often
 * it is told, and passes it on to notice.h. */
void lv_findings_cycle(void *unused, const struct lv_cycle *cycle);

/* A finding that is no cycle; the caller tells each once. */
void lv_findings_add(void);

uint64_t lv_findings_count(void);

#endif
