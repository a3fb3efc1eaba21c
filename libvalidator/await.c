/* SPDX-License-Identifier: BSD-2-Clause */
/* await.c: see await.h; also the events of event.h. */
#include "await.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "class.h"
#include "engine.h"
#include "event.h"
#include "hash.h"
#include "join.h"
#include "life.h"
#include "memory.h"
#include "misuse.h"
#include "observe.h"
#include "record.h"
#include "steer.h"
#include "transition.h"
#include "waiting.h"

enum {
    SOURCES = 4096, /* a later event takes an earlier one's place: then its
                       entries are written twice */
    NEEDS = 32,
    THREADS = 8,
    SITES = 8,
    TAKERS = 16,
};

/* What is known of an event's signals. */
struct source {
    uint64_t life;
    bool signalled;
    uint32_t needs, threads, sites, takers;
    uint64_t need[NEEDS]; /* lives that all signals needed */
    uint32_t thread[THREADS];
    uint32_t site[SITES]; /* stacks, in rounds that were looked at */
    uint32_t taker[TAKERS];
};

static struct source *table[SOURCES];

/* Entries are written under the engine's lock: one buffer serves all. */
static struct lv_rec_need list[NEEDS];
static uint64_t life[NEEDS];
static uint32_t count;

static struct source *source_of(const struct lv_instance *event)
{
    struct source **source = &table[lv_mix(0, event->life) % SOURCES];

    if (*source == NULL)
        *source = lv_calloc(1, sizeof **source);
    if (*source != NULL && (*source)->life != event->life)
        **source = (struct source){.life = event->life};
    if (*source == NULL)
        lv_record_lost(LV_LOST_MEMORY);
    return *source;
}

static bool contains(const uint32_t *set, uint32_t size, uint32_t member)
{
    while (size > 0 && set[size - 1] != member)
        size--;
    return size > 0;
}

/* False: it is there already, or there is no room. */
static bool add(uint32_t *set, uint32_t *size, uint32_t room, uint32_t member)
{
    if (contains(set, *size, member) || *size == room)
        return false;
    set[(*size)++] = member;
    return true;
}

/* ---- what a thread needs ------------------------------------------------- */

unsigned lv_await_note(struct lv_thread *thread, struct lv_instance *instance,
                       uint32_t how, uint32_t stack)
{
    uint32_t i;

    if (thread->rounds >= LV_NEED_ROUNDS || thread->needs == LV_NEEDS)
        return LV_NOTED_ALL | LV_NOTED_LOCK;
    for (i = 0; i < thread->needs; i++)
        if (thread->need[i].life == instance->life)
            return LV_NOTED_LOCK;
    thread->need[thread->needs++] =
        (struct lv_need){instance, instance->life, how, stack, thread->segment};
    return LV_NOTED_LOCK;
}

static bool is_listed(uint64_t wanted)
{
    uint32_t i;

    for (i = 0; i < count; i++)
        if (life[i] == wanted)
            return true;
    return false;
}

static void list_need(struct lv_instance *instance, uint32_t how,
                      uint32_t stack, uint32_t segment)
{
    if (count == NEEDS || is_listed(instance->life) ||
        instance->class_flags & LV_CLASS_NOVALIDATE)
        return;
    life[count] = instance->life;
    list[count++] = (struct lv_rec_need){
        .lock = lv_describe(instance, how, stack), .segment = segment};
}

static void list_held(const struct lv_thread *thread)
{
    const struct lv_held *held;

    for (held = thread->base + 1; held <= thread->self->top; held++)
        if (lv_hold_valid(thread, held) && held->instance->life != 0 &&
            !(held->how & (LV_HOW_TRY | LV_HOW_TIMED | LV_HOW_PSEUDO)))
            list_need(held->instance, held->how, held->stack, thread->segment);
}

static void list_taken(const struct lv_thread *thread)
{
    uint32_t i;

    for (i = 0; i < thread->needs; i++)
        if (thread->need[i].instance->life == thread->need[i].life)
            list_need(thread->need[i].instance, thread->need[i].how,
                      thread->need[i].stack, thread->need[i].segment);
}

/* The thread has brought something about: others may know what it is past. */
static void begin_round(struct lv_thread *thread)
{
    thread->needs = 0;
    if (thread->rounds >= LV_NEED_ROUNDS)
        return;
    thread->rounds++;
    lv_thread_forget_noted(thread);
    lv_thread_unlearn(thread);
}

/* ---- what is left of it -------------------------------------------------- */

/* Leave of the list what all signals before needed, too; true if that makes
 * their common needs less. */
