/* SPDX-License-Identifier: BSD-2-Clause */
/* cross.c: see cross.h. The order library searches: a class serves it as one
 * lock, and each piece of evidence as what a thread of its own observed. */
#include "cross.h"

#include <stdlib.h>
#include <string.h>

#include "cycle.h"
#include "option.h"

enum { MOST_CYCLES = 500 };

/* ---- strongly connected parts -------------------------------------------- */

/* Tarjan's, without recursion. Classes of one id are one node. */
struct tarjan {
    const struct findings *findings;
    uint32_t *node;       /* of a class, by its index: the first of its id */
    uint32_t *first;      /* first dependency out of it, in `by_node` */
    const uint32_t *next; /* the end of it */
    uint32_t *arc;        /* heads, by tail */
    uint32_t *number, *low, *part, *stack, *path, *at;
    uint32_t stacked, depth, numbered, parts;
};

static int by_id(const void *left, const void *right, void *context)
{
    const struct finding_class *class = context;
    const uint32_t *a = left, *b = right;

    if (class[*a].id != class[*b].id)
        return class[*a].id < class[*b].id ? -1 : 1;
    return (*a > *b) - (*a < *b);
}

static uint32_t *number_classes(struct findings *findings)
{
    size_t i, count = findings->class_count;
    uint32_t *order = tool_take(&findings->arena, (count + 1) * sizeof(*order));
    uint32_t *node = tool_take(&findings->arena, (count + 1) * sizeof(*node));

    for (i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, count, sizeof(*order), by_id, findings->class);
    for (i = 0; i < count; i++)
        node[order[i]] = i > 0 && findings->class[order[i - 1]].id ==
                                      findings->class[order[i]].id
                             ? node[order[i - 1]]
                             : order[i];
    return node;
}

static void list_arcs(struct tarjan *tarjan, struct tool_arena *arena)
{
    const struct findings *findings = tarjan->findings;
    size_t i, count = findings->class_count;
    uint32_t *fill = tool_take(arena, (count + 2) * sizeof(*fill));

    tarjan->first = tool_take(arena, (count + 2) * sizeof(*tarjan->first));
    tarjan->arc = tool_take(arena, (findings->dependency_count + 1) *
                                       sizeof(*tarjan->arc));
    for (i = 0; i < findings->dependency_count; i++)
        tarjan->first[tarjan->node[findings->dependency[i].from] + 1]++;
    for (i = 0; i < count; i++)
        tarjan->first[i + 1] += tarjan->first[i];
    memcpy(fill, tarjan->first, (count + 1) * sizeof(*fill));
    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *d = &findings->dependency[i];

        tarjan->arc[fill[tarjan->node[d->from]]++] = tarjan->node[d->to];
    }
}

static void enter(struct tarjan *tarjan, uint32_t node)
{
    tarjan->number[node] = tarjan->low[node] = ++tarjan->numbered;
    tarjan->stack[tarjan->stacked++] = node;
    tarjan->path[tarjan->depth++] = node;
    tarjan->at[node] = tarjan->first[node];
}

/* A part of one class alone is none. */
static void close_part(struct tarjan *tarjan, uint32_t root)
{
    bool single = tarjan->stack[tarjan->stacked - 1] == root;
    uint32_t node;

    tarjan->parts++;
    do {
        node = tarjan->stack[--tarjan->stacked];
        tarjan->part[node] = single ? 0 : tarjan->parts;
        tarjan->low[node] = UINT32_MAX; /* done */
    } while (node != root);
}

static void lower(struct tarjan *tarjan, uint32_t node, uint32_t to)
{
    if (tarjan->low[node] > to)
        tarjan->low[node] = to;
}

static void leave(struct tarjan *tarjan, uint32_t node)
{
    uint32_t low = tarjan->low[node];

    tarjan->depth--;
    if (low == tarjan->number[node])
        close_part(tarjan, node);
    else
        lower(tarjan, tarjan->path[tarjan->depth - 1], low);
}

static void search(struct tarjan *tarjan, uint32_t root)
{
    enter(tarjan, root);
    while (tarjan->depth > 0) {
        uint32_t node = tarjan->path[tarjan->depth - 1], to;

        if (tarjan->at[node] == tarjan->first[node + 1]) {
            leave(tarjan, node);
            continue;
        }
        to = tarjan->arc[tarjan->at[node]++];
        if (tarjan->number[to] == 0)
            enter(tarjan, to);
        else if (tarjan->low[to] != UINT32_MAX)
            lower(tarjan, node, tarjan->number[to]);
    }
}

