/* SPDX-License-Identifier: BSD-2-Clause */
/* option.h: what a user can set, and the one table that names it.
 *
 * The same keys are read from LOCKVAL_OPTIONS ("key=value:key=value", in the
 * program under test and in `lockval run`), from the file lockval.conf (lines
 * "key = value", # begins a comment) and from the flags of `lockval run`
 * ("--key value"). Flags win over the environment, the environment over the
 * file: apply them in the opposite order to one struct.
 *
 * Nothing here allocates, locks, uses stdio or changes errno: the engine reads
 * its options in the constructor of other people's programs. A mistake is told
 * in one line to a sink, the key is skipped, and reading goes on.
 * Includes no other module; used by engine.c and tools/. */
#ifndef LV_OPTION_H
#define LV_OPTION_H

#include <stdbool.h>
#include <stddef.h>

/* What makes a run fail, as bits of lv_options.fail_on. The first seven are
 * 1 << enum lv_grade (order.h). */
enum {
    LV_FAIL_DEADLOCK = 1u << 0,
    LV_FAIL_INVERSION = 1u << 1,
    LV_FAIL_CLASS = 1u << 2,
    LV_FAIL_CLASS_INFERRED = 1u << 3,
    LV_FAIL_GUARDED = 1u << 4,
    LV_FAIL_ORDERED = 1u << 5,
    LV_FAIL_SINGLE_THREAD = 1u << 6,
    LV_FAIL_MISUSE = 1u << 7,
    LV_FAIL_RULE = 1u << 8,
    LV_FAIL_REFUTED = 1u << 9,
    LV_FAIL_CONFIRMED = 1u << 10, /* of whatever grade, if it was shown */
};
#define LV_FAIL_DEFAULT                                                      \
    (LV_FAIL_DEADLOCK | LV_FAIL_INVERSION | LV_FAIL_CLASS | LV_FAIL_MISUSE | \
     LV_FAIL_RULE | LV_FAIL_REFUTED)

enum lv_format {
    LV_FORMAT_TEXT,
    LV_FORMAT_JSON,
    LV_FORMAT_HTML,
    LV_FORMAT_SARIF,
    LV_FORMAT_JUNIT,
    LV_FORMAT_GITHUB,
    LV_FORMAT_GITLAB,
    LV_FORMAT_DOT,
    LV_FORMAT_TSAN,
};

/* What a process does whose threads wait for each other for ever: hang on as it
 * would alone, abort(), or end with status 66. `lockval run` ends one that
 * hangs. */
enum lv_on_deadlock {
    LV_ON_DEADLOCK_REPORT,
    LV_ON_DEADLOCK_ABORT,
    LV_ON_DEADLOCK_EXIT,
};

#define LV_OPTION_PATH 4096u     /* bytes of a path, its NUL included */
#define LV_OPTION_WORD 32u       /* bytes of a name, its NUL included */
#define LV_OPTION_NAME 256u      /* bytes of a free text, its NUL included */
#define LV_OPTION_STACK_MAX 512u /* the most frames that max-stack may ask */
#define LV_OPTION_SECONDS_MAX 86400u /* the most that watchdog may ask */

struct lv_options {
    char record[LV_OPTION_PATH]; /* record: directory of the records */
    unsigned max_stack;          /* max-stack: frames kept of a stack, >= 1 */
    unsigned fail_on;            /* fail-on: LV_FAIL_* */
    unsigned format;             /* format: enum lv_format */
    char rules[LV_OPTION_PATH];  /* rules: a file; "": none */
    char suppressions[LV_OPTION_PATH]; /* suppressions: a file; "": none */
    bool shipped_suppressions;         /* default-suppressions: lockval's own */
    char test[LV_OPTION_NAME];     /* test: what the run is called; "": none */
    char baseline[LV_OPTION_PATH]; /* baseline: a database; "": none */
    char run[LV_OPTION_WORD];      /* run: told by `lockval run`; "": none */
    char profile[LV_OPTION_WORD];  /* profile: of the rules; "": not given */
    unsigned on_deadlock;          /* on-deadlock: enum lv_on_deadlock */
    unsigned watchdog;             /* watchdog: seconds, 0: none */
    bool children;                 /* children: follow fork and exec */
    bool quiet;                    /* quiet: no text from inside the program */
    char steer[LV_OPTION_PATH];    /* steer: a plan (steer.h), told by `lockval
                                      confirm`; "": none */
    unsigned seed;                 /* seed: of delays (perturb.h); 0: none */
    bool confirm;                  /* confirm: try what was found (confirm.h) */
    unsigned attempts;             /* attempts: reruns of each, at most */
    unsigned timeout;   /* timeout: seconds of a rerun; 0: as needed */
    unsigned perturb;   /* perturb: rounds with delays; 0: none */
    bool require_locks; /* require-locks: no lock taken is a failure */
};

/* Told one line without a newline, valid during the call only. NULL sinks are
 * fine where an argument is a sink: the mistake is then skipped in silence. */
typedef void lv_option_sink(void *context, const char *message);

/* record=lockval.d, max-stack=64, fail-on as LV_FAIL_DEFAULT, format=text,
 * children, neither quiet nor require-locks. */
void lv_options_default(struct lv_options *options);

/* Set one key. A yes-or-no key takes yes, no, true, false, on, off, 1, 0, or
 * nothing for yes, and has an opposite with "no-" before it. False: the key is
 * unknown or the value is no good; `sink` was told, nothing changed. */
bool lv_options_set(struct lv_options *options, const char *key,
                    size_t key_size, const char *value, size_t value_size,
                    lv_option_sink *sink, void *context);

/* Apply the text of LOCKVAL_OPTIONS (NULL: nothing). A backslash before ':' or
 * '\' makes it part of the value. False: some key was skipped. */
bool lv_options_environment(struct lv_options *options, const char *text,
                            lv_option_sink *sink, void *context);

/* Apply the text of a lockval.conf; messages begin with the line's number.
 * False: some line was skipped. */
bool lv_options_file(struct lv_options *options, const char *text, size_t size,
                     lv_option_sink *sink, void *context);

/* Write what lv_options_environment would read back, NUL-terminated. Returns
 * its length, or 0 where `size` does not suffice. */
size_t lv_options_render(const struct lv_options *options, char *out,
                         size_t size);

/* How a flag of this name is used: not at all, alone, or with a value. */
enum lv_option_use { LV_OPTION_UNKNOWN, LV_OPTION_ALONE, LV_OPTION_VALUE };
enum lv_option_use lv_options_use(const char *key, size_t key_size);

/* The name among `count` that is nearest to `word` by edit distance, or NULL
 * where none is near enough to be what was meant. */
const char *lv_option_nearest(const char *word, size_t size,
                              const char *const *name, size_t count);

#endif