static bool intersect(struct source *source)
{
    uint32_t kept = 0, listed = 0, i, j;

    for (i = 0; i < source->needs; i++)
        if (is_listed(source->need[i]))
            source->need[kept++] = source->need[i];
    for (i = 0; i < count; i++) {
        for (j = 0; j < kept && source->need[j] != life[i]; j++)
            ;
        if (j == kept)
            continue;
        life[listed] = life[i];
        list[listed++] = list[i];
    }
    count = listed;
    i = source->needs;
    source->needs = kept;
    return kept < i;
}

static void write_signal(const struct lv_thread *thread,
                         struct lv_instance *event, uint32_t how,
                         uint32_t stack)
{
    struct lv_rec_hold described =
        lv_describe(event, how | LV_HOW_EVENT, stack);
    struct lv_rec_signal *entry = lv_record_append(
        LV_REC_SIGNAL, sizeof *entry + count * sizeof entry->need[0]);
    uint32_t i;

    if (entry == NULL)
        return;
    entry->thread = thread->id;
    entry->count = count;
    entry->event = described;
    for (i = 0; i < count; i++)
        entry->need[i] = list[i];
    lv_record_commit(entry);
}

static void learn(struct lv_thread *thread, struct lv_instance *event,
                  uint32_t how, uintptr_t caller)
{
    struct lv_ticket ticket = {.instance = event,
                               .lock = event->lock,
                               .next = thread->self->key,
                               .how = how};

    if (event->rare->reentry != caller)
        lv_thread_learn(thread, how, caller, &ticket);
}

/* ---- signals ------------------------------------------------------------- */

/* `list` is what this signal needed. */
static void settle(struct lv_thread *thread, struct source *source,
                   struct lv_instance *event, uint32_t how, uint32_t stack)
{
    bool news, first = !source->signalled;
    uint32_t i;

    source->signalled = true;
    if (first) {
        for (i = 0; i < count; i++)
            source->need[i] = life[i];
        source->needs = count;
    }
    news = intersect(source) || (first && count > 0);
    if (add(source->thread, &source->threads, THREADS, thread->id))
        news |= count > 0;
    if (!news)
        return;
    lv_thread_write_name(thread);
    write_signal(thread, event, how, stack);
}

static void signal_event(struct lv_thread *thread, uintptr_t address,
                         uint32_t how)
{
    struct lv_instance *event = lv_life_find(thread, address, how);
    struct source *source;
    uint32_t stack;

    if (event == NULL || event->class_id == 0 ||
        (source = source_of(event)) == NULL)
        return;
    stack = lv_stack_intern(&thread->stack);
    count = 0;
    if (thread->rounds < LV_NEED_ROUNDS)
        add(source->site, &source->sites, SITES, stack);
    else if (contains(source->site, source->sites, stack))
        return;
    if (!contains(source->taker, source->takers, thread->id) &&
        source->takers < TAKERS) {
        list_held(thread);
        list_taken(thread);
    }
    settle(thread, source, event, how, stack);
}

void lv_signal_miss(uintptr_t event, uint32_t how, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread;
    struct lv_instance *known;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    signal_event(thread, event, how);
    lv_join_brought(thread, event);
    begin_round(thread);
    known = lv_instance_find(event);
    if (known != NULL && thread->rounds >= LV_NEED_ROUNDS)
        learn(thread, known, how | LV_HOW_TRY, caller);
    lv_slow_leave(&guard);
}

/* ---- waits --------------------------------------------------------------- */

static void await(struct lv_thread *thread, uintptr_t address, uint32_t how,
                  uintptr_t caller)
{
    struct lv_instance *event = lv_life_find(thread, address, how);
    struct source *source;

    if (event == NULL || event->class_id == 0)
        return;
    if (event->family == LV_FAMILY_EVENT && (source = source_of(event)) != NULL)
        add(source->taker, &source->takers, TAKERS, thread->id);
    if (thread->self->top != thread->base && !(how & LV_HOW_TRY))
        lv_observe(thread, event, how | LV_HOW_EVENT,
                   lv_stack_intern(&thread->stack), NULL);
    if (!lv_steering)
        learn(thread, event, how, caller);
}

void lv_await_miss(uintptr_t event, uint32_t how, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    await(thread, event, how, caller);
    if (lv_steering)
        lv_steer_note(thread, NULL);
    lv_engine_give();
    if (lv_steering)
        lv_steer_park(thread, NULL);
    lv_leave(&guard);
}

/* ---- barriers ------------------------------------------------------------ */

/* What it holds it waits with; what it took and gave back it needed. */
static void list_given_back(const struct lv_thread *thread)
{
    uint32_t i;

    for (i = 0; i < thread->needs; i++) {
        const struct lv_need *need = &thread->need[i];

        if (need->instance->life == need->life &&
            lv_thread_hold(thread, need->instance) == NULL)
            list_need(need->instance, need->how, need->stack, need->segment);
    }
}

