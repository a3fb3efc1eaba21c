/* SPDX-License-Identifier: BSD-2-Clause */
/* html_data.c: see html_data.h. */
#include "html_data.h"

#include <string.h>

#include "columns.h"
#include "explain.h"
#include "layout.h"
#include "map.h"
#include "point.h"
#include "snippet.h"
#include "text.h"
#include "told.h"
#include "value.h"

/* Of all source lines together: beyond it, stacks have none. */
enum { MOST_SOURCE = 1 << 20 };

struct data {
    const struct render *render;
    struct tool_arena arena;
    struct point_root root;
    struct lock_graph graph;
    struct snippets *snippets;
    struct intern strings, frames, stacks;
    json_t *string_list, *frame_list, *stack_list, *source;
    size_t source_size;
};

/* ---- said once ----------------------------------------------------------- */

static uint32_t add_string(struct data *data, const char *text)
{
    bool added;
    uint32_t id = intern_add(&data->strings, &data->arena, text,
                             strlen(text) + 1, &added);

    if (added)
        value_push(data->string_list, json_string(text));
    return id - 1;
}

static json_t *string_of(struct data *data, const char *text)
{
    return json_integer((json_int_t)add_string(data, text));
}

enum { FRAME_INLINED = 1, FRAME_FOREIGN = 2 };

/* The C++ library's own headers, and what has no source. */
static bool is_foreign(const struct symbol_frame *frame)
{
    const char *include = strstr(frame->file, "/include/");

    return frame->file[0] == '\0' || frame->line <= 0 ||
           (include != NULL && strstr(include, "/c++/") != NULL);
}

/* function, file ("": unknown), line, module, flags. */
struct frame_key {
    uint32_t function, file, line, module, flags;
};

static struct frame_key key_of(struct data *data,
                               const struct symbol_frame *frame)
{
    struct point point = point_of(&data->root, &data->arena, frame);
    bool known = point.line > 0;

    return (struct frame_key){
        .function = add_string(data, name_function(&data->arena, frame)),
        .file = add_string(data, known ? point.path : ""),
        .line = known ? (uint32_t)point.line : 0,
        .module = add_string(data, frame->module),
        .flags = (frame->inlined ? FRAME_INLINED : 0) |
                 (is_foreign(frame) ? FRAME_FOREIGN : 0),
    };
}

static uint32_t add_frame(struct data *data, const struct symbol_frame *frame)
{
    struct frame_key key = key_of(data, frame);
    bool added;
    uint32_t id =
        intern_add(&data->frames, &data->arena, &key, sizeof(key), &added);

    if (added)
        value_push(data->frame_list,
                   json_pack("[i,i,i,i,i]", (int)key.function, (int)key.file,
                             (int)key.line, (int)key.module, (int)key.flags));
    return id - 1;
}

/* The lines of a frame, keyed by its index. */
static void add_source(struct data *data, const struct symbol_frame *frame,
                       uint32_t id)
{
    struct snippet snippet;
    char key[16];
    json_t *list;
    size_t i;

    snprintf(key, sizeof(key), "%u", id);
    if (is_foreign(frame) || data->source_size > MOST_SOURCE ||
        json_object_get(data->source, key) != NULL)
        return;
    snippet = snippet_read(data->snippets, frame->file, frame->line);
    if (snippet.first == 0)
        return;
    list = value_list();
    value_push(list, json_integer(snippet.first));
    for (i = 0; i < snippet.count; i++) {
        value_push(list, json_string(snippet.line[i]));
        data->source_size += strlen(snippet.line[i]) + 4;
    }
    value_set(data->source, key, list);
}

/* `source`: with the lines around each of its frames. */
static json_t *stack_of(struct data *data, const struct symbol_stack *stack,
                        bool source)
{
    size_t i, count = stack == NULL ? 0 : text_useful(stack);
    uint32_t *frame = tool_take(&data->arena, (count + 1) * sizeof(*frame));
    bool added;
    uint32_t id;
    json_t *list;

    for (i = 0; i < count; i++) {
        frame[i] = add_frame(data, &stack->frame[i]);
        if (source)
            add_source(data, &stack->frame[i], frame[i]);
    }
    id = intern_add(&data->stacks, &data->arena, frame,
                    (count + 1) * sizeof(*frame), &added);
    if (!added)
        return json_integer((json_int_t)id - 1);
    list = value_list();
    for (i = 0; i < count; i++)
        value_push(list, json_integer((json_int_t)frame[i]));
    value_push(data->stack_list, list);
    return json_integer((json_int_t)id - 1);
}

