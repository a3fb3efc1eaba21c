/* SPDX-License-Identifier: BSD-2-Clause */
/* told.c: see told.h. */
#include "told.h"

#include <string.h>

#include "cycle.h"
#include "option.h"
#include "text.h"

static void set_refuted_step(struct finding_step *step,
                             const struct raw_exception *exception)
{
    step->from = step->to = exception->lock;
    step->kind = "EN";
    step->thread = exception->reader_thread;
    step->held_at = exception->site;
    step->wanted_at = exception->reader;
}

/* By the path to the write, since one function may write for many; by names
 * without lines, as all fingerprints. */
static uint64_t print_of(const struct raw_exception *exception)
{
    uint64_t hash =
        tool_hash(TOOL_HASH, exception->lock, strlen(exception->lock) + 1);
    size_t i, count = text_useful(exception->site);

    for (i = 0; i < count; i++) {
        const struct symbol_frame *frame = &exception->site->frame[i];
        const char *name = frame->near || frame->function[0] == '\0'
                               ? tool_base(frame->module)
                               : frame->function;

        hash = tool_hash(hash, name, strlen(name) + 1);
    }
    return cycle_hash_stack(hash, exception->reader);
}

static struct finding *refuted(struct tool_arena *arena,
                               const struct raw_exception *exception)
{
    struct finding *finding = tool_take(arena, sizeof(*finding));
    struct finding_step *step = tool_take(arena, sizeof(*step));

    set_refuted_step(step, exception);
    finding->kind = "refuted";
    finding->fail = LV_FAIL_REFUTED;
    finding->message =
        tool_print(arena,
                   "the raw write of %s is not sound: %s holds %s, which the "
                   "writer can wait for, and waits for %s",
                   exception->lock, exception->reader_thread,
                   exception->reader_lock, exception->lock);
    finding->lock = tool_take(arena, sizeof(char *));
    finding->lock[0] = exception->lock;
    finding->lock_count = 1;
    finding->step = step;
    finding->step_count = 1;
    finding->count = exception->count;
    finding->program = "";
    finding->suppressed_by = exception->suppressed_by;
    finding->suppressed_reason = exception->suppressed_reason;
    if (exception->circle != NULL) {
        finding->confirmation = exception->circle->confirmation;
        finding->confirmation_reason = exception->circle->confirmation_reason;
        finding->attempts = exception->circle->attempts;
    }
    cycle_set_fingerprint(finding, print_of(exception));
    return finding;
}

static bool is_refuted(const struct raw_exception *exception)
{
    return exception->verdict == LV_REFUTED && exception->reader != NULL;
}

/* Does the write of `a` stand further up in the source? */
static bool is_before(const struct raw_exception *a,
                      const struct raw_exception *b)
{
    size_t i;

    for (i = 0; i < a->site->count && i < b->site->count; i++) {
        const struct symbol_frame *one = &a->site->frame[i];
        const struct symbol_frame *two = &b->site->frame[i];

        if (one->line != two->line)
            return one->line < two->line;
        if (one->offset != two->offset)
            return one->offset < two->offset;
    }
    return a->site->count < b->site->count;
}

/* Two writes by one path differ in their lines alone: the second in the source,
 * in whatever order they were seen, is told from the first by being that. */
static void set_apart(const struct findings *findings,
                      const struct raw_exception *exception,
                      struct finding *finding)
{
    uint64_t print = print_of(exception), hash;
    size_t i;

    for (i = 0; i < findings->exception_count; i++) {
        const struct raw_exception *other = &findings->exception[i];

        if (!is_refuted(other) || !is_before(other, exception) ||
            print_of(other) != print)
            continue;
        hash = tool_hash(TOOL_HASH, finding->fingerprint,
                         sizeof(finding->fingerprint));
        cycle_set_fingerprint(finding, hash);
    }
}

const struct told *told_list(const struct findings *findings,
                             struct tool_arena *arena, size_t *count)
{
    struct told *list = tool_take(
        arena, (findings->finding_count + findings->exception_count + 1) *
                   sizeof(*list));
    struct finding *finding;
    size_t i;

