/* SPDX-License-Identifier: BSD-2-Clause */
/* findings.c: see findings.h. */
#include "findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cycle.h"
#include "judge.h"
#include "option.h"
#include "stuck.h"

/* Cycles told of one family: beyond it, nobody reads on. */
enum { MOST_CYCLES = 500 };

const char *findings_dep_kind(enum lv_dep_kind kind)
{
    static const char *const words[] = {
        [LV_DEP_EN] = "EN",
        [LV_DEP_ER] = "ER",
        [LV_DEP_SN] = "SN",
        [LV_DEP_SR] = "SR",
    };

    return words[kind];
}

const char *findings_verdict(enum lv_verdict verdict)
{
    static const char *const words[] = {
        [LV_PROVED] = "proved",
        [LV_REFUTED] = "refuted",
        [LV_UNNEEDED] = "unneeded",
    };

    return words[verdict];
}

/* ---- collecting ---------------------------------------------------------- */

struct collector {
    struct findings *findings;
    size_t family;
};

/* 0 is worst. Misuse and rules stand between what can and what may deadlock. */
static unsigned rank(const struct finding *finding)
{
    unsigned bit = 0;

    if (finding->grade == NULL)
        return finding->fail == LV_FAIL_MISUSE ? 3 : 4;
    while ((finding->fail >> bit & 1) == 0)
        bit++;
    return bit <= LV_GRADE_INVERSION ? bit : bit + 4;
}

/* Classes that the tools found alike differ by a number at most. */
static size_t base_length(const char *name)
{
    size_t length = strlen(name);
    const char *number = strrchr(name, '[');

    if (number == NULL || number == name || number[-1] != ' ' ||
        name[length - 1] != ']')
        return length;
    return (size_t)(number - name) - 1;
}

static bool has_lock(const struct finding *finding, const char *name)
{
    size_t i, length = base_length(name);

    for (i = 0; i < finding->lock_count; i++)
        if (base_length(finding->lock[i]) == length &&
            memcmp(finding->lock[i], name, length) == 0)
            return true;
    return false;
}

static bool has_same_locks(const struct finding *a, const struct finding *b)
{
    size_t i;

    for (i = 0; i < a->lock_count; i++)
        if (!has_lock(b, a->lock[i]))
            return false;
    for (i = 0; i < b->lock_count; i++)
        if (!has_lock(a, b->lock[i]))
            return false;
    return true;
}

/* A fingerprint knows functions, not lines: locks that one function makes, one
 * by one, share it. Another finding of the same gets one of its own. */
static void set_apart(struct finding *finding, unsigned clashes)
{
    uint64_t hash = tool_hash(TOOL_HASH, finding->origin, 16);

    snprintf(finding->fingerprint, sizeof(finding->fingerprint), "%016" PRIx64,
             tool_hash(hash, &clashes, sizeof(clashes)));
}

void findings_add(struct findings *findings, struct finding new)
{
    unsigned clashes = 0;
    size_t i;

    memcpy(new.origin, new.fingerprint, sizeof(new.origin));

    for (i = 0; i < findings->finding_count; i++) {
        struct finding *old = &findings->finding[i];

        if (strcmp(old->origin, new.origin) != 0)
            continue;
        if (!has_same_locks(old, &new)) {
            clashes++;
            continue;
        }
        memcpy(new.fingerprint, old->fingerprint, sizeof(new.fingerprint));
        /* A deadlock takes the place of its inversion, and is not counted
         * among those. */
        if (strcmp(old->kind, new.kind) == 0)
            new.count = old->count += new.count;
        if (rank(&new) < rank(old))
            *old = new;
        return;
    }
    if (clashes > 0)
        set_apart(&new, clashes);
    *TOOL_PUSH(findings->finding, findings->finding_count,
               findings->finding_room) = new;
}

