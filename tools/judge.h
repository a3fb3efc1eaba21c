/* SPDX-License-Identifier: BSD-2-Clause */
/* judge.h: recorded operations held against the rules: findings of kind `rule`.
 *
 * A finding is a rule that an operation broke at a place: however many sets of
 * locks broke it there, it is told once, with the first of them.
 * Includes findings.h, rules.h. Used by findings.c; judge_load by report.c and
 * run.c. */
#ifndef JUDGE_H
#define JUDGE_H

#include "findings.h"
#include "rules.h"

/* Call `found` for each rule that the operation breaks. An assertion is a rule
 * of its own. All memory is the findings' arena's. */
void judge_operation(struct findings *findings, size_t family,
                     const struct lv_rec_operation *operation,
                     void (*found)(struct findings *, struct finding));

/* Read the rules that the programs declared and those of `file` ("": none), and
 * choose the profile ("": as declared). False: something was no good, which was
 * told in one line; the rest counts. Freed by rules_free in any case. */
bool judge_load(struct rule_set *set, const struct model *model,
                const char *file, const char *profile);

#endif
