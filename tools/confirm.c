/* SPDX-License-Identifier: BSD-2-Clause */
/* confirm.c: see confirm.h. */
#include "confirm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confirmed.h"
#include "cycle.h"
#include "directory.h"
#include "input.h"
#include "plan.h"
#include "report.h"
#include "rerun.h"
#include "told.h"

/* Threads are held back longer with each attempt; and others of those that come
 * to a step, in another order: from the third one on, small delays at all locks
 * change who comes first; and of each five the first two name callers as well,
 * and the last two take all of a function for the place in it. What is so short
 * that delays let it pass by itself has its best chance in the first attempt:
 * each fifth is that again. */
enum {
    TACTICS = 5,
    FIRST_WAIT_MS = 500,
    LONGEST_WAIT_MS = 5000,
    FIRST_SEED = 2,
    SPARE_SECONDS = 30
};

struct trial {
    struct findings *findings;
    struct finding *finding;
    const struct settings *settings;
    char **argv;
    unsigned limit; /* seconds an attempt may take */
    char *directory;
    /* Summed over the attempts. */
    struct lv_rec_steer seen;
    const char *guard;
    const char *writers; /* behind whom readers waited, or NULL */
    bool late;           /* some attempt ran into its limit */
};

/* ---- what a rerun showed ------------------------------------------------- */

static bool is_event(uint32_t how)
{
    return (how & LV_HOW_EVENT) == LV_HOW_EVENT;
}

/* Is the one wait the other? What is waited for besides locks has other names
 * when it happens; and a signal may be waited for by what takes a lock again
 * in the end. */
static bool is_wait(const struct finding_step *shown,
                    const struct finding_step *wanted)
{
    const struct symbol_frame *here = name_own_frame(shown->wanted_at);
    const struct symbol_frame *there = name_own_frame(wanted->wanted_at);

    if (here == NULL || there == NULL ||
        strcmp(here->function, there->function) != 0)
        return false;
    if (is_event(shown->wanted_how))
        return wanted->to_event != NULL || here->offset == there->offset;
    return wanted->to_event == NULL && strcmp(shown->to, wanted->to) == 0;
}

static bool has_wait(const struct finding *shown,
                     const struct finding_step *wanted)
{
    size_t i;

    for (i = 0; i < shown->step_count; i++)
        if (is_wait(&shown->step[i], wanted))
            return true;
    return false;
}

/* The same; or one in which each wait of the circle is. Besides it others may
 * be stuck; and a handler that waits for what it interrupted is a thread that
 * waits for itself: the interruption is no wait. */
static bool shows(const struct finding *shown, const struct finding *wanted)
{
    size_t i, waits = 0;

    if (shown->grade == NULL || strcmp(shown->grade, "deadlock") != 0)
        return false;
    if (strcmp(shown->fingerprint, wanted->fingerprint) == 0)
        return true;
    for (i = 0; i < wanted->step_count; i++) {
        const struct finding_step *step = &wanted->step[i];

        if (step->wanted_how & (LV_HOW_CONTEXT | LV_HOW_PSEUDO))
            continue;
        waits++;
        if (!has_wait(shown, step))
            return false;
    }
    return waits > 0;
}

static void add_up(struct trial *trial, struct findings *shown)
{
    const struct model *model = shown->model;
    uint32_t i;

    trial->seen.count = model->steer.count;
    trial->seen.met += model->steer.met;
    trial->seen.proved += model->steer.proved;
    trial->seen.finished += model->steer.finished;
    trial->seen.writerless += model->steer.writerless;
    for (i = 0; i < LV_STEER_STEPS; i++) {
        trial->seen.step[i].arrived += model->steer.step[i].arrived;
        trial->seen.step[i].parked += model->steer.step[i].parked;
    }
    if (model->steer.guard != 0)
        trial->guard =
            tool_print(&trial->findings->arena, "%s",
                       names_class(shown->names, model->steer.guard)->text);
}