/* Does the cycle rest on a semaphore that may be no mutex? */
static bool is_guess(const struct collector *collector,
                     const struct lv_cycle *cycle)
{
    const struct model *model = collector->findings->model;
    const struct model_family *family = &model->family[collector->family];
    uint32_t i;

    for (i = 0; i < cycle->count; i++) {
        const struct lv_step *step = &cycle->step[i];

        if (model->class[step->from_class].family == LV_FAMILY_SEMAPHORE &&
            !family->instance[step->from].holds)
            return true;
    }
    return false;
}

static void add_cycle(void *context, const struct lv_cycle *cycle)
{
    struct collector *collector = context;
    struct lv_cycle graded = *cycle;

    if (graded.grade < LV_GRADE_CLASS_INFERRED && is_guess(collector, cycle))
        graded.grade = LV_GRADE_CLASS_INFERRED;
    findings_add(
        collector->findings,
        cycle_finding(collector->findings, collector->family, &graded));
}

static void add_dependency(void *context, uint32_t from, uint32_t to,
                           unsigned kinds, uint64_t count)
{
    struct findings *findings = ((struct collector *)context)->findings;
    uint32_t key[2] = {from, to}, id;
    bool added;

    id = intern_add(&findings->dependencies, &findings->arena, key, sizeof(key),
                    &added);
    if (added)
        *TOOL_PUSH(findings->dependency, findings->dependency_count,
                   findings->dependency_room) =
            (struct class_dependency){.from = from, .to = to};
    findings->dependency[id - 1].kinds |= kinds;
    findings->dependency[id - 1].count += count;
}

/* ---- exceptions ---------------------------------------------------------- */

static int by_names(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    int order = strcmp(a[0], b[0]);

    return order != 0 ? order : strcmp(a[1], b[1]);
}

static void copy_suppressed(struct findings *findings,
                            struct raw_exception *new,
                            const struct lv_exception *from)
{
    uint32_t i;

    new->suppressed = tool_take(&findings->arena, (from->suppressed_count + 1) *
                                                      sizeof(*new->suppressed));
    new->suppressed_count = from->suppressed_count;
    for (i = 0; i < from->suppressed_count; i++) {
        new->suppressed[i][0] =
            cycle_class(findings, from->suppressed[i].from_class);
        new->suppressed[i][1] =
            cycle_class(findings, from->suppressed[i].to_class);
    }
    qsort(new->suppressed, new->suppressed_count, sizeof(*new->suppressed),
          by_names);
}

static void copy_cycles(struct findings *findings, struct raw_exception *new,
                        const struct lv_exception *from)
{
    uint32_t i, j;

    new->cycle = tool_take(&findings->arena,
                           (from->cycle_count + 1) * sizeof(*new->cycle));
    new->cycle_count = from->cycle_count;
    for (i = 0; i < from->cycle_count; i++) {
        const struct lv_cycle *cycle = &from->cycle[i];

        new->cycle[i].lock =
            tool_take(&findings->arena, cycle->count * sizeof(char *));
        new->cycle[i].count = cycle->count;
        for (j = 0; j < cycle->count; j++)
            new->cycle[i].lock[j] =
                cycle_class(findings, cycle->step[j].from_class);
    }
}

/* Does the writer wait inside the raw write, at last for a reader that waits
 * for it? */
static bool is_met(const struct lv_cycle *cycle,
                   const struct lv_exception *exception)
{
    uint32_t i;

    for (i = 0; i < cycle->count; i++) {
        const struct lv_step *read = &cycle->step[i];
        const struct lv_step *write = &cycle->step[(i + 1) % cycle->count];
        const struct lv_rec_hold *raw = &write->seen->hold[write->hold];

        if (read->to_class == exception->class_id &&
            (read->seen->wanted.how &
             (LV_HOW_SEQ_WAIT | LV_HOW_SEQ_FALLBACK)) &&
            (raw->how & LV_HOW_RAW) && raw->stack == exception->stack)
            return true;
    }
    return false;
}

