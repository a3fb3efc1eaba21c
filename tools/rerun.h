/* SPDX-License-Identifier: BSD-2-Clause */
/* rerun.h: `lockval run` as a child, with a limit in time.
 * Includes tool.h; used by confirm.c, rounds.c. */
#ifndef RERUN_H
#define RERUN_H

#include "tool.h"

struct rerun {
    const char *record; /* directory */
    const char *steer;  /* file of a plan; NULL: none */
    const char *run;    /* its name, NULL: one of its own */
    unsigned seed;      /* of delays; 0: none */
    unsigned limit;     /* seconds, after which all of it is killed; 0: none */
    char **argv;        /* the program and its arguments */
};

enum rerun_end {
    RERUN_DONE,
    RERUN_LATE,   /* it took too long and was killed */
    RERUN_FAILED, /* it could not be started, which was told */
};

/* The program's standard streams are closed off. */
enum rerun_end rerun(const struct rerun *rerun);

#endif
