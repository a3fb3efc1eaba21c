/* SPDX-License-Identifier: BSD-2-Clause */
/* document.c: see document.h. */
#include "document.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "option.h"

/* ---- out ----------------------------------------------------------------- */

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

static json_t *texts(const char *const *text, size_t count)
{
    json_t *array = checked(json_array());
    size_t i;

    for (i = 0; i < count; i++)
        append(array, json_string(text[i]));
    return array;
}

static json_t *stack_id(const struct symbol_stack *stack)
{
    return json_integer((json_int_t)stack->id);
}

/* Nothing where there is none. */
static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        set(object, key, json_string(text));
}

static json_t *make_step(const struct finding_step *step)
{
    json_t *object = json_pack(
        "{s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:I,s:I}", "from", step->from, "to",
        step->to, "kind", step->kind, "thread", step->thread, "gates",
        texts(step->gate, step->gate_count), "held_at",
        checked(stack_id(step->held_at)), "wanted_at",
        checked(stack_id(step->wanted_at)), "held_how",
        (json_int_t)step->held_how, "wanted_how", (json_int_t)step->wanted_how);

    set_text(checked(object), "wait", step->wait);
    set_text(object, "from_event", step->from_event);
    set_text(object, "to_event", step->to_event);
    return object;
}

static json_t *make_lack(const struct rule_lack *lack)
{
    return json_pack("{s:s,s:s,s:b,s:o}", "condition", lack->condition, "lock",
                     lack->lock, "wanted", lack->wanted, "at",
                     checked(stack_id(lack->at)));
}

static void set_rule(json_t *object, const struct finding *finding)
{
    json_t *lacks = checked(json_array());
    size_t i;

    for (i = 0; i < finding->lack_count; i++)
        append(lacks, make_lack(&finding->lack[i]));
    set(object, "rule", json_string(finding->rule));
    set(object, "operation", json_string(finding->operation));
    set(object, "held", texts(finding->held, finding->held_count));
    set(object, "lacks", lacks);
}

static char *dump(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

    json_decref(object);
    if (text == NULL)
        tool_out_of_memory();
    return text;
}

static json_t *make_finding(const struct finding *finding)
{
    json_t *object = checked(json_object()), *steps = checked(json_array());
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        append(steps, make_step(&finding->step[i]));
    set(object, "kind", json_string(finding->kind));
    set_text(object, "grade", finding->grade);
    set(object, "fail", json_integer(finding->fail));
    set(object, "misuse", json_integer(finding->misuse));
    set(object, "message", json_string(finding->message));
    set(object, "locks", texts(finding->lock, finding->lock_count));
    set(object, "program", json_string(tool_base(finding->program)));
    set(object, "steps", steps);
    set_text(object, "holder", finding->holder);
    if (finding->confirmation != NULL) {
        set(object, "confirmation", json_string(finding->confirmation));
        set(object, "reason", json_string(finding->confirmation_reason));
        set(object, "attempts", json_integer(finding->attempts));
    }
    if (finding->rule != NULL)
        set_rule(object, finding);
    return object;
}

char *document_of_finding(const struct finding *finding)
{
    return dump(make_finding(finding));
}

/* Without what reruns showed, which is kept for itself. */
static json_t *make_circle(const struct finding *circle)
{
    struct finding plain =
        circle->predicted == NULL ? *circle : *circle->predicted;

    plain.confirmation = NULL;
    return make_finding(&plain);
}

char *document_of_exception(const struct raw_exception *exception)
{
    json_t *object = checked(json_object());
    json_t *pairs = checked(json_array()), *cycles = checked(json_array());
    size_t i;

    for (i = 0; i < exception->suppressed_count; i++)
        append(pairs, texts(exception->suppressed[i], 2));
    for (i = 0; i < exception->cycle_count; i++)
        append(cycles,
               texts(exception->cycle[i].lock, exception->cycle[i].count));
    set(object, "lock", json_string(exception->lock));
    set(object, "site", stack_id(exception->site));
    set(object, "verdict", json_integer(exception->verdict));
    set(object, "suppressed", pairs);
    set(object, "cycles", cycles);
    if (exception->reader != NULL) {
        set(object, "reader", stack_id(exception->reader));
        set(object, "reader_loops", json_boolean(exception->reader_loops));
        set(object, "reader_thread", json_string(exception->reader_thread));
        set(object, "reader_lock", json_string(exception->reader_lock));
    }
    if (exception->circle != NULL)
        set(object, "circle", make_circle(exception->circle));
    return dump(object);
}

bool document_stacks(const struct finding *finding, document_visit *visit,
                     void *context)
{
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        if (!visit(context, finding->step[i].held_at) ||
            !visit(context, finding->step[i].wanted_at))
            return false;
    for (i = 0; i < finding->lack_count; i++)
        if (!visit(context, finding->lack[i].at))
            return false;
    return true;
}

