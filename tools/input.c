/* SPDX-License-Identifier: BSD-2-Clause */
/* input.c: see input.h. */
#include "input.h"

#include <inttypes.h>
#include <string.h>

#include "confirmed.h"
#include "cross.h"
#include "judge.h"
#include "lost.h"
#include "merge.h"
#include "postgres.h"
#include "store.h"
#include "told.h"

static bool is_database(const char *path)
{
    return postgres_is(path) || store_is(path);
}

static void read_records(struct input *input, const struct settings *settings,
                         int count, char **path)
{
    struct model *model = &input->model;
    int i;

    for (i = 0; i < count; i++)
        if (!model_read(model, path[i], NULL))
            input->good = false;
    if (model->process_count == 0) {
        if (input->good)
            tool_error("%s: no records there; `lockval run` makes them",
                       path[0]);
        input->good = false;
        return;
    }
    model_learn(model);
    if (!judge_load(&input->rules, model, settings->options.rules,
                    settings->options.profile))
        input->good = false;
    model->rule_set = &input->rules;
    input->findings = findings_new(model);
    cross_families(input->findings);
    told_name(input->findings);
    for (i = 0; i < count; i++)
        confirmed_tell(path[i], input->findings);
    input->good = input->good && model->damaged == 0;
}

static void read_database(struct input *input, const char *path)
{
    input->store = store_open(path, STORE_READ);
    if (input->store != NULL)
        input->findings = store_findings(input->store);
    input->good = input->findings != NULL;
}

static void unite(struct input *input, const struct settings *settings,
                  int count, char **path)
{
    struct merge_count counted;

    memset(&counted, 0, sizeof(counted));
    input->store = store_open("the union of these", STORE_SCRATCH);
    input->good = input->store != NULL &&
                  merge_into(input->store, settings, count, path, &counted);
    if (input->store != NULL && !input->store->failed)
        input->findings = store_findings(input->store);
    if (input->findings == NULL)
        input->good = false;
}

void input_open(struct input *input, const struct settings *settings, int count,
                char **path)
{
    bool any = false;
    int i;

    memset(input, 0, sizeof(*input));
    input->good = true;
    model_start(&input->model);
    for (i = 0; i < count; i++)
        any = any || is_database(path[i]);
    if (!any)
        read_records(input, settings, count, path);
    else if (count == 1 && !postgres_is(path[0]))
        read_database(input, path[0]);
    else
        unite(input, settings, count, path);
}

void input_close(struct input *input)
{
    findings_free(input->findings);
    suppress_file_free(&input->suppressions);
    rules_free(&input->rules);
    store_close(input->store);
    model_free(&input->model);
}

bool input_complete(const struct findings *findings)
{
    const struct finding_totals *totals = &findings->totals;
    bool good = lost_none(findings);

    if (totals->refused > 0) {
        tool_error("in %" PRIu64 " of the programs libvalidator.so did not "
                   "come to life: nothing of them was checked",
                   totals->refused);
        good = false;
    }
    if (totals->acquisitions == 0) {
        tool_error("no lock was taken in any of the runs: nothing was checked");
        good = false;
    }
    return good;
}
