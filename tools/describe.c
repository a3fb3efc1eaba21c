/* SPDX-License-Identifier: BSD-2-Clause */
/* describe.c: the classes and dependencies of findings, in words; see
 * findings.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cycle.h"
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

/* What is of one name and of one place in the source is one class, whichever
 * programs it is linked into. */
static uint64_t identify(const struct finding_class *class)
{
    const char *where =
        class->kind == LV_CLASS_STATIC && class->place[0] == '\0'
            ? tool_base(class->module)
            : class->place;
    uint64_t id = tool_hash(TOOL_HASH, &class->kind, sizeof(class->kind));

    id = tool_hash(id, class->key, strlen(class->key) + 1);
    id = tool_hash(id, class->own, strlen(class->own) + 1);
    return tool_hash(id, where, strlen(where) + 1);
}

static struct finding_class make_class(struct findings *findings, uint32_t id)
{
    const struct model_class *class = &findings->model->class[id];
    const struct name *name = names_class(findings->names, id);
    const struct symbol_stack *site =
        symbols_stack(findings->symbols, name->stack);

    struct finding_class made = {
        .name = name->text,
        .key = name->key,
        .own = name->own,
        .place = name->place,
        .base = base_of(findings, name->text, class->subclass),
        .module = module_of(findings->model, class, site),
        .kind = class->kind,
        .family = class->family,
        .subclass = class->subclass,
        .instances = class->instances,
        .site = site,
    };

    made.id = identify(&made);
    return made;
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

/* ---- locks in files ------------------------------------------------------ */

/* A file that was deleted can be found by nobody else. */
static bool has_name(const struct model_shared *shared)
{
    static const char gone[] = " (deleted)";
    size_t length = strlen(shared->path);

    return shared->kind == LV_SHARED_MEMORY && !shared->recycled &&
           shared->path[0] == '/' &&
           (length < sizeof(gone) ||
            strcmp(shared->path + length - sizeof(gone) + 1, gone) != 0);
}

static struct finding_class make_file_class(struct findings *findings,
                                            const struct model_shared *shared,
                                            const struct finding_class *like)
{
    struct finding_class made = *like;

    made.name = tool_print(&findings->arena, "%s+0x%" PRIx64, shared->path,
                           shared->start);
    made.key = made.own = made.base = made.name;
    made.place = made.module = "";
    made.kind = LV_CLASS_DECLARED;
    made.subclass = 0;
    made.instances = 1;
    made.site = symbols_stack(findings->symbols, 0);
    made.id = identify(&made);
    return made;
}

static void name_files_of(struct findings *findings,
                          const struct model_family *family)
{
    const struct model *model = findings->model;
    size_t i;

    for (i = 1; i < family->instance_count; i++) {
        const struct model_instance *lock = &family->instance[i];

        if (lock->shared == 0 || lock->class_id == 0 ||
            findings->file_class[lock->shared] != 0 ||
            !has_name(&model->shared[lock->shared]))
            continue;
        findings->file_class[lock->shared] = (uint32_t)findings->class_count;
        findings->class[findings->class_count++] =
            make_file_class(findings, &model->shared[lock->shared],
                            &findings->class[lock->class_id]);
    }
}

void findings_name_files(struct findings *findings)
{
    const struct model *model = findings->model;
    size_t i, room = findings->class_count + model->shared_count;
    struct finding_class *class =
        tool_take(&findings->arena, room * sizeof(*class));

    memcpy(class, findings->class, findings->class_count * sizeof(*class));
    findings->class = class;
    findings->file_class = tool_take(
        &findings->arena, model->shared_count * sizeof(*findings->file_class));
    for (i = 0; i < model->family_count; i++)
        name_files_of(findings, &model->family[i]);
}

uint32_t findings_hold_class(const struct findings *findings, size_t family,
                             const struct lv_rec_hold *hold)
{
    const struct model_family *of = &findings->model->family[family];
    uint32_t file = 0;

    if (findings->file_class != NULL)
        file = findings->file_class[of->instance[hold->instance].shared];
    return file != 0 ? file : hold->class_id;
}

/* ---- dependencies -------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
    const struct class_dependency *a = left, *b = right;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->to > b->to) - (a->to < b->to);
}

static void set_process(const struct findings *findings, size_t family,
                        uint32_t thread, struct class_dependency *found)
{
    struct finding shown;

    cycle_set_process(findings, family, thread, &shown);
    found->program = shown.program;
    found->pid = shown.pid;
}

static void note_addresses(struct findings *findings, size_t family,
                           const struct lv_rec_observation *seen, uint32_t i,
                           struct class_dependency *found)
{
    const struct model_instance *instance =
        findings->model->family[family].instance;

    if (instance[seen->hold[i].instance].address <
        instance[seen->wanted.instance].address) {
        found->up = true;
        return;
    }
    if (!found->down)
        found->fall = observation_step(findings, family, seen, i);
    found->down = true;
}

bool findings_same_base(const struct findings *findings, uint32_t a, uint32_t b)
{
    return a == b ||
           strcmp(findings->class[a].base, findings->class[b].base) == 0;
}

/* They are sorted. */
static void describe_dependency(struct findings *findings, size_t family,
                                const struct lv_rec_observation *seen,
                                uint32_t i)
{
    struct class_dependency key = {.from = seen->hold[i].class_id,
                                   .to = seen->wanted.class_id};
    struct class_dependency *found = NULL;

    if (findings->dependency_count > 0)
        found = bsearch(&key, findings->dependency, findings->dependency_count,
                        sizeof(*findings->dependency), compare);
    if (found == NULL)
        return;
    if (found->seen.from == NULL) {
        found->seen = observation_step(findings, family, seen, i);
        set_process(findings, family, seen->thread, found);
    }
    if (findings_same_base(findings, key.from, key.to))
        note_addresses(findings, family, seen, i, found);
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