/* As it happened; the prediction's identity and history stay. */
static void replace(struct trial *trial, struct findings *shown,
                    const struct finding *as)
{
    findings_happened(trial->finding, as);
    shown->shown = trial->findings->shown;
    trial->findings->shown = shown;
}

/* ---- who met --------------------------------------------------------------
 */

static bool of_many(const struct model *model)
{
    size_t i;

    for (i = 1; i < model->process_count; i++)
        if (model->process[i].pid != model->process[0].pid)
            return true;
    return false;
}

static const char *who(struct trial *trial, struct findings *shown,
                       const struct model_met *met, uint32_t thread)
{
    const char *name = of_many(shown->model)
                           ? cycle_thread_of_many(shown, met->family, thread)
                           : cycle_thread(shown, met->family, thread);

    return tool_print(&trial->findings->arena, "%s", name);
}

/* The step of the finding that is this one of its plan. */
static bool is_planned(const struct finding_step *step,
                       const struct finding_step *planned)
{
    return step->held_at == planned->held_at ||
           step->wanted_at == planned->wanted_at;
}

/* The places are the predicted ones; who stood there is told by each process
 * for itself. */
static void tell_who_met(struct trial *trial, struct findings *shown)
{
    struct finding *finding = trial->finding;
    struct tool_arena *arena = &trial->findings->arena;
    struct finding_step planned[LV_STEER_STEPS], *step;
    size_t i, k, count = plan_steps(finding, planned);

    step = tool_take(arena, finding->step_count * sizeof(*step));
    memcpy(step, finding->step, finding->step_count * sizeof(*step));
    trial->writers = NULL;
    for (k = 0; k < count; k++) {
        const struct model_met *met = &shown->model->met[k];

        for (i = 0; i < finding->step_count && met->thread != 0; i++)
            if (is_planned(&finding->step[i], &planned[k]))
                step[i].thread = who(trial, shown, met, met->thread);
        if (met->writer != 0)
            trial->writers = tool_print(
                arena, "%s%s%s", trial->writers == NULL ? "" : trial->writers,
                trial->writers == NULL ? "" : " and ",
                who(trial, shown, met, met->writer));
    }
    if (finding->misuse == LV_MISUSE_READ_TWICE)
        finding->holder = step->thread; /* its first read as well */
    finding->step = step;
}

/* True: the deadlock was there, and is in the finding's place. Of several
 * processes each knows its own part alone, and a writer behind whom readers
 * wait is in no step: there the predicted places stay, at which they met. */
static bool look(struct trial *trial)
{
    struct model *model = calloc(1, sizeof(*model));
    struct findings *shown;
    size_t i;

    if (model == NULL)
        tool_out_of_memory();
    model_start(model);
    model_read(model, trial->directory, NULL);
    model_learn(model);
    shown = findings_new(model);
    shown->owns_model = true;
    add_up(trial, shown);
    for (i = 0; i < shown->finding_count; i++)
        if (shows(&shown->finding[i], trial->finding)) {
            replace(trial, shown, &shown->finding[i]);
            return true;
        }
    if (trial->seen.proved > 0)
        tell_who_met(trial, shown);
    findings_free(shown);
    return trial->seen.proved > 0;
}

/* ---- attempts ------------------------------------------------------------ */

static struct plan_tactics tactics_of(unsigned attempt)
{
    unsigned wait_ms = FIRST_WAIT_MS << (attempt < 5 ? attempt : 5);

    return (struct plan_tactics){
        .wait_ms = wait_ms < LONGEST_WAIT_MS ? wait_ms : LONGEST_WAIT_MS,
        .skip = attempt / 3,
        .displace = attempt % 2 == 1,
        .paths = attempt % TACTICS < 2,
        .wide = attempt % TACTICS >= 3,
    };
}

static bool make_plan(const struct trial *trial, const char *path,
                      unsigned attempt)
{
    struct plan_tactics tactics = tactics_of(attempt);
    FILE *out = fopen(path, "we");
    bool good;

    if (out == NULL)
        return false;
    good = plan_write(trial->findings, trial->finding, &tactics, out);
    return fclose(out) == 0 && good;
}

