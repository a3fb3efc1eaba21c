/* SPDX-License-Identifier: BSD-2-Clause */
/* text.c: the report as a person reads it in a terminal.
 *
 * Each finding: one sentence, the cycle, both stacks of every dependency, how
 * the threads would meet, what to do next. What does not gate is told in two
 * lines. */
#include <inttypes.h>
#include <string.h>

#include "columns.h"
#include "option.h"
#include "render.h"
#include "text.h"

enum { FRAMES = 8 }; /* of each stack; the record and the JSON have them all */

static const char *paint(const struct render *render, const char *code)
{
    return render->colour ? code : "";
}
#define BOLD(render) paint((render), "\033[1m")
#define RED(render) paint((render), "\033[1;31m")
#define DIM(render) paint((render), "\033[2m")
#define PLAIN(render) paint((render), "\033[0m")

/* ---- stacks -------------------------------------------------------------- */

static void print_frame(const struct render *render,
                        const struct symbol_frame *frame)
{
    struct tool_arena arena = {0};
    const char *function = name_function(&arena, frame), *place = "";

    if (frame->file[0] != '\0' && frame->line > 0)
        place = tool_print(&arena, "%s:%d", frame->file, frame->line);
    else if (frame->module[0] != '\0' && frame->function[0] != '\0')
        place = tool_print(&arena, "%s+0x%" PRIx64, tool_base(frame->module),
                           frame->offset);
    fprintf(render->out, "        %-*s%s%s%s\n", place[0] != '\0' ? 28 : 0,
            function, place[0] != '\0' ? " " : "", place,
            frame->inlined ? " (inlined)" : "");
    tool_arena_free(&arena);
}

/* What the C library puts around main and thread functions says nothing. */
static bool is_start(const struct symbol_frame *frame)
{
    static const char *const names[] = {
        "libc_start_call_main", "libc_start_main", "libc_start_main_impl",
        "start_thread",         "clone",           "clone3",
    };
    const char *name = frame->function;
    size_t i;

    if (strcmp(name, "_start") == 0)
        return true;
    if (strncmp(tool_base(frame->module), "libc.so", 7) != 0)
        return false;
    name += strspn(name, "_");
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return frame->near || name[0] == '\0';
}

size_t text_useful(const struct symbol_stack *stack)
{
    size_t count = stack->count;

    while (count > 1 && is_start(&stack->frame[count - 1]))
        count--;
    return count;
}

/* libstdc++'s headers, as compilers install them. */
static bool is_library(const struct symbol_frame *frame)
{
    const char *include =
        frame->file == NULL ? NULL : strstr(frame->file, "/include/");

    return include != NULL && strstr(include, "/c++/") != NULL;
}

/* Frames of the C++ library from `at` on; 0: that one is none. */
static size_t library_run(const struct symbol_stack *stack, size_t at,
                          size_t count)
{
    size_t end = at;

    while (end < count && is_library(&stack->frame[end]))
        end++;
    return end - at;
}

/* A line a frame, and one for all that the C++ library has in a row. */
static void print_stack(const struct render *render,
                        const struct symbol_stack *stack)
{
    size_t i = 0, lines, count = text_useful(stack);

    if (count == 0)
        fprintf(render->out, "        (not known)\n");
    for (lines = 0; lines < FRAMES && i < count; lines++) {
        size_t run = library_run(stack, i, count);

        if (run > 1)
            fprintf(render->out, "        %s… %zu of the C++ library%s\n",
                    DIM(render), run, PLAIN(render));
        else
            print_frame(render, &stack->frame[i]);
        i += run > 1 ? run : 1;
    }
    if (i < count)
        fprintf(render->out, "        %s… %zu more%s\n", DIM(render), count - i,
                PLAIN(render));
}

/* ---- cycles -------------------------------------------------------------- */

const char *text_mode(uint32_t how)
{
    if ((how & LV_HOW_EVENT) == LV_HOW_EVENT)
        return "";
    if (how & LV_HOW_SYNC)
        return " to be left by all";
    if ((how & LV_HOW_MODE) == LV_HOW_READ)
        return " for reading";
    if ((how & LV_HOW_MODE) == LV_HOW_READ_RECURSIVE)
        return " for recursive reading";
    return "";
}

enum { GATES_SHOWN = 8 };

