/* SPDX-License-Identifier: BSD-2-Clause */
/* told.h: all that a report tells, in one list: the findings, and refuted raw
 * writes as findings of kind "refuted", for forms that treat them alike.
 * Includes render.h; used by the forms. */
#ifndef TOLD_H
#define TOLD_H

#include "render.h"

struct told {
    const struct finding *finding;
    const struct raw_exception *exception; /* of a refuted one, else NULL */
};

/* Worst first, in the order of findings.h; `*count` is set. */
const struct told *told_list(const struct findings *findings,
                             struct tool_arena *arena, size_t *count);

/* Give refuted raw writes their fingerprints, and those to their circles. */
void told_name(struct findings *findings);

/* What happened at a step's held_at and wanted_at, as a sentence without its
 * full stop: "main took a for reading", "main wanted b". */
const char *told_held(struct tool_arena *arena, const struct told *told,
                      size_t step);
const char *told_wanted(struct tool_arena *arena, const struct told *told,
                        size_t step);

/* Do its steps close a circle, each by a thread that took and then waited? */
bool told_meets(const struct told *told);

/* Threads that wait for ever, for more than locks: stuck.h. */
bool told_stuck(const struct told *told);

/* Did the thread of this step take something first? Not where it is on its way
 * to an event, nor a stuck one with empty hands. */
bool told_takes(const struct finding_step *step);

/* All of it, as the text has it. To be freed. */
char *told_text(const struct told *told, const struct render *render);

/* Why it does not fail though it would: "suppressed by …", "in the baseline",
 * "grade guarded does not fail". NULL: it fails. */
const char *told_excuse(struct tool_arena *arena, const struct told *told,
                        unsigned fail_on);

#endif
