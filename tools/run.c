/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c: `lockval run`: check a program while it runs, then report.
 *
 * Everything that can be known to fail is said before the program runs. */
#include "run.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "baseline.h"
#include "child.h"
#include "confirm.h"
#include "confirmed.h"
#include "cross.h"
#include "hang.h"
#include "judge.h"
#include "lost.h"
#include "preload.h"
#include "program.h"
#include "refused.h"
#include "report.h"
#include "rounds.h"
#include "suppress.h"
#include "told.h"

static const char *const keys[] = {"record",
                                   "fail-on",
                                   "format",
                                   "children",
                                   "no-children",
                                   "max-stack",
                                   "on-deadlock",
                                   "watchdog",
                                   "require-locks",
                                   "output",
                                   "rules",
                                   "profile",
                                   "test",
                                   "baseline",
                                   "help",
                                   "suppressions",
                                   "gen-suppressions",
                                   "default-suppressions",
                                   "no-default-suppressions",
                                   "steer",
                                   "run",
                                   "seed",
                                   "perturb",
                                   "confirm",
                                   "no-confirm",
                                   "attempts",
                                   "timeout",
                                   NULL};

static const char help[] =
    "lockval run [options] -- PROGRAM ARGUMENTS…: check a program's lock "
    "order\n"
    "\n"
    "  --record DIR     keep records in DIR; lockval.d by default. The "
    "default\n"
    "                   one is emptied of its records first; one that you "
    "name\n"
    "                   is added to, so that many tests can share it. The\n"
    "                   report is about this run alone. %p: this process's id\n"
    "  --fail-on LIST   what makes the status 66, of: deadlock, inversion,\n"
    "                   class, class-inferred, guarded, ordered,\n"
    "                   single-thread, misuse, rule, refuted, confirmed, all,\n"
    "                   none. (confirmed: by lockval confirm or --confirm.)\n"
    "                   Default: deadlock,inversion,class,misuse,rule,refuted\n"
    "  --format FORM    text (default), json, html, sarif, junit, github,\n"
    "                   gitlab, dot or tsan\n"
    "  -o FILE          write the report to FILE, not to standard error\n"
    "  --no-children    check this process alone\n"
    "  --on-deadlock X  what a program does that deadlocks: report (it hangs, "
    "and\n"
    "                   is ended here), abort or exit\n"
    "  --watchdog N     tell who waits for what when nothing in a process has\n"
    "                   moved for N seconds; 0, the default: do not look\n"
    "  --max-stack N    frames kept of each stack, 64 by default\n"
    "  --test NAME      what this run is called in a database (lockval "
    "merge);\n"
    "                   else it is the program with its arguments\n"
    "  --baseline DB    what is found and is in this database, with the same\n"
    "                   grade or a worse one, is known and does not fail\n"
    "  --require-locks  a run that takes no lock is a failure\n"
    "  --rules FILE     rules for operations, besides the program's own\n"
    "  --profile NAME   the profile of rules that holds; `current` unless the\n"
    "                   program chose one\n"
    "  --suppressions FILE  findings that are known, and why they do not fail\n"
    "  --no-default-suppressions  not those that lockval ships\n"
    "  --gen-suppressions FILE  write an entry for each finding that fails\n"
    "  --confirm        try to bring about what was found, in reruns of the\n"
    "                   program with its threads held back (lockval confirm)\n"
    "  --attempts N     reruns for each finding, at most; 5 by default\n"
    "  --timeout N      seconds that a rerun may take\n"
    "  --perturb N      run again with small delays at locks, until N rounds\n"
    "                   in a row add nothing\n"
    "\n"
    "The same keys serve in LOCKVAL_OPTIONS=\"key=value:…\" and, as lines\n"
    "\"key = value\", in lockval.conf; flags win, then the environment.\n"
    "\n"
    "Status: the program's own where it is not 0 (128 + number for a signal);\n"
    "else 66 if findings fail the run; 99 where the validator failed, lost an\n"
    "event, or could not be loaded; else 0.\n";

/* ---- before -------------------------------------------------------------- */

/* Absolute, since the program may change its directory; "%p" is our pid. */
static bool place_record(struct settings *settings, struct tool_arena *arena)
{
    char *path = settings->options.record, *mark = strstr(path, "%p");
    char here[PATH_MAX];
    const char *full = path;

    if (mark != NULL)
        full = tool_print(arena, "%.*s%d%s", (int)(mark - path), path,
                          (int)getpid(), mark + 2);
    if (full[0] != '/') {
        if (getcwd(here, sizeof(here)) == NULL) {
            tool_error("the working directory is gone: %s", strerror(errno));
            return false;
        }
        full = tool_print(arena, "%s/%s", here, full);
    }
    if (strlen(full) >= LV_OPTION_PATH) {
        tool_error("the record directory's path is too long");
        return false;
    }
    memmove(path, full, strlen(full) + 1);
    return true;
}

