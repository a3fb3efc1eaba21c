/* SPDX-License-Identifier: BSD-2-Clause */
/* merge.c: see merge.h. Many runs share a transaction, about a second's worth.
 */
#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "confirmed.h"
#include "judge.h"
#include "postgres.h"
#include "runs.h"

static const char *const keys[] = {"output", "rules", "profile", "help", NULL};

static const char help[] =
    "lockval merge -o DB PATH…: add what runs recorded to a database\n"
    "\n"
    "PATH is a record (*.lvr), a directory of records or a database. DB is a\n"
    "file, which is made if it is not there, or postgresql://…\n"
    "Merging the same again changes nothing, and order does not matter: each\n"
    "machine can merge its own, and a last job the machines' databases.\n"
    "\n"
    "  --rules FILE    rules for operations, besides the programs' own\n"
    "  --profile NAME  the profile of rules that holds\n"
    "\n"
    "Status: 0, or 99 where something could not be read or written: that is\n"
    "left out, the rest is merged.\n";

/* So many stacks are named before names are forgotten, to bound memory. */
enum { STACKS_MOST = 200000, RUNS_MOST = 500, SECOND = 1 };

struct merge {
    struct store *store;
    const struct settings *settings;
    struct model model;
    struct symbols *symbols;
    struct names *names;
    struct merge_count *counted;
    size_t pending;       /* runs since the last commit */
    struct timespec last; /* commit */
    bool open;            /* in a transaction */
    bool good;
};

/* ---- names --------------------------------------------------------------- */

static void start_names(struct merge *merge)
{
    model_start(&merge->model);
    merge->symbols = symbols_new(&merge->model);
    merge->names = names_new(&merge->model, merge->symbols);
}

static void end_names(struct merge *merge)
{
    if (symbols_changed(merge->symbols) > 0)
        tool_note("%zu modules were rebuilt since they were recorded: what is "
                  "of them has no names",
                  symbols_changed(merge->symbols));
    names_free(merge->names);
    symbols_free(merge->symbols);
    model_free(&merge->model);
}

static void next_run(struct merge *merge)
{
    if (merge->model.stack_count > STACKS_MOST) {
        end_names(merge);
        start_names(merge);
        return;
    }
    model_next(&merge->model);
    names_next(merge->names);
}

/* ---- transactions -------------------------------------------------------- */

static bool commit(struct merge *merge)
{
    bool good = !merge->open || store_commit(merge->store);

    merge->open = false;
    merge->pending = 0;
    clock_gettime(CLOCK_MONOTONIC, &merge->last);
    return good;
}

static bool is_time(const struct merge *merge)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return merge->pending >= RUNS_MOST ||
           now.tv_sec - merge->last.tv_sec > SECOND;
}

static bool begin(struct merge *merge)
{
    if (!merge->open)
        merge->open = store_begin(merge->store);
    return merge->open;
}

/* ---- one run ------------------------------------------------------------- */

static bool load_run(struct merge *merge, const struct runs_run *run)
{
    size_t i;

    for (i = 0; i < run->count; i++)
        if (!model_load(&merge->model, run->member[i].path))
            return false;
    return merge->model.damaged == 0;
}

static bool store_model(struct merge *merge, uint64_t id)
{
    struct model *model = &merge->model;
    const struct model_process *first = &model->process[0];
    struct store_run run = {id, first->start_ns, first->test, first->program};
    struct findings *findings;
    struct rule_set rules;
    bool good;

    model_learn(model);
    good = judge_load(&rules, model, merge->settings->options.rules,
                      merge->settings->options.profile);
    model->rule_set = &rules;
    findings = findings_of(model, merge->symbols, merge->names);
    findings_describe(findings);
    findings_name_files(findings);
    good = begin(merge) && store_add(merge->store, findings, &run) && good;
    findings_free(findings);
    model->rule_set = NULL;
    rules_free(&rules);
    return good;
}

static void merge_run(struct merge *merge, const struct runs_run *run)
{
    if (store_has(merge->store, run->id)) {
        merge->counted->known++;
        return;
    }
    next_run(merge);
    if (!load_run(merge, run) || !store_model(merge, run->id))
        merge->good = false;
    else
        merge->counted->added++;
    merge->pending++;
    if (is_time(merge) && !commit(merge))
        merge->good = false;
}

