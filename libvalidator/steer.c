/* SPDX-License-Identifier: BSD-2-Clause */
/* steer.c: see steer.h. */
#include "steer.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "context.h"
#include "engine.h"
#include "event.h"
#include "hash.h"
#include "module.h"
#include "record.h"

enum {
    STEPS = LV_STEER_STEPS,
    PLACES = 8,     /* of each kind of a step */
    PARKS = 40,     /* of one step: a program in a loop must come to its end */
    PLAN = 1 << 16, /* bytes */
};

bool lv_steering;

struct place {
    uint64_t start, end;
    const char *file;
};

struct step {
    struct place held[PLACES], wanted[PLACES];
    unsigned held_count, wanted_count;
    int signal; /* its wanted is a signal's handler: send it. 0: a lock */
    struct lv_thread *thread; /* who is parked */
    const struct lv_instance *hold, *want;
    struct lv_rec_party party; /* the same, as the record has it */
};

static struct step steps[STEPS];
static unsigned count, skip, wait_ms;
static struct lv_hash masks;    /* stack -> steps held << 32 | wanted | known */
static _Atomic uint32_t rounds; /* futex: raised when all are let go */
static struct lv_rec_steer *told;
static char text[PLAN];

#define KNOWN (UINT64_C(1) << 63)

/* ---- the plan ------------------------------------------------------------ */

static char *next_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');

    if (end == NULL)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

static bool add_place(struct place *place, unsigned *n, char *words)
{
    if (*n == PLACES)
        return true;
    place[*n].start = strtoull(words, &words, 16);
    place[*n].end = strtoull(words, &words, 16);
    if (*words != ' ')
        return false;
    place[(*n)++].file = words + 1;
    return true;
}

static bool read_line(char *line)
{
    struct step *step = count == 0 ? NULL : &steps[count - 1];

    if (strncmp(line, "wait ", 5) == 0)
        wait_ms = (unsigned)strtoul(line + 5, NULL, 10);
    else if (strncmp(line, "skip ", 5) == 0)
        skip = (unsigned)strtoul(line + 5, NULL, 10);
    else if (strncmp(line, "step", 4) == 0 && count < STEPS)
        steps[count++].signal =
            line[4] == '\0' ? 0 : (int)strtoul(line + 12, NULL, 10);
    else if (step != NULL && strncmp(line, "held ", 5) == 0)
        return add_place(step->held, &step->held_count, line + 5);
    else if (step != NULL && strncmp(line, "wanted ", 7) == 0)
        return add_place(step->wanted, &step->wanted_count, line + 7);
    else
        return false;
    return true;
}

static bool read_plan(const char *path)
{
    int fd = lv_raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    ssize_t size = fd < 0 ? -1 : lv_raw_read(fd, text, sizeof text - 1);
    char *at = text, *line;

    if (fd >= 0)
        lv_raw_close(fd);
    if (size <= 0 || (line = next_line(&at)) == NULL ||
        strcmp(line, "lockval-steer 1") != 0)
        return false;
    while ((line = next_line(&at)) != NULL)
        if (!read_line(line))
            return false;
    return count > 0;
}

void lv_steer_start(const char *path)
{
    if (path[0] == '\0' || !read_plan(path))
        return;
    told = lv_record_append(LV_REC_STEER, sizeof *told);
    if (told == NULL)
        return;
    told->count = count;
    lv_record_commit(told);
    lv_steering = true;
}

/* ---- places -------------------------------------------------------------- */

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool is_at(const struct place *place, unsigned n,
                  const struct lv_stack *stack)
{
    unsigned i;
    size_t f;

    for (f = 0; f < stack->count; f++) {
        const struct lv_module *module = lv_module_find(stack->frame[f]);
        uint64_t offset = module == NULL ? 0 : stack->frame[f] - module->bias;

        for (i = 0; module != NULL && i < n; i++)
            if (offset >= place[i].start && offset < place[i].end &&
                strcmp(base_of(module->path), place[i].file) == 0)
                return true;
    }
    return false;
}

