/* SPDX-License-Identifier: BSD-2-Clause */
/* order_suggest.c: see order_command.h.
 *
 * Subclasses count as their class. Classes are sorted by name and everything is
 * done in that order, so that a rerun writes the same. What goes round in a
 * circle is no order: those pairs are told in comments. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "observation.h"
#include "order_command.h"

/* A class, or a class and its subclasses. */
struct node {
    const char *name;
    bool leaves; /* something comes after it */
    bool follows;
};

struct draft {
    const struct findings *findings;
    FILE *out;
    struct tool_arena arena;
    struct node *node; /* sorted */
    size_t count, room;
    uint32_t *of_class;    /* class id -> node */
    uint8_t *edge, *reach; /* [from * count + to] */
    const char **witness;  /* the same */
    bool *up, *down; /* node nests in itself: up, or not up, the addresses */
    bool *subclass;  /* into a higher subclass */
};

static bool *at(uint8_t *matrix, const struct draft *draft, size_t from,
                size_t to)
{
    return (bool *)&matrix[from * draft->count + to];
}

/* ---- nodes --------------------------------------------------------------- */

static const char *base_name(const struct draft *draft, uint32_t class_id)
{
    return draft->findings->class[class_id].base;
}

static int by_name(const void *left, const void *right)
{
    const struct node *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static uint32_t find_node(const struct draft *draft, const char *name)
{
    struct node key = {.name = name};
    const struct node *found =
        bsearch(&key, draft->node, draft->count, sizeof(*draft->node), by_name);

    return (uint32_t)(found - draft->node);
}

static void add_node(struct draft *draft, uint32_t class_id)
{
    *TOOL_PUSH(draft->node, draft->count, draft->room) =
        (struct node){.name = base_name(draft, class_id)};
}

static void drop_doubles(struct draft *draft)
{
    size_t i, kept = 0;

    for (i = 0; i < draft->count; i++)
        if (kept == 0 ||
            strcmp(draft->node[kept - 1].name, draft->node[i].name) != 0)
            draft->node[kept++] = draft->node[i];
    draft->count = kept;
}

static void make_nodes(struct draft *draft)
{
    const struct findings *findings = draft->findings;
    size_t i;

    for (i = 0; i < findings->dependency_count; i++) {
        add_node(draft, findings->dependency[i].from);
        add_node(draft, findings->dependency[i].to);
    }
    if (draft->count > 0)
        qsort(draft->node, draft->count, sizeof(*draft->node), by_name);
    drop_doubles(draft);
    draft->of_class =
        tool_take(&draft->arena, findings->class_count * sizeof(uint32_t));
    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *d = &findings->dependency[i];

        draft->of_class[d->from] = find_node(draft, base_name(draft, d->from));
        draft->of_class[d->to] = find_node(draft, base_name(draft, d->to));
    }
}

/* ---- edges --------------------------------------------------------------- */

enum { CALLERS = 3 }; /* enough to see through lock wrappers */

/* The innermost functions, without lines: they change with every edit. */
static const char *place_of(struct draft *draft,
                            const struct symbol_stack *frames)
{
    const char *words = "?";
    size_t i;

    for (i = 0; i < frames->count && i < CALLERS; i++) {
        const char *name = name_function(&draft->arena, &frames->frame[i]);

        words =
            i == 0 ? name : tool_print(&draft->arena, "%s, by %s", words, name);
    }
    return words;
}

/* The witness whose words come first in the alphabet: any run finds it. */
static void meet_witness(struct draft *draft, size_t edge,
                         const struct symbol_stack *held_at,
                         const struct symbol_stack *wanted_at)
{
    const char *words =
        tool_print(&draft->arena, "%s; then %s", place_of(draft, held_at),
                   place_of(draft, wanted_at));

    if (draft->witness[edge] == NULL || strcmp(words, draft->witness[edge]) < 0)
        draft->witness[edge] = words;
}