const uint32_t *cross_parts(struct findings *findings)
{
    struct tool_arena arena = {0};
    struct tarjan tarjan = {.findings = findings};
    size_t i, size = (findings->class_count + 1) * sizeof(uint32_t);
    uint32_t *part = tool_take(&findings->arena, size);

    tarjan.node = number_classes(findings);
    list_arcs(&tarjan, &arena);
    tarjan.number = tool_take(&arena, size);
    tarjan.low = tool_take(&arena, size);
    tarjan.part = tool_take(&arena, size);
    tarjan.stack = tool_take(&arena, size);
    tarjan.path = tool_take(&arena, size);
    tarjan.at = tool_take(&arena, size);
    for (i = 0; i < findings->class_count; i++)
        if (tarjan.node[i] == i && tarjan.number[i] == 0)
            search(&tarjan, (uint32_t)i);
    for (i = 0; i < findings->class_count; i++)
        part[i] = tarjan.part[tarjan.node[i]];
    tool_arena_free(&arena);
    return part;
}

/* ---- circles to findings ------------------------------------------------- */

struct crossing {
    struct findings *findings;
    const struct evidences *evidence;
    const struct cross_source *source;
    const uint32_t *node; /* by class */
    const struct lv_cycle *cycle;
    const struct evidence **step; /* turned */
};

static bool is_wait(const struct findings *findings,
                    const struct evidence *step)
{
    uint32_t family = findings->class[step->to].family;

    return (step->wanted_how & LV_HOW_SYNC) || family == LV_FAMILY_ONCE ||
           family == LV_FAMILY_SEMAPHORE;
}

/* The order may have used a lock that was held besides: then others show that
 * dependency itself. */
static const struct evidence *find_step(const struct crossing *crossing,
                                        const struct lv_step *step)
{
    const struct evidence *item = crossing->evidence->item, *found = NULL;
    size_t i;

    if (step->hold == 0)
        return &item[step->seen->thread - 1];
    for (i = 0; i < crossing->evidence->count; i++) {
        if (crossing->node[item[i].from] != step->from ||
            crossing->node[item[i].to] != step->to)
            continue;
        if (item[i].kind == step->kind)
            return &item[i];
        found = &item[i];
    }
    return found;
}

static const char *key_of(const struct crossing *crossing, uint32_t class)
{
    return crossing->findings->class[class].key;
}

/* Begins with the smallest key, as a finding of one run does. */
static bool find_steps(struct crossing *crossing)
{
    const struct lv_cycle *cycle = crossing->cycle;
    struct tool_arena *arena = &crossing->findings->arena;
    uint32_t i, first = 0;
    const struct evidence **found =
        tool_take(arena, cycle->count * sizeof(*found));

    crossing->step = tool_take(arena, cycle->count * sizeof(*found));
    for (i = 0; i < cycle->count; i++) {
        found[i] = find_step(crossing, &cycle->step[i]);
        if (found[i] == NULL)
            return false;
        if (strcmp(key_of(crossing, found[i]->from),
                   key_of(crossing, found[first]->from)) < 0)
            first = i;
    }
    for (i = 0; i < cycle->count; i++)
        crossing->step[i] = found[(first + i) % cycle->count];
    return true;
}

static bool is_covered(const struct crossing *crossing)
{
    uint32_t i, count = crossing->cycle->count;
    struct tool_arena arena = {0};
    uint64_t *dependency = tool_take(&arena, count * sizeof(*dependency));
    bool covered;

    for (i = 0; i < count; i++)
        dependency[i] =
            evidence_dependency(crossing->findings, crossing->step[i]);
    covered =
        crossing->source->covers(crossing->source->context, dependency, count);
    tool_arena_free(&arena);
    return covered;
}

static enum lv_grade grade_of(const struct crossing *crossing)
{
    uint32_t i;

