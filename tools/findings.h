/* SPDX-License-Identifier: BSD-2-Clause */
/* findings.h: what there is to say about a set of records, in words.
 *
 * Collected from every family of a learned model, named, graded, fingerprinted,
 * and told once each however many processes showed it; worst first, then the
 * shortest cycle. The renderers (text.c, json.c) add nothing but form.
 * Includes name.h; used by report.c, run.c and the renderers. */
#ifndef FINDINGS_H
#define FINDINGS_H

#include "exception.h"
#include "name.h"

/* One dependency of a cycle. A misuse has one as well: `from` and `to` are the
 * lock, `held` the hold that was offended, `wanted` where that was done. */
struct finding_step {
    const char *from, *to;
    const char *kind; /* "ER", "EN", "SR", "SN" */
    const char *thread;
    const char **gate; /* the other locks held */
    size_t gate_count;
    uint32_t held_stack, wanted_stack; /* 0: unknown */
    uint32_t held_how, wanted_how;     /* LV_HOW_* */
};

/* What of a rule is not met. */
struct rule_lack {
    const char *condition; /* "mm:write", "!*vma_lock:read" */
    const char *lock;      /* the lock that is missing, or too much */
    bool wanted;           /* false: it must not be held */
    uint32_t stack; /* where it was lost; where it was taken; 0: unknown */
};

struct finding {
    const char *kind;  /* interface.md */
    const char *grade; /* NULL for a misuse or rule */
    unsigned fail;     /* the LV_FAIL_* bit that makes it gate */
    unsigned misuse;   /* enum lv_misuse, 0 for a cycle */
    char fingerprint[17];
    const char *message; /* one sentence */
    const char **lock;   /* in cycle order */
    size_t lock_count;
    const struct finding_step *step;
    size_t step_count;
    uint64_t count;     /* times seen, over all processes */
    uint32_t process;   /* one that showed it */
    const char *holder; /* misuse: the thread that has the other hold */
    const char *order;  /* kind `order`: the file's path */
    const char *rule;   /* its name; NULL: no rule. What follows is a rule's */
    const char *operation;
    const char **held; /* "mmap_lock(W)" */
    size_t held_count;
    const struct rule_lack *lack;
    size_t lack_count;
};

struct raw_exception {
    const char *lock;
    uint32_t site; /* stack */
    enum lv_verdict verdict;
    const char *(*suppressed)[2]; /* from, to */
    size_t suppressed_count;
    struct raw_cycle {
        const char **lock;
        size_t count;
    } * cycle;
    size_t cycle_count;
    uint32_t reader; /* stack; 0: none */
    const char *reader_thread, *reader_lock;
    bool reader_loops; /* it waits by reading again and again */
    uint64_t count;
};

struct class_dependency {
    uint32_t from, to; /* class ids */
    unsigned kinds;    /* bits 1 << enum lv_dep_kind */
    uint64_t count;
};

struct finding_totals {
    uint64_t processes, threads, acquisitions, instances, classes, dependencies,
        chains, misses, lost;
};

struct findings {
    struct tool_arena arena;
    struct model *model;
    struct symbols *symbols;
    struct names *names;
    const struct rule_set *rules; /* the model's */
    struct finding *finding;
    size_t finding_count, finding_room;
    struct raw_exception *exception;
    size_t exception_count, exception_room;
    struct class_dependency *dependency;
    size_t dependency_count, dependency_room;
    struct intern dependencies;
    struct finding_totals totals;
    bool incomplete; /* a bound or memory was reached */
};

/* `model` must be learned, and outlive the result. */
struct findings *findings_new(struct model *model);
void findings_free(struct findings *findings);

/* How many findings and refuted exceptions fail under `fail_on`. */
size_t findings_failing(const struct findings *findings, unsigned fail_on);

/* A reader of a sequence count that waits by single reads in a row. */
static inline bool findings_is_loop(uint32_t how)
{
    return (how & LV_HOW_SEQ_LOOP) == LV_HOW_SEQ_LOOP;
}

/* "EN", … ; "text", the grade's word; the verdict's word. */
const char *findings_dep_kind(enum lv_dep_kind kind);
const char *findings_verdict(enum lv_verdict verdict);

#endif
