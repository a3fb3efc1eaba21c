/* SPDX-License-Identifier: BSD-2-Clause */
/* findings.h: what there is to say about a set of records, in words.
 *
 * Collected from every family of a learned model, named, graded, fingerprinted,
 * and told once each however many processes showed it; worst first, then the
 * shortest cycle. The renderers (text.c, json.c) add nothing but form.
 * Includes name.h; used by report.c, run.c and the renderers. */
#ifndef FINDINGS_H
#define FINDINGS_H

#include <string.h>

#include "exception.h"
#include "name.h"
#include "option.h"

/* One dependency of a cycle. A misuse has one as well: `from` and `to` are the
 * lock, `held` the hold that was offended, `wanted` where that was done. */
struct finding_step {
    const char *from, *to;
    /* What of an event is waited for: "the signal of "; NULL: a lock. */
    const char *from_event, *to_event;
    const char *kind; /* "ER", "EN", "SR", "SN" */
    const char *thread;
    const char *test;  /* that showed it, of a circle across runs; or NULL */
    const char **gate; /* the other locks held */
    size_t gate_count;
    const struct symbol_stack *held_at, *wanted_at; /* empty: unknown */
    uint32_t held_how, wanted_how;                  /* LV_HOW_* */
    const char *wait; /* stuck.h: "waits for the end of thread 2"; else NULL */
};

/* What of a rule is not met. */
struct rule_lack {
    const char *condition;         /* "mm:write", "!*vma_lock:read" */
    const char *lock;              /* the lock that is missing, or too much */
    bool wanted;                   /* false: it must not be held */
    const struct symbol_stack *at; /* where it was lost, or was taken; may be
                                      empty */
};

struct finding {
    const char *kind;  /* interface.md */
    const char *grade; /* NULL for a misuse or rule */
    unsigned fail;     /* the LV_FAIL_* bit that makes it gate */
    unsigned misuse;   /* enum lv_misuse, 0 for a cycle */
    bool across;       /* no single run shows all steps */
    char fingerprint[17];
    char origin[17];     /* the same, before it was told apart from another's */
    const char *message; /* one sentence */
    const char **lock;   /* in cycle order */
    size_t lock_count;
    const struct finding_step *step;
    size_t step_count;
    uint64_t count;      /* times seen, over all processes */
    const char *program; /* the executable of a process that showed it */
    uint32_t pid;        /* of that process; 0: unknown */
    const char **test;   /* the tests that showed it, if they are known */
    size_t test_count;
    const char *suppressed_by; /* what keeps it from failing; NULL: nothing */
    const char *suppressed_reason; /* NULL where suppressed_by is */
    bool known;                    /* the baseline has it: it does not fail */
    const char
        *confirmation; /* "confirmed", "not confirmed"; NULL: not tried */
    const char *confirmation_reason;
    unsigned attempts;
    /* As it was before what is kept of a rerun took its place; NULL: it did
     * not. */
    const struct finding *predicted;
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
    const struct symbol_stack *site;
    enum lv_verdict verdict;
    const char *(*suppressed)[2]; /* from, to */
    size_t suppressed_count;
    struct raw_cycle {
        const char **lock;
        size_t count;
    } * cycle;
    size_t cycle_count;
    const struct symbol_stack *reader; /* NULL: none */
    const char *reader_thread, *reader_lock;
    bool reader_loops; /* it waits by reading again and again */
    uint64_t count;
    char fingerprint[17]; /* told_name: of a refuted one; else "" */
    /* The shortest circle that such a reader closes with this writer, as the
     * inversion that it would be, with what reruns showed of it; NULL: none. */
    struct finding *circle;
    const char *suppressed_by, *suppressed_reason; /* as of a finding */
};

struct class_dependency {
    uint32_t from, to; /* indices of findings.class */
    unsigned kinds;    /* bits 1 << enum lv_dep_kind */
    uint64_t count;
    /* By findings_describe: one that shows it, in which process; and of locks
     * of one class or its subclasses, whether one with a higher address was
     * taken inside a lower one (`up`), and whether not. */
    struct finding_step seen;
    const char *program; /* "": not known */
    uint32_t pid;        /* 0: not known */
    bool up, down;
    struct finding_step fall; /* one that shows `down` */
};

/* A lock class, by its name: see findings_describe. */
struct finding_class {
    const char *name, *key;  /* name.h */
    const char *base;        /* its name without the subclass */
    const char *module;      /* that it is of, as far as is known; else "" */
    const char *own, *place; /* name.h */
    uint64_t id;             /* the same for the same class of another run */
    uint32_t kind, subclass; /* enum lv_class_kind; the number */
    uint32_t family;         /* enum lv_family */
    uint64_t instances;
    const struct symbol_stack *site; /* where it was made or first taken */
};

