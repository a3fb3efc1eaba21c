/* SPDX-License-Identifier: BSD-2-Clause */
/* json.c: the report for programs, as interface.md fixes it.
 *
 * Every string is clean, so jansson accepts all of them. */
#include <jansson.h>

#include "render.h"

static json_t *checked(json_t *value)
{
    if (value == NULL)
        tool_out_of_memory();
    return value;
}

static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, checked(value)) != 0)
        tool_out_of_memory();
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, checked(value)) != 0)
        tool_out_of_memory();
}

static void set_count(json_t *object, const char *key, uint64_t count)
{
    set(object, key, json_integer((json_int_t)count));
}

static json_t *list_strings(const char *const *text, size_t count)
{
    json_t *array = checked(json_array());
    size_t i;

    for (i = 0; i < count; i++)
        append(array, json_string(text[i]));
    return array;
}

/* ---- stacks -------------------------------------------------------------- */

static json_t *text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *make_frame(const struct symbol_frame *frame)
{
    json_t *object = checked(json_object());
    char offset[24];

    snprintf(offset, sizeof(offset), "0x%llx",
             (unsigned long long)frame->offset);
    set(object, "function",
        frame->near ? json_null() : text_or_null(frame->function));
    set(object, "file", text_or_null(frame->file));
    set(object, "line",
        frame->line > 0 ? json_integer(frame->line) : json_null());
    set(object, "module", text_or_null(frame->module));
    set(object, "offset", json_string(offset));
    set(object, "inlined", json_boolean(frame->inlined));
    return object;
}

static json_t *make_frames(const struct symbol_stack *stack)
{
    json_t *array = checked(json_array());
    size_t i;

    for (i = 0; i < stack->count; i++)
        append(array, make_frame(&stack->frame[i]));
    return array;
}

/* ---- findings ------------------------------------------------------------ */

static json_t *make_step(const struct finding_step *step)
{
    json_t *object = checked(json_object());

    set(object, "from", json_string(step->from));
    set(object, "to", json_string(step->to));
    set(object, "kind", json_string(step->kind));
    set(object, "thread", json_string(step->thread));
    set(object, "gates", list_strings(step->gate, step->gate_count));
    set(object, "held_at", make_frames(step->held_at));
    set(object, "wanted_at", make_frames(step->wanted_at));
    return object;
}

/* Beyond interface.md: what a rule's finding has besides. */
static void set_rule(json_t *object, const struct finding *finding)
{
    json_t *missing = checked(json_array()), *lost = checked(json_array());
    size_t i;

    for (i = 0; i < finding->lack_count; i++) {
        const struct rule_lack *lack = &finding->lack[i];
        json_t *at;

        append(missing, json_string(lack->condition));
        if (lack->at->count == 0 || !lack->wanted)
            continue;
        at = checked(json_object());
        set(at, "lock", json_string(lack->lock));
        set(at, "stack", make_frames(lack->at));
        append(lost, at);
    }
    set(object, "rule", json_string(finding->rule));
    set(object, "operation", json_string(finding->operation));
    set(object, "held",
        list_strings((const char *const *)finding->held, finding->held_count));
    set(object, "missing", missing);
    set(object, "lost_at", lost);
}

static json_t *make_suppressed(const char *by, const char *reason)
{
    return by == NULL ? json_null()
                      : json_pack("{s:s,s:s}", "by", by, "reason", reason);
}

static json_t *make_finding(const struct finding *finding)
{
    json_t *object = checked(json_object()), *steps = checked(json_array());
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        append(steps, make_step(&finding->step[i]));
    set(object, "kind", json_string(finding->kind));
    set(object, "grade",
        finding->grade == NULL ? json_null() : json_string(finding->grade));
    set(object, "fingerprint", json_string(finding->fingerprint));
    set(object, "message", json_string(finding->message));
    set(object, "locks", list_strings(finding->lock, finding->lock_count));
    set_count(object, "count", finding->count);
    set(object, "dependencies", steps);
    if (finding->rule != NULL)
        set_rule(object, finding);
    set(object, "suppressed",
        make_suppressed(finding->suppressed_by, finding->suppressed_reason));
    set(object, "baseline", json_string(finding->known ? "known" : "new"));
    if (finding->test_count > 0)
        set(object, "tests", list_strings(finding->test, finding->test_count));
    return object;
}

