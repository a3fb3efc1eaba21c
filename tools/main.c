/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c: the command `lockval`: one row for each subcommand. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confirm.h"
#include "coverage.h"
#include "diff.h"
#include "explain.h"
#include "gate.h"
#include "merge.h"
#include "option.h"
#include "order_command.h"
#include "output.h"
#include "preload.h"
#include "record_read.h"
#include "report.h"
#include "run.h"
#include "tool.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv begins behind the name */
    const char *help;
} commands[] = {
    {"run", run_command, "run a program, check its lock order, report"},
    {"report", report_command, "render what runs recorded"},
    {"gate", gate_command, "decide over what many runs recorded"},
    {"merge", merge_command, "unite what runs recorded in a database"},
    {"diff", diff_command, "what a change made new, and what is gone"},
    {"order", order_command, "write or check a declared lock order"},
    {"confirm", confirm_command, "show that a finding deadlocks, or why not"},
    {"explain", explain_command, "what a kind of finding means"},
    {"coverage", coverage_command, "what was seen, and what could not be"},
    {"preload", preload_command, "print the path for LD_PRELOAD"},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int print_help(FILE *out)
{
    size_t i;

    fprintf(out, "lockval: finds deadlocks before they happen\n\n");
    for (i = 0; i < COMMANDS; i++)
        fprintf(out, "  lockval %-8s %s\n", commands[i].name, commands[i].help);
    fprintf(out, "\nStart with: lockval run -- ./program\n"
                 "Options of each: lockval COMMAND --help\n");
    return TOOL_OK;
}

static int refuse(const char *word)
{
    const char *names[COMMANDS], *near;
    size_t i;

    for (i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    near = lv_option_nearest(word, strlen(word), names, COMMANDS);
    if (strchr(word, '/') != NULL && access(word, X_OK) == 0)
        tool_error("%s is a program: lockval run -- %s", word, word);
    else if (near == NULL)
        tool_error("%s is no command; `lockval --help` lists them", word);
    else
        tool_error("%s is no command; did you mean %s?", word, near);
    return TOOL_FAILED;
}

static int dispatch(int argc, char **argv)
{
    size_t i;

    if (argc < 2) {
        print_help(stderr);
        return TOOL_FAILED;
    }
    for (i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_help(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("lockval %s\n", LOCKVAL_VERSION);
        return TOOL_OK;
    }
    return refuse(argv[1]);
}

int main(int argc, char **argv)
{
    int status;

    record_guard();
    status = dispatch(argc, argv);
    return status == TOOL_OK && !output_close(stdout, NULL) ? TOOL_FAILED
                                                            : status;
}