static void meet_same(struct draft *draft, uint32_t node,
                      const struct class_dependency *d)
{
    const struct finding_class *class = draft->findings->class;

    if (class[d->to].subclass > class[d->from].subclass) {
        draft->subclass[node] = true;
        return;
    }
    draft->up[node] |= d->up;
    draft->down[node] |= d->down;
}

/* All that was observed, where that is known. */
static void meet_all(struct draft *draft, size_t edge,
                     const struct class_dependency *d)
{
    const struct findings *findings = draft->findings;
    const struct lv_rec_observation *seen;
    struct observation_at place = {0};

    meet_witness(draft, edge, d->seen.held_at, d->seen.wanted_at);
    if (findings->model == NULL)
        return;
    while ((seen = observation_next(findings->model, d->from, d->to, &place)) !=
           NULL)
        meet_witness(
            draft, edge,
            symbols_stack(findings->symbols, seen->hold[place.hold - 1].stack),
            symbols_stack(findings->symbols, seen->wanted.stack));
}

static void draw(struct draft *draft, const struct class_dependency *d)
{
    uint32_t from = draft->of_class[d->from], to = draft->of_class[d->to];

    if (from == to) {
        meet_same(draft, from, d);
        return;
    }
    meet_all(draft, from * draft->count + to, d);
    *at(draft->edge, draft, from, to) = true;
}

static void make_edges(struct draft *draft)
{
    size_t cells = draft->count * draft->count, i, j, k;

    draft->edge = tool_take(&draft->arena, cells + 1);
    draft->reach = tool_take(&draft->arena, cells + 1);
    draft->witness = tool_take(&draft->arena, (cells + 1) * sizeof(char *));
    draft->up = tool_take(&draft->arena, draft->count + 1);
    draft->down = tool_take(&draft->arena, draft->count + 1);
    draft->subclass = tool_take(&draft->arena, draft->count + 1);
    for (i = 0; i < draft->findings->dependency_count; i++)
        draw(draft, &draft->findings->dependency[i]);
    if (cells > 0)
        memcpy(draft->reach, draft->edge, cells);
    for (k = 0; k < draft->count; k++) /* Warshall */
        for (i = 0; i < draft->count; i++)
            for (j = 0; *at(draft->reach, draft, i, k) && j < draft->count; j++)
                *at(draft->reach, draft, i, j) |=
                    *at(draft->reach, draft, k, j);
}

static bool in_circle(const struct draft *draft, size_t i, size_t j)
{
    return *at(draft->reach, draft, i, j) && *at(draft->reach, draft, j, i);
}

/* Follows from two other edges, none of which is part of a circle. */
static bool follows(const struct draft *draft, size_t i, size_t j)
{
    size_t k;

    for (k = 0; k < draft->count; k++)
        if (k != i && k != j && *at(draft->reach, draft, i, k) &&
            *at(draft->reach, draft, k, j) && !in_circle(draft, i, k) &&
            !in_circle(draft, k, j))
            return true;
    return false;
}

/* ---- writing ------------------------------------------------------------- */

static void write_name(const struct draft *draft, size_t i)
{
    const char *name = draft->node[i].name;
    bool plain = strpbrk(name, " \t\"#<,:") == NULL &&
                 strcmp(name, "leaf") != 0 && strcmp(name, "same-class") != 0;

    for (fputs(plain ? "" : "\"", draft->out); *name != '\0'; name++)
        if (*name != '"') /* a quote cannot be quoted; no lock has one */
            fputc(*name, draft->out);
    fputs(plain ? "" : "\"", draft->out);
}

static void write_circles(const struct draft *draft)
{
    size_t i, j;
    bool any = false;

    for (i = 0; i < draft->count; i++)
        for (j = 0; j < draft->count; j++) {
            if (!*at(draft->edge, draft, i, j) || !in_circle(draft, i, j))
                continue;
            fprintf(draft->out, "%s#   %s, then %s: %s\n",
                    any ? ""
                        : "\n# Not ordered: these go round in a circle "
                          "(lockval report).\n",
                    draft->node[i].name, draft->node[j].name,
                    draft->witness[i * draft->count + j]);
            any = true;
        }
}

