/* SPDX-License-Identifier: BSD-2-Clause */
/* plan.h: from a finding to the plan by which the library holds its threads
 * back (libvalidator/steer.h).
 *
 * A place in code is the return address of the innermost frame that is the
 * program's own: to the byte, where the module's file is the recorded one; else
 * all of the function of that name, for a program that was built again, and in
 * a plan that is WIDE.
 * Contexts that are entered without waiting are no steps: what a reclaiming
 * allocation wants, its caller wants.
 * Includes findings.h; used by confirm.c. */
#ifndef PLAN_H
#define PLAN_H

#include "findings.h"

/* Attempts differ in this; see steer.h. */
struct plan_tactics {
    unsigned wait_ms; /* that a thread is held back at most */
    unsigned skip;    /* arrivals at the first step that are let pass */
    bool displace;    /* who comes last with other locks stays */
    bool paths;       /* by the callers as well: many lock through one function
                         of their own */
    bool wide;        /* anywhere in the functions of its places: what is seen
                         first is told, and the next call may be the one */
};

/* The steps of the finding's plan, in its order: at most LV_STEER_STEPS. 0: it
 * has no plan. */
size_t plan_steps(const struct finding *finding, struct finding_step *step);

/* Why no plan can be made of it, in words; NULL: one can, as far as its steps
 * tell. */
const char *plan_obstacle(struct tool_arena *arena,
                          const struct finding *finding);

/* False: the finding names no place, or has more steps than a plan takes. */
bool plan_write(const struct findings *findings, const struct finding *finding,
                const struct plan_tactics *tactics, FILE *out);

#endif
