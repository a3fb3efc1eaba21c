/* SPDX-License-Identifier: BSD-2-Clause */
/* sarif.c: the report as SARIF 2.1.0.
 *
 * A rule for each kind, a result for each finding and each refuted raw write.
 * A cycle is one code flow with a thread flow for each thread; executionOrder
 * says how they meet: first each takes its lock, then each waits. */
#include <inttypes.h>
#include <string.h>

#include "explain.h"
#include "point.h"
#include "render.h"
#include "text.h"
#include "told.h"
#include "value.h"

struct sarif {
    const struct render *render;
    struct tool_arena arena;
    struct point_root root;
};

/* ---- texts --------------------------------------------------------------- */

/* A message must hold no link and no placeholder that a name brought along.
 * Braces are always doubled, as the standard wants it (3.11.5). */
static const char *plain(struct sarif *sarif, const char *text)
{
    bool links = strstr(text, "](") != NULL;
    char *out = tool_take(&sarif->arena, 2 * strlen(text) + 1);
    size_t used = 0;

    for (; *text != '\0'; text++) {
        if (links && strchr("[]\\", *text) != NULL)
            out[used++] = '\\';
        else if (*text == '{' || *text == '}')
            out[used++] = *text;
        out[used++] = *text;
    }
    return out;
}

static json_t *message(struct sarif *sarif, const char *text)
{
    json_t *object = value_object();

    value_set_text(object, "text", plain(sarif, text));
    return object;
}

