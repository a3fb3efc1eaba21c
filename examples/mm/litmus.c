/* SPDX-License-Identifier: BSD-2-Clause */
/* litmus.c: see litmus.h: the explorer. Stands for no kernel code.
 *
 * A state is which steps of each thread have taken effect, the memory and the
 * registers; depth first, each state once. A step may take effect when all
 * that must come before it have: `after[i]` is that set, fixed beforehand. */
#include "litmus.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum kind { STORE, INCREMENT, LOAD, WMB, RMB };

struct step {
    enum kind kind;
    unsigned variable, value, reg;
    uint16_t after; /* steps of this thread that come before it */
    char text[12];
};

struct thread {
    struct step step[LITMUS_STEPS];
    unsigned count;
};

/* Three bits each: values are small. */
struct state {
    uint16_t done[LITMUS_THREADS];
    uint16_t memory;
    uint32_t registers;
};

/* Open addressing; an all-zero slot is free, hence `used`. */
#define SLOTS (1u << 18)
struct slot {
    struct state state;
    bool used;
};

struct explorer {
    struct thread thread[LITMUS_THREADS];
    litmus_bad *bad;
    struct slot *visited;
    size_t visited_count;
    struct { /* the steps that led here */
        unsigned thread, step, seen;
    } path[LITMUS_THREADS * LITMUS_STEPS];
    unsigned depth;
    struct litmus_result result;
};

/* ---- programs ------------------------------------------------------------ */

static const char *const variables[LITMUS_VARIABLES] = {"seq", "flags", "start",
                                                        "end"};
static const char *const registers[LITMUS_REGISTERS] = {"s", "f",  "a",
                                                        "b", "s2", "f2"};

/* The index of a name, or `count`. */
static unsigned look_up(const char *const *names, unsigned count,
                        const char *name, size_t length)
{
    unsigned i = 0;

    while (i < count &&
           (strlen(names[i]) != length || strncmp(names[i], name, length) != 0))
        i++;
    return i;
}

static unsigned variable_of(const char *name, size_t length)
{
    return look_up(variables, LITMUS_VARIABLES, name, length);
}

/* "x=1" or "r=x", `equals` pointing to the middle. */
static bool parse_access(struct step *step, const char *equals)
{
    const char *right = equals + 1;
    size_t length = (size_t)(equals - step->text);

    if (*right >= '0' && *right <= '7' && right[1] == '\0') {
        step->kind = STORE;
        step->value = (unsigned)(*right - '0');
        step->variable = variable_of(step->text, length);
        return step->variable < LITMUS_VARIABLES;
    }
    step->kind = LOAD;
    step->reg = look_up(registers, LITMUS_REGISTERS, step->text, length);
    step->variable = variable_of(right, strlen(right));
    return step->reg < LITMUS_REGISTERS && step->variable < LITMUS_VARIABLES;
}

static bool parse_step(struct step *step)
{
    const char *text = step->text;
    const char *equals = strchr(text, '=');
    size_t length = strlen(text);

    if (strcmp(text, "wmb") == 0 || strcmp(text, "rmb") == 0) {
        step->kind = *text == 'w' ? WMB : RMB;
        return true;
    }
    if (equals != NULL)
        return parse_access(step, equals);
    if (length < 3 || strcmp(text + length - 2, "++") != 0)
        return false;
    step->kind = INCREMENT;
    step->variable = variable_of(text, length - 2);
    return step->variable < LITMUS_VARIABLES;
}

static bool is_store(const struct step *step)
{
    return step->kind == STORE || step->kind == INCREMENT;
}

/* Must `first`, earlier in the same thread, take effect first? A barrier is a
 * step too: after what it orders, before what it orders. */
static bool ordered(const struct step *first, const struct step *second)
{
    const struct step *barrier = first->kind >= WMB ? first : second;
    const struct step *access = first->kind >= WMB ? second : first;

    /* Else `wmb; rmb` would order a store before a load. */
    if (barrier->kind >= WMB && access->kind >= WMB)
        return false;
    if (barrier->kind == WMB)
        return is_store(access);
    if (barrier->kind == RMB)
        return access->kind == LOAD;
    return first->variable == second->variable;
}

static bool parse_thread(struct thread *thread, const char *text)
{
    while (*text != '\0') {
        struct step *step = &thread->step[thread->count];
        size_t length = strcspn(text, ";");

        if (thread->count == LITMUS_STEPS || length >= sizeof(step->text))
            return false;
        memcpy(step->text, text, length);
        if (!parse_step(step))
            return false;
        for (unsigned i = 0; i < thread->count; i++)
            if (ordered(&thread->step[i], step))
                step->after |= (uint16_t)(1u << i);
        thread->count++;
        text += length;
        text += strspn(text, "; ");
    }
    return true;
}

static bool parse(struct explorer *explorer,
                  const struct litmus_program *program)
{
    for (size_t t = 0; t < LITMUS_THREADS; t++)
        if (program->thread[t] != NULL &&
            !parse_thread(&explorer->thread[t], program->thread[t]))
            return false;
    return true;
}

/* ---- states -------------------------------------------------------------- */

