/* SPDX-License-Identifier: BSD-2-Clause */
/* rules.h: which locks an operation needs, as text and as a tree.
 *
 *   text      = line { newline line }             '#' begins a comment
 *   line      = [ "@profile" NAME { "," NAME } | "@use" NAME | rule ]
 *   rule      = NAME OPERATION "=" any
 *   any       = all { "|" all }
 *   all       = one { "&" one }
 *   one       = "!" one | "(" any ")" | [ "*" ] NAME ":" mode
 *   mode      = "held" | "read" | "write"
 *   NAME      = letters, digits and _ . + - /      at most 47 of them
 *
 * `role:mode`: there is an object in that role, and the caller holds each one
 * that is in it, in that mode or a stronger one; `held` and `read` are met by
 * any hold. `*class:mode`: the caller holds some lock of that class so.
 * Rules before the first @profile are in all profiles. @use lets the program
 * choose the profile; --profile overrules it, and `current` is the default.
 *
 * Names are copied, so they are clean. Includes tool.h; used by judge.c,
 * report.c, run.c. */
#ifndef RULES_H
#define RULES_H

#include "tool.h"

enum rule_what { RULE_ROLE, RULE_CLASS, RULE_NOT, RULE_ALL, RULE_ANY };
enum rule_mode { RULE_HELD, RULE_READ, RULE_WRITE };

struct rule_node {
    enum rule_what what;
    enum rule_mode mode;                  /* ROLE, CLASS */
    const char *name;                     /* ROLE, CLASS */
    const struct rule_node *left, *right; /* NOT has no right */
};

struct rule {
    const char *name, *operation;
    const char *condition; /* as written, without the comment */
    const struct rule_node *root;
    const char **profile; /* NULL: in all */
    size_t profile_count;
};

struct rule_set {
    struct tool_arena arena;
    struct rule *rule;
    size_t count, room;
    const char *use;     /* of the last @use; NULL: none */
    const char *profile; /* chosen; set by rules_choose */
    char error[200];     /* "line 3, column 17: …"; "": none */
};

/* Add the rules of `text`. False: a line is no good; the first such is told in
 * `error`, prefixed with `where`, and the other lines count. Depth, lengths and
 * numbers are bounded; any bytes will do. */
bool rules_parse(struct rule_set *set, const char *where, const char *text,
                 size_t size);

/* Choose the profile: `wanted`, or what @use says where that is "". False:
 * there are profiles, and none has this name: told in `error`. */
bool rules_choose(struct rule_set *set, const char *wanted);

/* Whether the rule is in the chosen profile. */
bool rules_applies(const struct rule_set *set, const struct rule *rule);

void rules_free(struct rule_set *set);

#endif
