/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c: `lockval report`: render records. */
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "output.h"
#include "pager.h"
#include "render.h"
#include "suppress.h"

static const char *const keys[] = {"format",
                                   "fail-on",
                                   "output",
                                   "rules",
                                   "profile",
                                   "suppressions",
                                   "gen-suppressions",
                                   "default-suppressions",
                                   "no-default-suppressions",
                                   "help",
                                   NULL};

static const char help[] =
    "lockval report PATH… [options]: render what runs recorded\n"
    "\n"
    "PATH is a record (*.lvr), a directory of records or a database.\n"
    "\n"
    "  --format FORM   text (default), json, html, sarif, junit, github,\n"
    "                  gitlab, dot or tsan\n"
    "  --fail-on LIST  what text tells in full; the rest are hints\n"
    "  -o FILE         write to FILE, not to standard output\n"
    "  --rules FILE    rules for operations, besides the programs' own\n"
    "  --profile NAME  the profile of rules that holds\n"
    "  --suppressions FILE  findings that are known, and why\n"
    "  --no-default-suppressions  not those that lockval ships\n"
    "  --gen-suppressions FILE  write an entry for each finding that fails\n"
    "\n"
    "Status: 0 where all was rendered, 99 where something could not be read.\n"
    "Whether findings fail is for `lockval gate`.\n";

static bool wants_colour(FILE *out)
{
    const char *never = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return isatty(fileno(out)) && (never == NULL || never[0] == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

typedef void form(const struct render *render);

static form *const forms[] = {
    [LV_FORMAT_TEXT] = render_text,     [LV_FORMAT_JSON] = render_json,
    [LV_FORMAT_HTML] = render_html,     [LV_FORMAT_SARIF] = render_sarif,
    [LV_FORMAT_JUNIT] = render_junit,   [LV_FORMAT_GITHUB] = render_github,
    [LV_FORMAT_GITLAB] = render_gitlab, [LV_FORMAT_DOT] = render_dot,
    [LV_FORMAT_TSAN] = render_tsan,
};

static void render(struct findings *findings, const struct settings *settings,
                   FILE *out, bool colour)
{
    struct render render = {findings, out, settings->options.fail_on, colour};

    forms[settings->options.format](&render);
    tool_progress_done();
}

/* A reader who leaves the pager before the end has seen enough. */
static bool render_paged(struct findings *findings,
                         const struct settings *settings)
{
    FILE *out = pager_open();

    render(findings, settings, out, wants_colour(stdout));
    if (out == stdout)
        return output_close(out, NULL);
    pager_close(out);
    return true;
}

static bool write_file(struct findings *findings,
                       const struct settings *settings, const char *path)
{
    FILE *out = output_open(path);

    if (out == NULL)
        return false;
    render(findings, settings, out, wants_colour(out));
    return output_close(out, path);
}

/* A page is nothing for a terminal, nor for the program's own streams. */
static const char *choose_page(FILE *otherwise)
{
    static const char page[] = "lockval.html";

    if (otherwise == stdout && !isatty(STDOUT_FILENO))
        return NULL;
    tool_note("the report is in %s; -o FILE puts it elsewhere", page);
    return page;
}

/* Where the report goes: NULL is the stream. Who asks for ThreadSanitizer's
 * logs looks for them where ThreadSanitizer would leave them; CTest misses one
 * that is not there, even if it would be empty. */
static const char *choose_file(struct findings *findings,
                               const struct settings *settings, FILE *otherwise)
{
    if (settings->output == NULL && settings->options.format == LV_FORMAT_HTML)
        return choose_page(otherwise);
    if (settings->output != NULL || settings->options.format != LV_FORMAT_TSAN)
        return settings->output;
    return tsan_log(&findings->arena, getenv("TSAN_OPTIONS"));
}

bool report_write(struct findings *findings, const struct settings *settings,
                  FILE *otherwise)
{
    const char *path = choose_file(findings, settings, otherwise);

    if (path != NULL)
        return write_file(findings, settings, path);
    if (otherwise == stdout && settings->options.format == LV_FORMAT_TEXT)
        return render_paged(findings, settings);
    render(findings, settings, otherwise, wants_colour(otherwise));
    return output_close(otherwise, NULL);
}

static int report(const struct settings *settings, int count, char **path)
{
    struct input input;
    bool good;

    input_open(&input, settings, count, path);
    good = input.findings != NULL &&
           suppress_settings(&input.suppressions, input.findings, settings,
                             true) &&
           input.good;
    if (input.findings != NULL)
        good = report_write(input.findings, settings, stdout) && good;
    input_close(&input);
    return good ? TOOL_OK : TOOL_FAILED;
}

int report_command(int argc, char **argv)
{
    struct settings settings;
    enum settings_found found;
    int count = 0;

    found = settings_read(&settings, argc, argv, &count, false, keys, help);
    if (found != SETTINGS_READ)
        return settings_status(found);
    if (count == 0) {
        tool_error(
            "report what? name a record, a directory of records or a database");
        return TOOL_FAILED;
    }
    return report(&settings, count, argv);
}
