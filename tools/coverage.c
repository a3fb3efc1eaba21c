/* SPDX-License-Identifier: BSD-2-Clause */
/* coverage.c: `lockval coverage`: what runs saw, and what they could not see.
 *
 * From the records: processes, what was counted, what was lost, programs that
 * a process became without a record of it. From the files of the modules that
 * were loaded: which locks they call (inspect.h). Nothing here fails a gate:
 * it says how far a clean report reaches. */
#include "coverage.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "inspect.h"
#include "value.h"

static const char help[] =
    "lockval coverage PATH… [options]: what was seen, and what could not be\n"
    "\n"
    "PATH is a record (*.lvr) or a directory of records.\n"
    "\n"
    "  --json   for programs, not for people\n"
    "\n"
    "Reads the files of the programs and libraries that the records name: "
    "what\n"
    "they show is evidence, not proof. Status: 0, or 99 where a record could "
    "not\n"
    "be read.\n";

/* ---- what there is ------------------------------------------------------- */

struct part { /* a module of some process */
    const struct model_module *module;
    struct inspect look;
    size_t classes; /* first taken or made by its code, or in its data */
};

struct coverage {
    struct tool_arena arena;
    const struct model *model;
    struct part *part;
    size_t part_count;
    uint64_t threads, acquisitions, locks, classes;
    uint64_t lost[LV_LOST_KINDS], all_lost;
};

static const char *const lost_names[LV_LOST_KINDS] = {
    [LV_LOST_MEMORY] = "memory", [LV_LOST_RECORD] = "record",
    [LV_LOST_STACK] = "stack",   [LV_LOST_LIMIT] = "limit",
    [LV_LOST_MUTE] = "mute",
};

/* The C library is where seen locks are taken, and never seen itself. */
static bool is_base(const struct model_module *module)
{
    static const char *const names[] = {
        "libc.so",  "ld-linux",    "libm.so",    "libpthread.so", "libdl.so",
        "librt.so", "libgcc_s.so", "linux-vdso", "libvalidator"};
    const char *name = tool_base(module->path);
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return true;
    return name[0] == '\0';
}

/* Who made the lock: the innermost frame that is not the base's. */
static uint32_t module_of(const struct model *model,
                          const struct model_class *class)
{
    const struct model_stack *stack = &model->stack[class->stack];
    uint32_t i;

    if (class->kind == LV_CLASS_STATIC || class->kind == LV_CLASS_FRAME)
        return class->site.module;
    for (i = 0; i < stack->count; i++)
        if (!is_base(&model->module[stack->frame[i].module]))
            return stack->frame[i].module;
    return 0;
}

static bool is_lock(const struct model_class *class)
{
    return !(class->flags & LV_CLASS_PSEUDO) &&
           class->family != LV_FAMILY_THREAD && class->subclass == 0;
}

static void add_parts(struct coverage *coverage)
{
    const struct model *model = coverage->model;
    size_t i;

    coverage->part =
        tool_take(&coverage->arena, model->module_count * sizeof(struct part));
    for (i = 1; i < model->module_count; i++) {
        struct part *part = &coverage->part[i];

        tool_progress("reading modules", i, model->module_count);
        part->module = &model->module[i];
        if (!is_base(part->module))
            part->look = inspect_module(&coverage->arena, part->module);
    }
    coverage->part_count = model->module_count;
    for (i = 1; i < model->class_count; i++)
        if (is_lock(&model->class[i]))
            coverage->part[module_of(model, &model->class[i])].classes++;
    tool_progress_done();
}

static void add_totals(struct coverage *coverage)
{
    const struct model *model = coverage->model;
    size_t i, k;

    for (i = 0; i < model->process_count; i++) {
        const struct model_process *process = &model->process[i];

        coverage->threads += process->threads;
        coverage->acquisitions += process->acquisitions;
        coverage->locks += process->instances;
        for (k = 0; k < LV_LOST_KINDS; k++) {
            coverage->lost[k] += process->lost[k];
            coverage->all_lost += process->lost[k];
        }
    }
    for (i = 1; i < model->class_count; i++)
        coverage->classes += is_lock(&model->class[i]);
}

static bool is_seen(const struct part *part)
{
    return part->module != NULL && !is_base(part->module) &&
           part->look.unread == NULL &&
           (part->look.calls != 0 || part->classes != 0);
}

