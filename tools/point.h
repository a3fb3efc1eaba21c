/* SPDX-License-Identifier: BSD-2-Clause */
/* point.h: the line of source that a finding points at, for forms that show
 * one, and its path as a review of the project knows it.
 *
 * The project's root is the top of the git repository around the working
 * directory, else that directory. Nothing here opens a file.
 * Includes findings.h; used by the forms. */
#ifndef POINT_H
#define POINT_H

#include "findings.h"

struct point_root {
    const char *path;   /* absolute, ends in '/' */
    const char *prefix; /* of the working directory: "" or "build/" */
};

struct point {
    const char *path; /* under the root if `inside`, else absolute or strange */
    bool inside;
    int line; /* 0: unknown; then it is a module */
};

void point_root(struct point_root *root, struct tool_arena *arena);

/* The frame's file and line, or its module where no line is known. `path` is
 * NULL where nothing at all is known. */
struct point point_of(const struct point_root *root, struct tool_arena *arena,
                      const struct symbol_frame *frame);

/* The frames of a step that a person looks at first: where the function in
 * which both took place calls what took the one lock, and where it calls what
 * wanted the other. Without such a function they are the innermost frames of
 * the program with a line; NULL: unknown. */
struct point_nest {
    const struct symbol_frame *held, *wanted;
};
struct point_nest point_nest(const struct finding_step *step);

/* The frame that a finding is shown at: where its first step wanted its lock,
 * or where it was held; NULL: unknown. */
const struct symbol_frame *point_finding(const struct finding *finding);

/* The innermost frame of the program with a line; else the innermost; NULL. */
const struct symbol_frame *point_stack(const struct symbol_stack *stack);

#endif
