/* SPDX-License-Identifier: BSD-2-Clause */
/* evidence.h: what shows a dependency, in words that another run shares.
 *
 * Of a dependency few are kept: those with the fewest other locks held, and of
 * these the ones with the smallest ids. So whatever is united in whatever
 * order, the same are kept. Includes findings.h; used by what compares or
 * unites runs. */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "findings.h"

enum { EVIDENCE_MOST = 8 }; /* kept of one dependency */

struct evidence_gate {
    uint32_t class; /* index in findings.class */
    uint32_t how;
};

struct evidence {
    uint64_t id;       /* of all that follows */
    uint64_t run;      /* whatever tells runs apart */
    uint32_t from, to; /* indices in findings.class */
    enum lv_dep_kind kind;
    const char *thread;
    const struct symbol_stack *held_at, *wanted_at;
    uint32_t held_how, wanted_how;
    const struct evidence_gate *gate; /* by class id; neither end among them */
    size_t gate_count;
    uint64_t gates; /* id of the set; 0: empty */
    uint64_t count; /* observations of the dependency in this run */
    bool up, down;  /* as in struct class_dependency, likewise */
};

struct evidences {
    struct evidence *item; /* by dependency, then as they are kept */
    size_t count, room;
};

/* Add what the family shows. The findings are described, and have a model.
 * Memory but the array is the findings'. */
void evidence_collect(struct evidences *all, struct findings *findings,
                      size_t family, uint64_t run);

/* Sort; keep EVIDENCE_MOST of each dependency and run (`by_run`), or of each
 * dependency. */
void evidence_keep(struct evidences *all, const struct findings *findings,
                   bool by_run);

/* The same for one dependency of two classes, of any run. */
uint64_t evidence_dependency(const struct findings *findings,
                             const struct evidence *evidence);

/* A finding's step as `evidence` shows it; no test is named. */
struct finding_step evidence_step(struct findings *findings,
                                  const struct evidence *evidence);

void evidence_free(struct evidences *all);

#endif
