/* SPDX-License-Identifier: BSD-2-Clause */
/* json.c: the report for programs, as interface.md fixes it.
 *
 * Every string is clean, so jansson accepts all of them. */
#include "json.h"

#include "render.h"
#include "value.h"

/* ---- stacks -------------------------------------------------------------- */

static json_t *text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *make_frame(const struct symbol_frame *frame)
{
    json_t *object = value_object();
    char offset[24];

    snprintf(offset, sizeof(offset), "0x%llx",
             (unsigned long long)frame->offset);
    value_set(object, "function",
              frame->near ? json_null() : text_or_null(frame->function));
    value_set(object, "file", text_or_null(frame->file));
    value_set(object, "line",
              frame->line > 0 ? json_integer(frame->line) : json_null());
    value_set(object, "module", text_or_null(frame->module));
    value_set(object, "offset", json_string(offset));
    value_set(object, "inlined", json_boolean(frame->inlined));
    return object;
}

static json_t *make_frames(const struct symbol_stack *stack)
{
    json_t *array = value_list();
    size_t i;

    for (i = 0; i < stack->count; i++)
        value_push(array, make_frame(&stack->frame[i]));
    return array;
}

/* ---- findings ------------------------------------------------------------ */

json_t *json_step(const struct finding_step *step)
{
    json_t *object = value_object();

    value_set(object, "from", json_string(step->from));
    value_set(object, "to", json_string(step->to));
    value_set(object, "kind", json_string(step->kind));
    value_set(object, "thread", json_string(step->thread));
    if (step->test != NULL)
        value_set(object, "test", json_string(step->test));
    value_set(object, "gates", value_strings(step->gate, step->gate_count));
    value_set(object, "held_at", make_frames(step->held_at));
    value_set(object, "wanted_at", make_frames(step->wanted_at));
    return object;
}

/* Beyond interface.md: what a rule's finding has besides. */
static void set_rule(json_t *object, const struct finding *finding)
{
    json_t *missing = value_list(), *lost = value_list();
    size_t i;

    for (i = 0; i < finding->lack_count; i++) {
        const struct rule_lack *lack = &finding->lack[i];
        json_t *at;

        value_push(missing, json_string(lack->condition));
        if (lack->at->count == 0 || !lack->wanted)
            continue;
        at = value_object();
        value_set(at, "lock", json_string(lack->lock));
        value_set(at, "stack", make_frames(lack->at));
        value_push(lost, at);
    }
    value_set(object, "rule", json_string(finding->rule));
    value_set(object, "operation", json_string(finding->operation));
    value_set(
        object, "held",
        value_strings((const char *const *)finding->held, finding->held_count));
    value_set(object, "missing", missing);
    value_set(object, "lost_at", lost);
}

static json_t *make_suppressed(const char *by, const char *reason)
{
    return by == NULL ? json_null()
                      : json_pack("{s:s,s:s}", "by", by, "reason", reason);
}

static void set_confirmation(json_t *object, const struct finding *finding)
{
    if (finding->confirmation != NULL)
        value_set(object, "confirmation",
                  json_pack("{s:s,s:s,s:i}", "status", finding->confirmation,
                            "reason", finding->confirmation_reason, "attempts",
                            (int)finding->attempts));
}

json_t *json_finding(const struct finding *finding)
{
    json_t *object = value_object(), *steps = value_list();
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        value_push(steps, json_step(&finding->step[i]));
    value_set(object, "kind", json_string(finding->kind));
    value_set(object, "grade",
              finding->grade == NULL ? json_null()
                                     : json_string(finding->grade));
    set_confirmation(object, finding);
    value_set(object, "fingerprint", json_string(finding->fingerprint));
    value_set(object, "message", json_string(finding->message));
    value_set(object, "locks",
              value_strings(finding->lock, finding->lock_count));
    value_set_count(object, "count", finding->count);
    value_set(object, "dependencies", steps);
    if (finding->rule != NULL)
        set_rule(object, finding);
    value_set(
        object, "suppressed",
        make_suppressed(finding->suppressed_by, finding->suppressed_reason));
    value_set(object, "baseline",
              json_string(finding->known ? "known" : "new"));
    if (finding->test_count > 0)
        value_set(object, "tests",
                  value_strings(finding->test, finding->test_count));
    return object;
}

