/* SPDX-License-Identifier: BSD-2-Clause */
/* describe.c: the classes and dependencies of findings, in words; see
 * findings.h. */
#include <stdlib.h>
#include <string.h>

#include "observation.h"

/* Subclasses are told by a number behind a slash (name.c). */
static const char *base_of(struct findings *findings, const char *name,
                           uint32_t subclass)
{
    const char *slash = strrchr(name, '/');

    if (subclass == 0 || slash == NULL)
        return name;
    return tool_copy(&findings->arena, name, (size_t)(slash - name));
}

/* The file of static data; else that of the code which made or first took it.
 */
static const char *module_of(const struct model *model,
                             const struct model_class *class,
                             const struct symbol_stack *site)
{
    const struct symbol_frame *frame = name_own_frame(site);

    if (class->site.module != 0)
        return model->module[class->site.module].path;
    return frame == NULL ? "" : frame->module;
}

static struct finding_class make_class(struct findings *findings, uint32_t id)
{
    const struct model_class *class = &findings->model->class[id];
    const struct name *name = names_class(findings->names, id);
    const struct symbol_stack *site =
        symbols_stack(findings->symbols, name->stack);

    return (struct finding_class){
        .name = name->text,
        .key = name->key,
        .base = base_of(findings, name->text, class->subclass),
        .module = module_of(findings->model, class, site),
        .kind = class->kind,
        .subclass = class->subclass,
        .instances = class->instances,
        .site = site,
    };
}

static void describe_classes(struct findings *findings)
{
    uint32_t i;

    findings->class_count = findings->model->class_count;
    findings->class = tool_take(&findings->arena, findings->class_count *
                                                      sizeof(*findings->class));
    for (i = 1; i < findings->class_count; i++)
        findings->class[i] = make_class(findings, i);
}

static int compare(const void *left, const void *right)
{
    const struct class_dependency *a = left, *b = right;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->to > b->to) - (a->to < b->to);
}

/* They are sorted. */
static void describe_dependency(struct findings *findings, size_t family,
                                const struct lv_rec_observation *seen,
                                uint32_t i)
{
    struct class_dependency key = {.from = seen->hold[i].class_id,
                                   .to = seen->wanted.class_id};
    struct class_dependency *found =
        bsearch(&key, findings->dependency, findings->dependency_count,
                sizeof(*findings->dependency), compare);

    if (found != NULL && found->seen.from == NULL)
        found->seen = observation_step(findings, family, seen, i);
}

static void describe_family(struct findings *findings, size_t family)
{
    const struct model_family *of = &findings->model->family[family];
    size_t i;
    uint32_t hold;

    for (i = 0; i < of->seen_count; i++)
        for (hold = 0; hold < of->seen[i]->count; hold++)
            if (observation_draws(of->seen[i], hold))
                describe_dependency(findings, family, of->seen[i], hold);
}

void findings_describe(struct findings *findings)
{
    size_t i;

    if (findings->described || findings->model == NULL)
        return;
    findings->described = true;
    describe_classes(findings);
    for (i = 0; i < findings->model->family_count; i++)
        describe_family(findings, i);
}