/* Edges that are part of a circle or follow from others are not written. */
static void reduce(struct draft *draft, uint8_t *todo)
{
    size_t i, j;

    for (i = 0; i < draft->count; i++)
        for (j = 0; j < draft->count; j++) {
            if (!*at(draft->edge, draft, i, j))
                continue;
            draft->node[i].leaves = draft->node[j].follows = true;
            todo[i * draft->count + j] =
                !in_circle(draft, i, j) && !follows(draft, i, j);
        }
}

static size_t next_of(const struct draft *draft, const uint8_t *todo, size_t i)
{
    size_t j = 0;

    while (j < draft->count && !todo[i * draft->count + j])
        j++;
    return j;
}

/* From `start` on, the first edge that is left, as long as there is one. */
static void write_chain(const struct draft *draft, uint8_t *todo, size_t start)
{
    size_t i = start, j, length = 0, k;
    size_t *path = calloc(draft->count + 1, sizeof(*path));

    if (path == NULL)
        tool_out_of_memory();
    path[length++] = i;
    fputc('\n', draft->out);
    while ((j = next_of(draft, todo, i)) < draft->count) {
        todo[i * draft->count + j] = false;
        fprintf(draft->out, "# %s, then %s: %s\n", draft->node[i].name,
                draft->node[j].name, draft->witness[i * draft->count + j]);
        path[length++] = i = j;
    }
    for (k = 0; k < length; k++) {
        fputs(k == 0 ? "" : " < ", draft->out);
        write_name(draft, path[k]);
    }
    fputc('\n', draft->out);
    free(path);
}

/* Chains begin where nothing that is left comes before. */
static bool is_start(const struct draft *draft, const uint8_t *todo, size_t i)
{
    size_t j;

    for (j = 0; j < draft->count; j++)
        if (todo[j * draft->count + i])
            return false;
    return next_of(draft, todo, i) < draft->count;
}

static void write_chains(struct draft *draft)
{
    uint8_t *todo = tool_take(&draft->arena, draft->count * draft->count + 1);
    size_t i;

    reduce(draft, todo);
    for (i = 0; i < draft->count; i++)
        if (is_start(draft, todo, i)) {
            write_chain(draft, todo, i);
            i = SIZE_MAX; /* again from the first */
        }
}

static void write_leaves(const struct draft *draft)
{
    size_t i;
    bool any = false;

    for (i = 0; i < draft->count; i++) {
        if (draft->node[i].leaves || !draft->node[i].follows)
            continue;
        fputs(any ? ", " : "\n# Nothing was waited for inside these.\nleaf: ",
              draft->out);
        write_name(draft, i);
        any = true;
    }
    if (any)
        fputc('\n', draft->out);
}

static void write_same(const struct draft *draft)
{
    size_t i;

    for (i = 0; i < draft->count; i++) {
        bool mixed = draft->down[i] || (draft->up[i] && draft->subclass[i]);

        if (!draft->up[i] && !draft->down[i] && !draft->subclass[i])
            continue;
        fputs(mixed ? "\n# In no one order: same-class " : "\nsame-class ",
              draft->out);
        write_name(draft, i);
        fputs(draft->up[i] || draft->down[i] ? ": by address\n" : ": nested\n",
              draft->out);
    }
}

static void write_order(struct draft *draft)
{
    make_edges(draft);
    fprintf(draft->out,
            "# The lock order that was observed; each pair with a place "
            "that shows it.\n# Check: lockval order check FILE PATH…\n");
    write_chains(draft);
    write_circles(draft);
    write_leaves(draft);
    write_same(draft);
}

bool order_suggest(struct findings *findings, FILE *out)
{
    struct draft draft = {.findings = findings, .out = out};
    bool few;

    findings_describe(findings);
    make_nodes(&draft);
    few = draft.count <= ORDER_NAMES;
    if (!few)
        tool_error("there are %zu lock classes, and an order file takes %d",
                   draft.count, ORDER_NAMES);
    else
        write_order(&draft);
    free(draft.node);
    tool_arena_free(&draft.arena);
    return few;
}