static bool is_unseen(const struct part *part)
{
    return part->module != NULL && !is_base(part->module) &&
           (part->look.unread != NULL || part->look.futexes > 0 ||
            part->look.uses[0] != '\0' || part->look.bound[0] != '\0');
}

/* `lockval run` noted in its place that the library did not come to life. */
static bool was_refused(const struct model_process *process)
{
    return process->state == LV_STATE_REFUSED;
}

/* It became another program, and that left no record: static, setuid, or it
 * never came to life. Or it never was anything else. */
static bool became_unseen(const struct model *model, size_t i)
{
    size_t k;

    if (was_refused(&model->process[i]))
        return true;
    if (model->process[i].state != LV_STATE_EXECED)
        return false;
    for (k = 0; k < model->process_count; k++)
        if (k != i && model->process[k].pid == model->process[i].pid &&
            model->process[k].state != LV_STATE_EXECED &&
            !was_refused(&model->process[k]))
            return false;
    return true;
}

/* ---- in words ------------------------------------------------------------ */

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_totals(const struct coverage *coverage)
{
    size_t processes = coverage->model->process_count;

    printf("%zu process%s, %" PRIu64 " thread%s, %" PRIu64
           " acquisition%s of %" PRIu64 " lock%s in %" PRIu64 " class%s\n",
           processes, processes == 1 ? "" : "es", coverage->threads,
           plural(coverage->threads), coverage->acquisitions,
           plural(coverage->acquisitions), coverage->locks,
           plural(coverage->locks), coverage->classes,
           coverage->classes == 1 ? "" : "es");
}

static void print_families(unsigned calls)
{
    const char *between = " · calls ";
    unsigned i;

    for (i = 0; i < INSPECT_FAMILIES; i++) {
        if ((calls & 1u << i) == 0)
            continue;
        printf("%s%s", between, inspect_family(i));
        between = ", ";
    }
}

static void print_seen(const struct coverage *coverage)
{
    bool any = false;
    size_t i;

    printf("\nseen\n");
    for (i = 1; i < coverage->part_count; i++) {
        const struct part *part = &coverage->part[i];

        if (!is_seen(part))
            continue;
        any = true;
        printf("  %-24s %zu lock class%s", tool_base(part->module->path),
               part->classes, part->classes == 1 ? "" : "es");
        print_families(part->look.calls);
        printf("\n");
    }
    if (!any)
        printf("  nothing: no module calls a lock that is known\n");
}

static void print_part(const struct part *part)
{
    const char *name = tool_base(part->module->path);
    const struct inspect *look = &part->look;

    if (look->unread != NULL)
        printf("  %-24s %s: nothing is known of it\n", name, look->unread);
    if (look->futexes > 0)
        printf("  %-24s %zu futex call%s of its own%s%s: locks made of them "
               "are not seen\n",
               name, look->futexes, plural(look->futexes),
               look->whose[0] != '\0' ? ", " : "", look->whose);
    if (look->uses[0] != '\0')
        printf("  %-24s calls the locks of %s\n", name, look->uses);
    if (look->bound[0] != '\0')
        printf("  %-24s has %s of its own; its calls to it pass by\n", name,
               look->bound);
}

static void print_unseen(const struct coverage *coverage)
{
    const struct model *model = coverage->model;
    bool any = coverage->all_lost > 0;
    size_t i;

    printf("\nnot seen\n");
    for (i = 1; i < coverage->part_count; i++)
        if (is_unseen(&coverage->part[i])) {
            print_part(&coverage->part[i]);
            any = true;
        }
    for (i = 0; i < model->process_count; i++)
        if (became_unseen(model, i)) {
            printf("  %-24s process %u %s: static, setuid, or it never "
                   "started\n",
                   tool_base(model->process[i].program), model->process[i].pid,
                   was_refused(&model->process[i])
                       ? "did not load the library"
                       : "became another program that left no record");
            any = true;
        }
    for (i = 0; i < LV_LOST_KINDS; i++)
        if (coverage->lost[i] > 0)
            printf("  %-24s %" PRIu64 " lost (%s)\n", "events",
                   coverage->lost[i],
                   lost_names[i] != NULL ? lost_names[i] : "?");
    if (!any)
        printf("  nothing that leaves a trace\n");
    printf("\nLocks that spin without a system call leave no trace in a file; "
           "nor do programs\nthat a shell or a library starts and that cannot "
           "be preloaded (static, setuid).\n");
}

