/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c: the command `mm`, a model of the Linux mm's locks.
 *
 * Exit status: 0 the run's invariants held, 1 one did not, 2 the command line
 * is wrong, 3 the script got stuck. What the validator finds is its own to
 * say: the model behaves the same with and without it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "litmus.h"
#include "page_alloc.h"
#include "rules.h"
#include "scenario.h"
#include "stress.h"

enum { EXIT_OK = 0, EXIT_BROKEN = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: mm list        the scenarios: NAME ok|bug EXPECTED\n"
    "       mm run NAME [--profile 2019-spf|2021|current]\n"
    "                      one of them, stepped in a fixed order; under the\n"
    "                      rules of another kernel than its own if told\n"
    "       mm stress [--seconds N] [--profile …]\n"
    "                      every kind of thread at once\n"
    "       mm litmus      counts and flags without locks: every reordering\n"
    "\n"
    "A model of the locks of the Linux memory management, for lockval to "
    "watch:\n"
    "    lockval run -- mm run s1.annotated\n"
    "\"ok\" scenarios must be silent, of \"bug\" ones EXPECTED must be "
    "reported.\n"
    "s1.* is v5.1 with the speculative page fault series, s0.* and s3.* have\n"
    "per-VMA locks (v6.12 and on). A model proves nothing about Linux.\n";

static int bad_usage(const char *what, const char *word)
{
    fprintf(stderr, "mm: %s%s; usage: mm list | run NAME | litmus | stress\n",
            what, word);
    return EXIT_USAGE;
}

static int list(void)
{
    const struct scenario *at = NULL;

    while ((at = scenario_next(at)) != NULL)
        printf("%s %s %s\n", at->name, at->bug ? "bug" : "ok", at->expected);
    return EXIT_OK;
}

static int unknown(const char *name)
{
    fprintf(stderr, "mm: no scenario \"%s\"; nearest: %s (mm list shows all)\n",
            name, scenario_nearest(name));
    return EXIT_USAGE;
}

/* `profile` NULL: that of the scenario's own kernel. */
static int run(const char *name, const char *profile)
{
    const struct scenario *scenario = scenario_find(name);
    bool held;

    if (scenario == NULL)
        return unknown(name);
    variant = scenario->variant;
    if (profile == NULL)
        profile = scenario_profile(scenario);
    if (!rules_declare(profile))
        return bad_usage("no such profile: ", profile);
    pool_init();
    held = scenario->run();
    printf("%s: ", scenario->name);
    counters_print(stdout);
    printf("; invariants %s\n", held ? "hold" : "BROKEN");
    return held ? EXIT_OK : EXIT_BROKEN;
}

static int litmus(void)
{
    return litmus_run(stdout) ? EXIT_OK : EXIT_BROKEN;
}

/* A number above 0, else 0. */
static unsigned positive(const char *word)
{
    char *end;
    unsigned long number = strtoul(word, &end, 10);

    return *word != '\0' && *end == '\0' && number <= UINT_MAX
               ? (unsigned)number
               : 0;
}

static int stress(int argc, char **argv)
{
    const char *profile = "current";
    unsigned seconds = 10;

    for (int i = 2; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--profile") == 0)
            profile = value;
        else if (strcmp(argv[i], "--seconds") == 0)
            seconds = positive(value);
        else
            return bad_usage("stress has no option ", argv[i]);
    }
    if (seconds == 0)
        return bad_usage("--seconds needs a number", "");
    if (!rules_declare(profile))
        return bad_usage("no such profile: ", profile);
    pool_init();
    return stress_run(profile, seconds) ? EXIT_OK : EXIT_BROKEN;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";

    if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0) {
        fputs(usage, stdout);
        return EXIT_OK;
    }
    if (strcmp(command, "list") == 0)
        return argc == 2 ? list() : bad_usage("too many words: ", argv[2]);
    if (strcmp(command, "litmus") == 0)
        return argc == 2 ? litmus() : bad_usage("too many words: ", argv[2]);
    if (strcmp(command, "stress") == 0)
        return stress(argc, argv);
    if (strcmp(command, "run") != 0)
        return bad_usage(*command ? "no command " : "no command", command);
    if (argc < 3)
        return bad_usage("run needs a scenario", "");
    if (argc == 3)
        return run(argv[2], NULL);
    if (strcmp(argv[3], "--profile") != 0)
        return bad_usage("too many words: ", argv[3]);
    if (argc < 5)
        return bad_usage("--profile needs a name", "");
    return argc == 5 ? run(argv[2], argv[4])
                     : bad_usage("too many words: ", argv[5]);
}