/* JSON has them all. */
static void print_gates(const struct render *render,
                        const struct finding_step *step)
{
    size_t i;

    if (step->gate_count == 0)
        return;
    fprintf(render->out, "      held as well: ");
    for (i = 0; i < step->gate_count && i < GATES_SHOWN; i++)
        fprintf(render->out, "%s%s", i > 0 ? ", " : "", step->gate[i]);
    if (step->gate_count > GATES_SHOWN)
        fprintf(render->out, " and %zu more", step->gate_count - GATES_SHOWN);
    fprintf(render->out, "\n");
}

static void print_cycle(const struct render *render,
                        const struct finding *finding)
{
    const struct finding_step *step = finding->step;
    size_t i, count = finding->step_count;

    fprintf(render->out, "\n  cycle   %s%s%s", BOLD(render), step[0].from,
            PLAIN(render));
    for (i = 0; i < count; i++) {
        const char *next = step[(i + 1) % count].from;

        fprintf(render->out, " → %s%s%s", BOLD(render), step[i].to,
                PLAIN(render));
        if (finding_across_locks(finding) && strcmp(step[i].to, next) != 0)
            fprintf(render->out, " ≈ %s%s%s", BOLD(render), next,
                    PLAIN(render));
    }
    fputc('\n', render->out);
}

const char *text_wish(uint32_t how)
{
    if (how & LV_HOW_CONTEXT)
        return "could be interrupted by";
    return how & LV_HOW_SYNC ? "waited for" : "wanted";
}

static const char *of(const char *event)
{
    return event == NULL ? "" : event;
}

/* How it had `from`, and what it did where the first stack was taken. */
static void had(const struct finding_step *step, const char **was,
                const char **did)
{
    *was = "held ";
    *did = "took";
    if (step->held_how & LV_HOW_CONTEXT) {
        *was = "was in ";
        *did = "entered";
    } else if (step->from_event != NULL) {
        *was = "was on its way to ";
        *did = "came to";
    }
}

static void print_step(const struct render *render,
                       const struct finding_step *step, size_t number)
{
    const char *was, *did;

    had(step, &was, &did);
    fprintf(render->out, "\n  %zu. ", number);
    if (step->test != NULL)
        fprintf(render->out, "in %s: ", step->test);
    fprintf(render->out, "%s %s%s%s%s and %s %s%s%s\n", step->thread, was,
            of(step->from_event), step->from, text_mode(step->held_how),
            text_wish(step->wanted_how), of(step->to_event), step->to,
            text_mode(step->wanted_how));
    if (step->held_at->count > 0 ||
        (step->from_event == NULL && !(step->held_how & LV_HOW_CONTEXT))) {
        fprintf(render->out, "      %s %s%s at\n", did, of(step->from_event),
                step->from);
        print_stack(render, step->held_at);
    }
    fprintf(render->out, "      %s %s%s%s at\n", text_wish(step->wanted_how),
            of(step->to_event), step->to,
            findings_is_loop(step->wanted_how) ? ", in a loop of single reads,"
                                               : "");
    print_stack(render, step->wanted_at);
    print_gates(render, step);
}

/* A thread that waits for more than a lock: what it holds may be nothing. */
static void print_wait(const struct render *render,
                       const struct finding_step *step, size_t number)
{
    fprintf(render->out, "\n  %zu. %s %s at\n", number, step->thread,
            step->wait);
    print_stack(render, step->wanted_at);
    if (step->held_at->count > 0) {
        fprintf(render->out, "      and holds %s%s, taken at\n", step->from,
                text_mode(step->held_how));
        print_stack(render, step->held_at);
    }
    print_gates(render, step);
}

static bool is_stuck(const struct finding *finding)
{
    return finding->step_count > 0 && finding->step[0].wait != NULL;
}

/* ---- what to do ---------------------------------------------------------- */

static const char *ordered_advice(const struct finding *finding)
{
    if (finding_has_hold(finding, FINDING_SIGNALLED))
        return "nothing, if whoever joins the thread goes by what it "
               "signalled; it becomes a deadlock when the thread takes the "
               "lock once more.";
    if (finding_has_hold(finding, FINDING_NEWBORN))
        return "nothing now; it becomes a deadlock when others can know the "
               "lock by then.";
    return "nothing now; it becomes a deadlock when the threads run at the "
           "same time.";
}

