/* SPDX-License-Identifier: BSD-2-Clause */
/* tsan.c: what fails, as ThreadSanitizer would tell it.
 *
 * Tools that count reports of ThreadSanitizer (CTest's memory check among them)
 * look for the line with WARNING and the pid; people read the rest. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "point.h"
#include "render.h"
#include "text.h"
#include "told.h"

struct tsan {
    FILE *out;
    struct tool_arena arena;
};

static const char *title(const struct told *told)
{
    if (strcmp(told->finding->kind, "unlock-not-held") == 0)
        return "unlock of an unlocked mutex (or by a wrong thread)";
    if (strcmp(told->finding->kind, "unlock-other-thread") == 0)
        return "unlock of an unlocked mutex (or by a wrong thread)";
    if (strcmp(told->finding->kind, "destroy-held") == 0)
        return "destroy of a locked mutex";
    if (told_meets(told))
        return "lock-order-inversion (potential deadlock)";
    return told->finding->kind;
}

static void print_stack(struct tsan *tsan, const struct symbol_stack *stack,
                        const char *text)
{
    size_t i, count = text_useful(stack);

    if (count == 0)
        return;
    fprintf(tsan->out, "\n  %s at:\n", text);
    for (i = 0; i < count; i++) {
        const struct symbol_frame *frame = &stack->frame[i];

        fprintf(tsan->out, "    #%zu %s ", i,
                name_function(&tsan->arena, frame));
        if (frame->file[0] != '\0' && frame->line > 0)
            fprintf(tsan->out, "%s:%d ", frame->file, frame->line);
        fprintf(tsan->out, "(%s+0x%" PRIx64 ")\n", tool_base(frame->module),
                frame->offset);
    }
}

static void print_summary(struct tsan *tsan, const struct told *told)
{
    const struct symbol_frame *frame = point_finding(told->finding);

    fprintf(tsan->out, "\nSUMMARY: ThreadSanitizer: %s", title(told));
    if (frame != NULL)
        fprintf(tsan->out, " %s in %s", name_position(&tsan->arena, frame),
                name_function(&tsan->arena, frame));
    fprintf(tsan->out, "\n==================\n");
}

static void print_told(struct tsan *tsan, const struct told *told)
{
    const struct finding *finding = told->finding;
    size_t i;

    fprintf(tsan->out,
            "==================\nWARNING: ThreadSanitizer: %s (pid=%u)\n"
            "  %s [lockval %s]\n",
            title(told), finding->pid, finding->message, finding->fingerprint);
    if (told_meets(told)) {
        fprintf(tsan->out, "  Cycle in lock order graph: ");
        for (i = 0; i < finding->step_count; i++)
            fprintf(tsan->out, "%s => ", finding->step[i].from);
        fprintf(tsan->out, "%s\n", finding->step[0].from);
    }
    for (i = 0; i < finding->step_count; i++) {
        print_stack(tsan, finding->step[i].held_at,
                    told_held(&tsan->arena, told, i));
        print_stack(tsan, finding->step[i].wanted_at,
                    told_wanted(&tsan->arena, told, i));
    }
    print_summary(tsan, told);
}

void render_tsan(const struct render *render)
{
    struct tsan tsan = {.out = render->out};
    size_t i, count;
    const struct told *told = told_list(render->findings, &tsan.arena, &count);

    for (i = 0; i < count; i++)
        if (finding_fails(told[i].finding, render->fail_on))
            print_told(&tsan, &told[i]);
    tool_arena_free(&tsan.arena);
}

/* ---- log_path ------------------------------------------------------------ */

static const char between[] = " ,:\n\t\r";

/* The value at `text`, quoted or not; `*size` is its own, the result what
 * follows. */
static const char *take_value(const char **text, size_t *size)
{
    char quote = **text;

    if (quote != '\'' && quote != '"') {
        *size = strcspn(*text, between);
        return *text + *size;
    }
    (*text)++;
    for (*size = 0; (*text)[*size] != '\0' && (*text)[*size] != quote;)
        (*size)++;
    return *text + *size + ((*text)[*size] == quote);
}

const char *tsan_log(struct tool_arena *arena, const char *options)
{
    const char *found = NULL;

    while (options != NULL && *options != '\0') {
        size_t name = strcspn(options, "="), size;
        const char *value = options + name;
        bool wanted = name == 8 && memcmp(options, "log_path", 8) == 0;

        if (*value == '\0')
            break;
        value++;
        options = take_value(&value, &size);
        options += strspn(options, between);
        if (wanted)
            found = tool_copy(arena, value, size);
    }
    if (found == NULL || found[0] == '\0' || strcmp(found, "stdout") == 0 ||
        strcmp(found, "stderr") == 0)
        return NULL;
    return tool_print(arena, "%s.%d", found, (int)getpid());
}