static void empty(const char *directory)
{
    struct tool_arena arena = {0};

    directory_clean(directory);
    unlink(tool_print(&arena, "%s/report.json", directory));
    unlink(tool_print(&arena, "%s/plan.meet", directory));
    tool_arena_free(&arena);
}

/* 1: shown, 0: not shown, -1: could not be tried, which was told. */
static int attempt(struct trial *trial, unsigned number)
{
    struct tool_arena arena = {0};
    const char *plan = tool_print(&arena, "%s/plan", trial->directory);
    unsigned tactic = number % TACTICS == 0 ? 0 : number;
    bool steered = make_plan(trial, plan, tactic);
    struct rerun again = {
        .record = trial->directory,
        .steer = steered ? plan : NULL,
        .seed = tactic >= FIRST_SEED ? tactic : 0,
        .limit = trial->limit,
        .argv = trial->argv,
    };
    enum rerun_end end;

    tool_progress("confirming, attempt", number + 1,
                  trial->settings->options.attempts);
    empty(trial->directory);
    end = rerun(&again);
    unlink(plan);
    tool_arena_free(&arena);
    if (end == RERUN_FAILED)
        return -1;
    if (end == RERUN_LATE)
        trial->late = true;
    return look(trial);
}

/* ---- why not ------------------------------------------------------------- */

static const char *place_of(struct trial *trial,
                            const struct symbol_stack *stack)
{
    const struct symbol_frame *frame = name_own_frame(stack);

    return frame == NULL ? "one of its places"
                         : name_function(&trial->findings->arena, frame);
}

static const char *why_not(struct trial *trial)
{
    struct tool_arena *arena = &trial->findings->arena;
    struct finding_step step[LV_STEER_STEPS];
    size_t i, count = plan_steps(trial->finding, step);
    const char *obstacle = plan_obstacle(arena, trial->finding);

    if (obstacle != NULL)
        return obstacle;
    if (trial->seen.count == 0)
        return "the program did not come so far that it could be steered";
    for (i = 0; i < count; i++)
        if (trial->seen.step[i].arrived == 0)
            return tool_print(arena, "%s was not reached with %s held",
                              place_of(trial, step[i].wanted_at), step[i].from);
    if (trial->guard != NULL)
        return tool_print(arena,
                          "%s, which one of them holds, keeps the other "
                          "away",
                          trial->guard);
    if (trial->seen.writerless > 0)
        return "the threads stood where they had to, but no writer came then, "
               "behind whom they would have waited";
    if (trial->seen.met > 0)
        return "the threads stood where they had to, and went on: a lock "
               "answered with an error, or something gave way";
    if (trial->late)
        return "the program took longer than its limit (--timeout)";
    if (trial->seen.finished > 0)
        return "when one thread came there, the one it was to meet had "
               "finished";
    return "the threads were never there at the same time with these locks in "
           "hand";
}

/* ---- all of it ----------------------------------------------------------- */

/* A circle, or a thread that waits for itself; all else is what it is. */
static bool can_hang(const struct finding *finding)
{
    return finding->grade != NULL &&
           (finding->misuse == 0 ||
            finding->misuse == LV_MISUSE_SELF_DEADLOCK ||
            finding->misuse == LV_MISUSE_READ_TWICE);
}

static const char *how(struct trial *trial)
{
    if (trial->writers == NULL)
        return "it hung in a rerun";
    return tool_print(&trial->findings->arena,
                      "it hung in a rerun, where %s came between to write",
                      trial->writers);
}

static bool confirm(struct trial *trial)
{
    struct finding *finding = trial->finding;
    const struct finding *predicted = finding->predicted;
    unsigned i, attempts = trial->settings->options.attempts;
    int result = 0;

    if (predicted != NULL)
        *finding = *predicted;
    for (i = 0; i < attempts && result == 0; i++)
        result = attempt(trial, i);
    tool_progress_done();
    if (result < 0)
        return false;
    finding->attempts = i;
    finding->confirmation = result > 0 ? "confirmed" : "not confirmed";
    finding->confirmation_reason = result > 0 ? how(trial) : why_not(trial);
    return true;
}

