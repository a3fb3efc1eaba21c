/* SPDX-License-Identifier: BSD-2-Clause */
/* runs.h: which records make a run.
 *
 * A RUN is what shares locks: a process image, what it forked, and what uses
 * the same locks in shared memory or on files under one `lockval run`. Its id
 * is the hash of its records, wherever they lie. Includes map.h, record_read.h;
 * used by merge.c. */
#ifndef RUNS_H
#define RUNS_H

#include "map.h"
#include "record_read.h"

struct runs_member {
    char *path;
    char name[256], parent[256]; /* file names */
    uint64_t start, hash;
    uint32_t run; /* index of the member that stands for its run */
};

struct runs_run {
    const struct runs_member *member; /* by when they started */
    size_t count;
    uint64_t id, start;
};

/* Begin as {0}. */
struct runs {
    struct runs_member *member;
    size_t member_count, member_room;
    struct runs_run *run; /* by when they started */
    size_t run_count, run_room;
    struct intern files; /* of shared locks, with the run's name */
    uint32_t *user;      /* of each, a member */
    size_t user_count, user_room;
    struct tool_arena arena;
};

/* Add every record of a directory. False: it cannot be read; errno says why. */
bool runs_read_directory(struct runs *runs, const char *path);

/* Add one record; what is no good about it is for its reader to tell. */
void runs_read_record(struct runs *runs, const char *path);

/* After the last: put the runs together. */
void runs_group(struct runs *runs);

void runs_free(struct runs *runs);

#endif