static void print_text(const struct coverage *coverage)
{
    print_totals(coverage);
    print_seen(coverage);
    print_unseen(coverage);
}

/* ---- for programs -------------------------------------------------------- */

static json_t *word(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *make_part(const struct part *part)
{
    json_t *object = value_object(), *calls = value_list();
    unsigned i;

    for (i = 0; i < INSPECT_FAMILIES; i++)
        if (part->look.calls & 1u << i)
            value_push(calls, json_string(inspect_family(i)));
    value_set(object, "path", json_string(part->module->path));
    value_set(object, "classes", json_integer((json_int_t)part->classes));
    value_set(object, "calls", calls);
    value_set(object, "futex_calls",
              json_integer((json_int_t)part->look.futexes));
    value_set(object, "futexes_of", word(part->look.whose));
    value_set(object, "uses", word(part->look.uses));
    value_set(object, "bound", word(part->look.bound));
    value_set(object, "unread", word(part->look.unread));
    value_set(object, "complete", json_boolean(!is_unseen(part)));
    return object;
}

static json_t *make_parts(const struct coverage *coverage)
{
    json_t *array = value_list();
    size_t i;

    for (i = 1; i < coverage->part_count; i++)
        if (!is_base(coverage->part[i].module))
            value_push(array, make_part(&coverage->part[i]));
    return array;
}

static json_t *make_lost(const uint64_t *lost)
{
    json_t *object = value_object();
    size_t i;

    for (i = 0; i < LV_LOST_KINDS; i++)
        if (lost_names[i] != NULL)
            value_set(object, lost_names[i], json_integer((json_int_t)lost[i]));
    return object;
}

static json_t *make_processes(const struct coverage *coverage)
{
    const struct model *model = coverage->model;
    json_t *array = value_list();
    size_t i, k;

    for (i = 0; i < model->process_count; i++) {
        const struct model_process *process = &model->process[i];
        json_t *object = value_object();
        json_t *modules = value_list();

        for (k = 0; k < process->module_count; k++)
            value_push(modules,
                       json_string(model->module[process->module[k]].path));
        value_set(object, "program", json_string(process->program));
        value_set(object, "pid", json_integer(process->pid));
        value_set(object, "threads",
                  json_integer((json_int_t)process->threads));
        value_set(object, "acquisitions",
                  json_integer((json_int_t)process->acquisitions));
        value_set(object, "locks",
                  json_integer((json_int_t)process->instances));
        value_set(object, "lost", make_lost(process->lost));
        value_set(object, "became_unseen",
                  json_boolean(became_unseen(model, i)));
        value_set(object, "modules", modules);
        value_push(array, object);
    }
    return array;
}

static void print_json(const struct coverage *coverage)
{
    json_t *root = value_object();

    value_set(root, "version", json_integer(1));
    value_set(root, "processes", make_processes(coverage));
    value_set(root, "modules", make_parts(coverage));
    value_set(root, "lost", make_lost(coverage->lost));
    value_write(root, stdout);
}

/* ---- the command --------------------------------------------------------- */

static int cover(const struct model *model, bool json)
{
    struct coverage coverage = {.model = model};

    add_parts(&coverage);
    add_totals(&coverage);
    if (json)
        print_json(&coverage);
    else
        print_text(&coverage);
    tool_arena_free(&coverage.arena);
    return model->damaged == 0 ? TOOL_OK : TOOL_FAILED;
}

static int cover_paths(int count, char **path, bool json)
{
    struct model model;
    bool good = true;
    int i, status;

    model_start(&model);
    for (i = 0; i < count; i++)
        if (!model_read(&model, path[i], NULL))
            good = false;
    if (model.process_count > 0) {
        status = cover(&model, json);
    } else {
        if (good)
            tool_error("%s: no records there; `lockval run` makes them",
                       path[0]);
        status = TOOL_FAILED;
    }
    model_free(&model);
    return good ? status : TOOL_FAILED;
}

int coverage_command(int argc, char **argv)
{
    bool json = false;
    int i, count = 0;

    for (i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            return TOOL_OK;
        }
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (argv[i][0] == '-') {
            tool_error("%s is no option of coverage; there are --json and "
                       "--help",
                       argv[i]);
            return TOOL_FAILED;
        } else {
            argv[count++] = argv[i];
        }
    }
    if (count == 0) {
        tool_error("coverage of what? name a record or a directory of records");
        return TOOL_FAILED;
    }
    return cover_paths(count, argv, json);
}