const char *text_advice(const struct finding *finding)
{
    if (finding->misuse == LV_MISUSE_UNSAFE_CALL ||
        finding->misuse == LV_MISUSE_UNSAFE_INSIDE)
        return "call nothing in a handler but what signal-safety(7) lists: set "
               "a flag or write to a pipe there, and do the rest outside; or "
               "let the signal in only where nothing is under way "
               "(sigsuspend, ppoll), or in a thread of its own (sigwait, "
               "signalfd).";
    if (strcmp(finding->kind, "signal") == 0)
        return "block the signal wherever these locks are held "
               "(pthread_sigmask), or leave the lock out of the handler: set a "
               "flag or write to a pipe there, or take the signal in a thread "
               "of its own (sigwait, signalfd).";
    if (finding->misuse == 0 && finding_has_hold(finding, LV_HOW_CONTEXT))
        return "keep the interrupt away wherever these locks are held "
               "(lockval_irqs_off; the kernel's _irqsave), or leave the lock "
               "out of the handler.";
    switch (finding->misuse) {
    case LV_MISUSE_SELF_DEADLOCK:
        return "release the lock before this path, split the function into "
               "one that locks and one that is called locked, or make the "
               "lock recursive.";
    case LV_MISUSE_UNLOCK_NOT_HELD:
        return "find the path that unlocks twice, or that skipped the lock.";
    case LV_MISUSE_UNLOCK_OTHER_THREAD:
        return "unlock in the thread that locked; to hand work over, use a "
               "semaphore or a condition variable.";
    case LV_MISUSE_DESTROY_HELD:
    case LV_MISUSE_FREE_HELD:
    case LV_MISUSE_REINIT_HELD:
        return "let the holder release first: join it, or count references.";
    case LV_MISUSE_LEFT_HELD:
        return "release on every way out of the function; a lock that others "
               "use must outlive it.";
    case LV_MISUSE_EXIT_HELD:
        return "release on every way out of the thread, cancellation included.";
    case LV_MISUSE_READ_TWICE:
        return "read it once, or tell the lock as one that readers may take "
               "again (recursive reading) if its writers do not go first.";
    case LV_MISUSE_CONTEXT:
        return "wait before, or after, the outer one; or take a lock of a kind "
               "that may be waited for there.";
    case LV_MISUSE_SEQ_NESTED:
    case LV_MISUSE_SEQ_UNBALANCED:
        return "balance begin and end on every path, error paths first.";
    case LV_MISUSE_TWO_MUTEXES:
        return "let all who wait for it hold the same mutex, under which what "
               "they wait for is changed; or give each mutex a condition "
               "variable of its own.";
    case LV_MISUSE_FORK_HELD:
        return "take the lock before fork and release it on both sides, with "
               "pthread_atfork; or let the child call nothing but exec.";
    case LV_MISUSE_RCU:
        return "leave the read section first; or use call_rcu, which does not "
               "wait.";
    case LV_MISUSE_FREED:
        return "keep the memory until nobody can find it: drop the last "
               "pointer under the lock that readers hold, count references, "
               "or wait for a grace period.";
    case LV_MISUSE_DESTROYED:
        return "destroy a lock when nobody can reach it any more: stop its "
               "users first, then destroy.";
    case LV_MISUSE_UNINITIALISED:
        return "initialise the lock before its first use: "
               "PTHREAD_MUTEX_INITIALIZER, pthread_mutex_init, or zeroed "
               "memory.";
    case LV_MISUSE_SEQ_UNLOCKED:
    case LV_MISUSE_SEQ_WRITERS:
        return "serialise the writers with one lock: readers may have "
               "accepted a torn read.";
    default:
        break;
    }
    if (is_stuck(finding))
        return "see that whoever is waited for can go on: release what it "
               "wants before waiting for it, and signal after the condition "
               "was made true, under its mutex, which the waiter tests.";
    if (finding->order != NULL)
        return "take them in the declared order; or, if this one is right, "
               "change the file.";
    if (strcmp(finding->kind, "wait-inversion") == 0 &&
        finding->fail == LV_FAIL_INVERSION)
        return "let go of the lock before the wait; or see to it that whoever "
               "ends the wait does so without it.";
    switch (finding->fail) {
    case LV_FAIL_RULE:
        return "hold what the rule needs until the operation is done; after "
               "letting go of it, look up again what it kept valid.";
    case LV_FAIL_DEADLOCK:
    case LV_FAIL_INVERSION:
        return "choose one order for these locks and take them so on every "
               "path; or release the first before waiting for the second; or "
               "take the second with a try-lock and back off.";
    case LV_FAIL_CLASS:
    case LV_FAIL_CLASS_INFERRED:
        return "if these can be the same locks, choose one order; if they "
               "never can, tell so with a subclass or a class of their own "
               "(<lockval.h>).";
    case LV_FAIL_GUARDED:
        return "nothing now; it becomes a deadlock when one path stops taking "
               "the common lock.";
    case LV_FAIL_ORDERED:
        return ordered_advice(finding);
    default:
        return "nothing now; it becomes a deadlock when a second thread takes "
               "one of the paths.";
    }
}