/* Twice as long as the recorded run took, as far as its files tell, and some
 * seconds more. */
static unsigned limit_of(const struct findings *findings,
                         const struct settings *settings)
{
    uint64_t longest = 0;
    size_t i;

    if (settings->options.timeout != 0)
        return settings->options.timeout;
    for (i = 0; findings->model != NULL && i < findings->model->process_count;
         i++) {
        const struct model_process *process = &findings->model->process[i];
        struct stat about;
        uint64_t end;

        if (process->start_ns == 0 || stat(process->record, &about) != 0)
            continue;
        end = (uint64_t)about.st_mtim.tv_sec * 1000000000;
        if (end > process->start_ns && end - process->start_ns > longest)
            longest = end - process->start_ns;
    }
    return (unsigned)(2 * (longest / 1000000000)) + SPARE_SECONDS;
}

/* What fails, and has not happened yet. Where nothing fails but what is
 * confirmed, inversions and classes are what may be. */
static bool is_asked(const struct finding *finding,
                     const struct settings *settings)
{
    unsigned fail_on = settings->options.fail_on;

    if (fail_on & LV_FAIL_CONFIRMED)
        fail_on |= LV_FAIL_INVERSION | LV_FAIL_CLASS;
    return can_hang(finding) && !finding_is_confirmed(finding) &&
           strcmp(finding->kind, "deadlock") != 0 &&
           (finding->fail & fail_on) != 0 && finding->suppressed_by == NULL &&
           !finding->known;
}

/* The same of a raw write that a reader refutes. */
static bool is_doubted(const struct raw_exception *exception,
                       const struct settings *settings)
{
    unsigned fail_on = settings->options.fail_on;

    if (fail_on & LV_FAIL_CONFIRMED)
        fail_on |= LV_FAIL_REFUTED;
    return !exception_is_confirmed(exception) &&
           exception_fails(exception, fail_on);
}

static bool try_one(struct trial *trial, struct finding *finding,
                    const char *path)
{
    memset(&trial->seen, 0, sizeof(trial->seen));
    trial->guard = NULL;
    trial->writers = NULL;
    trial->late = false;
    trial->finding = finding;
    return confirm(trial) && confirmed_keep(path, finding);
}

static bool try_all(struct trial *trial, bool all, const char *path)
{
    struct findings *findings = trial->findings;
    size_t i;

    for (i = 0; i < findings->finding_count; i++)
        if ((all || is_asked(&findings->finding[i], trial->settings)) &&
            !try_one(trial, &findings->finding[i], path))
            return false;
    for (i = 0; i < findings->exception_count; i++) {
        const struct raw_exception *exception = &findings->exception[i];

        if (exception->circle != NULL &&
            (all || is_doubted(exception, trial->settings)) &&
            !try_one(trial, exception->circle, path))
            return false;
    }
    return true;
}

bool confirm_findings(struct findings *findings,
                      const struct settings *settings, bool all,
                      const char *path, char **argv)
{
    const char *base = getenv("TMPDIR");
    struct trial trial = {.findings = findings,
                          .settings = settings,
                          .argv = argv,
                          .limit = limit_of(findings, settings)};
    bool good;

    trial.directory = tool_print(&findings->arena, "%s/lockval-confirm-XXXXXX",
                                 base == NULL ? "/tmp" : base);
    if (mkdtemp(trial.directory) == NULL) {
        tool_error("%s: %s", trial.directory, strerror(errno));
        return false;
    }
    good = try_all(&trial, all, path);
    empty(trial.directory);
    rmdir(trial.directory);
    return good;
}

/* ---- lockval confirm ----------------------------------------------------- */

static const char *const keys[] = {"attempts", "timeout", "format",
                                   "output",   "help",    NULL};