static unsigned get3(uint32_t word, unsigned index)
{
    return word >> (3 * index) & 7;
}

static uint32_t set3(uint32_t word, unsigned index, unsigned value)
{
    return (word & ~(UINT32_C(7) << (3 * index))) | (uint32_t)(value & 7)
                                                        << (3 * index);
}

static uint64_t hash(const struct state *state)
{
    uint64_t all = (uint64_t)state->done[0] | (uint64_t)state->done[1] << 12 |
                   (uint64_t)state->done[2] << 24 |
                   (uint64_t)state->memory << 36;

    all ^= (uint64_t)state->registers * UINT64_C(0x9e3779b97f4a7c15);
    return (all ^ all >> 29) * UINT64_C(0xbf58476d1ce4e5b9) >> 20;
}

/* False: it was there. A table that is full makes the result invalid. */
static bool visit(struct explorer *explorer, const struct state *state)
{
    uint64_t at = hash(state) % SLOTS;

    if (explorer->visited_count > SLOTS / 2) {
        explorer->result.valid = false;
        return false;
    }
    while (explorer->visited[at].used) {
        if (memcmp(&explorer->visited[at].state, state, sizeof(*state)) == 0)
            return false;
        at = (at + 1) % SLOTS;
    }
    explorer->visited[at] = (struct slot){*state, true};
    explorer->visited_count++;
    return true;
}

static bool may_take_effect(const struct explorer *explorer,
                            const struct state *state, unsigned t, unsigned i)
{
    uint16_t after = explorer->thread[t].step[i].after;

    return !(state->done[t] & 1u << i) && (state->done[t] & after) == after;
}

/* The state after the step; what it read or wrote in `*seen`. */
static struct state take_effect(const struct step *step, struct state state,
                                unsigned *seen)
{
    *seen = get3(state.memory, step->variable);
    if (step->kind == LOAD)
        state.registers = set3(state.registers, step->reg, *seen);
    if (step->kind == STORE)
        *seen = step->value;
    if (step->kind == INCREMENT)
        *seen += 1;
    if (is_store(step))
        state.memory = (uint16_t)set3(state.memory, step->variable, *seen);
    return state;
}

/* ---- the search ---------------------------------------------------------- */

static void write_witness(struct explorer *explorer)
{
    char *to = explorer->result.witness;
    size_t room = LITMUS_WITNESS;

    for (unsigned i = 0; i < explorer->depth; i++) {
        unsigned t = explorer->path[i].thread;
        const struct step *step =
            &explorer->thread[t].step[explorer->path[i].step];
        int length;

        if (step->kind >= WMB)
            continue;
        length =
            snprintf(to, room, step->kind == STORE ? "%u:%s " : "%u:%s(%u) ", t,
                     step->text, explorer->path[i].seen);
        if (length < 0 || (size_t)length >= room)
            return;
        to += length;
        room -= (size_t)length;
    }
}

static void judge(struct explorer *explorer, const struct state *state)
{
    unsigned reg[LITMUS_REGISTERS];

    for (unsigned r = 0; r < LITMUS_REGISTERS; r++)
        reg[r] = get3(state->registers, r);
    if (!explorer->bad(reg))
        return;
    explorer->result.sound = false;
    write_witness(explorer);
}

static void explore(struct explorer *explorer, const struct state *state);

static void try_step(struct explorer *explorer, const struct state *state,
                     unsigned t, unsigned i)
{
    unsigned seen;
    struct state next =
        take_effect(&explorer->thread[t].step[i], *state, &seen);

    next.done[t] |= (uint16_t)(1u << i);
    explorer->path[explorer->depth].thread = t;
    explorer->path[explorer->depth].step = i;
    explorer->path[explorer->depth].seen = seen;
    explorer->depth++;
    explore(explorer, &next);
    explorer->depth--;
}

/* Ends with the first bad end. */
static void explore(struct explorer *explorer, const struct state *state)
{
    bool ended = true;

    if (!explorer->result.sound || !visit(explorer, state))
        return;
    for (unsigned t = 0; t < LITMUS_THREADS; t++)
        for (unsigned i = 0; i < explorer->thread[t].count; i++) {
            if (state->done[t] & 1u << i)
                continue;
            ended = false;
            if (may_take_effect(explorer, state, t, i))
                try_step(explorer, state, t, i);
        }
    if (ended)
        judge(explorer, state);
}

struct litmus_result litmus_explore(const struct litmus_program *program,
                                    litmus_bad *bad)
{
    struct explorer *explorer = calloc(1, sizeof(*explorer));
    struct state first = {.memory = (uint16_t)set3(0, V_FLAGS, 1)};
    struct litmus_result result = {.valid = false};

    if (explorer == NULL)
        return result;
    explorer->visited = calloc(SLOTS, sizeof(*explorer->visited));
    explorer->bad = bad;
    if (explorer->visited != NULL && parse(explorer, program)) {
        explorer->result.valid = explorer->result.sound = true;
        explore(explorer, &first);
        explorer->result.states = explorer->visited_count;
        result = explorer->result;
    }
    free(explorer->visited);
    free(explorer);
    return result;
}
