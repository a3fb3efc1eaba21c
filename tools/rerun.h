/* SPDX-License-Identifier: BSD-2-Clause */
/* rerun.h: `lockval run` as a child, with a limit in time.
 * Includes tool.h; used by confirm.c, perturb_rounds.c. */
#ifndef RERUN_H
#define RERUN_H

#include "tool.h"

struct rerun {
    const char *record; /* directory */
    const char *steer;  /* file of a plan; NULL: none */
    const char *run;    /* its name, NULL: one of its own */
    unsigned seed;      /* of delays; 0: none */
    unsigned limit;     /* seconds, after which all of it is killed; 0: none */
    bool loud;          /* the program keeps its standard streams */
    char **argv;        /* the program and its arguments */
};

/* The status of `lockval run`; -1: it could not be started, which was told;
 * -2: it took too long and was killed. */
int rerun(const struct rerun *rerun);

#endif