bool document_exception_stacks(const struct raw_exception *exception,
                               document_visit *visit, void *context)
{
    return visit(context, exception->site) &&
           (exception->reader == NULL || visit(context, exception->reader)) &&
           (exception->circle == NULL ||
            document_stacks(exception->circle, visit, context));
}

/* ---- in ------------------------------------------------------------------ */

struct reader {
    const struct document_source *source;
    bool bad;
};

static const char *read_text(struct reader *reader, const json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL) {
        reader->bad = true;
        return "";
    }
    return tool_clean(reader->source->arena, text, json_string_length(value));
}

static const char *get_text(struct reader *reader, const json_t *object,
                            const char *key)
{
    return read_text(reader, json_object_get(object, key));
}

static const char *get_text_or_null(struct reader *reader, const json_t *object,
                                    const char *key)
{
    const json_t *value = json_object_get(object, key);

    return value == NULL ? NULL : read_text(reader, value);
}

static uint64_t get_number(struct reader *reader, const json_t *object,
                           const char *key, uint64_t most)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || (uint64_t)json_integer_value(value) > most) {
        reader->bad = true;
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

static const struct symbol_stack *
get_stack(struct reader *reader, const json_t *object, const char *key)
{
    static const struct symbol_stack empty;
    uint64_t id = get_number(reader, object, key, UINT64_MAX);
    const struct symbol_stack *stack =
        id == 0 ? &empty : reader->source->stack(reader->source->context, id);

    reader->bad = reader->bad || stack == NULL;
    return stack == NULL ? &empty : stack;
}

static const char **get_texts(struct reader *reader, const json_t *array,
                              size_t *count)
{
    const char **text;
    size_t i;

    *count = json_array_size(array);
    reader->bad = reader->bad || !json_is_array(array);
    text = tool_take(reader->source->arena, (*count + 1) * sizeof(*text));
    for (i = 0; i < *count; i++)
        text[i] = read_text(reader, json_array_get(array, i));
    return text;
}

static void read_step(struct reader *reader, const json_t *object,
                      struct finding_step *step)
{
    step->from = get_text(reader, object, "from");
    step->to = get_text(reader, object, "to");
    step->kind = get_text(reader, object, "kind");
    step->wait = get_text_or_null(reader, object, "wait");
    step->from_event = get_text_or_null(reader, object, "from_event");
    step->to_event = get_text_or_null(reader, object, "to_event");
    step->thread = get_text(reader, object, "thread");
    step->gate =
        get_texts(reader, json_object_get(object, "gates"), &step->gate_count);
    step->held_at = get_stack(reader, object, "held_at");
    step->wanted_at = get_stack(reader, object, "wanted_at");
    step->held_how =
        (uint32_t)get_number(reader, object, "held_how", UINT32_MAX);
    step->wanted_how =
        (uint32_t)get_number(reader, object, "wanted_how", UINT32_MAX);
}

static void read_steps(struct reader *reader, const json_t *array,
                       struct finding *finding)
{
    struct finding_step *step;
    size_t i;

    finding->step_count = json_array_size(array);
    step = tool_take(reader->source->arena,
                     (finding->step_count + 1) * sizeof(*step));
    for (i = 0; i < finding->step_count; i++)
        read_step(reader, json_array_get(array, i), &step[i]);
    finding->step = step;
}

static void read_confirmation(struct reader *reader, const json_t *object,
                              struct finding *finding)
{
    finding->confirmation = get_text(reader, object, "confirmation");
    finding->confirmation_reason = get_text(reader, object, "reason");
    finding->attempts = (unsigned)get_number(reader, object, "attempts", 1000);
    if (strcmp(finding->confirmation, "confirmed") != 0 &&
        strcmp(finding->confirmation, "not confirmed") != 0)
        reader->bad = true;
}

static void read_lacks(struct reader *reader, const json_t *array,
                       struct finding *finding)
{
    struct rule_lack *lack;
    size_t i;

    finding->lack_count = json_array_size(array);
    lack = tool_take(reader->source->arena,
                     (finding->lack_count + 1) * sizeof(*lack));
    for (i = 0; i < finding->lack_count; i++) {
        const json_t *object = json_array_get(array, i);

        lack[i].condition = get_text(reader, object, "condition");
        lack[i].lock = get_text(reader, object, "lock");
        lack[i].wanted = json_is_true(json_object_get(object, "wanted"));
        lack[i].at = get_stack(reader, object, "at");
    }
    finding->lack = lack;
}

/* What a renderer takes for granted. */
static bool makes_sense(const struct finding *finding)
{
    unsigned grades = (LV_FAIL_SINGLE_THREAD << 1) - 1;
    bool cycle = finding->misuse == 0 && finding->rule == NULL;

    if (finding->fail == 0 || (finding->fail & (finding->fail - 1)) != 0 ||
        finding->fail > LV_FAIL_RULE)
        return false;
    if ((finding->grade != NULL) != ((finding->fail & grades) != 0))
        return false;
    if (finding->step_count == 0 ||
        (finding->lock_count == 0 && finding->rule == NULL))
        return false;
    return !cycle || finding->lock_count == finding->step_count;
}

static void read_finding(struct reader *reader, const json_t *object,
                         struct finding *finding)
{
    memset(finding, 0, sizeof(*finding));
    finding->kind = get_text(reader, object, "kind");
    finding->grade = get_text_or_null(reader, object, "grade");
    finding->fail =
        (unsigned)get_number(reader, object, "fail", LV_FAIL_REFUTED);
    finding->misuse =
        (unsigned)get_number(reader, object, "misuse", LV_MISUSE_LAST);
    finding->message = get_text(reader, object, "message");
    finding->program = get_text(reader, object, "program");
    finding->holder = get_text_or_null(reader, object, "holder");
    finding->lock = get_texts(reader, json_object_get(object, "locks"),
                              &finding->lock_count);
    read_steps(reader, json_object_get(object, "steps"), finding);
    if (json_object_get(object, "confirmation") != NULL)
        read_confirmation(reader, object, finding);
    finding->rule = get_text_or_null(reader, object, "rule");
    if (finding->rule != NULL) {
        finding->operation = get_text(reader, object, "operation");
        finding->held = get_texts(reader, json_object_get(object, "held"),
                                  &finding->held_count);
        read_lacks(reader, json_object_get(object, "lacks"), finding);
    }
    reader->bad = reader->bad || !makes_sense(finding);
}

bool document_to_finding(const struct document_source *source, const char *text,
                         struct finding *finding)
{
    json_t *object = json_loads(text, 0, NULL);
    struct reader reader = {source, object == NULL};

    if (reader.bad)
        return false;
    read_finding(&reader, object, finding);
    json_decref(object);
    return !reader.bad;
}

static void read_circle(struct reader *reader, const json_t *object,
                        struct raw_exception *exception)
{
    exception->circle =
        tool_take(reader->source->arena, sizeof(*exception->circle));
    read_finding(reader, object, exception->circle);
}

static void read_pairs(struct reader *reader, const json_t *array,
                       struct raw_exception *exception)
{
    size_t i, two;

    exception->suppressed_count = json_array_size(array);
    exception->suppressed =
        tool_take(reader->source->arena, (exception->suppressed_count + 1) *
                                             sizeof(*exception->suppressed));
    for (i = 0; i < exception->suppressed_count; i++) {
        const char **pair = get_texts(reader, json_array_get(array, i), &two);

        if (two != 2) {
            reader->bad = true;
            return;
        }
        exception->suppressed[i][0] = pair[0];
        exception->suppressed[i][1] = pair[1];
    }
}

static void read_cycles(struct reader *reader, const json_t *array,
                        struct raw_exception *exception)
{
    size_t i;

    exception->cycle_count = json_array_size(array);
    exception->cycle =
        tool_take(reader->source->arena,
                  (exception->cycle_count + 1) * sizeof(*exception->cycle));
    for (i = 0; i < exception->cycle_count; i++) {
        struct raw_cycle *cycle = &exception->cycle[i];

        cycle->lock =
            get_texts(reader, json_array_get(array, i), &cycle->count);
        reader->bad = reader->bad || cycle->count == 0;
    }
}

bool document_to_exception(const struct document_source *source,
                           const char *text, struct raw_exception *exception)
{
    json_t *object = json_loads(text, 0, NULL);
    struct reader reader = {source, object == NULL};

    if (reader.bad)
        return false;
    memset(exception, 0, sizeof(*exception));
    exception->lock = get_text(&reader, object, "lock");
    exception->site = get_stack(&reader, object, "site");
    exception->verdict =
        (enum lv_verdict)get_number(&reader, object, "verdict", LV_UNNEEDED);
    read_pairs(&reader, json_object_get(object, "suppressed"), exception);
    if (!reader.bad)
        read_cycles(&reader, json_object_get(object, "cycles"), exception);
    if (json_object_get(object, "reader") != NULL) {
        exception->reader = get_stack(&reader, object, "reader");
        exception->reader_loops =
            json_is_true(json_object_get(object, "reader_loops"));
        exception->reader_thread = get_text(&reader, object, "reader_thread");
        exception->reader_lock = get_text(&reader, object, "reader_lock");
    }
    if (!reader.bad && json_object_get(object, "circle") != NULL)
        read_circle(&reader, json_object_get(object, "circle"), exception);
    json_decref(object);
    return !reader.bad;
}
