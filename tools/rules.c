/* SPDX-License-Identifier: BSD-2-Clause */
/* rules.c: see rules.h. A recursive descent over one line at a time; each
 * function reads one thing of the grammar. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64, NAME = 47, RULES = 10000, PROFILES = 64, NODES = 1000 };

struct line {
    struct rule_set *set;
    const char *where;
    size_t number; /* from 1 */
    const char *start, *at, *end;
    unsigned depth, nodes;
};

static const char name_bytes[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-/";

/* ---- mistakes ------------------------------------------------------------ */

/* At `at`; the first mistake is kept. Always false. */
static bool wrong(struct line *line, const char *at, const char *what)
{
    if (line->set->error[0] == '\0')
        snprintf(line->set->error, sizeof(line->set->error),
                 "%s%sline %zu, column %zu: %s", line->where,
                 line->where[0] == '\0' ? "" : ", ", line->number,
                 (size_t)(at - line->start) + 1, what);
    return false;
}

/* ---- words --------------------------------------------------------------- */

static void skip_blanks(struct line *line)
{
    while (line->at < line->end &&
           (*line->at == ' ' || *line->at == '\t' || *line->at == '\r'))
        line->at++;
}

static bool take(struct line *line, char c)
{
    skip_blanks(line);
    if (line->at == line->end || *line->at != c)
        return false;
    line->at++;
    return true;
}

static bool is_name_byte(char c)
{
    return c != '\0' && strchr(name_bytes, c) != NULL;
}

/* A name, copied; NULL and told: there is none. */
static const char *take_name(struct line *line, const char *what)
{
    const char *start;

    skip_blanks(line);
    start = line->at;
    while (line->at < line->end && is_name_byte(*line->at))
        line->at++;
    if (line->at == start) {
        wrong(line, start, what);
        return NULL;
    }
    if (line->at - start > NAME) {
        wrong(line, start, "a name is longer than 47 bytes");
        return NULL;
    }
    return tool_copy(&line->set->arena, start, (size_t)(line->at - start));
}

static bool ends(struct line *line, const char *otherwise)
{
    skip_blanks(line);
    return line->at == line->end || wrong(line, line->at, otherwise);
}

/* ---- conditions ---------------------------------------------------------- */

static const struct rule_node *read_any(struct line *line);
static const struct rule_node *read_one(struct line *line);

static struct rule_node *new_node(struct line *line, enum rule_what what)
{
    struct rule_node *node;

    if (line->nodes++ == NODES) {
        wrong(line, line->at, "the condition has more than 1000 parts");
        return NULL;
    }
    node = tool_take(&line->set->arena, sizeof(*node));
    node->what = what;
    return node;
}

static bool read_mode(struct line *line, enum rule_mode *mode)
{
    static const char *const words[] = {"held", "read", "write"};
    const char *start, *name;
    size_t i;

    if (!take(line, ':'))
        return wrong(line, line->at, "expected ':' and a mode");
    skip_blanks(line);
    start = line->at;
    name = take_name(line, "expected a mode: held, read or write");
    for (i = 0; name != NULL && i < 3; i++)
        if (strcmp(name, words[i]) == 0) {
            *mode = (enum rule_mode)i;
            return true;
        }
    return wrong(line, start, "expected a mode: held, read or write");
}

static const struct rule_node *read_atom(struct line *line)
{
    bool class = take(line, '*');
    struct rule_node *node = new_node(line, class ? RULE_CLASS : RULE_ROLE);

    if (node == NULL)
        return NULL;
    node->name = take_name(line, "expected role:mode, *class:mode, ! or (");
    return node->name != NULL && read_mode(line, &node->mode) ? node : NULL;
}

static const struct rule_node *read_not(struct line *line)
{
    struct rule_node *node = new_node(line, RULE_NOT);

    if (node == NULL)
        return NULL;
    node->left = read_one(line);
    return node->left == NULL ? NULL : node;
}

static const struct rule_node *read_group(struct line *line)
{
    const struct rule_node *node = read_any(line);

    if (node == NULL || take(line, ')'))
        return node;
    wrong(line, line->at, "expected & | or )");
    return NULL;
}

static const struct rule_node *read_one(struct line *line)
{
    const struct rule_node *node;

    if (line->depth++ == DEPTH) {
        wrong(line, line->at, "the condition is nested deeper than 64");
        return NULL;
    }
    if (take(line, '!'))
        node = read_not(line);
    else if (take(line, '('))
        node = read_group(line);
    else
        node = read_atom(line);
    line->depth--;
    return node;
}

/* Two or more of `read`, joined by `sign`. */
static const struct rule_node *
read_joined(struct line *line, char sign, enum rule_what what,
            const struct rule_node *(*read)(struct line *))
{
    const struct rule_node *left = read(line);

    while (left != NULL && take(line, sign)) {
        struct rule_node *node = new_node(line, what);

        if (node == NULL)
            return NULL;
        node->left = left;
        node->right = read(line);
        left = node->right == NULL ? NULL : node;
    }
    return left;
}

static const struct rule_node *read_all(struct line *line)
{
    return read_joined(line, '&', RULE_ALL, read_one);
}

static const struct rule_node *read_any(struct line *line)
{
    return read_joined(line, '|', RULE_ANY, read_all);
}

/* ---- lines --------------------------------------------------------------- */

/* The profiles that the lines from here on are in. */
struct section {
    const char **profile;
    size_t count;
};

static bool read_profile(struct line *line, struct section *section)
{
    struct section new = {
        tool_take(&line->set->arena, PROFILES * sizeof(*new.profile)), 0};

    do {
        const char *name = take_name(line, "expected the name of a profile");

        if (name == NULL)
            return false;
        if (new.count == PROFILES)
            return wrong(line, line->at, "more than 64 profiles");
        new.profile[new.count++] = name;
    } while (take(line, ','));
    *section = new;
    return ends(line, "expected ',' or the end of the line");
}

static bool read_directive(struct line *line, struct section *section)
{
    const char *start = line->at;
    const char *word = take_name(line, "expected profile or use after @");

    if (word == NULL)
        return false;
    if (strcmp(word, "profile") == 0)
        return read_profile(line, section);
    if (strcmp(word, "use") != 0)
        return wrong(line, start, "expected profile or use after @");
    word = take_name(line, "expected the name of a profile");
    if (word == NULL || !ends(line, "expected the end of the line"))
        return false;
    line->set->use = word;
    return true;
}

static const char *copy_condition(struct line *line, const char *start)
{
    const char *end = line->end;

    while (end > start &&
           (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    return tool_clean(&line->set->arena, start, (size_t)(end - start));
}

static bool read_rule(struct line *line, const struct section *section)
{
    struct rule rule = {.profile = section->profile,
                        .profile_count = section->count};
    const char *start;

    rule.name = take_name(line, "expected the name of a rule");
    if (rule.name == NULL)
        return false;
    rule.operation = take_name(line, "expected the name of an operation");
    if (rule.operation == NULL)
        return false;
    if (!take(line, '='))
        return wrong(line, line->at, "expected '='");
    skip_blanks(line);
    start = line->at;
    rule.root = read_any(line);
    if (rule.root == NULL || !ends(line, "expected & | or the end of the line"))
        return false;
    if (line->set->count == RULES)
        return wrong(line, start, "there are more than 10000 rules");
    rule.condition = copy_condition(line, start);
    *TOOL_PUSH(line->set->rule, line->set->count, line->set->room) = rule;
    return true;
}

static bool read_line(struct line *line, struct section *section)
{
    const char *comment = memchr(line->at, '#', (size_t)(line->end - line->at));

    if (comment != NULL)
        line->end = comment;
    skip_blanks(line);
    if (line->at == line->end)
        return true;
    if (take(line, '@'))
        return read_directive(line, section);
    return read_rule(line, section);
}

bool rules_parse(struct rule_set *set, const char *where, const char *text,
                 size_t size)
{
    struct section section = {NULL, 0};
    const char *at = text, *end = text + size;
    size_t number = 0;
    bool good = true;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct line line = {.set = set,
                            .where = where,
                            .number = ++number,
                            .start = at,
                            .at = at};

        line.end = stop == NULL ? end : stop;
        if (!read_line(&line, &section))
            good = false;
        at = stop == NULL ? end : stop + 1;
    }
    return good;
}

/* ---- profiles ------------------------------------------------------------ */

static bool in_profile(const struct rule *rule, const char *profile)
{
    size_t i;

    for (i = 0; i < rule->profile_count; i++)
        if (strcmp(rule->profile[i], profile) == 0)
            return true;
    return rule->profile_count == 0;
}

bool rules_applies(const struct rule_set *set, const struct rule *rule)
{
    return in_profile(rule, set->profile == NULL ? "current" : set->profile);
}

bool rules_choose(struct rule_set *set, const char *wanted)
{
    bool chosen = wanted[0] != '\0' || set->use != NULL, any = false;
    size_t i;

    set->profile = wanted[0] != '\0'
                       ? tool_copy(&set->arena, wanted, strlen(wanted))
                   : set->use != NULL ? set->use
                                      : "current";
    for (i = 0; i < set->count; i++) {
        any |= set->rule[i].profile_count > 0;
        if (set->rule[i].profile_count > 0 &&
            in_profile(&set->rule[i], set->profile))
            return true;
    }
    if (!any || !chosen)
        return true;
    snprintf(set->error, sizeof(set->error), "no rule is in the profile %s",
             set->profile);
    return false;
}

void rules_free(struct rule_set *set)
{
    free(set->rule);
    tool_arena_free(&set->arena);
    memset(set, 0, sizeof(*set));
}
