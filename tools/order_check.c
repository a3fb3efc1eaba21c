/* SPDX-License-Identifier: BSD-2-Clause */
/* order_check.c: see order_command.h. */
#include <stdlib.h>
#include <string.h>

#include "cycle.h"
#include "option.h"
#include "order_command.h"

/* ---- observations -------------------------------------------------------- */

/* What record_format.h says of struct lv_rec_observation. */
static bool draws(const struct lv_rec_observation *seen, uint32_t i)
{
    const uint32_t none =
        LV_HOW_TRY | LV_HOW_RAW | LV_HOW_SEQ_ONCE | LV_HOW_SEQ_FALLBACK;

    if ((seen->wanted.how & none) || (seen->hold[i].how & LV_HOW_RAW))
        return false;
    return !(seen->wanted.how & LV_HOW_NESTED) ||
           seen->hold[i].class_id != seen->wanted.class_id;
}

const struct lv_rec_observation *order_next(const struct model *model,
                                            uint32_t from, uint32_t to,
                                            struct order_at *at)
{
    for (; at->family < model->family_count; at->family++, at->seen = 0) {
        const struct model_family *family = &model->family[at->family];

        for (; at->seen < family->seen_count; at->seen++, at->hold = 0) {
            const struct lv_rec_observation *seen = family->seen[at->seen];

            if (seen->wanted.class_id != to)
                continue;
            while (at->hold < seen->count) {
                uint32_t i = at->hold++;

                if (seen->hold[i].class_id == from && draws(seen, i))
                    return seen;
            }
        }
        at->hold = 0;
    }
    return NULL;
}

/* ---- judgement ----------------------------------------------------------- */

struct checker {
    struct findings *findings;
    const struct order_file *file;
};

/* A class as the file may name it. */
struct named {
    const char *text;
    uint32_t subclass, index;
};

static struct named name_of(const struct checker *checker, uint32_t class_id)
{
    struct findings *findings = checker->findings;
    uint32_t subclass = findings->model->class[class_id].subclass;
    const char *text = cycle_class(findings, class_id);

    return (struct named){text, subclass,
                          order_file_find(checker->file, text, subclass != 0)};
}

static bool ascends(const struct checker *checker,
                    const struct lv_rec_observation *seen,
                    const struct order_at *at)
{
    const struct model_instance *instance =
        checker->findings->model->family[at->family].instance;

    return instance[seen->hold[at->hold - 1].instance].address <
           instance[seen->wanted.instance].address;
}

/* The first observation of the dependency that goes down the addresses. */
static const struct lv_rec_observation *
find_descent(const struct checker *checker, uint32_t from, uint32_t to,
             struct order_at *at)
{
    const struct lv_rec_observation *seen;

    do
        seen = order_next(checker->findings->model, from, to, at);
    while (seen != NULL && ascends(checker, seen, at));
    return seen;
}

/* Why the dependency is against the file, and the observation that shows it;
 * NULL: it is not. */
static const char *object(const struct checker *checker,
                          const struct class_dependency *dependency,
                          const struct lv_rec_observation **seen,
                          struct order_at *at)
{
    struct tool_arena *arena = &checker->findings->arena;
    const struct order_file *file = checker->file;
    struct named from = name_of(checker, dependency->from);
    struct named to = name_of(checker, dependency->to);
    const struct order_name *name;

    if (from.index == ORDER_NONE)
        return NULL;
    name = &file->name[from.index];
    *at = (struct order_at){0};
    *seen = order_next(checker->findings->model, dependency->from,
                       dependency->to, at);
    if (from.index != to.index) {
        if (name->leaf != 0)
            return tool_print(arena, "%s is a leaf there", name->text);
        if (!order_file_before(file, to.index, from.index))
            return NULL;
        return tool_print(arena, "%s < %s there", file->name[to.index].text,
                          name->text);
    }
    if (name->same == ORDER_NESTED && to.subclass <= from.subclass)
        return tool_print(arena, "%s nests by subclass there", name->text);
    if (name->same != ORDER_BY_ADDRESS)
        return NULL;
    *at = (struct order_at){0};
    *seen = find_descent(checker, dependency->from, dependency->to, at);
    return *seen == NULL ? NULL
                         : tool_print(arena, "%s by address there", name->text);
}

/* ---- findings ------------------------------------------------------------ */

static void add_gates(struct findings *findings, struct finding_step *step,
                      const struct lv_rec_observation *seen, uint32_t skip)
{
    uint32_t i;

    step->gate =
        tool_take(&findings->arena, (seen->count + 1) * sizeof(*step->gate));
    for (i = 0; i < seen->count; i++)
        if (i != skip && !(seen->hold[i].how & LV_HOW_AGAIN))
            step->gate[step->gate_count++] =
                cycle_class(findings, seen->hold[i].class_id);
}

