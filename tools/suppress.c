/* SPDX-License-Identifier: BSD-2-Clause */
/* suppress.c: see suppress.h. */
#include "suppress.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output.h"

/* ---- shipped ------------------------------------------------------------- */

/* Read before the user's. Each was looked into; only what is safe by the
 * library's own design is here. */
static const char shipped[] =
    "kind exit-held & module libjvm.so & lock *Threads_lock* because HotSpot's "
    "VM thread ends with Threads_lock held on purpose: the process ends with "
    "it (VMThread::run)\n";

/* ---- does an entry meet a finding? --------------------------------------- */

static bool matches(const char *glob, const char *text)
{
    return text != NULL && text[0] != '\0' &&
           fnmatch(glob, text, FNM_NOESCAPE) == 0;
}

static bool matches_path(const char *glob, const char *path)
{
    return matches(glob, path) || matches(glob, tool_base(path));
}

static bool meets_frame(const struct suppress_test *test,
                        const struct symbol_frame *frame)
{
    switch (test->what) {
    case SUPPRESS_FRAME:
        return matches(test->glob, frame->function);
    case SUPPRESS_FILE:
        return matches_path(test->glob, frame->file);
    case SUPPRESS_MODULE:
        return matches_path(test->glob, frame->module);
    default:
        return false;
    }
}

static bool meets_stack(const struct suppress_test *test,
                        const struct symbol_stack *stack)
{
    size_t i;

    for (i = 0; stack != NULL && i < stack->count; i++)
        if (meets_frame(test, &stack->frame[i]))
            return true;
    return false;
}

static bool meets_stacks(const struct suppress_test *test,
                         const struct finding *finding)
{
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        if (meets_stack(test, finding->step[i].held_at) ||
            meets_stack(test, finding->step[i].wanted_at))
            return true;
    for (i = 0; i < finding->lack_count; i++)
        if (meets_stack(test, finding->lack[i].at))
            return true;
    return false;
}

static bool meets_lock(const struct suppress_test *test,
                       const struct finding *finding)
{
    size_t i;

    for (i = 0; i < finding->lock_count; i++)
        if (matches(test->glob, finding->lock[i]))
            return true;
    return false;
}

static bool meets_thread(const struct suppress_test *test,
                         const struct finding *finding)
{
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        if (matches(test->glob, finding->step[i].thread))
            return true;
    return matches(test->glob, finding->holder);
}

static bool meets(const struct suppress_test *test,
                  const struct finding *finding)
{
    switch (test->what) {
    case SUPPRESS_FINGERPRINT:
        return strcasecmp(test->glob, finding->fingerprint) == 0;
    case SUPPRESS_LOCK:
        return meets_lock(test, finding);
    case SUPPRESS_THREAD:
        return meets_thread(test, finding);
    case SUPPRESS_KIND:
        return matches(test->glob, finding->kind);
    case SUPPRESS_GRADE:
        return matches(test->glob, finding->grade);
    default:
        return meets_stacks(test, finding);
    }
}

static bool meets_all(const struct suppress_entry *entry,
                      const struct finding *finding)
{
    size_t i;

    for (i = 0; i < entry->test_count; i++)
        if (!meets(&entry->test[i], finding))
            return false;
    return true;
}

static bool is_over(const struct suppress_entry *entry, unsigned today)
{
    return entry->until != 0 && entry->until < today;
}

static void suppress(struct suppress_list *list, struct finding *finding,
                     unsigned today)
{
    size_t i;

    for (i = 0; i < list->count; i++) {
        struct suppress_entry *entry = &list->entry[i];

        if (!meets_all(entry, finding))
            continue;
        entry->met++;
        if (is_over(entry, today) || finding->suppressed_by != NULL)
            continue;
        finding->suppressed_by = tool_print(
            &list->arena, "%s:%zu: %s", entry->path, entry->line, entry->text);
        finding->suppressed_reason = entry->reason;
    }
}

/* A refuted exception, as tests see it. */
static void suppress_exception(struct suppress_list *list,
                               struct raw_exception *exception, unsigned today)
{
    struct finding_step step = {.held_at = exception->site,
                                .wanted_at = exception->reader,
                                .thread = exception->reader_thread};
    struct finding as = {.kind = "refuted",
                         .lock = &exception->lock,
                         .lock_count = 1,
                         .step = &step,
                         .step_count = 1};

    suppress(list, &as, today);
    exception->suppressed_by = as.suppressed_by;
    exception->suppressed_reason = as.suppressed_reason;
}