static const char raw_write_advice[] =
    "A sequence count is among them, and its writer never waits: if no reader "
    "that waits for it can be waited for by the writer, tell the write as raw "
    "(lockval_seq_raw_write_begin), and the report says whether that holds.";

static bool is_annotated_write(const struct finding *finding)
{
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        if (finding->step[i].wanted_how & LV_HOW_SEQ_WRITE)
            return true;
    return false;
}

/* Words of `text`, from `column` on, in lines of at most 78 columns that begin
 * after `indent` blanks. */
static void print_wrapped(const struct render *render, const char *text,
                          size_t column, size_t indent)
{
    bool first = true;

    while (*text != '\0') {
        size_t size = strcspn(text, " ");

        if (!first && column + 1 + size > 78) {
            fprintf(render->out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', render->out);
            column++;
        }
        fprintf(render->out, "%.*s", (int)size, text);
        first = false;
        column += size;
        text += size;
        text += strspn(text, " ");
    }
    fputc('\n', render->out);
}

enum { TESTS_SHOWN = 5 };

static void print_tests(const struct render *render,
                        const struct finding *finding)
{
    size_t i;

    for (i = 0; i < finding->test_count && i < TESTS_SHOWN; i++)
        fprintf(render->out, "  %s%s   %s%s\n", DIM(render),
                i == 0 ? finding->test_count == 1 ? "test " : "tests" : "     ",
                finding->test[i], PLAIN(render));
    if (finding->test_count > TESTS_SHOWN)
        fprintf(render->out, "  %s         and %zu more%s\n", DIM(render),
                finding->test_count - TESTS_SHOWN, PLAIN(render));
}

const char *text_confirmation(struct tool_arena *arena,
                              const struct finding *finding)
{
    if (finding->confirmation == NULL)
        return NULL;
    return tool_print(arena, "%s in %u attempt%s: %s. %s",
                      finding->confirmation, finding->attempts,
                      finding->attempts == 1 ? "" : "s",
                      finding->confirmation_reason,
                      finding_is_confirmed(finding)
                          ? "Above is how it happened."
                          : "That does not mean that it cannot happen.");
}

static void print_confirmation(const struct render *render,
                               const struct finding *finding)
{
    struct tool_arena arena = {0};
    const char *tried = text_confirmation(&arena, finding);

    if (tried != NULL) {
        fprintf(render->out, "\n  tried   ");
        print_wrapped(render, tried, 10, 10);
    }
    tool_arena_free(&arena);
}

static void print_next(const struct render *render,
                       const struct finding *finding)
{
    print_confirmation(render, finding);
    fprintf(render->out, "\n  next    ");
    print_wrapped(render, text_advice(finding), 10, 10);
    if (is_annotated_write(finding)) {
        fprintf(render->out, "          ");
        print_wrapped(render, raw_write_advice, 10, 10);
    }
    fprintf(render->out, "  %sgrade   %s · fingerprint %s · ", DIM(render),
            finding->grade == NULL ? "none" : finding->grade,
            finding->fingerprint);
    fprintf(render->out, "seen %" PRIu64 " time%s", finding->count,
            finding->count == 1 ? "" : "s");
    if (finding->pid != 0)
        fprintf(render->out, " · in %s, process %u",
                tool_base(finding->program), finding->pid);
    fprintf(render->out, "%s%s\n", finding->known ? " · known" : "",
            PLAIN(render));
    print_tests(render, finding);
}

/* ---- findings ------------------------------------------------------------ */

static void print_heading(const struct render *render,
                          const struct finding *finding)
{
    struct tool_arena arena = {0};

    fprintf(render->out, "\n%s%s%s: ", RED(render), finding->kind,
            PLAIN(render));
    print_wrapped(render, tool_print(&arena, "%s.", finding->message),
                  strlen(finding->kind) + 2, 2);
    tool_arena_free(&arena);
}

static void print_misuse(const struct render *render,
                         const struct finding *finding)
{
    const struct finding_step *step = &finding->step[0];

    fprintf(render->out, "\n      %s did so at\n", step->thread);
    print_stack(render, step->wanted_at);
    if (step->held_at->count > 0) {
        fprintf(render->out, "      %s %s %s%s at\n",
                finding->holder ? finding->holder : "a thread",
                finding->misuse == LV_MISUSE_FREED         ? "freed"
                : finding->misuse == LV_MISUSE_TWO_MUTEXES ? "waits with"
                                                           : "took",
                step->from, text_mode(step->held_how));
        print_stack(render, step->held_at);
    }
    print_gates(render, step);
}

/* Each stack once: one release may take away several rights. */
static void print_lack(const struct render *render,
                       const struct finding *finding, size_t at)
{
    const struct rule_lack *lack = &finding->lack[at];
    size_t i;

    if (lack->at->count == 0)
        return;
    for (i = 0; i < at; i++)
        if (finding->lack[i].at == lack->at)
            return;
    fprintf(render->out, "      %s %s at\n", lack->lock,
            lack->wanted ? "was lost" : "was taken");
    print_stack(render, lack->at);
}

static void print_rule(const struct render *render,
                       const struct finding *finding)
{
    size_t i;

    fprintf(render->out, "\n      not met: ");
    for (i = 0; i < finding->lack_count; i++)
        fprintf(render->out, "%s%s", i > 0 ? ", " : "",
                finding->lack[i].condition);
    fprintf(render->out, "\n      %s did so at\n", finding->step[0].thread);
    print_stack(render, finding->step[0].wanted_at);
    for (i = 0; i < finding->lack_count; i++)
        print_lack(render, finding, i);
}

void text_finding(const struct render *render, const struct finding *finding)
{
    size_t i;

    print_heading(render, finding);
    if (finding->misuse != 0) {
        print_misuse(render, finding);
    } else if (finding->rule != NULL) {
        print_rule(render, finding);
    } else if (finding->order != NULL) {
        print_step(render, &finding->step[0], 1);
    } else if (is_stuck(finding)) {
        for (i = 0; i < finding->step_count; i++)
            print_wait(render, &finding->step[i], i + 1);
    } else {
        print_cycle(render, finding);
        for (i = 0; i < finding->step_count; i++)
            print_step(render, &finding->step[i], i + 1);
        columns_print(render->out, finding);
    }
    print_next(render, finding);
}

static void print_hint(const struct render *render,
                       const struct finding *finding)
{
    size_t i;

    fprintf(render->out, "  %-14s ",
            finding->grade != NULL ? finding->grade : finding->kind);
    for (i = 0; i < finding->lock_count; i++)
        fprintf(render->out, "%s%s", i > 0 ? " → " : "", finding->lock[i]);
    if (finding->misuse == 0)
        fprintf(render->out, " → %s",
                finding->step[finding->step_count - 1].to);
    fprintf(render->out, "  %s%s%s", DIM(render), finding->fingerprint,
            PLAIN(render));
    if (finding->suppressed_by != NULL)
        fprintf(render->out, "  suppressed, because %s",
                finding->suppressed_reason);
    else if (finding->known)
        fprintf(render->out, "  in the baseline");
    fputc('\n', render->out);
}

static void print_hints(const struct render *render)
{
    const struct findings *findings = render->findings;
    size_t i, told = 0;

    for (i = 0; i < findings->finding_count; i++) {
        const struct finding *finding = &findings->finding[i];

        if (finding_fails(finding, render->fail_on))
            continue;
        if (told++ == 0)
            fprintf(render->out, "\nhints, which fail nothing (--fail-on and "
                                 "a grade to see one in full):\n");
        print_hint(render, finding);
    }
}

/* ---- exceptions ---------------------------------------------------------- */

static void print_verdict(const struct render *render,
                          const struct raw_exception *exception)
{
    if (exception->verdict == LV_PROVED) {
        fprintf(render->out, "      holds: no reader that waits can be waited "
                             "for by this writer\n");
    } else if (exception->verdict == LV_UNNEEDED) {
        fprintf(render->out, "      the annotated write would do: these close "
                             "no cycle\n");
    } else {
        fprintf(render->out,
                "      fails: %s holds %s, which the writer can wait for, and "
                "waits for %s%s at\n",
                exception->reader_thread, exception->reader_lock,
                exception->lock,
                exception->reader_loops ? ", in a loop of single reads," : "");
        print_stack(render, exception->reader);
    }
}

/* "a → b, c": the dependencies out of one lock in one line. */
static void print_suppressed(const struct render *render,
                             const struct raw_exception *exception)
{
    const char *last = NULL;
    size_t i;

    for (i = 0; i < exception->suppressed_count; i++) {
        const char *from = exception->suppressed[i][0];

        if (last != NULL && strcmp(last, from) == 0)
            fprintf(render->out, ", %s", exception->suppressed[i][1]);
        else
            fprintf(render->out, "%s%s → %s",
                    last == NULL ? "      suppresses  "
                                 : "\n                  ",
                    from, exception->suppressed[i][1]);
        last = from;
    }
    if (last != NULL)
        fputc('\n', render->out);
}

void text_exception(const struct render *render,
                    const struct raw_exception *exception)
{
    size_t i, j;

    fprintf(render->out, "\n  %s%s%s: raw write of %s at\n",
            exception->verdict == LV_REFUTED ? RED(render) : BOLD(render),
            findings_verdict(exception->verdict), PLAIN(render),
            exception->lock);
    print_stack(render, exception->site);
    print_suppressed(render, exception);
    for (i = 0; i < exception->cycle_count; i++) {
        const struct raw_cycle *cycle = &exception->cycle[i];

        fprintf(render->out, "      %s",
                i == 0 ? "would close " : "            ");
        for (j = 0; j < cycle->count; j++)
            fprintf(render->out, "%s → ", cycle->lock[j]);
        fprintf(render->out, "%s\n", cycle->lock[0]);
    }
    print_verdict(render, exception);
    if (exception->circle != NULL && exception->circle->confirmation != NULL) {
        columns_print(render->out, exception->circle);
        print_confirmation(render, exception->circle);
    }
    if (exception->fingerprint[0] != '\0')
        fprintf(render->out, "      fingerprint %s\n", exception->fingerprint);
    if (exception->suppressed_by != NULL)
        fprintf(render->out, "      suppressed, because %s\n",
                exception->suppressed_reason);
}

static void print_exceptions(const struct render *render)
{
    const struct findings *findings = render->findings;
    size_t i;

    if (findings->exception_count == 0)
        return;
    fprintf(render->out,
            "\n%sexceptions%s: sequence-count writes outside the "
            "order\n",
            BOLD(render), PLAIN(render));
    for (i = 0; i < findings->exception_count; i++)
        text_exception(render, &findings->exception[i]);
}

/* ---- the end ------------------------------------------------------------- */

static void print_count(const struct render *render, uint64_t count,
                        const char *one, const char *many, const char *end)
{
    fprintf(render->out, "%" PRIu64 " %s%s", count, count == 1 ? one : many,
            end);
}

static void print_summary(const struct render *render)
{
    const struct findings *findings = render->findings;
    const struct finding_totals *totals = &findings->totals;
    size_t failing = findings_failing(findings, render->fail_on);

    if (findings->incomplete)
        fprintf(render->out, "\nThere are more cycles than were searched for; "
                             "the shortest are above.\n");
    if (findings_rebuilt(findings))
        fprintf(render->out, "\nSome modules were rebuilt since the run: their "
                             "names are missing. Run again.\n");
    fprintf(render->out, "\n%slockval%s: ", BOLD(render), PLAIN(render));
    if (failing == 0)
        fprintf(render->out, "nothing found that fails · ");
    else
        print_count(render, failing, "finding fails", "findings fail", " · ");
    print_count(render, totals->processes, "process", "processes", ", ");
    print_count(render, totals->threads, "thread", "threads", ", ");
    print_count(render, totals->acquisitions, "acquisition", "acquisitions",
                ", ");
    print_count(render, totals->instances, "lock", "locks", ", ");
    print_count(render, totals->classes, "class", "classes", ", ");
    print_count(render, totals->dependencies, "dependency", "dependencies", "");
    if (totals->lost > 0)
        fprintf(render->out, ", %s%" PRIu64 " events lost%s", RED(render),
                totals->lost, PLAIN(render));
    fprintf(render->out, "\n");
}

void render_waits(const struct render *render)
{
    const struct findings *findings = render->findings;
    size_t i, j;

    for (i = 0; i < findings->finding_count; i++)
        for (j = 0; j < findings->finding[i].step_count; j++)
            if (is_stuck(&findings->finding[i]))
                print_wait(render, &findings->finding[i].step[j], j + 1);
    fputc('\n', render->out);
}

void render_text(const struct render *render)
{
    const struct findings *findings = render->findings;
    size_t i;

    for (i = 0; i < findings->finding_count; i++)
        if (finding_fails(&findings->finding[i], render->fail_on))
            text_finding(render, &findings->finding[i]);
    print_exceptions(render);
    print_hints(render);
    print_summary(render);
}