/* LD_PRELOAD is split at blanks and colons, and has no way to protect them. */
static bool set_preload(struct tool_arena *arena)
{
    const char *library = preload_find(arena), *old = getenv("LD_PRELOAD");

    if (library == NULL)
        return false;
    if (strpbrk(library, " :") != NULL) {
        tool_error("%s: the dynamic linker cannot preload from a path with "
                   "blanks or colons; move it",
                   library);
        return false;
    }
    if (old != NULL && old[0] != '\0')
        library = tool_print(arena, "%s:%s", library, old);
    return setenv("LD_PRELOAD", library, 1) == 0;
}

/* Programs built with AddressSanitizer end where its library is not the first:
 * ours, which is, leaves to it what it wants to be first for. What the user
 * says of it comes later, and wins. */
static bool set_order(struct tool_arena *arena)
{
    const char *old = getenv("ASAN_OPTIONS");

    return setenv("ASAN_OPTIONS",
                  tool_print(arena, "verify_asan_link_order=0%s%s",
                             old == NULL ? "" : ":", old == NULL ? "" : old),
                  1) == 0;
}

static bool set_environment(struct settings *settings, struct tool_arena *arena)
{
    char text[4 * LV_OPTION_PATH];
    struct lv_options options = settings->options;

    options.quiet = true;    /* the report follows */
    options.rules[0] = '\0'; /* judged here, after the run */
    options.suppressions[0] = '\0';
    options.baseline[0] = '\0';
    if (lv_options_render(&options, text, sizeof(text)) == 0 ||
        setenv("LOCKVAL_OPTIONS", text, 1) != 0) {
        tool_error("the options are too long for the environment");
        return false;
    }
    return set_order(arena) && set_preload(arena);
}

/* ---- after --------------------------------------------------------------- */

static int child_status(const char *program, int status)
{
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    tool_error(
        "%s was ended by signal %d, %s%s; what follows is about what ran "
        "before that",
        program, WTERMSIG(status), strsignal(WTERMSIG(status)),
        WCOREDUMP(status) ? " (core dumped)" : "");
    return 128 + WTERMSIG(status);
}

/* Was the library in what the process ended as? What it was before an exec
 * does not count. */
static bool was_alive(const struct model *model, pid_t pid)
{
    size_t i;

    for (i = 0; i < model->process_count; i++)
        if (model->process[i].pid == (uint32_t)pid &&
            model->process[i].state != LV_STATE_EXECED)
            return true;
    return false;
}

/* What makes the result less than it seems; false: a failure of ours. */
static bool judge(const struct findings *findings,
                  const struct settings *settings)
{
    bool good = lost_none(findings) && findings->model->damaged == 0;

    if (findings->totals.acquisitions > 0)
        return good;
    if (settings->options.require_locks) {
        tool_error("no lock was taken, and --require-locks was given");
        return false;
    }
    if (findings->finding_count == 0)
        tool_note("no lock was taken that can be seen: nothing was checked");
    return good;
}

/* 0, 66 or 99 for what was recorded. */
static int conclude(struct model *model, const struct settings *settings,
                    char **argv)
{
    struct findings *findings;
    struct suppress_list list;
    struct rule_set rules;
    bool good, rules_good;
    size_t failing;

    model_learn(model);
    rules_good = judge_load(&rules, model, settings->options.rules,
                            settings->options.profile);
    model->rule_set = &rules;
    findings = findings_new(model);
    rules_good =
        suppress_settings(&list, findings, settings, true) && rules_good;
    cross_families(findings);
    if (settings->options.baseline[0] != '\0')
        rules_good =
            baseline_mark(findings, settings->options.baseline) && rules_good;
    told_name(findings);
    confirmed_tell(settings->options.record, findings);
    if (settings->options.confirm &&
        !confirm_findings(findings, settings, false, settings->options.record,
                          argv))
        rules_good = false;
    failing = findings_failing(findings, settings->options.fail_on);
    good = report_write(findings, settings, stderr);
    good = judge(findings, settings) && good && rules_good;
    findings_free(findings);
    suppress_file_free(&list);
    rules_free(&rules);
    if (failing > 0)
        return TOOL_FINDINGS;
    return good ? TOOL_OK : TOOL_FAILED;
}