static const char help[] =
    "lockval confirm [options] PATH FINGERPRINT -- PROGRAM ARGUMENTS…\n"
    "run the program again, with its threads held back where the finding says\n"
    "that they can meet, and tell whether they deadlock\n"
    "\n"
    "PATH is a record, a directory of records or a database; FINGERPRINT, or\n"
    "its first digits, is of one of its findings, or of a raw write that was\n"
    "refuted. The program may have been built again: its functions are then\n"
    "found by name.\n"
    "\n"
    "  --attempts N   reruns at most, with longer waits each time (5)\n"
    "  --timeout N    seconds a rerun may take; by default twice as long as\n"
    "                 what was recorded, and 30 more\n"
    "  --format FORM  of the report: text (default), json, …\n"
    "  -o FILE        write the report to FILE, not to standard output\n"
    "\n"
    "Status: 66 where it is confirmed, 0 where it is not, 99 where that could\n"
    "not be tried. Not confirmed does not mean that it cannot happen.\n";

/* Of all that is told, what the digits begin, if that is one alone; NULL: told.
 */
static const struct told *find(const struct told *list, size_t count,
                               const char *digits)
{
    const struct told *found = NULL;
    size_t i, size = strlen(digits);

    for (i = 0; i < count; i++) {
        const char *print = list[i].finding->fingerprint;

        if (strncmp(print, digits, size) != 0)
            continue;
        if (found != NULL && strcmp(found->finding->fingerprint, print) != 0) {
            tool_error("%s begins several fingerprints, %s and %s: give more "
                       "of it",
                       digits, found->finding->fingerprint, print);
            return NULL;
        }
        if (found == NULL)
            found = &list[i];
    }
    if (found == NULL)
        tool_error("there is no finding %s there; `lockval report` lists them",
                   digits);
    return found;
}

/* Is there a circle to steer into? False: told. */
static bool can_try(const struct told *told)
{
    if (told->exception != NULL && told->exception->circle == NULL)
        tool_error("no circle of this raw write and its reader was seen: there "
                   "is nothing to confirm");
    else if (told->exception == NULL && !can_hang(told->finding))
        tool_error("%s is no circle of waits: it happened, and there is "
                   "nothing to confirm",
                   told->finding->kind);
    else
        return true;
    return false;
}

static void keep(struct findings *findings, const struct told *told)
{
    findings->finding_count = told->exception == NULL;
    findings->exception_count = told->exception != NULL;
    if (told->exception == NULL)
        findings->finding[0] = *told->finding;
    else
        findings->exception[0] = *told->exception;
}

static int conclude(struct findings *findings, const struct settings *settings,
                    const char *path, const char *digits, char **argv)
{
    size_t count;
    const struct told *list = told_list(findings, &findings->arena, &count);
    const struct told *told = find(list, count, digits);
    bool confirmed;

    if (told == NULL || !can_try(told))
        return TOOL_FAILED;
    keep(findings, told);
    if (!confirm_findings(findings, settings, true, path, argv) ||
        !report_write(findings, settings, stdout))
        return TOOL_FAILED;
    confirmed = findings->exception_count > 0
                    ? exception_is_confirmed(&findings->exception[0])
                    : finding_is_confirmed(&findings->finding[0]);
    return confirmed ? TOOL_FINDINGS : TOOL_OK;
}

static int confirm_path(const struct settings *settings, char *path,
                        const char *digits, char **argv)
{
    struct input input;
    int status = TOOL_FAILED;

    input_open(&input, settings, 1, &path);
    if (input.findings != NULL && input.good)
        status = conclude(input.findings, settings, path, digits, argv);
    input_close(&input);
    return status;
}

int confirm_command(int argc, char **argv)
{
    struct settings settings;
    enum settings_found found;
    int count = 0, split = 0;

    while (split < argc && strcmp(argv[split], "--") != 0)
        split++;
    found = settings_read(&settings, split, argv, &count, false, keys, help);
    if (found != SETTINGS_READ)
        return settings_status(found);
    if (count != 2 || split + 1 >= argc) {
        tool_error("confirm what? lockval confirm PATH FINGERPRINT -- PROGRAM "
                   "ARGUMENTS…");
        return TOOL_FAILED;
    }
    settings.options.fail_on = ~0u;
    return confirm_path(&settings, argv[0], argv[1], argv + split + 1);
}
