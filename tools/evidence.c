/* SPDX-License-Identifier: BSD-2-Clause */
/* evidence.c: see evidence.h. */
#include "evidence.h"

#include <stdlib.h>
#include <string.h>

#include "cycle.h"
#include "observation.h"

static uint64_t mix(uint64_t hash, uint64_t word)
{
    return tool_hash(hash, &word, sizeof(word));
}

uint64_t evidence_dependency(const struct findings *findings,
                             const struct evidence *evidence)
{
    uint64_t id = mix(TOOL_HASH, findings->class[evidence->from].id);

    return mix(mix(id, findings->class[evidence->to].id), evidence->kind);
}

/* ---- locks held besides -------------------------------------------------- */

static int compare_gates(const void *left, const void *right, void *context)
{
    const struct evidence_gate *a = left, *b = right;
    const struct findings *findings = context;
    uint64_t one = findings->class[a->class].id;
    uint64_t other = findings->class[b->class].id;

    if (one != other)
        return one < other ? -1 : 1;
    return (a->how > b->how) - (a->how < b->how);
}

/* Of several locks of a class one counts; and what is no lock guards nothing.
 */
static size_t choose_gates(const struct findings *findings, size_t family,
                           const struct lv_rec_observation *seen, uint32_t skip,
                           const struct evidence *of,
                           struct evidence_gate *gate)
{
    uint64_t from = findings->class[of->from].id;
    uint64_t to = findings->class[of->to].id;
    size_t count = 0, kept = 0, j;
    uint32_t i;

    for (i = 0; i < seen->count; i++) {
        uint32_t class = findings_hold_class(findings, family, &seen->hold[i]);
        uint64_t id = findings->class[class].id;

        if (i != skip && id != from && id != to)
            gate[count++] = (struct evidence_gate){class, seen->hold[i].how};
    }
    qsort_r(gate, count, sizeof(*gate), compare_gates,
            (void *)(uintptr_t)findings);
    for (j = 0; j < count; j++)
        if (kept == 0 || findings->class[gate[kept - 1].class].id !=
                             findings->class[gate[j].class].id)
            gate[kept++] = gate[j];
    return kept;
}

static void set_gates(struct findings *findings, size_t family,
                      struct evidence *new,
                      const struct lv_rec_observation *seen, uint32_t skip)
{
    struct evidence_gate *gate =
        tool_take(&findings->arena, (seen->count + 1) * sizeof(*gate));
    size_t i;

    new->gate = gate;
    new->gate_count = choose_gates(findings, family, seen, skip, new, gate);
    for (i = 0; i < new->gate_count; i++)
        new->gates = mix(mix(i == 0 ? TOOL_HASH : new->gates,
                             findings->class[gate[i].class].id),
                         gate[i].how);
}

/* ---- one ----------------------------------------------------------------- */

static uint64_t identify(const struct findings *findings,
                         const struct evidence *new)
{
    uint64_t id = mix(evidence_dependency(findings, new), new->run);

    id = mix(mix(mix(id, new->held_at->id), new->wanted_at->id), new->gates);
    id = mix(mix(id, new->held_how), new->wanted_how);
    return tool_hash(id, new->thread, strlen(new->thread) + 1);
}

static void note_addresses(const struct findings *findings, size_t of,
                           const struct lv_rec_observation *seen, uint32_t i,
                           struct evidence *new)
{
    const struct model_family *family = &findings->model->family[of];

    if (!findings_same_base(findings, new->from, new->to))
        return;
    new->up = family->instance[seen->hold[i].instance].address <
              family->instance[seen->wanted.instance].address;
    new->down = !new->up;
}

