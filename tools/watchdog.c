/* SPDX-License-Identifier: BSD-2-Clause */
/* watchdog.c: see watchdog.h. What is told goes the way of all findings: it is
 * added to a copy of the record, which is then rendered. */
#include "watchdog.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "findings.h"
#include "record_append.h"
#include "render.h"
#include "tasks.h"
#include "verdict.h"

static time_t now(void)
{
    struct timespec time = {0};

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

bool watchdog_barks(struct watchdog *watchdog, pid_t pid,
                    const struct waits *waits, unsigned seconds)
{
    time_t at = now();
    uint64_t stillness;

    if (waits->count == 0 || watchdog->looked == at)
        return false;
    watchdog->looked = at;
    stillness = tasks_stillness(pid, waits);
    if (stillness == 0 || stillness != watchdog->stillness) {
        watchdog->stillness = stillness;
        watchdog->since = at;
        watchdog->told = false;
        return false;
    }
    if (watchdog->told || at - watchdog->since < (time_t)seconds)
        return false;
    watchdog->told = true;
    return true;
}

static bool copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "re"), *out = in == NULL ? NULL : fopen(to, "wxe");
    char bytes[65536];
    bool good = out != NULL;
    size_t got;

    while (good && (got = fread(bytes, 1, sizeof(bytes), in)) > 0)
        good = fwrite(bytes, 1, got, out) == got;
    if (in != NULL)
        fclose(in);
    return out != NULL && fclose(out) == 0 && good;
}

static void render_copy(const char *copy)
{
    struct model model;
    struct findings *findings;
    struct render render = {.out = stderr};

    model_start(&model);
    if (model_read(&model, copy, NULL)) {
        model_learn(&model);
        findings = findings_new(&model);
        render.findings = findings;
        render_waits(&render);
        findings_free(findings);
    }
    model_free(&model);
}

/* Beside the record, since a forked process's names its parent's; under a name
 * that no reader of the directory takes for a record. */
void watchdog_tell(const char *path, pid_t pid, const struct waits *waits,
                   const struct watchdog *watchdog)
{
    struct tool_arena arena = {0};
    const char *copy = tool_print(&arena, "%s.watchdog", path);
    void *entry = verdict_all(waits);
    size_t tasks = tasks_count(pid);

    tool_note("process %d: nothing has moved for %ld seconds; %zu of its %zu "
              "threads wait:",
              (int)pid, (long)(now() - watchdog->since), waits->count, tasks);
    if (copy_file(path, copy) && record_append(copy, entry))
        render_copy(copy);
    unlink(copy);
    free(entry);
    tool_arena_free(&arena);
}
