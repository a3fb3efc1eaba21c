/* SPDX-License-Identifier: BSD-2-Clause */
/* pager.c: see pager.h. */
#include "pager.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *command(void)
{
    const char *pager = getenv("LOCKVAL_PAGER");

    if (pager == NULL)
        pager = getenv("PAGER");
    return pager == NULL ? "less" : pager;
}

FILE *pager_open(void)
{
    const char *pager = command();
    FILE *out;

    if (!isatty(STDOUT_FILENO) || pager[0] == '\0' || strcmp(pager, "cat") == 0)
        return stdout;
    fflush(stdout);
    setenv("LESS", "FRX", 0); /* ends where all fits; colours; no clearing */
    signal(SIGPIPE, SIG_IGN); /* a reader who has seen enough */
    out = popen(pager, "we");
    return out == NULL ? stdout : out;
}

void pager_close(FILE *out)
{
    if (out != stdout)
        pclose(out);
}
