/* SPDX-License-Identifier: BSD-2-Clause */
/* diff.c: see diff.h.
 *
 * Classes are the same by their keys, findings by their fingerprints: neither
 * changes with line numbers. */
#include "diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "json.h"
#include "output.h"

static const char *const keys[] = {"format",  "output", "rules",
                                   "profile", "help",   NULL};

static const char help[] =
    "lockval diff OLD NEW [options]: what a change made new, and what is gone\n"
    "\n"
    "OLD and NEW are records (*.lvr), directories of records or databases:\n"
    "what the same tests showed before and after.\n"
    "\n"
    "  --format FORM   text (default) or json\n"
    "  -o FILE         write to FILE, not to standard output\n"
    "  --rules FILE    rules for operations, besides the programs' own\n"
    "  --profile NAME  the profile of rules that holds\n"
    "\n"
    "Status: 0, whatever the difference; 99 where something could not be\n"
    "read. To decide, use `lockval gate NEW --baseline OLD`.\n";

/* ---- what is the same ---------------------------------------------------- */

/* What one side has and the other has not; each key once, for two classes, or
 * dependencies of them, may share one. */
struct excess {
    const struct finding_class **class;
    size_t class_count, class_room;
    const struct class_dependency **dependency;
    size_t dependency_count, dependency_room;
    const struct finding **finding;
    size_t finding_count, finding_room;
};

struct known {
    struct tool_arena arena;
    struct intern classes, dependencies, told;
};

/* True: it was not there before. */
static bool add_key(struct intern *to, struct known *known, const char *key)
{
    bool added;

    intern_add(to, &known->arena, key, strlen(key), &added);
    return added;
}

static bool add_class(struct known *known, const struct finding_class *class)
{
    return add_key(&known->classes, known, class->key);
}

static bool add_dependency(struct known *known, const struct findings *findings,
                           const struct class_dependency *dependency)
{
    return add_key(&known->dependencies, known,
                   tool_print(&known->arena, "%s\n%s",
                              findings->class[dependency->from].key,
                              findings->class[dependency->to].key));
}

static bool add_finding(struct known *known, const struct finding *finding)
{
    return add_key(&known->told, known, finding->fingerprint);
}

static void learn(struct known *known, struct findings *findings)
{
    size_t i;

    findings_describe(findings);
    for (i = 1; i < findings->class_count; i++)
        add_class(known, &findings->class[i]);
    for (i = 0; i < findings->dependency_count; i++)
        add_dependency(known, findings, &findings->dependency[i]);
    for (i = 0; i < findings->finding_count; i++)
        add_finding(known, &findings->finding[i]);
}

static struct excess list_new(struct known *known, struct findings *findings)
{
    struct excess more = {0};
    size_t i;

    for (i = 1; i < findings->class_count; i++)
        if (add_class(known, &findings->class[i]))
            *TOOL_PUSH(more.class, more.class_count, more.class_room) =
                &findings->class[i];
    for (i = 0; i < findings->dependency_count; i++)
        if (add_dependency(known, findings, &findings->dependency[i]))
            *TOOL_PUSH(more.dependency, more.dependency_count,
                       more.dependency_room) = &findings->dependency[i];
    for (i = 0; i < findings->finding_count; i++)
        if (add_finding(known, &findings->finding[i]))
            *TOOL_PUSH(more.finding, more.finding_count, more.finding_room) =
                &findings->finding[i];
    return more;
}

static struct excess compare(struct findings *side, struct findings *other)
{
    struct known known = {{0}, {0}, {0}, {0}};
    struct excess more;

    learn(&known, other);
    findings_describe(side);
    more = list_new(&known, side);
    intern_free(&known.classes);
    intern_free(&known.dependencies);
    intern_free(&known.told);
    tool_arena_free(&known.arena);
    return more;
}

static void free_excess(struct excess *more)
{
    free(more->class);
    free(more->dependency);
    free(more->finding);
}

/* ---- text ---------------------------------------------------------------- */

static void print_stack(FILE *out, const char *what,
                        const struct symbol_stack *stack)
{
    struct tool_arena arena = {0};
    size_t i;

    fprintf(out, "      %s at\n", what);
    for (i = 0; i < stack->count; i++)
        fprintf(out, "        %-28s %s\n",
                name_function(&arena, &stack->frame[i]),
                name_position(&arena, &stack->frame[i]));
    if (stack->count == 0)
        fprintf(out, "        (not known)\n");
    tool_arena_free(&arena);
}

