/* SPDX-License-Identifier: BSD-2-Clause */
/* order_command.c: `lockval order suggest` and `lockval order check`. */
#include <string.h>

#include "input.h"
#include "order_command.h"
#include "output.h"
#include "report.h"

static const char *const keys[] = {"format", "output", "help", NULL};

static const char help[] =
    "lockval order suggest PATH… [-o FILE]: write the observed lock order\n"
    "lockval order check FILE PATH… [options]: hold what was observed against\n"
    "a declared order\n"
    "\n"
    "PATH is a record (*.lvr), a directory of records or a database. An order\n"
    "file has lines of these forms; # begins a comment:\n"
    "\n"
    "  mmap_lock < i_mmap_rwsem < anon_vma   taken in this order\n"
    "  leaf: ptl, \"lock at cache.c:42\"       nothing is waited for inside\n"
    "  same-class ptl: by address            or: nested (by subclass)\n"
    "\n"
    "  --format FORM   check: text (default) or json\n"
    "  -o FILE         write to FILE, not to standard output\n"
    "\n"
    "Status of check: 66 for a dependency against the order, 99 where the "
    "file\n"
    "or a record is no good or no lock was taken, else 0. Declared pairs that\n"
    "were never seen are listed, and fail nothing.\n";

static bool write_suggestion(struct findings *findings,
                             const struct settings *settings)
{
    FILE *out = output_open(settings->output);
    bool good;

    if (out == NULL)
        return false;
    good = order_suggest(findings, out);
    return output_close(out, settings->output) && good;
}

/* 0, 66 or 99. */
static int check(struct findings *findings, const struct settings *settings,
                 const char *path)
{
    struct order_file file;
    int status = TOOL_FAILED;

    if (!order_file_read(&file, path)) {
        order_file_free(&file);
        return TOOL_FAILED;
    }
    findings->finding_count = findings->exception_count = 0;
    order_check(findings, &file);
    if (findings->totals.acquisitions == 0)
        tool_error("no lock was taken in these records: nothing was checked");
    else if (report_write(findings, settings, stdout))
        status = findings->finding_count > 0 ? TOOL_FINDINGS : TOOL_OK;
    order_unseen(findings, &file,
                 settings->options.format == LV_FORMAT_TEXT ? stdout : stderr);
    order_file_free(&file);
    return status;
}

/* `order` is the declared file, NULL: suggest one. */
static int look(const struct settings *settings, const char *order, int count,
                char **path)
{
    struct input input;
    int status = TOOL_OK;

    input_open(&input, settings, count, path);
    if (!input.good || input.findings == NULL ||
        input.findings->totals.lost > 0)
        status = TOOL_FAILED;
    if (input.findings != NULL && order == NULL) {
        if (!write_suggestion(input.findings, settings))
            status = TOOL_FAILED;
    } else if (input.findings != NULL) {
        int found = check(input.findings, settings, order);

        status = found != TOOL_OK ? found : status;
    }
    input_close(&input);
    return status;
}

int order_command(int argc, char **argv)
{
    struct settings settings;
    enum settings_found found;
    int count = 0;
    bool checks;

    found = settings_read(&settings, argc, argv, &count, false, keys, help);
    if (found != SETTINGS_READ)
        return settings_status(found);
    checks = count > 0 && strcmp(argv[0], "check") == 0;
    if (count < 2 + checks || (!checks && strcmp(argv[0], "suggest") != 0)) {
        tool_error("order what? lockval order suggest PATH…, or "
                   "lockval order check FILE PATH…");
        return TOOL_FAILED;
    }
    return look(&settings, checks ? argv[1] : NULL, count - 1 - checks,
                argv + 1 + checks);
}
