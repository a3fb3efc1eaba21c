/* SPDX-License-Identifier: BSD-2-Clause */
/* rounds.c: see rounds.h. */
#include "rounds.h"

#include "findings.h"
#include "rerun.h"

struct known {
    size_t dependencies, findings;
};

/* What all records of the directory hold together. */
static struct known look(const char *directory)
{
    struct findings *findings;
    struct known known;
    struct model model;

    model_start(&model);
    model_read(&model, directory, NULL);
    model_learn(&model);
    findings = findings_new(&model);
    known = (struct known){findings->dependency_count, findings->finding_count};
    findings_free(findings);
    model_free(&model);
    return known;
}

static bool is_more(const struct known *now, const struct known *before)
{
    return now->dependencies > before->dependencies ||
           now->findings > before->findings;
}

static void tell(unsigned seed, const struct known *now,
                 const struct known *before)
{
    tool_note("round %u: %zu new dependencies, %zu new findings", seed,
              now->dependencies - before->dependencies,
              now->findings - before->findings);
}

bool rounds_run(const struct settings *settings, char **argv)
{
    unsigned wanted = settings->options.perturb, quiet = 0, seed = 0;
    struct known now, before = look(settings->options.record);

    while (quiet < wanted && seed < 10 * wanted) {
        struct rerun again = {.record = settings->options.record,
                              .run = settings->options.run,
                              .seed = ++seed,
                              .limit = settings->options.timeout,
                              .argv = argv};

        if (rerun(&again) == RERUN_FAILED)
            return false;
        now = look(settings->options.record);
        tell(seed, &now, &before);
        quiet = is_more(&now, &before) ? 0 : quiet + 1;
        before = now;
    }
    return true;
}