void lv_await_barrier(struct lv_thread *thread, uintptr_t barrier)
{
    uint32_t how = LV_HOW_FAMILY(LV_FAMILY_BARRIER);
    struct lv_instance *event = lv_life_find(thread, barrier, how);
    uint32_t stack;

    if (event == NULL || event->class_id == 0)
        return;
    stack = lv_stack_intern(&thread->stack);
    count = 0;
    list_given_back(thread);
    if (count > 0)
        write_signal(thread, event, how, stack);
    if (thread->self->top != thread->base)
        lv_observe(thread, event, how | LV_HOW_EVENT, stack, NULL);
    begin_round(thread);
}

/* ---- two mutexes --------------------------------------------------------- */

enum asleep { ASLEEP, AWAKE, ELSEWHERE };

/* Does thread `tid` sleep on a futex inside the object? Then it waits there and
 * was not woken. Told by the kernel: "running", or the number of the system
 * call and its arguments (proc(5), /proc/pid/syscall). */
static enum asleep ask(uint32_t tid, uintptr_t object, size_t size)
{
    char path[64], text[64] = "";
    unsigned long number, word;
    int file, n;

    snprintf(path, sizeof path, "/proc/self/task/%u/syscall", tid);
    if (lv_record_is_sealed())
        return ELSEWHERE;
    file = lv_raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        return ELSEWHERE;
    n = (int)lv_raw_read(file, text, sizeof text - 1);
    lv_raw_close(file);
    if (n > 0 && strncmp(text, "running", 7) == 0)
        return AWAKE;
    if (n <= 0 || sscanf(text, "%lu %lx", &number, &word) != 2)
        return ELSEWHERE;
    return number == SYS_futex && word >= object && word - object < size
               ? ASLEEP
               : ELSEWHERE;
}

/* It may be on its way into its sleep, or out of it: look again, for a while.
 */
static bool is_asleep(const struct lv_rec_wait *wait, uint32_t serial,
                      uintptr_t object, size_t size)
{
    struct timespec pause = {0, 1000000};
    enum asleep asleep = AWAKE;
    int tries;

    for (tries = 0; tries < 50 && asleep == AWAKE; tries++) {
        if (tries > 0)
            lv_raw_call(SYS_nanosleep, (long)&pause, 0, 0, 0, 0, 0);
        if (__atomic_load_n(&wait->serial, __ATOMIC_ACQUIRE) != serial)
            return false;
        asleep = ask(wait->tid, object, size);
    }
    return asleep == ASLEEP;
}

static void tell_two(struct lv_thread *thread, const struct lv_ticket *ticket,
                     const struct lv_rec_wait *wait)
{
    struct lv_rec_hold mine, other = wait->wanted;

    if (ticket->instance->life == 0 || other.instance == 0)
        return;
    mine = lv_describe(ticket->instance, ticket->how, ticket->stack);
    other.stack = wait->stack;
    lv_misuse_write(thread, LV_MISUSE_TWO_MUTEXES, &mine, &other, wait->thread);
}

void lv_await_with(uintptr_t condition, size_t size,
                   const struct lv_ticket *ticket)
{
    struct lv_thread *thread;
    const struct lv_rec_wait *wait;
    struct lv_guard guard;
    uint32_t serial = 0;

    if (ticket->instance == NULL || !lv_enter(&guard))
        return;
    thread = lv_self.thread;
    lv_engine_take();
    wait = lv_waiting_with_other(thread, condition, lv_unwatched(ticket->lock));
    if (wait != NULL)
        serial = wait->serial;
    lv_engine_give();
    if (wait != NULL && is_asleep(wait, serial, condition, size)) {
        lv_engine_take();
        if (wait->serial == serial)
            tell_two(thread, ticket, wait);
        lv_engine_give();
    }
    lv_leave(&guard);
}

/* ---- guesses ------------------------------------------------------------- */

static void write_guess(const struct lv_instance *instance, enum lv_guess guess)
{
    struct lv_rec_guess *entry = lv_record_append(LV_REC_GUESS, sizeof *entry);

    if (entry == NULL)
        return;
    entry->instance = instance->id;
    entry->guess = guess;
    lv_record_commit(entry);
}

/* That a guess was wrong matters of what the record has already. */
static void note_guess(uintptr_t lock, enum lv_guess guess)
{
    struct lv_instance *instance;
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_engine_take();
    instance = lv_instance_find(lock);
    if (instance != NULL && guess == LV_GUESS_HOLDS)
        lv_instance_id(instance);
    if (instance != NULL && instance->id != 0)
        write_guess(instance, guess);
    lv_engine_give();
    lv_leave(&guard);
}

void lv_guess_holds(uintptr_t lock)
{
    note_guess(lock, LV_GUESS_HOLDS);
}

void lv_guess_fails(uintptr_t lock, uintptr_t caller)
{
    note_guess(lock, LV_GUESS_FAILS);
    lv_lock_destroy(lock, caller, LV_OWNER_NONE);
}
