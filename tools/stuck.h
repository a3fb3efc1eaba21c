/* SPDX-License-Identifier: BSD-2-Clause */
/* stuck.h: threads that wait for ever, for more than locks, as a finding: kind
 * and grade `deadlock`. Each of its steps is a thread: `wait` says for what it
 * waits, `from` is what it holds that another one wants (else what it took
 * last, or "" if it holds nothing), `to` what it waits for.
 * Includes findings.h; used by findings.c. */
#ifndef STUCK_H
#define STUCK_H

#include "findings.h"

struct finding stuck_finding(struct findings *findings, size_t family,
                             const struct lv_rec_hang *hang);

#endif