static struct finding *find_circle(struct collector *collector,
                                   const struct lv_exception *from)
{
    struct findings *findings = collector->findings;
    struct finding *circle;
    struct lv_cycle best = {.count = 0};
    uint32_t i;

    for (i = 0; i < from->cycle_count; i++)
        if (is_met(&from->cycle[i], from) &&
            (best.count == 0 || from->cycle[i].count < best.count))
            best = from->cycle[i];
    if (best.count == 0)
        return NULL;
    best.grade = LV_GRADE_INVERSION;
    circle = tool_take(&findings->arena, sizeof(*circle));
    *circle = cycle_finding(findings, collector->family, &best);
    return circle;
}

static bool same_exception(const struct raw_exception *a,
                           const struct raw_exception *b)
{
    return a->site == b->site && a->verdict == b->verdict &&
           strcmp(a->lock, b->lock) == 0;
}

static void add_exception(void *context, const struct lv_exception *from)
{
    struct collector *collector = context;
    struct findings *findings = collector->findings;
    struct raw_exception new = {
        .lock = cycle_class(findings, from->class_id),
        .site = symbols_stack(findings->symbols, from->stack),
        .verdict = from->verdict,
        .count = 1,
    };
    size_t i;

    for (i = 0; i < findings->exception_count; i++)
        if (same_exception(&findings->exception[i], &new)) {
            findings->exception[i].count++;
            return;
        }
    copy_suppressed(findings, &new, from);
    copy_cycles(findings, &new, from);
    if (from->reader != NULL) {
        new.reader =
            symbols_stack(findings->symbols, from->reader->wanted.stack);
        new.reader_loops = findings_is_loop(from->reader->wanted.how);
        new.reader_thread =
            cycle_thread(findings, collector->family, from->reader->thread);
        new.reader_lock = cycle_class(findings, from->reader_lock);
        new.circle = find_circle(collector, from);
    }
    *TOOL_PUSH(findings->exception, findings->exception_count,
               findings->exception_room) = new;
}

/* A declared class orders all its locks; an inferred one may mix strangers. */
static enum lv_class_trust trust(void *context, uint32_t class_id)
{
    const struct collector *collector = context;
    const struct model *model = collector->findings->model;

    return model->class[class_id].kind == LV_CLASS_DECLARED ? LV_TRUST_DECLARED
                                                            : LV_TRUST_INFERRED;
}

static uint64_t address_of(void *context, uint32_t instance)
{
    const struct collector *collector = context;

    return collector->findings->model->family[collector->family]
        .instance[instance]
        .address;
}

static uint32_t alike(void *context, uint32_t class_id)
{
    const struct collector *collector = context;

    return names_class(collector->findings->names, class_id)->alike;
}

/* `table[3].lock` and `table[5].lock` are of one kind. */
static uint64_t kin_of(void *context, uint32_t class_id)
{
    const struct collector *collector = context;
    const struct model *model = collector->findings->model;
    const char *name, *c;
    uint64_t hash = TOOL_HASH;
    bool index = false;

    if (model->class[class_id].kind != LV_CLASS_STATIC)
        return alike(context, class_id);
    name = cycle_class(collector->findings, class_id);
    if (strchr(name, '[') == NULL)
        return class_id;
    for (c = name; *c != '\0'; c++) {
        index = *c == '[' || (index && *c != ']');
        if (!index || *c == '[')
            hash = tool_hash(hash, c, 1);
    }
    return hash | 1ULL << 63; /* no class number is as large */
}

/* ---- all of it ----------------------------------------------------------- */

static void collect_family(struct findings *findings, size_t index)
{
    struct model_family *family = &findings->model->family[index];
    struct collector collector = {findings, index};
    const struct lv_nesting nesting = {address_of, kin_of, alike, &collector};
    size_t i;

    lv_order_set_nesting(family->order, &nesting);
    if (!lv_order_cycles(family->order, trust, MOST_CYCLES, add_cycle,
                         &collector) ||
        family->order_lost)
        findings->incomplete = true;
    for (i = 0; i < family->deadlock_count; i++)
        findings_add(findings,
                     deadlock_finding(findings, index, family->deadlock[i]));
    for (i = 0; i < family->hang_count; i++)
        findings_add(findings, stuck_finding(findings, index, family->hang[i]));
    for (i = 0; i < family->misuse_count; i++)
        findings_add(findings,
                     misuse_finding(findings, index, family->misuse[i]));
    for (i = 0; i < family->operation_count; i++)
        judge_operation(findings, index, family->operation[i], findings_add);
    lv_order_each(family->order, add_dependency, &collector);
    if (!lv_exceptions(family->seen, family->seen_count, add_exception,
                       &collector))
        findings->incomplete = true;
}