/* A path as part of a URI. */
static const char *encode(struct sarif *sarif, const char *prefix,
                          const char *path)
{
    static const char digit[] = "0123456789ABCDEF";
    static const char kept[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/+";
    size_t used = strlen(prefix);
    char *out = tool_take(&sarif->arena, used + 3 * strlen(path) + 1);

    memcpy(out, prefix, used);
    for (; *path != '\0'; path++) {
        unsigned char byte = (unsigned char)*path;

        if (strchr(kept, *path) != NULL) {
            out[used++] = *path;
            continue;
        }
        out[used++] = '%';
        out[used++] = digit[byte >> 4];
        out[used++] = digit[byte & 15];
    }
    return out;
}

/* ---- places -------------------------------------------------------------- */

static json_t *artifact(struct sarif *sarif, const struct point *point)
{
    json_t *object = value_object();

    if (point->inside) {
        value_set_text(object, "uri", encode(sarif, "", point->path));
        value_set_text(object, "uriBaseId", "SRCROOT");
    } else {
        value_set_text(
            object, "uri",
            encode(sarif, point->path[0] == '/' ? "file://" : "", point->path));
    }
    return object;
}

static json_t *physical(struct sarif *sarif, const struct symbol_frame *frame,
                        const struct point *point)
{
    json_t *object = value_object(), *part = value_object();

    value_set(object, "artifactLocation", artifact(sarif, point));
    if (point->line > 0) {
        value_set(part, "startLine", json_integer(point->line));
        value_set(object, "region", part);
    } else {
        value_set(part, "relativeAddress",
                  json_integer((json_int_t)(frame->offset & INT64_MAX)));
        value_set(object, "address", part);
    }
    return object;
}

static json_t *logical(const struct symbol_frame *frame)
{
    json_t *list = value_list(), *object = value_object();

    value_set_text(object, "fullyQualifiedName", frame->function);
    value_set_text(object, "kind", "function");
    value_push(list, object);
    return list;
}

/* `frame` may be NULL: a place of which only the text is known. */
static json_t *location(struct sarif *sarif, const struct symbol_frame *frame,
                        const char *text)
{
    json_t *object = value_object();
    struct point point = {0};

    if (frame != NULL)
        point = point_of(&sarif->root, &sarif->arena, frame);
    if (point.path != NULL)
        value_set(object, "physicalLocation", physical(sarif, frame, &point));
    if (frame != NULL && frame->function[0] != '\0' && !frame->near)
        value_set(object, "logicalLocations", logical(frame));
    if (text != NULL)
        value_set(object, "message", message(sarif, text));
    return object;
}

static json_t *stack_frames(struct sarif *sarif,
                            const struct symbol_stack *stack)
{
    json_t *list = value_list();
    size_t i, count = text_useful(stack);

    for (i = 0; i < count; i++) {
        const struct symbol_frame *frame = &stack->frame[i];
        json_t *object = value_object();

        value_set(object, "location",
                  location(sarif, frame, name_function(&sarif->arena, frame)));
        value_set_text(object, "module", tool_base(frame->module));
        value_push(list, object);
    }
    return list;
}

static void push_stack(struct sarif *sarif, json_t *list,
                       const struct symbol_stack *stack, const char *text)
{
    json_t *object;

    if (stack->count == 0)
        return;
    object = value_object();
    value_set(object, "message", message(sarif, text));
    value_set(object, "frames", stack_frames(sarif, stack));
    value_push(list, object);
}

/* ---- how it meets -------------------------------------------------------- */

/* The path to an event, outermost call first, the event itself last. */
static void push_path(struct sarif *sarif, json_t *list,
                      const struct symbol_stack *stack, size_t order,
                      const char *text)
{
    size_t at = text_useful(stack), depth = 0;

    while (at-- > 0) {
        const struct symbol_frame *frame = &stack->frame[at];
        const char *name = name_function(&sarif->arena, frame);
        json_t *object = value_object();

        value_set(object, "location",
                  location(sarif, frame, at == 0 ? text : name));
        value_set(object, "nestingLevel", json_integer((json_int_t)depth++));
        value_set(object, "executionOrder", json_integer((json_int_t)order));
        value_set_text(object, "importance",
                       at == 0 ? "essential" : "unimportant");
        if (at == 0)
            value_set(object, "kinds", json_pack("[s,s]", "acquire", "lock"));
        value_push(list, object);
    }
    if (stack->count == 0) {
        json_t *object = value_object();

        value_set(object, "location", location(sarif, NULL, text));
        value_set(object, "executionOrder", json_integer((json_int_t)order));
        value_push(list, object);
    }
}

/* A thread that plays two parts has two flows: ids are unique. */
static const char *flow_id(struct sarif *sarif, const struct finding *finding,
                           size_t at)
{
    size_t i, same = 1;

    for (i = 0; i < at; i++)
        same += strcmp(finding->step[i].thread, finding->step[at].thread) == 0;
    if (same == 1)
        return finding->step[at].thread;
    return tool_print(&sarif->arena, "%s (%zu)", finding->step[at].thread,
                      same);
}

static json_t *thread_flow(struct sarif *sarif, const struct told *told,
                           size_t at)
{
    const struct finding *finding = told->finding;
    const struct finding_step *step = &finding->step[at];
    json_t *object = value_object(), *list = value_list();
    const char *id = flow_id(sarif, finding, at);

    if (told_meets(told) || finding->order != NULL ||
        (told_stuck(told) && told_takes(step)))
        push_path(sarif, list, step->held_at, at + 1,
                  told_held(&sarif->arena, told, at));
    push_path(sarif, list, step->wanted_at, finding->step_count + at + 1,
              told_wanted(&sarif->arena, told, at));
    value_set_text(object, "id", id);
    value_set(object, "message", message(sarif, id));
    value_set(object, "locations", list);
    return object;
}

static json_t *code_flows(struct sarif *sarif, const struct told *told)
{
    const struct finding *finding = told->finding;
    json_t *list = value_list(), *flow = value_object(), *flows = value_list();
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        value_push(flows, thread_flow(sarif, told, i));
    value_set(flow, "message", message(sarif, finding->message));
    value_set(flow, "threadFlows", flows);
    value_push(list, flow);
    return list;
}

/* ---- results ------------------------------------------------------------- */

static void push_related(struct sarif *sarif, json_t *list,
                         const struct symbol_frame *frame, const char *text)
{
    json_t *object;

    if (frame == NULL)
        return;
    object = location(sarif, frame, text);
    value_set(object, "id",
              json_integer((json_int_t)(json_array_size(list) + 1)));
    value_push(list, object);
}

static void set_stacks(struct sarif *sarif, json_t *result,
                       const struct told *told)
{
    const struct finding *finding = told->finding;
    json_t *related = value_list(), *stacks = value_list();
    size_t i;

    for (i = 0; i < finding->step_count; i++) {
        const struct finding_step *step = &finding->step[i];
        struct point_nest nest = point_nest(step);
        const char *one = told_held(&sarif->arena, told, i);
        const char *two = told_wanted(&sarif->arena, told, i);

        push_related(sarif, related, nest.held, one);
        push_related(sarif, related, nest.wanted, two);
        push_stack(sarif, stacks, step->held_at, one);
        push_stack(sarif, stacks, step->wanted_at, two);
    }
    for (i = 0; i < finding->lack_count; i++) {
        const char *text =
            tool_print(&sarif->arena, "%s was %s", finding->lack[i].lock,
                       finding->lack[i].wanted ? "lost" : "taken");

        push_related(sarif, related, point_stack(finding->lack[i].at), text);
        push_stack(sarif, stacks, finding->lack[i].at, text);
    }
    value_set(result, "relatedLocations", related);
    value_set(result, "stacks", stacks);
}

static json_t *suppressions(struct sarif *sarif, const struct finding *finding)
{
    json_t *list = value_list(), *object;

    if (finding->suppressed_by == NULL)
        return list;
    object = value_object();
    value_set_text(object, "kind", "external");
    value_set_text(object, "status", "accepted");
    value_set_text(object, "justification",
                   tool_print(&sarif->arena, "%s: %s", finding->suppressed_by,
                              finding->suppressed_reason));
    value_push(list, object);
    return list;
}

static json_t *properties(const struct finding *finding)
{
    json_t *object = value_object();

    if (finding->grade != NULL)
        value_set_text(object, "grade", finding->grade);
    value_set(object, "locks",
              value_strings(finding->lock, finding->lock_count));
    if (finding->test_count > 0)
        value_set(object, "tests",
                  value_strings(finding->test, finding->test_count));
    if (finding->confirmation != NULL) {
        value_set_text(object, "confirmation", finding->confirmation);
        value_set_text(object, "confirmationReason",
                       finding->confirmation_reason);
    }
    return object;
}

static json_t *start_result(const char *kind, const char *level)
{
    json_t *result = value_object();
    const struct explain_page *page;
    size_t i;

    value_set_text(result, "ruleId", kind);
    for (i = 0; (page = explain_kind(i)) != NULL; i++)
        if (strcmp(page->name, kind) == 0)
            value_set_count(result, "ruleIndex", i);
    value_set_text(result, "level", level);
    return result;
}

static void set_location(struct sarif *sarif, json_t *result,
                         const struct symbol_frame *frame)
{
    json_t *list = value_list();

    if (frame != NULL)
        value_push(list, location(sarif, frame, NULL));
    value_set(result, "locations", list);
}

static const char *next_of(const struct told *told)
{
    if (told->exception != NULL)
        return explain_find("refuted")->fix;
    return text_advice(told->finding);
}

static json_t *make_result(struct sarif *sarif, const struct told *told)
{
    const struct finding *finding = told->finding;
    bool fails = (finding->fail & sarif->render->fail_on) != 0 ||
                 finding_fails(finding, sarif->render->fail_on);
    const char *tried = text_confirmation(&sarif->arena, finding);
    json_t *result = start_result(finding->kind, fails ? "error" : "note");

    value_set(
        result, "message",
        message(sarif, tool_print(&sarif->arena, "%s. %s%sNext: %s",
                                  finding->message, tried == NULL ? "" : tried,
                                  tried == NULL ? "" : " ", next_of(told))));
    set_location(sarif, result, point_finding(finding));
    value_set(result, "codeFlows", code_flows(sarif, told));
    set_stacks(sarif, result, told);
    value_set(
        result, "partialFingerprints",
        json_pack("{s:s}", "lockvalFingerprint/v1", finding->fingerprint));
    value_set(result, "suppressions", suppressions(sarif, finding));
    value_set_text(result, "baselineState",
                   finding->known ? "unchanged" : "new");
    value_set(result, "occurrenceCount",
              json_integer((json_int_t)(finding->count & INT32_MAX)));
    value_set(result, "properties", properties(finding));
    return result;
}

static json_t *make_results(struct sarif *sarif)
{
    json_t *list = value_list();
    size_t i, count;
    const struct told *told =
        told_list(sarif->render->findings, &sarif->arena, &count);

    for (i = 0; i < count; i++)
        value_push(list, make_result(sarif, &told[i]));
    return list;
}

/* ---- the tool ------------------------------------------------------------ */

static json_t *text_of(const char *text)
{
    return json_pack("{s:s}", "text", text);
}

static json_t *make_help(struct sarif *sarif, const struct explain_page *page)
{
    const char *text = tool_print(
        &sarif->arena, "%s\n\nWhy it matters\n\n%s\n\nHow people fix it\n\n%s",
        page->means, page->why, page->fix);
    const char *markdown = tool_print(
        &sarif->arena,
        "%s\n\n#### Why it matters\n\n%s\n\n#### How people fix it\n\n%s",
        page->means, page->why, page->fix);

    return json_pack("{s:s,s:s}", "text", text, "markdown", markdown);
}

static json_t *make_rule(struct sarif *sarif, const struct explain_page *page)
{
    json_t *rule = value_object();

    value_set_text(rule, "id", page->name);
    value_set(rule, "shortDescription", text_of(page->brief));
    value_set(rule, "fullDescription", text_of(page->means));
    value_set(rule, "help", make_help(sarif, page));
    value_set(rule, "defaultConfiguration",
              json_pack("{s:s}", "level", "error"));
    value_set(rule, "properties",
              json_pack("{s:[s,s],s:s,s:s}", "tags", "concurrency",
                        "reliability", "precision", "high", "problem.severity",
                        "error"));
    return rule;
}

static json_t *make_driver(struct sarif *sarif)
{
    json_t *driver = value_object(), *rules = value_list();
    const struct explain_page *page;
    size_t i;

    for (i = 0; (page = explain_kind(i)) != NULL; i++)
        value_push(rules, make_rule(sarif, page));
    value_set_text(driver, "name", "lockval");
    value_set_text(driver, "semanticVersion", LOCKVAL_VERSION);
    value_set(driver, "shortDescription",
              text_of("finds deadlocks before they happen"));
    value_set(driver, "rules", rules);
    return driver;
}

static void push_notice(json_t *list, const char *text)
{
    value_push(list, json_pack("{s:s,s:{s:s}}", "level", "error", "message",
                               "text", text));
}

/* Silence must mean that nothing was there: what was lost is told. */
static json_t *make_invocation(struct sarif *sarif)
{
    const struct findings *findings = sarif->render->findings;
    json_t *object = value_object(), *notices = value_list();

    if (findings->totals.lost > 0)
        push_notice(notices,
                    tool_print(&sarif->arena, "%" PRIu64 " events were lost",
                               findings->totals.lost));
    if (findings->incomplete)
        push_notice(notices, "there are more cycles than were searched for");
    value_set(object, "executionSuccessful",
              json_boolean(json_array_size(notices) == 0));
    value_set(object, "toolExecutionNotifications", notices);
    return object;
}

static json_t *make_run(struct sarif *sarif)
{
    json_t *run = value_object(), *tool = value_object();
    json_t *invocations = value_list();

    value_set(tool, "driver", make_driver(sarif));
    value_push(invocations, make_invocation(sarif));
    value_set(run, "tool", tool);
    value_set_text(run, "columnKind", "unicodeCodePoints");
    value_set(run, "originalUriBaseIds",
              json_pack("{s:{s:s}}", "SRCROOT", "uri",
                        encode(sarif, "file://", sarif->root.path)));
    value_set(run, "invocations", invocations);
    value_set(run, "results", make_results(sarif));
    return run;
}

void render_sarif(const struct render *render)
{
    struct sarif sarif = {.render = render};
    json_t *root = value_object(), *runs = value_list();

    point_root(&sarif.root, &sarif.arena);
    value_push(runs, make_run(&sarif));
    value_set_text(root, "$schema",
                   "https://json.schemastore.org/sarif-2.1.0.json");
    value_set_text(root, "version", "2.1.0");
    value_set(root, "runs", runs);
    value_write(root, render->out);
    tool_arena_free(&sarif.arena);
}