static void add(struct evidences *all, struct findings *findings, size_t family,
                const struct lv_rec_observation *seen, uint32_t i, uint64_t run)
{
    const struct lv_rec_hold *hold = &seen->hold[i];
    struct evidence new = {
        .run = run,
        .from = findings_hold_class(findings, family, hold),
        .to = findings_hold_class(findings, family, &seen->wanted),
        .kind = observation_kind(hold, &seen->wanted),
        .thread = cycle_thread(findings, family, seen->thread),
        .held_at = symbols_stack(findings->symbols, hold->stack),
        .wanted_at = symbols_stack(findings->symbols, seen->wanted.stack),
        .held_how = hold->how,
        .wanted_how = seen->wanted.how,
        .count = 1,
    };

    note_addresses(findings, family, seen, i, &new);
    set_gates(findings, family, &new, seen, i);
    new.id = identify(findings, &new);
    *TOOL_PUSH(all->item, all->count, all->room) = new;
}

void evidence_collect(struct evidences *all, struct findings *findings,
                      size_t family, uint64_t run)
{
    const struct model_family *of = &findings->model->family[family];
    size_t i;
    uint32_t hold;

    for (i = 0; i < of->seen_count; i++)
        for (hold = 0; hold < of->seen[i]->count; hold++)
            if (observation_draws(of->seen[i], hold))
                add(all, findings, family, of->seen[i], hold, run);
}

/* ---- which are kept ------------------------------------------------------ */

struct order {
    const struct findings *findings;
    bool by_run;
};

static int compare_words(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_dependency(const struct order *order,
                              const struct evidence *a,
                              const struct evidence *b)
{
    const struct finding_class *class = order->findings->class;
    int found = compare_words(class[a->from].id, class[b->from].id);

    if (found == 0)
        found = compare_words(class[a->to].id, class[b->to].id);
    if (found == 0)
        found = (int)a->kind - (int)b->kind;
    if (found == 0 && order->by_run)
        found = compare_words(a->run, b->run);
    return found;
}

/* As the database's ORDER BY: ids are signed there. */
static int compare(const void *left, const void *right, void *context)
{
    const struct evidence *a = left, *b = right;
    int found = compare_dependency(context, a, b);

    if (found == 0)
        found =
            (a->gate_count > b->gate_count) - (a->gate_count < b->gate_count);
    if (found == 0)
        found = ((int64_t)a->id > (int64_t)b->id) -
                ((int64_t)a->id < (int64_t)b->id);
    return found;
}

static void add_up(struct evidence *to, const struct evidence *from)
{
    to->count += from->count;
    to->up |= from->up;
    to->down |= from->down;
}

void evidence_keep(struct evidences *all, const struct findings *findings,
                   bool by_run)
{
    struct order order = {findings, by_run};
    size_t i, kept = 0, first = 0;

    if (all->count == 0)
        return;
    qsort_r(all->item, all->count, sizeof(*all->item), compare, &order);
    for (i = 0; i < all->count; i++) {
        const struct evidence *new = &all->item[i];
        bool again = kept > 0 &&
                     compare_dependency(&order, &all->item[kept - 1], new) == 0;

        if (!again)
            first = kept;
        else
            add_up(&all->item[first], new);
        if (!again ||
            (kept - first < EVIDENCE_MOST && all->item[kept - 1].id != new->id))
            all->item[kept++] = *new;
    }
    all->count = kept;
}

struct finding_step evidence_step(struct findings *findings,
                                  const struct evidence *evidence)
{
    struct finding_step step = {
        .from = findings->class[evidence->from].name,
        .to = findings->class[evidence->to].name,
        .from_event = cycle_event_of(findings->class[evidence->from].family),
        .to_event = cycle_event_of(findings->class[evidence->to].family),
        .kind = findings_dep_kind(evidence->kind),
        .thread = evidence->thread,
        .held_at = evidence->held_at,
        .wanted_at = evidence->wanted_at,
        .held_how = evidence->held_how,
        .wanted_how = evidence->wanted_how,
    };
    size_t i;

    step.gate = tool_take(&findings->arena,
                          (evidence->gate_count + 1) * sizeof(*step.gate));
    for (i = 0; i < evidence->gate_count; i++)
        step.gate[step.gate_count++] =
            findings->class[evidence->gate[i].class].name;
    return step;
}

void evidence_free(struct evidences *all)
{
    free(all->item);
    memset(all, 0, sizeof(*all));
}
