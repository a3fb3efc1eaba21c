/* SPDX-License-Identifier: BSD-2-Clause */
/* gate.c: see gate.h. */
#include "gate.h"

#include "baseline.h"
#include "input.h"
#include "order_command.h"
#include "report.h"

static const char *const keys[] = {"baseline",
                                   "order",
                                   "fail-on",
                                   "format",
                                   "output",
                                   "rules",
                                   "profile",
                                   "help",
                                   "suppressions",
                                   "gen-suppressions",
                                   "default-suppressions",
                                   "no-default-suppressions",
                                   NULL};

static const char help[] =
    "lockval gate PATH… [options]: decide over what many runs recorded\n"
    "\n"
    "PATH is a record (*.lvr), a directory of records or a database.\n"
    "\n"
    "  --baseline DB   findings that are in this database with the same grade\n"
    "                  or a worse one are known, and do not fail. To make "
    "one:\n"
    "                  lockval merge -o DB PATH…\n"
    "  --order FILE    a declared order (lockval order) that must hold\n"
    "  --fail-on LIST  grades and families that fail; default:\n"
    "                  deadlock,inversion,class,misuse,rule,refuted;\n"
    "                  confirmed: what lockval confirm has shown\n"
    "  --format FORM   text (default), json, sarif, junit, github,\n"
    "                  gitlab, dot or tsan\n"
    "  -o FILE         write the report to FILE, not to standard output\n"
    "  --suppressions FILE  findings that are known, and why they do not fail\n"
    "  --no-default-suppressions  not those that lockval ships\n"
    "  --gen-suppressions FILE  write an entry for each finding that fails\n"
    "  --rules FILE    rules for operations, besides the programs' own; a\n"
    "                  database was judged when it was merged\n"
    "  --profile NAME  the profile of rules that holds\n"
    "\n"
    "Status: 66 where something found fails; 99 where something could not be\n"
    "read, events were lost, the validator did not come to life in some\n"
    "program, or no lock was taken in any; else 0.\n";

static bool check_order(struct findings *findings, const char *path)
{
    struct order_file file;
    bool good;

    if (path == NULL)
        return true;
    good = order_file_read(&file, path);
    if (good) {
        order_check(findings, &file);
        findings_sort(findings);
    }
    order_file_free(&file);
    return good;
}

static bool use_baseline(struct findings *findings, const char *path)
{
    return path[0] == '\0' || baseline_mark(findings, path);
}

static int decide(struct input *input, const struct settings *settings)
{
    struct findings *findings = input->findings;
    bool good = input->good;
    size_t failing;

    if (!check_order(findings, settings->order) ||
        !use_baseline(findings, settings->options.baseline) ||
        !suppress_settings(&input->suppressions, findings, settings, true))
        return TOOL_FAILED;
    failing = findings_failing(findings, settings->options.fail_on);
    good = report_write(findings, settings, stdout) && good;
    good = input_complete(findings) && good;
    if (failing > 0)
        return TOOL_FINDINGS;
    return good ? TOOL_OK : TOOL_FAILED;
}

int gate_command(int argc, char **argv)
{
    struct settings settings;
    enum settings_found found;
    struct input input;
    int count = 0, status = TOOL_FAILED;

    found = settings_read(&settings, argc, argv, &count, false, keys, help);
    if (found != SETTINGS_READ)
        return settings_status(found);
    if (count == 0) {
        tool_error("gate what? name records, directories of them or databases");
        return TOOL_FAILED;
    }
    input_open(&input, &settings, count, argv);
    if (input.findings != NULL)
        status = decide(&input, &settings);
    input_close(&input);
    return status;
}