static json_t *make_findings(const struct findings *findings)
{
    json_t *array = checked(json_array());
    size_t i;

    for (i = 0; i < findings->finding_count; i++)
        append(array, make_finding(&findings->finding[i]));
    return array;
}

/* ---- exceptions ---------------------------------------------------------- */

static json_t *make_exception(const struct raw_exception *exception)
{
    json_t *object = checked(json_object());
    json_t *suppressed = checked(json_array()), *cycles = checked(json_array());
    size_t i;

    for (i = 0; i < exception->suppressed_count; i++)
        append(suppressed,
               json_pack("{s:s,s:s}", "from", exception->suppressed[i][0], "to",
                         exception->suppressed[i][1]));
    for (i = 0; i < exception->cycle_count; i++)
        append(cycles, list_strings(exception->cycle[i].lock,
                                    exception->cycle[i].count));
    set(object, "lock", json_string(exception->lock));
    set(object, "site", make_frames(exception->site));
    set(object, "verdict", json_string(findings_verdict(exception->verdict)));
    set(object, "suppressed", suppressed);
    if (exception->suppressed_by != NULL)
        set(object, "suppression",
            make_suppressed(exception->suppressed_by,
                            exception->suppressed_reason));
    set(object, "cycles", cycles);
    set(object, "reader",
        exception->reader != NULL ? make_frames(exception->reader)
                                  : json_null());
    if (exception->reader != NULL)
        set(object, "reader_loops", json_boolean(exception->reader_loops));
    return object;
}

static json_t *make_exceptions(const struct findings *findings)
{
    json_t *array = checked(json_array());
    size_t i;

    for (i = 0; i < findings->exception_count; i++)
        append(array, make_exception(&findings->exception[i]));
    return array;
}

/* ---- the rest ------------------------------------------------------------ */

/* The strongest of the kinds seen: EN orders most, SR least. */
static const char *strongest(unsigned kinds)
{
    static const enum lv_dep_kind order[] = {LV_DEP_EN, LV_DEP_ER, LV_DEP_SN};
    size_t i;

    for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (kinds >> order[i] & 1)
            return findings_dep_kind(order[i]);
    return findings_dep_kind(LV_DEP_SR);
}

static json_t *make_dependencies(const struct findings *findings)
{
    json_t *array = checked(json_array());
    size_t i;

    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *d = &findings->dependency[i];
        json_t *object = checked(json_object());

        set(object, "from", json_string(findings->class[d->from].name));
        set(object, "to", json_string(findings->class[d->to].name));
        set(object, "kind", json_string(strongest(d->kinds)));
        set_count(object, "count", d->count);
        append(array, object);
    }
    return array;
}

static json_t *make_classes(const struct findings *findings)
{
    json_t *array = checked(json_array());
    size_t i;

    for (i = 1; i < findings->class_count; i++) {
        const struct finding_class *class = &findings->class[i];
        json_t *object = checked(json_object());

        set(object, "name", json_string(class->name));
        set_count(object, "instances", class->instances);
        set(object, "site", make_frames(class->site));
        append(array, object);
    }
    return array;
}

static json_t *make_stats(const struct findings *findings)
{
    const struct finding_totals *totals = &findings->totals;
    json_t *object = checked(json_object());

    set_count(object, "processes", totals->processes);
    set_count(object, "threads", totals->threads);
    set_count(object, "acquisitions", totals->acquisitions);
    set_count(object, "instances", totals->instances);
    set_count(object, "classes", totals->classes);
    set_count(object, "dependencies", totals->dependencies);
    set_count(object, "chains", totals->chains);
    set_count(object, "lost", totals->lost);
    set(object, "overhead",
        json_pack("{s:I}", "slow_events", (json_int_t)totals->misses));
    return object;
}

void render_json(const struct render *render)
{
    const struct findings *findings = render->findings;
    json_t *root = checked(json_object());

    findings_describe(render->findings);
    set(root, "version", json_integer(1));
    set(root, "findings", make_findings(findings));
    set(root, "exceptions", make_exceptions(findings));
    set(root, "dependencies", make_dependencies(findings));
    set(root, "classes", make_classes(findings));
    set(root, "stats", make_stats(findings));
    /* What could not be written shows in ferror: the caller asks. */
    json_dumpf(root, render->out, JSON_INDENT(2));
    fputc('\n', render->out);
    json_decref(root);
}
