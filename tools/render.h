/* SPDX-License-Identifier: BSD-2-Clause */
/* render.h: findings in one of the forms of --format.
 *
 * A form is one file with one function. What could not be written shows in
 * ferror(out): the caller asks. Includes findings.h; used by report.c and the
 * forms. */
#ifndef RENDER_H
#define RENDER_H

#include "findings.h"

struct render {
    struct findings *findings;
    FILE *out;
    unsigned fail_on; /* LV_FAIL_*: the rest is told as hints */
    bool colour;
};

/* Whole sentences for people. */
void render_text(const struct render *render);

/* Who waits for what, of threads that are stuck (stuck.h), and nothing else. */
void render_waits(const struct render *render);

/* interface.md's JSON, version 1. */
void render_json(const struct render *render);

/* One page for a browser, without the network. */
void render_html(const struct render *render);

/* SARIF 2.1.0: what code scanning and editors read. */
void render_sarif(const struct render *render);

/* JUnit's XML: a failed test case for each finding that fails, a passed one for
 * each kind without. */
void render_junit(const struct render *render);

/* Workflow commands of GitHub, and the step's summary where
 * GITHUB_STEP_SUMMARY names a file: that is appended to. */
void render_github(const struct render *render);

/* GitLab's code quality report. */
void render_gitlab(const struct render *render);

/* The lock graph for graphviz; what is in a cycle is red. */
void render_dot(const struct render *render);

/* What fails as ThreadSanitizer would tell it, for tools that count that. */
void render_tsan(const struct render *render);

/* The file that a value of TSAN_OPTIONS (may be NULL) wants reports in: its
 * log_path, a dot and our pid. NULL: it names none, or a stream. */
const char *tsan_log(struct tool_arena *arena, const char *options);

#endif
