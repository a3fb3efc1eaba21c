/* SPDX-License-Identifier: BSD-2-Clause */
/* suppress_file.h: findings that people decided to live with.
 *
 *   file    = line { newline line }              '#' begins a comment
 *   line    = [ entry ]
 *   entry   = test { "&" test } [ "until" DATE ] "because" REASON
 *   test    = "fingerprint" HEX | "frame" GLOB | "lock" GLOB | "module" GLOB
 *           | "file" GLOB | "thread" GLOB | "kind" WORD | "grade" WORD
 *   GLOB    = a word without blanks, " and #, or "anything in quotes";
 *             * stands for any run of characters, ? for one
 *   DATE    = YYYY-MM-DD, the last day on which the entry holds
 *   REASON  = the rest of the line
 *
 * An entry meets a finding that meets all of its tests: some frame of some
 * stack has that function, source file or module (each by its whole path or by
 * what follows the last '/'); some lock or thread of it is called so.
 * A reason is not optional: who reads the file in a year needs it.
 * Includes tool.h; used by suppress.c. */
#ifndef SUPPRESS_FILE_H
#define SUPPRESS_FILE_H

#include "tool.h"

enum suppress_what {
    SUPPRESS_FINGERPRINT,
    SUPPRESS_FRAME,
    SUPPRESS_LOCK,
    SUPPRESS_MODULE,
    SUPPRESS_FILE,
    SUPPRESS_THREAD,
    SUPPRESS_KIND,
    SUPPRESS_GRADE,
};

struct suppress_test {
    enum suppress_what what;
    const char *glob;
};

struct suppress_entry {
    const char *path; /* of the file, and the entry's line in it */
    size_t line;
    const char *text; /* the tests, as written: "frame init_*" */
    const struct suppress_test *test;
    size_t test_count;
    unsigned until; /* 20270131; 0: for ever */
    const char *reason;
    /* What suppress_apply learned. */
    const char *first; /* fingerprint of the first that it met */
    size_t met;        /* how many fingerprints */
    bool useful;       /* some of them would have failed */
};

struct suppress_list {
    struct tool_arena arena;
    struct suppress_entry *entry;
    size_t count, room;
};

/* Add what `path` says. False: it cannot be read or a line is no good, told in
 * one line with its number; what stood before it was added. */
bool suppress_file_read(struct suppress_list *list, const char *path);

/* The same of text; `path` names it in messages and must outlive the list. */
bool suppress_file_parse(struct suppress_list *list, const char *path,
                         const char *text, size_t size);

void suppress_file_free(struct suppress_list *list);

#endif
