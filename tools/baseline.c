/* SPDX-License-Identifier: BSD-2-Clause */
/* baseline.c: see baseline.h. */
#include "baseline.h"

#include <string.h>

#include "cycle.h"
#include "postgres.h"
#include "store.h"

/* 0 is worst; what has no grade is always of the same. */
static unsigned badness(const char *grade)
{
    unsigned i;

    for (i = 0; i <= LV_GRADE_SINGLE_THREAD; i++)
        if (grade != NULL && strcmp(grade, cycle_grade(i)) == 0)
            return i;
    return 0;
}

static bool knows(const struct findings *baseline,
                  const struct finding *finding)
{
    size_t i;

    for (i = 0; i < baseline->finding_count; i++) {
        const struct finding *old = &baseline->finding[i];

        if (strcmp(old->fingerprint, finding->fingerprint) == 0 &&
            badness(old->grade) <= badness(finding->grade))
            return true;
    }
    return false;
}

static struct store *open_base(const char *path)
{
    struct store *store;

    if (!postgres_is(path))
        return store_open(path, STORE_READ);
    store = store_open("the baseline", STORE_SCRATCH);
    if (store != NULL && postgres_fetch(store, path))
        return store;
    store_close(store);
    return NULL;
}

bool baseline_mark(struct findings *findings, const char *path)
{
    struct store *store = open_base(path);
    struct findings *baseline = store == NULL ? NULL : store_findings(store);
    bool good = baseline != NULL;
    size_t i;

    for (i = 0; good && i < findings->finding_count; i++)
        if (knows(baseline, &findings->finding[i]))
            findings->finding[i].known = true;
    findings_free(baseline);
    store_close(store);
    return good;
}
