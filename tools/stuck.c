/* SPDX-License-Identifier: BSD-2-Clause */
/* stuck.c: see stuck.h. */
#include "stuck.h"

#include <string.h>

#include "cycle.h"
#include "option.h"

struct stuck {
    struct findings *findings;
    size_t family;
    const struct lv_rec_hang *hang;
};

/* ---- what a thread waits for ---------------------------------------------
 */

static const char *variable(const struct stuck *stuck,
                            const struct lv_rec_wait *wait)
{
    struct model_place place = {LV_PLACE_MODULE(wait->place),
                                LV_PLACE_OFFSET(wait->place)};
    const char *where, *name;
    bool near;

    if (place.module == 0)
        return NULL;
    name = symbols_data(stuck->findings->symbols, place, LV_FAMILY_SEMAPHORE,
                        &where, &near);
    return near ? NULL : name;
}

static const char *noun(uint32_t kind)
{
    switch (kind) {
    case LV_WAIT_CONDITION:
        return "condition variable";
    case LV_WAIT_SEMAPHORE:
        return "semaphore";
    case LV_WAIT_BARRIER:
        return "barrier";
    default:
        return "lock";
    }
}

static const char *name_thread(const struct stuck *stuck, uint32_t thread)
{
    const struct model_thread *t =
        &stuck->findings->model->family[stuck->family].thread[thread];
    const char *name = cycle_thread(stuck->findings, stuck->family, thread);
    char number[16];

    snprintf(number, sizeof(number), "%u", t->number);
    if (thread == 0 || strcmp(name, "main") == 0 || strstr(name, number))
        return name;
    return tool_print(&stuck->findings->arena, "%s (thread %u)", name,
                      t->number);
}

static const char *name_object(const struct stuck *stuck,
                               const struct lv_rec_wait *wait)
{
    struct tool_arena *arena = &stuck->findings->arena;
    const char *name;

    if (wait->kind == LV_WAIT_LOCK)
        return wait->wanted.instance == 0
                   ? "a lock"
                   : cycle_class(stuck->findings, wait->wanted.class_id);
    if (wait->kind == LV_WAIT_JOIN)
        return tool_print(arena, "the end of %s",
                          wait->joined == 0 ? "a thread"
                                            : name_thread(stuck, wait->joined));
    name = variable(stuck, wait);
    return name != NULL ? name : tool_print(arena, "a %s", noun(wait->kind));
}

static const char *say_wait(const struct stuck *stuck,
                            const struct lv_rec_wait *wait, const char *object)
{
    struct tool_arena *arena = &stuck->findings->arena;

    switch (wait->kind) {
    case LV_WAIT_CONDITION:
        return tool_print(arena, "waits for a signal of %s%s", object,
                          wait->flags & LV_WAIT_UNHEARD
                              ? ", whose last one came while nobody waited,"
                              : "");
    case LV_WAIT_SEMAPHORE:
        return tool_print(arena, "waits for a post of %s", object);
    case LV_WAIT_BARRIER:
        return tool_print(arena, "waits for others at %s", object);
    default:
        return tool_print(arena, "waits for %s", object);
    }
}

/* ---- what it holds --------------------------------------------------------
 */

static bool is_wanted(const struct stuck *stuck, const struct lv_rec_hold *hold)
{
    uint32_t i;

    for (i = 0; i < stuck->hang->count; i++)
        if (stuck->hang->wait[i].kind == LV_WAIT_LOCK &&
            stuck->hang->wait[i].wanted.instance == hold->instance)
            return true;
    return false;
}

static const struct lv_rec_hold *main_hold(const struct stuck *stuck,
                                           const struct lv_rec_wait *wait)
{
    uint32_t i;

    for (i = 0; i < wait->count; i++)
        if (is_wanted(stuck, &wait->hold[i]))
            return &wait->hold[i];
    return wait->count == 0 ? NULL : &wait->hold[wait->count - 1];
}

static uint32_t stack_of(const struct lv_rec_wait *wait)
{
    return wait->kind == LV_WAIT_LOCK && wait->wanted.stack != 0
               ? wait->wanted.stack
               : wait->stack;
}

static struct finding_step make_step(const struct stuck *stuck,
                                     const struct lv_rec_wait *wait)
{
    const struct lv_rec_hold *hold = main_hold(stuck, wait);
    const char *object = name_object(stuck, wait);
    struct symbols *symbols = stuck->findings->symbols;
    struct finding_step step = {
        .from =
            hold == NULL ? "" : cycle_class(stuck->findings, hold->class_id),
        .to = object,
        .kind = "EN",
        .thread = name_thread(stuck, wait->thread),
        .held_at = symbols_stack(symbols, hold == NULL ? 0 : hold->stack),
        .held_how = hold == NULL ? 0 : hold->how,
        .wanted_at = symbols_stack(symbols, stack_of(wait)),
        .wanted_how =
            wait->kind == LV_WAIT_LOCK ? wait->wanted.how : LV_HOW_EVENT,
        .wait = say_wait(stuck, wait, object),
    };

    cycle_add_gates(stuck->findings, &step, wait->hold, wait->count,
                    hold == NULL ? UINT32_MAX : (uint32_t)(hold - wait->hold));
    return step;
}

/* ---- all of it ----------------------------------------------------------- */

/* The same in whatever order the threads were found. */
static uint64_t hash_hang(const struct stuck *stuck)
{
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i < stuck->hang->count; i++) {
        const struct lv_rec_wait *wait = &stuck->hang->wait[i];
        uint64_t hash = tool_hash(TOOL_HASH, &wait->kind, sizeof(wait->kind));

        sum += cycle_hash_stack(
            hash, symbols_stack(stuck->findings->symbols, stack_of(wait)));
    }
    return tool_hash(sum, "hang", 4);
}

static const char *message(const struct stuck *stuck,
                           const struct finding *finding)
{
    const char **name =
        tool_take(&stuck->findings->arena, finding->step_count * sizeof(*name));
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        name[i] = finding->step[i].thread;
    if (finding->step_count == 1)
        return tool_print(&stuck->findings->arena,
                          "%s waits for ever: no thread is left that could "
                          "end its wait",
                          name[0]);
    return tool_print(&stuck->findings->arena,
                      "%s wait for ever: each for another of them, or for "
                      "what none is left to do",
                      cycle_list(stuck->findings, name, finding->step_count));
}

struct finding stuck_finding(struct findings *findings, size_t family,
                             const struct lv_rec_hang *hang)
{
    struct stuck stuck = {findings, family, hang};
    struct finding_step *step =
        tool_take(&findings->arena, hang->count * sizeof(*step));
    struct finding finding = {
        .kind = "deadlock",
        .grade = "deadlock",
        .fail = LV_FAIL_DEADLOCK,
        .step = step,
        .step_count = hang->count,
        .lock_count = hang->count,
        .count = 1,
    };
    uint32_t i;

    finding.lock =
        tool_take(&findings->arena, hang->count * sizeof(*finding.lock));
    for (i = 0; i < hang->count; i++) {
        step[i] = make_step(&stuck, &hang->wait[i]);
        finding.lock[i] = step[i].to;
    }
    cycle_set_process(findings, family, hang->wait[0].thread, &finding);
    finding.message = message(&stuck, &finding);
    cycle_set_fingerprint(&finding, hash_hang(&stuck));
    return finding;
}