    *count = 0;
    for (i = 0; i < findings->finding_count; i++)
        list[(*count)++].finding = &findings->finding[i];
    for (i = 0; i < findings->exception_count; i++) {
        const struct raw_exception *exception = &findings->exception[i];

        if (!is_refuted(exception))
            continue;
        finding = refuted(arena, exception);
        if (exception->fingerprint[0] == '\0')
            set_apart(findings, exception, finding);
        else
            memcpy(finding->fingerprint, exception->fingerprint,
                   sizeof(finding->fingerprint));
        list[*count].finding = finding;
        list[(*count)++].exception = exception;
    }
    return list;
}

void told_name(struct findings *findings)
{
    struct tool_arena arena = {0};
    size_t i, count;
    const struct told *list = told_list(findings, &arena, &count);

    for (i = 0; i < count; i++) {
        const char *print = list[i].finding->fingerprint;
        struct raw_exception *exception;

        if (list[i].exception == NULL)
            continue;
        exception =
            &findings->exception[list[i].exception - findings->exception];
        memcpy(exception->fingerprint, print, sizeof(exception->fingerprint));
        if (exception->circle != NULL)
            memcpy(exception->circle->fingerprint, print,
                   sizeof(exception->circle->fingerprint));
    }
    tool_arena_free(&arena);
}

static const char *of(const char *event)
{
    return event == NULL ? "" : event;
}

const char *told_held(struct tool_arena *arena, const struct told *told,
                      size_t at)
{
    const struct finding *finding = told->finding;
    const struct finding_step *step = &finding->step[at];
    const char *thread = step->thread, *verb = "took";

    if (told->exception != NULL)
        return tool_print(arena, "the raw write of %s", step->from);
    if (step->from[0] == '\0')
        return tool_print(arena, "%s holds nothing", thread);
    if (finding->misuse != 0)
        thread = finding->holder != NULL ? finding->holder : "a thread";
    if (finding->misuse == LV_MISUSE_FREED)
        verb = "freed";
    if (finding->misuse == LV_MISUSE_TWO_MUTEXES)
        verb = "waits with";
    if (step->held_how & LV_HOW_CONTEXT)
        verb = "entered";
    else if (step->from_event != NULL)
        verb = "came to";
    return tool_print(arena, "%s %s %s%s%s", thread, verb, of(step->from_event),
                      step->from, text_mode(step->held_how));
}

const char *told_wanted(struct tool_arena *arena, const struct told *told,
                        size_t at)
{
    const struct finding *finding = told->finding;
    const struct finding_step *step = &finding->step[at];

    if (told->exception != NULL)
        return tool_print(arena, "%s waits for %s%s", step->thread, step->to,
                          told->exception->reader_loops
                              ? ", in a loop of single reads,"
                              : "");
    if (finding->misuse != 0 || finding->rule != NULL)
        return tool_print(arena, "%s did so", step->thread);
    if (step->wait != NULL)
        return tool_print(arena, "%s %s", step->thread, step->wait);
    return tool_print(arena, "%s %s %s%s%s", step->thread,
                      text_wish(step->wanted_how), of(step->to_event), step->to,
                      text_mode(step->wanted_how));
}

bool told_stuck(const struct told *told)
{
    return told->finding->step_count > 0 && told->finding->step[0].wait != NULL;
}

bool told_meets(const struct told *told)
{
    const struct finding *finding = told->finding;

    return told->exception == NULL && finding->misuse == 0 &&
           finding->rule == NULL && finding->order == NULL && !told_stuck(told);
}

bool told_takes(const struct finding_step *step)
{
    if (step->wait != NULL)
        return step->held_at->count > 0;
    return step->from_event == NULL;
}

char *told_text(const struct told *told, const struct render *render)
{
    char *text = NULL;
    size_t size = 0;
    struct render plain = *render;

    plain.colour = false;
    plain.out = open_memstream(&text, &size);
    if (plain.out == NULL)
        tool_out_of_memory();
    if (told->exception != NULL)
        text_exception(&plain, told->exception);
    else
        text_finding(&plain, told->finding);
    if (fclose(plain.out) != 0)
        tool_out_of_memory();
    return text;
}

const char *told_excuse(struct tool_arena *arena, const struct told *told,
                        unsigned fail_on)
{
    const struct finding *finding = told->finding;

    if (finding_fails(finding, fail_on))
        return NULL;
    if (finding->suppressed_by != NULL)
        return tool_print(arena, "suppressed by %s: %s", finding->suppressed_by,
                          finding->suppressed_reason);
    if (finding->known)
        return "the baseline has it";
    return tool_print(arena, "%s does not fail here",
                      finding->grade != NULL ? finding->grade : finding->kind);
}