    if (crossing->cycle->grade != LV_GRADE_INVERSION)
        return crossing->cycle->grade;
    for (i = 0; i < crossing->cycle->count; i++) {
        uint32_t kind = crossing->findings->class[crossing->step[i]->from].kind;

        if (kind != LV_CLASS_DECLARED && kind != LV_CLASS_STATIC)
            return LV_GRADE_CLASS_INFERRED;
    }
    return LV_GRADE_CLASS;
}

static struct finding_step make_step(const struct crossing *crossing,
                                     const struct evidence *from)
{
    struct finding_step step = evidence_step(crossing->findings, from);

    step.test = crossing->source->test(crossing->source->context, from->run);
    return step;
}

static void add_test(struct finding *finding, const char *test)
{
    size_t i;

    for (i = 0; i < finding->test_count; i++)
        if (strcmp(finding->test[i], test) == 0)
            return;
    finding->test[finding->test_count++] = test;
}

/* Neither stacks nor tests: which of them are told depends on what else was
 * united. */
static uint64_t hash(const struct crossing *crossing)
{
    uint64_t sum = tool_hash(TOOL_HASH, "across", 7);
    uint32_t i;

    for (i = 0; i < crossing->cycle->count; i++) {
        const char *key = key_of(crossing, crossing->step[i]->from);

        sum = tool_hash(sum, key, strlen(key) + 1);
    }
    return sum;
}

static const char *sentence(struct findings *findings,
                            const struct finding *finding)
{
    const char *list = finding->lock[0];
    size_t i, last = finding->lock_count - 1;

    for (i = 1; i <= last; i++)
        list = tool_print(&findings->arena, "%s%s%s", list,
                          i < last ? ", " : " and ", finding->lock[i]);
    return tool_print(
        &findings->arena,
        "%s are %s in %s, each run by itself being in order%s", list,
        strcmp(finding->kind, "wait-inversion") == 0 ? "waited for" : "taken",
        last == 1 ? "opposite orders by different runs"
                  : "orders that form a circle over several runs",
        strcmp(finding->grade, "guarded") == 0
            ? ", but always under another lock"
            : "");
}

static struct finding make_finding(const struct crossing *crossing)
{
    struct findings *findings = crossing->findings;
    enum lv_grade grade = grade_of(crossing);
    uint32_t i, count = crossing->cycle->count;
    struct finding_step *step =
        tool_take(&findings->arena, count * sizeof(*step));
    struct finding finding = {.kind = "inversion",
                              .grade = cycle_grade(grade),
                              .fail = 1u << grade,
                              .across = true,
                              .step = step,
                              .step_count = count,
                              .lock_count = count,
                              .count = 1,
                              .program = ""};

    finding.lock = tool_take(&findings->arena, count * sizeof(char *));
    finding.test = tool_take(&findings->arena, count * sizeof(char *));
    for (i = 0; i < count; i++) {
        step[i] = make_step(crossing, crossing->step[i]);
        finding.lock[i] = step[i].from;
        add_test(&finding, step[i].test);
        if (is_wait(findings, crossing->step[i]))
            finding.kind = "wait-inversion";
    }
    finding.message = sentence(findings, &finding);
    cycle_set_fingerprint(&finding, hash(crossing));
    return finding;
}

static void add_cycle(void *context, const struct lv_cycle *cycle)
{
    struct crossing *crossing = context;

    crossing->cycle = cycle;
    if (find_steps(crossing) && !is_covered(crossing))
        findings_add(crossing->findings, make_finding(crossing));
}

/* ---- the search ---------------------------------------------------------- */

static struct lv_rec_hold make_hold(const struct crossing *crossing,
                                    uint32_t class, uint32_t how)
{
    return (struct lv_rec_hold){crossing->node[class], crossing->node[class],
                                how, 0};
}

static const struct lv_rec_observation *
make_seen(const struct crossing *crossing, struct tool_arena *arena, size_t i)
{
    const struct evidence *from = &crossing->evidence->item[i];
    struct lv_rec_observation *seen = tool_take(
        arena, sizeof(*seen) + (from->gate_count + 1) * sizeof(seen->hold[0]));
    size_t gate;

    seen->thread = (uint32_t)i + 1;
    seen->wanted = make_hold(crossing, from->to, from->wanted_how);
    seen->hold[seen->count++] = make_hold(crossing, from->from, from->held_how);
    for (gate = 0; gate < from->gate_count; gate++)
        seen->hold[seen->count++] =
            make_hold(crossing, from->gate[gate].class, from->gate[gate].how);
    return seen;
}