struct finding_totals {
    uint64_t processes, threads, acquisitions, instances, classes, dependencies,
        chains, misses, lost;
    uint64_t refused; /* programs in which the library never came to life */
};

/* What a form renders is all here, and lives in the arena or the symbols; the
 * model and what names it are for those who collect, and NULL where the
 * findings were not collected from records. */
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
    struct class_dependency *dependency; /* by from, then to */
    size_t dependency_count, dependency_room;
    struct intern dependencies;
    struct finding_class *class; /* by class id, from 1 */
    size_t class_count;          /* the blank one included */
    uint32_t *file_class; /* by model.shared, see findings_name_files; NULL */
    bool described;
    struct finding_totals totals;
    bool borrowed;          /* symbols and names are not ours to free */
    bool incomplete;        /* a bound or memory was reached */
    bool owns_model;        /* free it, too */
    struct findings *shown; /* of reruns, to which ours refer; confirm.h */
};

/* `model` must be learned, and outlive the result. */
struct findings *findings_new(struct model *model);

/* The same with symbols and names that stay the caller's. */
struct findings *findings_of(struct model *model, struct symbols *symbols,
                             struct names *names);

/* None: to be filled from elsewhere. */
struct findings *findings_empty(void);
void findings_free(struct findings *findings);

/* Name every class, and give each dependency the first observation that shows
 * it. All classes are symbolised, so only what needs them asks. */
void findings_describe(struct findings *findings);

/* For what runs share: each lock in a file that has a name, and that processes
 * map, is a class of its own by that name and the offset, behind those of the
 * model. After findings_describe. */
void findings_name_files(struct findings *findings);

/* The class of a hold of the family, with those. */
uint32_t findings_hold_class(const struct findings *findings, size_t family,
                             const struct lv_rec_hold *hold);

/* Are they one class, or subclasses of one? Described. */
bool findings_same_base(const struct findings *findings, uint32_t a,
                        uint32_t b);

/* Worst first; to be called after findings were added. */
void findings_sort(struct findings *findings);

/* Add one, or count it where there is an equal one, whose place it takes if it
 * is worse. */
void findings_add(struct findings *findings, struct finding finding);

/* Some modules were rebuilt since, and what is of them has no names. */
bool findings_rebuilt(const struct findings *findings);

/* A circle of several locks of some class each: not seen on the same ones. */
static inline bool finding_across_locks(const struct finding *finding)
{
    return (finding->fail & (LV_FAIL_CLASS | LV_FAIL_CLASS_INFERRED)) != 0;
}

/* Has the hold of one step all of these bits? */
static inline bool finding_has_hold(const struct finding *finding, uint32_t how)
{
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        if ((finding->step[i].held_how & how) == how)
            return true;
    return false;
}

/* Why a circle is `ordered`: a step of it was seen when its lock was new;
 * SIGNALLED: is a thread's that is joined, and had signalled before. */
enum {
    FINDING_NEWBORN = LV_HOW_UNPUBLISHED,
    FINDING_SIGNALLED = LV_HOW_UNPUBLISHED | LV_HOW_EVENT,
};

/* Did it happen in a rerun? */
static inline bool finding_is_confirmed(const struct finding *finding)
{
    return finding->confirmation != NULL &&
           strcmp(finding->confirmation, "confirmed") == 0;
}

/* Does it fail under `fail_on`? Not what is suppressed or known. */
static inline bool finding_fails(const struct finding *finding,
                                 unsigned fail_on)
{
    if (finding->suppressed_by != NULL || finding->known)
        return false;
    return (finding->fail & fail_on) != 0 ||
           (finding_is_confirmed(finding) &&
            (fail_on & LV_FAIL_CONFIRMED) != 0);
}

static inline bool exception_is_confirmed(const struct raw_exception *exception)
{
    return exception->circle != NULL && finding_is_confirmed(exception->circle);
}

static inline bool exception_fails(const struct raw_exception *exception,
                                   unsigned fail_on)
{
    return exception->verdict == LV_REFUTED &&
           exception->suppressed_by == NULL &&
           ((fail_on & LV_FAIL_REFUTED) != 0 ||
            (exception_is_confirmed(exception) &&
             (fail_on & LV_FAIL_CONFIRMED) != 0));
}

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

/* `finding` is told as it happened in a rerun, which `as` tells: its steps,
 * locks and who held what; its identity and history stay. They share memory. */
void findings_happened(struct finding *finding, const struct finding *as);

#endif