/* Findings are told once for each fingerprint, so each is another. */
void suppress_apply(struct suppress_list *list, struct findings *findings,
                    unsigned today)
{
    size_t i;

    for (i = 0; i < findings->finding_count; i++)
        suppress(list, &findings->finding[i], today);
    for (i = 0; i < findings->exception_count; i++)
        if (findings->exception[i].verdict == LV_REFUTED)
            suppress_exception(list, &findings->exception[i], today);
}

/* ---- what is to be said of the entries ----------------------------------- */

/* What so many stacks, locks or threads share that it tells none of them. */
static bool is_primitive(const struct suppress_test *test)
{
    static const char *const frames[] = {
        "pthread_mutex_lock",
        "pthread_rwlock_wrlock",
        "pthread_spin_lock",
        "pthread_cond_wait",
        "mtx_lock",
        "sem_wait",
        "std::mutex::lock",
        "start_thread",
        "clone3",
        "main",
        "_start",
    };
    static const char *const modules[] = {
        "libc.so.6",        "libstdc++.so.6",  "libpthread.so.0",
        "libglib-2.0.so.0", "libvalidator.so",
    };
    size_t i;

    if (test->what == SUPPRESS_FINGERPRINT)
        return false;
    if (test->what == SUPPRESS_KIND || test->what == SUPPRESS_GRADE ||
        strspn(test->glob, "*?") == strlen(test->glob))
        return true;
    for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
        if (test->what == SUPPRESS_FRAME && matches(test->glob, frames[i]))
            return true;
    for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
        if (test->what == SUPPRESS_MODULE && matches(test->glob, modules[i]))
            return true;
    return false;
}

static bool is_broad(const struct suppress_entry *entry)
{
    size_t i;

    for (i = 0; i < entry->test_count; i++)
        if (!is_primitive(&entry->test[i]))
            return false;
    return entry->met > 1;
}

void suppress_tell(const struct suppress_list *list, unsigned today)
{
    size_t i;

    for (i = 0; i < list->count; i++) {
        const struct suppress_entry *entry = &list->entry[i];

        if (is_over(entry, today))
            tool_note("%s:%zu: past its date (%u-%02u-%02u), so it silences "
                      "nothing%s: %s",
                      entry->path, entry->line, entry->until / 10000,
                      entry->until / 100 % 100, entry->until % 100,
                      entry->met > 0 ? ", and what it was for is still there"
                                     : " and can go",
                      entry->text);
        else if (entry->met == 0)
            tool_note("%s:%zu: met no finding; it can go, or the run was "
                      "another: %s",
                      entry->path, entry->line, entry->text);
        else if (is_broad(entry))
            tool_note("%s:%zu: over-broad: it silences %zu findings by what "
                      "any may have; name fingerprints, or a function of the "
                      "program's own: %s",
                      entry->path, entry->line, entry->met, entry->text);
    }
}

/* ---- --gen-suppressions -------------------------------------------------- */

void suppress_generate(const struct findings *findings, unsigned fail_on,
                       FILE *out)
{
    size_t i;

    fputs("# Suppressions of lockval. Say why behind `because`; `until "
          "YYYY-MM-DD` before\n# it lets an entry end.\n",
          out);
    for (i = 0; i < findings->finding_count; i++) {
        const struct finding *finding = &findings->finding[i];

        if (finding_fails(finding, fail_on))
            fprintf(out, "\n# %s: %s\nfingerprint %s because (say why)\n",
                    finding->kind, finding->message, finding->fingerprint);
    }
}

static bool generate(const struct findings *findings,
                     const struct settings *settings)
{
    const char *path =
        strcmp(settings->generate, "-") == 0 ? NULL : settings->generate;
    FILE *out = output_open(path);

    if (out == NULL)
        return false;
    suppress_generate(findings, settings->options.fail_on, out);
    return output_close(out, path);
}

/* ---- all of it ----------------------------------------------------------- */

static unsigned today(void)
{
    time_t now = time(NULL);
    struct tm day;

    if (gmtime_r(&now, &day) == NULL)
        return 0;
    return (unsigned)((day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 +
                      day.tm_mday);
}

bool suppress_settings(struct suppress_list *list, struct findings *findings,
                       const struct settings *settings, bool tell)
{
    struct suppress_list mine = {0};
    unsigned now = today();
    bool good = true;

    if (settings->options.suppressions[0] != '\0')
        good = suppress_file_read(&mine, settings->options.suppressions);
    suppress_apply(&mine, findings, now);
    if (good && tell)
        suppress_tell(&mine, now);
    *list = mine;
    if (settings->options.shipped_suppressions) {
        suppress_file_parse(list, "lockval's own", shipped,
                            sizeof(shipped) - 1);
        suppress_apply(list, findings, now);
    }
    if (settings->generate != NULL && !generate(findings, settings))
        good = false;
    return good;
}
