/* SPDX-License-Identifier: BSD-2-Clause */
/* cross.h: circles of which no single run shows all steps.
 *
 * Instances mean nothing in another run, so here a class stands for its locks.
 * Such a circle is graded `class` where each of its classes is declared or one
 * static variable; `class-inferred` where one is inferred; `guarded` where all
 * steps hold a lock of one more class. What one run shows whole was judged
 * there, by instances, and is not told again.
 * Includes evidence.h, order.h; used by findings of several families or of a
 * database. */
#ifndef CROSS_H
#define CROSS_H

#include "evidence.h"

/* For each class, by its index, which strongly connected part of the order it
 * is in; 0: in none of more than one class. In the findings' arena. */
const uint32_t *cross_parts(struct findings *findings);

struct cross_source {
    /* Does one run show all these dependencies (evidence_dependency)? */
    bool (*covers)(void *context, const uint64_t *dependency, size_t count);
    const char *(*test)(void *context, uint64_t run); /* its name */
    void *context;
};

/* Add the circles that the evidence closes; what `parts` leaves out may be
 * missing in it. */
void cross_find(struct findings *findings, const struct evidences *evidence,
                const uint32_t *parts, const struct cross_source *source);

/* The same for a described model of several families. */
void cross_families(struct findings *findings);

#endif