/* Several runs may record in one directory at a time. What cannot be read is
 * not another's: the reader tells why. But one that has no header yet is being
 * made, and not by this run, which is over. */
static bool is_anothers(const struct settings *settings, const char *name)
{
    struct tool_arena arena = {0};
    struct record record;
    bool other;

    if (record_open(&record, tool_print(&arena, "%s/%s",
                                        settings->options.record, name)))
        other = strcmp(record.header.run, settings->options.run) != 0;
    else
        other = record.unbegun;
    record_close(&record);
    tool_arena_free(&arena);
    return other;
}

/* The records of other runs count as seen before; with --no-children those of
 * other processes as well. */
static void skip_others(struct directory_list *before,
                        const struct settings *settings, pid_t pid)
{
    struct directory_list now = {0};
    char mark[24];
    size_t i;

    snprintf(mark, sizeof(mark), ".%d.", (int)pid);
    directory_read(&now, settings->options.record);
    for (i = 0; i < now.count; i++)
        if ((!settings->options.children &&
             strstr(now.name[i], mark) == NULL) ||
            (!directory_has(before, now.name[i]) &&
             is_anothers(settings, now.name[i])))
            directory_add(before, now.name[i]);
    directory_free(&now);
}

/* No two runs have one name, on this machine or another. */
static void name_run(struct settings *settings)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(settings->options.run, sizeof(settings->options.run),
             "%d-%llx%08lx", (int)getpid(), (unsigned long long)now.tv_sec,
             (unsigned long)now.tv_nsec);
}

static int look(const struct settings *settings, char **argv, pid_t pid,
                struct directory_list *before)
{
    struct model model;
    int status = TOOL_FAILED;

    skip_others(before, settings, pid);
    model_start(&model);
    model_read(&model, settings->options.record, before);
    if (!was_alive(&model, pid)) {
        refused_write(settings, argv, pid);
        tool_error(
            "%s: libvalidator.so did not come to life in it, so nothing was "
            "checked%s",
            argv[0],
            model.damaged > 0
                ? ""
                : "; is it static, privileged, or does it clear its "
                  "environment before it starts another program?");
    }
    if (model.process_count > 0) {
        bool alive = was_alive(&model, pid);

        status = conclude(&model, settings, argv);
        if (!alive && status == TOOL_OK)
            status = TOOL_FAILED;
    }
    model_free(&model);
    return status;
}

/* ---- all of it ----------------------------------------------------------- */

static int run(struct settings *settings, char **argv, struct tool_arena *arena)
{
    struct directory_list before = {0};
    struct hang hang = {.directory = settings->options.record,
                        .before = &before,
                        .options = &settings->options};
    const char *path = program_find(arena, argv[0]);
    int wait, own, status;
    pid_t pid;

    if (settings->options.run[0] == '\0')
        name_run(settings);
    if (!place_record(settings, arena) ||
        !directory_prepare(settings->options.record))
        return TOOL_FAILED;
    if (!settings->record_given)
        directory_clean(settings->options.record);
    if (path == NULL || !set_environment(settings, arena)) {
        refused_write(settings, argv, getpid());
        return TOOL_FAILED;
    }
    directory_read(&before, settings->options.record);
    wait = child_run(path, argv, &pid, hang_look, &hang);
    hang_write(&hang);
    hang_free(&hang);
    if (wait == -1) {
        directory_free(&before);
        return TOOL_FAILED;
    }
    unsetenv("LD_PRELOAD"); /* for whatever we may start */
    status = hang_ended(&hang, pid) ? 0 : child_status(argv[0], wait);
    if (settings->options.perturb > 0 && !rounds_run(settings, argv))
        status = TOOL_FAILED;
    own = look(settings, argv, pid, &before);
    directory_free(&before);
    if (own == TOOL_OK && hang.stood_still)
        own = TOOL_FINDINGS;
    return status != 0 ? status : own;
}

int run_command(int argc, char **argv)
{
    struct settings settings;
    enum settings_found found;
    struct tool_arena arena = {0};
    int at = 0, status;

    found = settings_read(&settings, argc, argv, &at, true, keys, help);
    if (found != SETTINGS_READ)
        return settings_status(found);
    if (at == argc) {
        tool_error("run what? lockval run [options] -- PROGRAM ARGUMENTS…");
        return TOOL_FAILED;
    }
    status = run(&settings, argv + at, &arena);
    tool_arena_free(&arena);
    return status;
}