static enum lv_class_trust trust(void *context, uint32_t class_id)
{
    (void)context;
    (void)class_id;
    return LV_TRUST_INFERRED;
}

/* Who brings about an event in another run may need no lock for it. */
static bool is_event(const struct findings *findings, uint32_t class)
{
    uint32_t family = findings->class[class].family;

    return family == LV_FAMILY_COND || family == LV_FAMILY_EVENT ||
           family == LV_FAMILY_BARRIER;
}

static bool counts(const struct crossing *crossing, const uint32_t *parts,
                   const struct evidence *item)
{
    return !is_event(crossing->findings, item->from) &&
           !is_event(crossing->findings, item->to) &&
           crossing->node[item->from] != crossing->node[item->to] &&
           parts[item->from] != 0 && parts[item->from] == parts[item->to];
}

void cross_find(struct findings *findings, const struct evidences *evidence,
                const uint32_t *parts, const struct cross_source *source)
{
    struct crossing crossing = {
        findings, evidence, source, number_classes(findings), NULL, NULL};
    struct lv_segments *segments = lv_segments_new();
    struct lv_order *order = segments == NULL ? NULL : lv_order_new(segments);
    struct tool_arena arena = {0};
    bool good = order != NULL, any = false;
    size_t i;

    for (i = 0; good && i < evidence->count; i++) {
        if (!counts(&crossing, parts, &evidence->item[i]))
            continue;
        any = true;
        good = lv_segments_thread(segments, (uint32_t)i + 1, 0, 0) &&
               lv_order_observe(order, make_seen(&crossing, &arena, i), NULL,
                                NULL);
    }
    if (any && good)
        good = lv_order_cycles(order, trust, MOST_CYCLES, add_cycle, &crossing);
    if (!good)
        findings->incomplete = true;
    lv_order_free(order);
    lv_segments_free(segments);
    tool_arena_free(&arena);
    findings_sort(findings);
}

/* ---- several families ---------------------------------------------------- */

struct families {
    const struct findings *findings;
    const struct evidences *evidence;
};

static bool run_shows(const struct families *families, uint64_t run,
                      uint64_t dependency)
{
    const struct evidences *all = families->evidence;
    size_t i;

    for (i = 0; i < all->count; i++)
        if (all->item[i].run == run &&
            evidence_dependency(families->findings, &all->item[i]) ==
                dependency)
            return true;
    return false;
}

static bool run_shows_all(const struct families *families, uint64_t run,
                          const uint64_t *dependency, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (!run_shows(families, run, dependency[i]))
            return false;
    return true;
}

static bool covers(void *context, const uint64_t *dependency, size_t count)
{
    const struct families *families = context;
    size_t i, runs = families->findings->model->family_count;

    for (i = 1; i <= runs; i++)
        if (run_shows_all(families, i, dependency, count))
            return true;
    return false;
}

static const char *test_of(void *context, uint64_t run)
{
    const struct families *families = context;
    const struct model *model = families->findings->model;
    size_t i;

    for (i = 0; i < model->process_count; i++)
        if (model->process[i].family + 1 == run)
            return model->process[i].test;
    return "";
}

/* Of all that was observed, what lies in circles. */
static void drop_others(struct evidences *all, const uint32_t *parts)
{
    size_t i, kept = 0;

    for (i = 0; i < all->count; i++)
        if (parts[all->item[i].from] != 0 &&
            parts[all->item[i].from] == parts[all->item[i].to])
            all->item[kept++] = all->item[i];
    all->count = kept;
}

void cross_families(struct findings *findings)
{
    struct evidences evidence = {0};
    struct families families = {findings, &evidence};
    struct cross_source source = {covers, test_of, &families};
    const uint32_t *parts;
    size_t i;

    if (findings->model->family_count < 2)
        return;
    findings_describe(findings);
    parts = cross_parts(findings);
    for (i = 0; i < findings->model->family_count; i++)
        evidence_collect(&evidence, findings, i, i + 1);
    drop_others(&evidence, parts);
    evidence_keep(&evidence, findings, true);
    cross_find(findings, &evidence, parts, &source);
    evidence_free(&evidence);
}