/* ---- findings ------------------------------------------------------------ */

/* Where to open a stack: the position of one of its frames. */
static void set_open(json_t *object, const char *key,
                     const struct symbol_stack *stack,
                     const struct symbol_frame *frame)
{
    if (frame != NULL)
        value_set_count(object, key, (uint64_t)(frame - stack->frame));
}

static json_t *make_step(struct data *data, const struct told *told, size_t at)
{
    const struct finding_step *step = &told->finding->step[at];
    struct point_nest nest = point_nest(step);
    json_t *object = value_object();

    value_set_text(object, "from", step->from);
    value_set_text(object, "to", step->to);
    value_set_text(object, "kind", step->kind);
    value_set_text(object, "thread", step->thread);
    value_set_text(object, "took", told_held(&data->arena, told, at));
    value_set_text(object, "wanted", told_wanted(&data->arena, told, at));
    value_set_text(object, "heldMode", text_mode(step->held_how));
    value_set_text(object, "wantedMode", text_mode(step->wanted_how));
    value_set(object, "takes", json_boolean(told_takes(step)));
    value_set_text(object, "event",
                   step->to_event == NULL ? "" : step->to_event);
    value_set_text(object, "wait", step->wait == NULL ? "" : step->wait);
    value_set(object, "handler",
              json_boolean((step->held_how & LV_HOW_CONTEXT) != 0));
    value_set(object, "gates",
              value_strings((const char *const *)step->gate, step->gate_count));
    value_set(object, "held", stack_of(data, step->held_at, true));
    value_set(object, "at", stack_of(data, step->wanted_at, true));
    set_open(object, "heldOpen", step->held_at, nest.held);
    set_open(object, "atOpen", step->wanted_at, nest.wanted);
    return object;
}

static json_t *make_lacks(struct data *data, const struct finding *finding)
{
    json_t *list = value_list();
    size_t i;

    for (i = 0; i < finding->lack_count; i++) {
        const struct rule_lack *lack = &finding->lack[i];
        json_t *object = value_object();

        value_set_text(object, "condition", lack->condition);
        value_set_text(object, "lock", lack->lock);
        value_set(object, "wanted", json_boolean(lack->wanted));
        value_set(object, "stack", stack_of(data, lack->at, true));
        value_push(list, object);
    }
    return list;
}

static const char *brief_of(const struct finding *finding)
{
    const struct explain_page *page = explain_find(finding->kind);

    return page == NULL ? "" : page->brief;
}

/* How its threads meet, and the steps that each takes. */
static void set_steps(struct data *data, json_t *object,
                      const struct told *told)
{
    const struct finding *finding = told->finding;
    json_t *steps = value_list();
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        value_push(steps, make_step(data, told, i));
    value_set_text(object, "title", columns_title(finding));
    value_set(object, "meets",
              json_boolean(told_meets(told) || told_stuck(told)));
    value_set(object, "confirmed", json_boolean(finding_is_confirmed(finding)));
    value_set(object, "happened",
              json_boolean(strcmp(finding->kind, "deadlock") == 0 ||
                           finding_is_confirmed(finding)));
    value_set(object, "locks",
              value_strings(finding->lock, finding->lock_count));
    value_set(object, "steps", steps);
}

/* Of a raw write: the circle that a rerun was steered into, as a finding. */
static void set_circle(struct data *data, json_t *object,
                       const struct raw_exception *exception)
{
    struct told told = {.finding = exception->circle};
    json_t *circle;

    if (told.finding == NULL || told.finding->confirmation == NULL)
        return;
    circle = value_object();
    set_steps(data, circle, &told);
    value_set(object, "circle", circle);
}

static json_t *make_finding(struct data *data, const struct told *told)
{
    const struct finding *finding = told->finding;
    const char *tried = text_confirmation(&data->arena, finding);
    const char *excuse = told_excuse(&data->arena, told, data->render->fail_on);
    json_t *object = value_object();

    set_steps(data, object, told);
    if (told->exception != NULL)
        set_circle(data, object, told->exception);
    value_set_text(object, "kind", finding->kind);
    value_set_text(object, "brief", brief_of(finding));
    value_set_text(object, "grade",
                   finding->grade == NULL ? "" : finding->grade);
    value_set_text(object, "print", finding->fingerprint);
    value_set_text(object, "message", finding->message);
    value_set_text(object, "advice",
                   told->exception != NULL ? explain_find("refuted")->fix
                                           : text_advice(finding));
    value_set(object, "tests",
              value_strings(finding->test, finding->test_count));
    value_set_count(object, "count", finding->count);
    value_set_text(object, "program", tool_base(finding->program));
    value_set_count(object, "pid", finding->pid);
    value_set_text(object, "excuse", excuse == NULL ? "" : excuse);
    value_set_text(object, "tried", tried == NULL ? "" : tried);
    value_set(object, "lacks", make_lacks(data, finding));
    return object;
}