static int compare(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;

    if (rank(a) != rank(b))
        return rank(a) < rank(b) ? -1 : 1;
    if (a->step_count != b->step_count)
        return a->step_count < b->step_count ? -1 : 1;
    return strcmp(a->fingerprint, b->fingerprint);
}

static int compare_dependencies(const void *left, const void *right)
{
    const struct class_dependency *a = left, *b = right;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->to > b->to) - (a->to < b->to);
}

static void add_up(struct findings *findings)
{
    const struct model *model = findings->model;
    struct finding_totals *totals = &findings->totals;
    size_t i, j;

    totals->processes = model->process_count;
    for (i = 1; i < model->class_count; i++)
        totals->classes += model->class[i].here;
    totals->dependencies = findings->dependency_count;
    for (i = 0; i < model->process_count; i++) {
        const struct model_process *process = &model->process[i];

        totals->threads += process->threads;
        totals->acquisitions += process->acquisitions;
        totals->instances += process->instances;
        totals->chains += process->chains;
        totals->misses += process->misses;
        totals->refused += process->state == LV_STATE_REFUSED;
        for (j = 0; j < LV_LOST_KINDS; j++)
            totals->lost += process->lost[j];
    }
}

struct findings *findings_empty(void)
{
    struct findings *findings = calloc(1, sizeof(*findings));

    if (findings == NULL)
        tool_out_of_memory();
    return findings;
}

void findings_sort(struct findings *findings)
{
    if (findings->finding_count > 0)
        qsort(findings->finding, findings->finding_count,
              sizeof(*findings->finding), compare);
}

struct findings *findings_of(struct model *model, struct symbols *symbols,
                             struct names *names)
{
    struct findings *findings = findings_empty();
    size_t i;

    findings->model = model;
    findings->rules = model->rule_set;
    findings->symbols = symbols;
    findings->names = names;
    findings->borrowed = true;
    for (i = 0; i < model->family_count; i++)
        collect_family(findings, i);
    findings_sort(findings);
    if (findings->dependency_count > 0)
        qsort(findings->dependency, findings->dependency_count,
              sizeof(*findings->dependency), compare_dependencies);
    add_up(findings);
    return findings;
}

struct findings *findings_new(struct model *model)
{
    struct symbols *symbols = symbols_new(model);
    struct findings *findings =
        findings_of(model, symbols, names_new(model, symbols));

    findings->borrowed = false;
    return findings;
}

void findings_free(struct findings *findings)
{
    if (findings == NULL)
        return;
    findings_free(findings->shown);
    if (!findings->borrowed) {
        names_free(findings->names);
        symbols_free(findings->symbols);
    }
    free(findings->finding);
    free(findings->exception);
    free(findings->dependency);
    intern_free(&findings->dependencies);
    tool_arena_free(&findings->arena);
    if (findings->owns_model) {
        model_free(findings->model);
        free(findings->model);
    }
    free(findings);
}

bool findings_rebuilt(const struct findings *findings)
{
    return findings->symbols != NULL && symbols_changed(findings->symbols) > 0;
}

size_t findings_failing(const struct findings *findings, unsigned fail_on)
{
    size_t i, count = 0;

    for (i = 0; i < findings->finding_count; i++)
        count += finding_fails(&findings->finding[i], fail_on);
    for (i = 0; i < findings->exception_count; i++)
        count += exception_fails(&findings->exception[i], fail_on);
    return count;
}

void findings_happened(struct finding *finding, const struct finding *as)
{
    finding->step = as->step;
    finding->step_count = as->step_count;
    finding->lock = as->lock;
    finding->lock_count = as->lock_count;
    finding->misuse = as->misuse;
    finding->holder = as->holder;
}