/* Which steps' held and wanted places the stack passes. */
static uint64_t mask_of(const struct lv_stack *stack)
{
    uint64_t mask = KNOWN;
    unsigned i;

    for (i = 0; i < count; i++) {
        if (is_at(steps[i].held, steps[i].held_count, stack))
            mask |= UINT64_C(1) << (32 + i);
        if (is_at(steps[i].wanted, steps[i].wanted_count, stack))
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

static uint64_t mask_find(uint32_t stack)
{
    const uint64_t *mask = stack == 0 ? NULL : lv_hash_put(&masks, stack);

    return mask == NULL ? 0 : *mask;
}

static bool is_held_place(unsigned i, uint32_t stack)
{
    return (mask_find(stack) >> (32 + i) & 1) != 0;
}

void lv_steer_note(struct lv_thread *thread, struct lv_ticket *ticket)
{
    uint32_t stack = lv_stack_intern(&thread->stack);
    uint64_t *mask = stack == 0 ? NULL : lv_hash_put(&masks, stack);
    unsigned i;

    if (mask == NULL)
        return;
    if (*mask == 0)
        *mask = mask_of(&thread->stack);
    if (ticket == NULL || ticket->instance == NULL)
        return;
    for (i = 0; i < count; i++)
        if (steps[i].signal != 0 && is_held_place(i, stack))
            ticket->lock |= LV_HELD_WATCHED;
}

/* ---- parking ------------------------------------------------------------- */

/* The thread's hold for step i; false: it has none. A step that names no place
 * of its hold (a thread's end, an event) needs none. */
static bool find_hold(const struct lv_thread *thread, unsigned i,
                      const struct lv_held **hold)
{
    const struct lv_held *held;

    *hold = NULL;
    if (steps[i].held_count == 0)
        return true;
    for (held = thread->self->top; held > thread->base; held--)
        if (is_held_place(i, held->stack) && lv_hold_valid(thread, held)) {
            *hold = held;
            return true;
        }
    return false;
}

static bool agree(const struct lv_instance *a, const struct lv_instance *b)
{
    return a == NULL || b == NULL || a == b;
}

/* What it holds is what the one before wants, and the other way round. */
static bool fits(unsigned i, const struct lv_instance *hold,
                 const struct lv_instance *want)
{
    const struct step *before = &steps[(i + count - 1) % count];
    const struct step *behind = &steps[(i + 1) % count];

    if (count == 1)
        return true;
    return (before->thread == NULL || agree(before->want, hold)) &&
           (behind->thread == NULL || agree(want, behind->hold));
}

/* All but `except`, and but those that a signal meets. */
static bool all_here(const struct step *except)
{
    unsigned i;

    for (i = 0; i < count; i++)
        if (&steps[i] != except && steps[i].signal == 0 &&
            steps[i].thread == NULL)
            return false;
    return true;
}

/* Threads that hold locks which exclude each other's wants. */
static bool is_deadlock(void)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        const struct step *step = &steps[i], *next = &steps[(i + 1) % count];

        if (count < 2 || step->want == NULL || step->want != next->hold ||
            step->want->class_flags & LV_CLASS_PSEUDO ||
            !lv_how_excludes(next->party.held.how, step->party.wanted.how))
            return false;
    }
    return true;
}

static void tell_deadlock(void)
{
    struct lv_rec_deadlock *entry;
    unsigned i;

    entry = lv_record_append(LV_REC_DEADLOCK,
                             sizeof *entry + count * sizeof entry->party[0]);
    if (entry == NULL)
        return;
    entry->count = count;
    for (i = 0; i < count; i++)
        entry->party[i] = steps[i].party;
    lv_record_commit(entry);
    lv_record_header()->deadlocks++;
}

static void let_go(void)
{
    unsigned i;

    if (is_deadlock())
        tell_deadlock();
    for (i = 0; i < count; i++)
        steps[i].thread = NULL;
    told->met++;
    atomic_fetch_add(&rounds, 1);
    lv_raw_futex(&rounds, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL);
}

static void describe(struct step *step, const struct lv_thread *thread,
                     const struct lv_held *hold, const struct lv_ticket *ticket)
{
    step->party = (struct lv_rec_party){.thread = thread->id};
    if (hold != NULL)
        step->party.held =
            lv_event_describe(hold->instance, hold->how, hold->stack);
    if (step->want != NULL)
        step->party.wanted =
            lv_event_describe(ticket->instance, ticket->how, ticket->stack);
}

/* The step that the thread has come to; NULL: none that is free and fits. */
static struct step *come_to(struct lv_thread *thread,
                            const struct lv_ticket *ticket)
{
    uint64_t mask = mask_find(lv_stack_intern(&thread->stack));
    const struct lv_instance *want = ticket == NULL ? NULL : ticket->instance;
    const struct lv_instance *has;
    const struct lv_held *hold;
    unsigned i;

    for (i = 0; i < count; i++) {
        if ((mask >> i & 1) == 0 || steps[i].signal != 0 ||
            !find_hold(thread, i, &hold))
            continue;
        has = hold == NULL ? NULL : hold->instance;
        told->step[i].arrived++;
        if (steps[i].thread != NULL || told->step[i].parked >= PARKS ||
            !fits(i, has, want))
            continue;
        if (i == 0 && skip > 0) {
            skip--;
            continue;
        }
        steps[i].hold = has;
        steps[i].want = want;
        describe(&steps[i], thread, hold, ticket);
        return &steps[i];
    }
    return NULL;
}

