/* SPDX-License-Identifier: BSD-2-Clause */
/* order_check.c: see order_command.h. */
#include <stdlib.h>
#include <string.h>

#include "cycle.h"
#include "observation.h"
#include "option.h"
#include "order_command.h"

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
                    const struct observation_at *at)
{
    const struct model_instance *instance =
        checker->findings->model->family[at->family].instance;

    return instance[seen->hold[at->hold - 1].instance].address <
           instance[seen->wanted.instance].address;
}

/* The first observation of the dependency that goes down the addresses. */
static const struct lv_rec_observation *
find_descent(const struct checker *checker, uint32_t from, uint32_t to,
             struct observation_at *at)
{
    const struct lv_rec_observation *seen;

    do
        seen = observation_next(checker->findings->model, from, to, at);
    while (seen != NULL && ascends(checker, seen, at));
    return seen;
}

/* Why the dependency is against the file, and the observation that shows it;
 * NULL: it is not. */
static const char *object(const struct checker *checker,
                          const struct class_dependency *dependency,
                          const struct lv_rec_observation **seen,
                          struct observation_at *at)
{
    struct tool_arena *arena = &checker->findings->arena;
    const struct order_file *file = checker->file;
    struct named from = name_of(checker, dependency->from);
    struct named to = name_of(checker, dependency->to);
    const struct order_name *name;

    if (from.index == ORDER_NONE)
        return NULL;
    name = &file->name[from.index];
    *at = (struct observation_at){0};
    *seen = observation_next(checker->findings->model, dependency->from,
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
    *at = (struct observation_at){0};
    *seen = find_descent(checker, dependency->from, dependency->to, at);
    return *seen == NULL ? NULL
                         : tool_print(arena, "%s by address there", name->text);
}

/* ---- findings ------------------------------------------------------------ */

static uint64_t hash(const struct finding *finding)
{
    uint64_t sum = tool_hash(TOOL_HASH, "order", 6);

    sum = tool_hash(sum, finding->lock[0], strlen(finding->lock[0]) + 1);
    sum = tool_hash(sum, finding->lock[1], strlen(finding->lock[1]) + 1);
    sum = cycle_hash_stack(sum, finding->step->held_at);
    return cycle_hash_stack(sum, finding->step->wanted_at);
}

static struct finding make_finding(const struct checker *checker,
                                   const struct class_dependency *dependency,
                                   const char *why,
                                   const struct lv_rec_observation *seen,
                                   const struct observation_at *at)
{
    struct findings *findings = checker->findings;
    struct finding_step *step = tool_take(&findings->arena, sizeof(*step));
    struct finding finding = {
        .kind = "order",
        .fail = LV_FAIL_RULE,
        .order = checker->file->path,
        .step = step,
        .step_count = 1,
        .lock_count = 2,
        .count = dependency->count,
    };

    *step = observation_step(findings, at->family, seen, at->hold - 1);
    cycle_set_process(findings, at->family, seen->thread, &finding);
    finding.lock = tool_take(&findings->arena, 2 * sizeof(*finding.lock));
    finding.lock[0] = finding.step->from;
    finding.lock[1] = finding.step->to;
    finding.message = tool_print(
        &findings->arena, "%s is waited for while %s is held, against %s: %s",
        finding.lock[1], finding.lock[0], tool_base(finding.order), why);
    cycle_set_fingerprint(&finding, hash(&finding));
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
        struct observation_at at;
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