static enum lv_dep_kind kind_of(const struct lv_rec_hold *hold,
                                const struct lv_rec_hold *wanted)
{
    bool shared = (hold->how & LV_HOW_MODE) != LV_HOW_WRITE;
    bool recursive = (wanted->how & LV_HOW_MODE) == LV_HOW_READ_RECURSIVE;

    if (shared)
        return recursive ? LV_DEP_SR : LV_DEP_SN;
    return recursive ? LV_DEP_ER : LV_DEP_EN;
}

static const struct finding_step *
make_step(struct findings *findings, const struct lv_rec_observation *seen,
          const struct order_at *at)
{
    const struct lv_rec_hold *hold = &seen->hold[at->hold - 1];
    struct finding_step *step = tool_take(&findings->arena, sizeof(*step));

    *step = (struct finding_step){
        .from = cycle_class(findings, hold->class_id),
        .to = cycle_class(findings, seen->wanted.class_id),
        .kind = findings_dep_kind(kind_of(hold, &seen->wanted)),
        .thread = cycle_thread(findings, at->family, seen->thread),
        .held_stack = hold->stack,
        .wanted_stack = seen->wanted.stack,
        .held_how = hold->how,
        .wanted_how = seen->wanted.how,
    };
    add_gates(findings, step, seen, at->hold - 1);
    return step;
}

static uint64_t hash(struct findings *findings, const struct finding *finding)
{
    uint64_t sum = tool_hash(TOOL_HASH, "order", 6);

    sum = tool_hash(sum, finding->lock[0], strlen(finding->lock[0]) + 1);
    sum = tool_hash(sum, finding->lock[1], strlen(finding->lock[1]) + 1);
    sum = cycle_hash_stack(findings, sum, finding->step->held_stack);
    return cycle_hash_stack(findings, sum, finding->step->wanted_stack);
}

static struct finding make_finding(const struct checker *checker,
                                   const struct class_dependency *dependency,
                                   const char *why,
                                   const struct lv_rec_observation *seen,
                                   const struct order_at *at)
{
    struct findings *findings = checker->findings;
    const struct model_family *family = &findings->model->family[at->family];
    struct finding finding = {
        .kind = "order",
        .fail = LV_FAIL_RULE,
        .order = checker->file->path,
        .step = make_step(findings, seen, at),
        .step_count = 1,
        .lock_count = 2,
        .count = dependency->count,
        .process = family->thread[seen->thread].process,
    };

    finding.lock = tool_take(&findings->arena, 2 * sizeof(*finding.lock));
    finding.lock[0] = finding.step->from;
    finding.lock[1] = finding.step->to;
    finding.message = tool_print(
        &findings->arena, "%s is waited for while %s is held, against %s: %s",
        finding.lock[1], finding.lock[0], tool_base(finding.order), why);
    cycle_set_fingerprint(&finding, hash(findings, &finding));
    return finding;
}

void order_check(struct findings *findings, const struct order_file *file)
{
    struct checker checker = {findings, file};
    size_t i;

    findings->finding_count = findings->exception_count = 0;
    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *dependency = &findings->dependency[i];
        const struct lv_rec_observation *seen = NULL;
        struct order_at at;
        const char *why = object(&checker, dependency, &seen, &at);

        if (why != NULL && seen != NULL)
            *TOOL_PUSH(findings->finding, findings->finding_count,
                       findings->finding_room) =
                make_finding(&checker, dependency, why, seen, &at);
    }
}

/* ---- coverage ------------------------------------------------------------ */

static bool was_seen(const struct checker *checker,
                     const struct order_pair *pair)
{
    const struct findings *findings = checker->findings;
    size_t i;

    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *d = &findings->dependency[i];

        if (name_of(checker, d->from).index == pair->from &&
            name_of(checker, d->to).index == pair->to)
            return true;
    }
    return false;
}

size_t order_unseen(const struct findings *findings,
                    const struct order_file *file, FILE *out)
{
    struct checker checker = {(struct findings *)(uintptr_t)findings, file};
    size_t i, unseen = 0;

    for (i = 0; i < file->pair_count; i++) {
        const struct order_pair *pair = &file->pair[i];

        if (was_seen(&checker, pair))
            continue;
        if (unseen++ == 0)
            fprintf(out, "\ndeclared, but never seen:\n");
        fprintf(out, "  %s < %s  (%s:%zu)\n", file->name[pair->from].text,
                file->name[pair->to].text, tool_base(file->path), pair->line);
    }
    return unseen;
}