static json_t *make_findings(const struct findings *findings)
{
    json_t *array = value_list();
    size_t i;

    for (i = 0; i < findings->finding_count; i++)
        value_push(array, json_finding(&findings->finding[i]));
    return array;
}

/* ---- exceptions ---------------------------------------------------------- */

static void set_circle(json_t *object, const struct finding *circle)
{
    json_t *steps = value_list();
    size_t i;

    for (i = 0; i < circle->step_count; i++)
        value_push(steps, json_step(&circle->step[i]));
    value_set(object, "dependencies", steps);
    set_confirmation(object, circle);
}

static json_t *make_exception(const struct raw_exception *exception)
{
    json_t *object = value_object();
    json_t *suppressed = value_list(), *cycles = value_list();
    size_t i;

    for (i = 0; i < exception->suppressed_count; i++)
        value_push(suppressed,
                   json_pack("{s:s,s:s}", "from", exception->suppressed[i][0],
                             "to", exception->suppressed[i][1]));
    for (i = 0; i < exception->cycle_count; i++)
        value_push(cycles, value_strings(exception->cycle[i].lock,
                                         exception->cycle[i].count));
    value_set(object, "lock", json_string(exception->lock));
    value_set(object, "site", make_frames(exception->site));
    value_set(object, "verdict",
              json_string(findings_verdict(exception->verdict)));
    value_set(object, "suppressed", suppressed);
    if (exception->suppressed_by != NULL)
        value_set(object, "suppression",
                  make_suppressed(exception->suppressed_by,
                                  exception->suppressed_reason));
    value_set(object, "cycles", cycles);
    value_set(object, "reader",
              exception->reader != NULL ? make_frames(exception->reader)
                                        : json_null());
    if (exception->reader != NULL)
        value_set(object, "reader_loops",
                  json_boolean(exception->reader_loops));
    if (exception->fingerprint[0] != '\0')
        value_set(object, "fingerprint", json_string(exception->fingerprint));
    if (exception->circle != NULL)
        set_circle(object, exception->circle);
    return object;
}

static json_t *make_exceptions(const struct findings *findings)
{
    json_t *array = value_list();
    size_t i;

    for (i = 0; i < findings->exception_count; i++)
        value_push(array, make_exception(&findings->exception[i]));
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
    json_t *array = value_list();
    size_t i;

    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *d = &findings->dependency[i];
        json_t *object = value_object();

        value_set(object, "from", json_string(findings->class[d->from].name));
        value_set(object, "to", json_string(findings->class[d->to].name));
        value_set(object, "kind", json_string(strongest(d->kinds)));
        value_set_count(object, "count", d->count);
        value_push(array, object);
    }
    return array;
}

static json_t *make_classes(const struct findings *findings)
{
    json_t *array = value_list();
    size_t i;

    for (i = 1; i < findings->class_count; i++) {
        const struct finding_class *class = &findings->class[i];
        json_t *object = value_object();

        value_set(object, "name", json_string(class->name));
        value_set_count(object, "instances", class->instances);
        value_set(object, "site", make_frames(class->site));
        value_push(array, object);
    }
    return array;
}

static json_t *make_stats(const struct findings *findings)
{
    const struct finding_totals *totals = &findings->totals;
    json_t *object = value_object();

    value_set_count(object, "processes", totals->processes);
    value_set_count(object, "threads", totals->threads);
    value_set_count(object, "acquisitions", totals->acquisitions);
    value_set_count(object, "instances", totals->instances);
    value_set_count(object, "classes", totals->classes);
    value_set_count(object, "dependencies", totals->dependencies);
    value_set_count(object, "chains", totals->chains);
    value_set_count(object, "lost", totals->lost);
    value_set(object, "overhead",
              json_pack("{s:I}", "slow_events", (json_int_t)totals->misses));
    return object;
}

void render_json(const struct render *render)
{
    const struct findings *findings = render->findings;
    json_t *root = value_object();

    findings_describe(render->findings);
    value_set(root, "version", json_integer(1));
    value_set(root, "findings", make_findings(findings));
    value_set(root, "exceptions", make_exceptions(findings));
    value_set(root, "dependencies", make_dependencies(findings));
    value_set(root, "classes", make_classes(findings));
    value_set(root, "stats", make_stats(findings));
    value_write(root, render->out);
}
