/* SPDX-License-Identifier: BSD-2-Clause */
/* order_check.c: see order_command.h. */
#include <stdlib.h>
#include <string.h>

#include "cycle.h"
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
    const struct finding_class *class = &checker->findings->class[class_id];

    return (struct named){
        class->name, class->subclass,
        order_file_find(checker->file, class->name, class->subclass != 0)};
}

/* Why the dependency is against the file, and the step that shows it; NULL: it
 * is not. */
static const char *object(const struct checker *checker,
                          const struct class_dependency *dependency,
                          const struct finding_step **step)
{
    struct tool_arena *arena = &checker->findings->arena;
    const struct order_file *file = checker->file;
    struct named from = name_of(checker, dependency->from);
    struct named to = name_of(checker, dependency->to);
    const struct order_name *name;

    if (from.index == ORDER_NONE)
        return NULL;
    name = &file->name[from.index];
    *step = &dependency->seen;
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
    if (name->same != ORDER_BY_ADDRESS || !dependency->down)
        return NULL;
    *step = &dependency->fall;
    return tool_print(arena, "%s by address there", name->text);
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
                                   const struct finding_step *step)
{
    struct findings *findings = checker->findings;
    struct finding finding = {
        .kind = "order",
        .fail = LV_FAIL_RULE,
        .order = tool_print(&findings->arena, "%s", checker->file->path),
        .step = step,
        .step_count = 1,
        .lock_count = 2,
        .count = dependency->count,
        .program = dependency->program,
        .pid = dependency->pid,
    };

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

    findings_describe(findings);
    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *dependency = &findings->dependency[i];
        const struct finding_step *step;
        const char *why = object(&checker, dependency, &step);

        if (why != NULL)
            *TOOL_PUSH(findings->finding, findings->finding_count,
                       findings->finding_room) =
                make_finding(&checker, dependency, why, step);
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