static json_t *make_findings(struct data *data)
{
    json_t *list = value_list();
    size_t i, count;
    const struct told *told =
        told_list(data->render->findings, &data->arena, &count);

    for (i = 0; i < count; i++)
        value_push(list, make_finding(data, &told[i]));
    return list;
}

/* ---- exceptions ---------------------------------------------------------- */

static json_t *make_pairs(const struct raw_exception *exception)
{
    json_t *list = value_list();
    size_t i;

    for (i = 0; i < exception->suppressed_count; i++)
        value_push(list, json_pack("[s,s]", exception->suppressed[i][0],
                                   exception->suppressed[i][1]));
    return list;
}

static json_t *make_cycles(const struct raw_exception *exception)
{
    json_t *list = value_list();
    size_t i;

    for (i = 0; i < exception->cycle_count; i++)
        value_push(list, value_strings(exception->cycle[i].lock,
                                       exception->cycle[i].count));
    return list;
}

static json_t *make_exception(struct data *data,
                              const struct raw_exception *exception)
{
    json_t *object = value_object();

    value_set_text(object, "lock", exception->lock);
    value_set_text(object, "verdict", findings_verdict(exception->verdict));
    value_set(object, "site", stack_of(data, exception->site, true));
    value_set(object, "pairs", make_pairs(exception));
    value_set(object, "cycles", make_cycles(exception));
    value_set_count(object, "count", exception->count);
    if (exception->reader != NULL) {
        value_set(object, "reader", stack_of(data, exception->reader, true));
        value_set_text(object, "thread", exception->reader_thread);
        value_set_text(object, "holds", exception->reader_lock);
    }
    value_set_text(object, "print", exception->fingerprint);
    if (exception->circle != NULL) {
        const char *tried = text_confirmation(&data->arena, exception->circle);

        value_set_text(object, "tried", tried == NULL ? "" : tried);
    }
    return object;
}

static json_t *make_exceptions(struct data *data)
{
    const struct findings *findings = data->render->findings;
    json_t *list = value_list();
    size_t i;

    for (i = 0; i < findings->exception_count; i++)
        value_push(list, make_exception(data, &findings->exception[i]));
    return list;
}

/* ---- the graph ----------------------------------------------------------- */

static const char *const class_kinds[] = {
    [LV_CLASS_DECLARED] = "declared by the program",
    [LV_CLASS_STATIC] = "static data",
    [LV_CLASS_INIT] = "made by one path",
    [LV_CLASS_FIRST] = "first taken by one path",
    [LV_CLASS_FRAME] = "in a stack frame",
};
enum { CLASS_KINDS = sizeof(class_kinds) / sizeof(class_kinds[0]) };

/* By class id from 1: name, module, kind, instances, site, mark. */
static json_t *make_classes(struct data *data)
{
    const struct findings *findings = data->render->findings;
    json_t *list = value_list();
    size_t i;

    for (i = 1; i < findings->class_count; i++) {
        const struct finding_class *class = &findings->class[i];
        json_t *row = value_list();

        value_push(row, json_string(class->name));
        value_push(row, string_of(data, class->module));
        value_push(row,
                   string_of(data, class->kind > 0 && class->kind < CLASS_KINDS
                                       ? class_kinds[class->kind]
                                       : ""));
        value_push(row, json_integer((json_int_t) class->instances));
        value_push(row, stack_of(data, class->site, false));
        value_push(row, json_integer(data->graph.of_class[i]));
        value_push(list, row);
    }
    return list;
}

/* from, to, kinds, count, mark, and who was seen first: thread, held, wanted.
 */
static json_t *make_dependencies(struct data *data)
{
    static const struct symbol_stack none = {0};
    const struct findings *findings = data->render->findings;
    json_t *list = value_list();
    size_t i;

    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *d = &findings->dependency[i];
        const struct finding_step *seen = &d->seen;
        json_t *row =
            json_pack("[I,I,I,I,I]", (json_int_t)d->from, (json_int_t)d->to,
                      (json_int_t)d->kinds, (json_int_t)d->count,
                      (json_int_t)data->graph.of_dependency[i]);

        value_checked(row);
        value_push(row,
                   string_of(data, seen->from == NULL ? "" : seen->thread));
        value_push(
            row,
            stack_of(data, seen->from == NULL ? &none : seen->held_at, false));
        value_push(row,
                   stack_of(data, seen->from == NULL ? &none : seen->wanted_at,
                            false));
        value_push(list, row);
    }
    return list;
}