static void print_new(FILE *out, const struct excess *more)
{
    struct tool_arena arena = {0};
    size_t i;

    for (i = 0; i < more->dependency_count; i++) {
        const struct finding_step *step = &more->dependency[i]->seen;

        fprintf(out, "this change makes %s be taken under %s (%s)\n", step->to,
                step->from, step->kind);
        print_stack(out, tool_print(&arena, "took %s", step->from),
                    step->held_at);
        print_stack(out, tool_print(&arena, "wanted %s", step->to),
                    step->wanted_at);
    }
    tool_arena_free(&arena);
}

static void print_findings(FILE *out, const char *what,
                           const struct excess *more)
{
    size_t i;

    for (i = 0; i < more->finding_count; i++)
        fprintf(out, "%s %s: %s  (%s)\n", what,
                more->finding[i]->grade == NULL ? more->finding[i]->kind
                                                : more->finding[i]->grade,
                more->finding[i]->message, more->finding[i]->fingerprint);
}

static void print_classes(FILE *out, const char *what,
                          const struct excess *more)
{
    size_t i;

    for (i = 0; i < more->class_count; i++)
        fprintf(out, "%s lock class: %s\n", what, more->class[i] -> name);
}

static void print_gone(FILE *out, const struct excess *less)
{
    size_t i;

    for (i = 0; i < less->dependency_count; i++)
        fprintf(out, "no longer seen: %s under %s\n",
                less->dependency[i]->seen.to, less->dependency[i]->seen.from);
}

static void print_text(FILE *out, const struct excess *more,
                       const struct excess *less)
{
    print_new(out, more);
    print_gone(out, less);
    print_classes(out, "new", more);
    print_classes(out, "gone", less);
    print_findings(out, "new", more);
    print_findings(out, "gone", less);
    fprintf(out,
            "lockval: %zu dependencies new, %zu gone · %zu classes new, %zu "
            "gone · %zu findings new, %zu gone\n",
            more->dependency_count, less->dependency_count, more->class_count,
            less->class_count, more->finding_count, less->finding_count);
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *checked(json_t *value)
{
    if (value == NULL)
        tool_out_of_memory();
    return value;
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, checked(value)) != 0)
        tool_out_of_memory();
}

static json_t *make_side(const struct excess *more)
{
    json_t *classes = checked(json_array()), *steps = checked(json_array());
    json_t *told = checked(json_array());
    size_t i;

    for (i = 0; i < more->class_count; i++)
        append(classes, json_string(more->class[i] -> name));
    for (i = 0; i < more->dependency_count; i++)
        append(steps, json_step(&more->dependency[i]->seen));
    for (i = 0; i < more->finding_count; i++)
        append(told, json_finding(more->finding[i]));
    return checked(json_pack("{s:o,s:o,s:o}", "dependencies", steps, "classes",
                             classes, "findings", told));
}

static void print_json(FILE *out, const struct excess *more,
                       const struct excess *less)
{
    json_t *root = checked(json_pack("{s:i,s:o,s:o}", "version", 1, "new",
                                     make_side(more), "gone", make_side(less)));

    json_dumpf(root, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(root);
}

/* ---- all of it ----------------------------------------------------------- */

static void write_difference(FILE *out, const struct settings *settings,
                             struct findings *was, struct findings *is)
{
    struct excess more = compare(is, was), less = compare(was, is);

    if (settings->options.format == LV_FORMAT_JSON)
        print_json(out, &more, &less);
    else
        print_text(out, &more, &less);
    free_excess(&more);
    free_excess(&less);
}

static bool write_to_file(const struct settings *settings, struct findings *was,
                          struct findings *is)
{
    FILE *out = output_open(settings->output);

    if (out == NULL)
        return false;
    write_difference(out, settings, was, is);
    return output_close(out, settings->output);
}

static int look(const struct settings *settings, char **path)
{
    struct input old, new;
    bool good;

    input_open(&old, settings, 1, path);
    input_open(&new, settings, 1, path + 1);
    good = old.good && new.good;
    if (old.findings != NULL && new.findings != NULL)
        good = write_to_file(settings, old.findings, new.findings) && good;
    input_close(&old);
    input_close(&new);
    return good ? TOOL_OK : TOOL_FAILED;
}

int diff_command(int argc, char **argv)
{
    struct settings settings;
    enum settings_found found;
    int count = 0;

    found = settings_read(&settings, argc, argv, &count, false, keys, help);
    if (found != SETTINGS_READ)
        return settings_status(found);
    if (count != 2) {
        tool_error("diff what? lockval diff OLD NEW");
        return TOOL_FAILED;
    }
    return look(&settings, argv);
}