static void merge_runs(struct merge *merge, struct runs *runs)
{
    size_t i;

    runs_group(runs);
    for (i = 0; i < runs->run_count && !merge->store->failed; i++) {
        tool_progress("merging runs", i, runs->run_count);
        merge_run(merge, &runs->run[i]);
    }
    runs_free(runs);
}

/* What reruns showed of its findings. */
static void merge_confirmed(struct merge *merge, const char *path)
{
    struct tool_arena arena = {0};
    const char *name = confirmed_of(&arena, path);

    if (name != NULL && (!commit(merge) || !store_unite(merge->store, name)))
        merge->good = false;
    tool_arena_free(&arena);
}

static void merge_directory(struct merge *merge, const char *path)
{
    struct runs runs = {0};

    if (!runs_read_directory(&runs, path)) {
        tool_error("%s: %s", path, strerror(errno));
        merge->good = false;
    } else if (runs.member_count == 0) {
        tool_error("%s: no records there; `lockval run` makes them", path);
        merge->good = false;
    }
    merge_runs(merge, &runs);
    merge_confirmed(merge, path);
}

static void merge_record(struct merge *merge, const char *path)
{
    struct runs runs = {0};

    runs_read_record(&runs, path);
    merge_runs(merge, &runs);
}

/* ---- all paths ----------------------------------------------------------- */

static bool is_same_file(const char *path, const char *other)
{
    struct stat one, two;

    return stat(path, &one) == 0 && stat(other, &two) == 0 &&
           one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static bool unite(struct merge *merge, const char *path)
{
    size_t before = store_runs(merge->store);

    if (is_same_file(path, merge->store->path))
        return true;
    if (!commit(merge) || !store_unite(merge->store, path))
        return false;
    merge->counted->added += store_runs(merge->store) - before;
    return true;
}

static void merge_path(struct merge *merge, const char *path)
{
    struct stat about;

    if (postgres_is(path)) {
        merge->good =
            commit(merge) && postgres_fetch(merge->store, path) && merge->good;
    } else if (stat(path, &about) != 0) {
        tool_error("%s: %s", path, strerror(errno));
        merge->good = false;
    } else if (S_ISDIR(about.st_mode)) {
        merge_directory(merge, path);
    } else if (store_is(path)) {
        merge->good = unite(merge, path) && merge->good;
    } else {
        merge_record(merge, path);
    }
}

bool merge_into(struct store *store, const struct settings *settings, int count,
                char **path, struct merge_count *counted)
{
    struct merge merge = {
        .store = store, .settings = settings, .counted = counted, .good = true};
    int i;

    clock_gettime(CLOCK_MONOTONIC, &merge.last);
    start_names(&merge);
    for (i = 0; i < count && !store->failed; i++)
        merge_path(&merge, path[i]);
    if (!commit(&merge))
        merge.good = false;
    tool_progress_done();
    end_names(&merge);
    return merge.good && !store->failed;
}

static bool merge_all(const struct settings *settings, int count, char **path)
{
    bool remote = postgres_is(settings->output), good;
    struct merge_count counted = {0, 0};
    struct store *store =
        store_open(settings->output, remote ? STORE_SCRATCH : STORE_WRITE);

    if (store == NULL)
        return false;
    good = merge_into(store, settings, count, path, &counted);
    if (remote && !store->failed)
        good = postgres_send(store, settings->output) && good;
    if (!store->failed)
        printf("%s: %zu runs merged, %zu were there already\n",
               remote ? "the database" : settings->output, counted.added,
               counted.known);
    store_close(store);
    return good;
}

int merge_command(int argc, char **argv)
{
    struct settings settings;
    enum settings_found found;
    int count = 0;

    found = settings_read(&settings, argc, argv, &count, false, keys, help);
    if (found != SETTINGS_READ)
        return settings_status(found);
    if (settings.output == NULL || count == 0) {
        tool_error("merge what into what? lockval merge -o DB PATH…");
        return TOOL_FAILED;
    }
    return merge_all(&settings, count, argv) ? TOOL_OK : TOOL_FAILED;
}