static json_t *round_of(double number)
{
    return json_integer((json_int_t)(number + (number < 0 ? -0.5 : 0.5)));
}

/* class id, x, y, width, height */
static json_t *make_nodes(const struct layout *layout)
{
    json_t *list = value_list();
    size_t i;

    for (i = 0; i < layout->node_count; i++) {
        const struct layout_node *node = &layout->node[i];
        json_t *row = value_list();

        value_push(row, json_integer((json_int_t)node->class_id));
        value_push(row, round_of(node->x));
        value_push(row, round_of(node->y));
        value_push(row, round_of(node->width));
        value_push(row, round_of(node->height));
        value_push(list, row);
    }
    return list;
}

/* index of the dependency, x, y, x, y, … */
static json_t *make_edges(const struct layout *layout)
{
    json_t *list = value_list();
    size_t i, j;

    for (i = 0; i < layout->edge_count; i++) {
        const struct layout_edge *edge = &layout->edge[i];
        json_t *row = value_list();

        value_push(row, json_integer((json_int_t)edge->dependency));
        for (j = 0; j < edge->count; j++) {
            value_push(row, round_of(edge->point[j][0]));
            value_push(row, round_of(edge->point[j][1]));
        }
        value_push(list, row);
    }
    return list;
}

static json_t *make_layout(struct data *data)
{
    struct layout layout;
    json_t *object = value_object();

    layout_make(&layout, &data->arena, &data->graph);
    value_set_text(object, "failure",
                   layout.failure == NULL ? "" : layout.failure);
    value_set(object, "partial", json_boolean(layout.partial));
    value_set(object, "width", round_of(layout.width));
    value_set(object, "height", round_of(layout.height));
    value_set(object, "nodes", make_nodes(&layout));
    value_set(object, "edges", make_edges(&layout));
    return object;
}

/* ---- all of it ----------------------------------------------------------- */

/* What the bits of a dependency's kinds are called. */
static json_t *make_kinds(void)
{
    json_t *list = value_list();
    unsigned kind;

    for (kind = 0; kind <= LV_DEP_SR; kind++)
        value_push(list, json_string(findings_dep_kind(kind)));
    return list;
}

static json_t *make_totals(const struct findings *findings)
{
    const struct finding_totals *totals = &findings->totals;
    json_t *object = value_object();

    value_set_count(object, "processes", totals->processes);
    value_set_count(object, "threads", totals->threads);
    value_set_count(object, "acquisitions", totals->acquisitions);
    value_set_count(object, "locks", totals->instances);
    value_set_count(object, "classes", totals->classes);
    value_set_count(object, "dependencies", totals->dependencies);
    value_set_count(object, "lost", totals->lost);
    return object;
}

static void start(struct data *data, const struct render *render)
{
    data->render = render;
    data->snippets = snippets_new();
    data->string_list = value_list();
    data->frame_list = value_list();
    data->stack_list = value_list();
    data->source = value_object();
    point_root(&data->root, &data->arena);
    lock_graph_make(&data->graph, render->findings, render->fail_on);
}

static void finish(struct data *data, json_t *root)
{
    value_set(root, "strings", data->string_list);
    value_set(root, "frames", data->frame_list);
    value_set(root, "stacks", data->stack_list);
    value_set(root, "source", data->source);
    intern_free(&data->strings);
    intern_free(&data->frames);
    intern_free(&data->stacks);
    snippets_free(data->snippets);
    tool_arena_free(&data->arena);
}

json_t *html_data(const struct render *render)
{
    const struct findings *findings = render->findings;
    struct data data = {0};
    json_t *root = value_object();

    start(&data, render);
    value_set_text(root, "version", LOCKVAL_VERSION);
    value_set_count(root, "failing",
                    findings_failing(findings, render->fail_on));
    value_set(root, "kinds", make_kinds());
    value_set(root, "incomplete", json_boolean(findings->incomplete));
    value_set(root, "rebuilt", json_boolean(findings_rebuilt(findings)));
    value_set(root, "totals", make_totals(findings));
    value_set(root, "findings", make_findings(&data));
    value_set(root, "exceptions", make_exceptions(&data));
    value_set(root, "classes", make_classes(&data));
    value_set(root, "dependencies", make_dependencies(&data));
    value_set(root, "layout", make_layout(&data));
    finish(&data, root);
    return root;
}