static uint64_t now_ms(void)
{
    struct timespec now = {0};

    lv_raw_clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Until `step` is no longer the thread's, or the time is over. */
static void wait_at(const struct step *step, const struct lv_thread *thread)
{
    uint64_t end = now_ms() + wait_ms, now;

    for (;;) {
        uint32_t round = atomic_load(&rounds);
        struct timespec left;

        now = now_ms();
        if (__atomic_load_n(&step->thread, __ATOMIC_ACQUIRE) != thread ||
            now >= end)
            return;
        left.tv_sec = (time_t)((end - now) / 1000);
        left.tv_nsec = (long)((end - now) % 1000) * 1000000;
        lv_raw_futex(&rounds, FUTEX_WAIT_PRIVATE, round, &left);
    }
}

/* The time is over: somebody may wait for a lock that the thread holds and
 * that is none of the cycle's: that one keeps them apart. */
static void note_guard(const struct step *step, const struct lv_thread *thread)
{
    const struct lv_thread *other;
    const struct lv_held *held;

    for (other = lv_thread_first(); other != NULL; other = other->next) {
        if (other == thread || other->waited_ns == 0)
            continue;
        for (held = thread->base + 1; held <= thread->self->top; held++)
            if (held->instance == other->waiting.instance &&
                held->instance != step->hold)
                told->guard = held->instance->class_id;
    }
}

void lv_steer_park(struct lv_thread *thread, const struct lv_ticket *ticket)
{
    struct step *step;

    lv_lock_take(&lv_engine.lock);
    step = come_to(thread, ticket);
    if (step == NULL || all_here(step)) {
        if (step != NULL)
            let_go();
        lv_lock_give(&lv_engine.lock);
        return;
    }
    told->step[step - steps].parked++;
    __atomic_store_n(&step->thread, thread, __ATOMIC_RELEASE);
    lv_lock_give(&lv_engine.lock);
    wait_at(step, thread);
    lv_lock_take(&lv_engine.lock);
    if (step->thread == thread) {
        step->thread = NULL;
        note_guard(step, thread);
    }
    lv_lock_give(&lv_engine.lock);
}

/* ---- signals ------------------------------------------------------------- */

/* The step whose lock, about to be given back, a signal is to find held. */
static struct step *find_trigger(const struct lv_thread *thread, uintptr_t lock)
{
    const struct lv_held *held;
    unsigned i;

    for (held = thread->self->top; held > thread->base; held--)
        if (lv_held_lock(held) == lock)
            break;
    for (i = 0; held > thread->base && i < count; i++)
        if (steps[i].signal != 0 && told->step[i].parked < PARKS &&
            is_held_place(i, held->stack))
            return &steps[i];
    return NULL;
}

/* The handler's own step is met inside the handler, by this thread. */
static bool others_here(const struct step *trigger)
{
    unsigned i, handler = ((unsigned)(trigger - steps) + 1) % count;

    for (i = 0; i < count; i++)
        if (i != handler && steps[i].signal == 0 && steps[i].thread == NULL)
            return false;
    return true;
}

static bool wait_for_others(const struct step *trigger)
{
    uint64_t end = now_ms() + wait_ms;
    struct timespec tick = {0, 1000000};
    bool here;

    do {
        lv_lock_take(&lv_engine.lock);
        here = others_here(trigger);
        lv_lock_give(&lv_engine.lock);
        if (!here)
            lv_raw_call(SYS_nanosleep, (long)&tick, 0, 0, 0, 0, 0);
    } while (!here && now_ms() < end);
    return here;
}

void lv_steer_release(uintptr_t lock)
{
    struct step *trigger;
    struct lv_guard guard;
    bool send;

    if (!lv_enter(&guard))
        return;
    lv_lock_take(&lv_engine.lock);
    trigger = find_trigger(lv_self.thread, lock);
    if (trigger != NULL) {
        told->step[trigger - steps].arrived++;
        told->step[trigger - steps].parked++;
    }
    lv_lock_give(&lv_engine.lock);
    send = trigger != NULL && wait_for_others(trigger);
    lv_leave(&guard);
    if (send)
        lv_raw_call(SYS_tgkill, lv_raw_getpid(), lv_raw_gettid(),
                    trigger->signal, 0, 0, 0);
}
