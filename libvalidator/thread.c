/* SPDX-License-Identifier: BSD-2-Clause */
/* thread.c: see thread.h. */
#include "thread.h"

#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>

#include "engine.h"
#include "event.h"
#include "hash.h"
#include "join.h"
#include "memory.h"
#include "module.h"
#include "record.h"
#include "right.h"
#include "saturated.h"
#include "shared.h"
#include "signals.h"
#include "transition.h"
#include "waiting.h"

enum {
    FIRST_ROOM = 32,
    LOWER = 4, /* holds above one that goes first */
};

/* What a thread has before it registers, and after its end. */
static struct lv_held sentinel;

__thread struct lv_self lv_self = {
    .top = &sentinel, .limit = &sentinel, .table = &lv_transition_none};
__thread struct lv_announced lv_announced;

static struct lv_thread *all;
static uint32_t last_id;
static struct lv_hash by_handle; /* handle -> thread id */

extern void *__libc_stack_end; /* ld.so: top of the first thread's stack */

static void set_base_key(struct lv_thread *thread)
{
    uint64_t key = lv_mix(lv_mix(0x7ead, thread->id), thread->segment);

    if (thread->contexts_on != 0)
        key = lv_mix(key, thread->contexts_on);
    if (thread->blocked != 0)
        key = lv_mix(key, thread->blocked);
    thread->base_key = key | 1;
}

static void write_thread(const struct lv_thread *thread)
{
    struct lv_rec_thread *entry =
        lv_record_append(LV_REC_THREAD, sizeof *entry + sizeof thread->name);

    if (entry == NULL)
        return;
    entry->id = thread->id;
    entry->tid = lv_raw_gettid();
    entry->parent = lv_announced.parent;
    entry->parent_segment = lv_announced.parent_segment;
    memcpy(entry->name, thread->name, sizeof thread->name);
    lv_record_commit(entry);
}

/* A system call: of a thread that writes often, asked now and then. */
void lv_thread_refresh_name(struct lv_thread *thread)
{
    uint32_t asked = thread->name_asked++;

    if (asked < 16 || asked % 64 == 0)
        lv_thread_write_name(thread);
}

void lv_thread_write_name(struct lv_thread *thread)
{
    char name[16] = "";
    struct lv_rec_thread_name *entry;

    lv_raw_prctl(PR_GET_NAME, (long)name, 0, 0, 0);
    name[15] = '\0';
    if (strcmp(name, thread->name) == 0)
        return;
    entry = lv_record_append(LV_REC_THREAD_NAME, sizeof *entry + sizeof name);
    if (entry == NULL)
        return;
    entry->id = thread->id;
    memcpy(entry->name, name, sizeof name);
    lv_record_commit(entry);
    memcpy(thread->name, name, sizeof name);
}

/* glibc keeps the thread descriptor at the top of the stack's mapping (its
 * allocatestack.c), for stacks of the program's own as well. */
static uintptr_t stack_top(const struct lv_thread *thread)
{
    if (thread->id == 1)
        return (uintptr_t)__libc_stack_end;
    return (uintptr_t)pthread_self();
}

/* What is local to the thread lies between its first frame and its descriptor,
 * on x86, or behind its thread pointer: variants II and I of the ELF TLS ABI.
 * The modules loaded later have theirs elsewhere, but for a few. */
static void find_local(struct lv_thread *thread)
{
    if (lv_announced.stack_start == 0)
        return;
#if defined(__x86_64__)
    thread->local = lv_announced.stack_start;
    thread->local_end = thread->stack_top;
#else
    thread->local = (uintptr_t)__builtin_thread_pointer();
    thread->local_end = thread->local + lv_module_local();
#endif
}

static struct lv_thread *allocate(void)
{
    struct lv_thread *thread = lv_calloc(1, sizeof *thread);

    if (thread == NULL)
        return NULL;
    thread->base = lv_calloc(FIRST_ROOM + 1, sizeof *thread->base);
    if (thread->base == NULL || !lv_transitions_begin(thread)) {
        lv_free(thread->base);
        lv_free(thread);
        return NULL;
    }
    thread->room = FIRST_ROOM;
    return thread;
}

static void link_in(struct lv_thread *thread)
{
    thread->next = all;
    thread->link = &all;
    if (all != NULL)
        all->link = &thread->next;
    all = thread;
}

static void attach(struct lv_thread *thread)
{
    struct lv_self *self = &lv_self;

    self->thread = thread;
    thread->self = self;
    self->key = thread->base_key;
    self->top = thread->base;
    self->limit = thread->base + thread->room;
    lv_thread_unmask(thread);
}

struct lv_thread *lv_thread_self(void)
{
    struct lv_thread *thread = lv_self.thread;
    uint64_t *handle;

    if (thread != NULL)
        return thread;
    thread = allocate();
    if (thread == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return NULL;
    }
    thread->id = ++last_id;
    thread->handle = lv_announced.handle;
    thread->stack_low = UINTPTR_MAX;
    thread->stack_top = stack_top(thread);
    find_local(thread);
    set_base_key(thread);
    lv_raw_prctl(PR_GET_NAME, (long)thread->name, 0, 0, 0);
    write_thread(thread);
    lv_segments_thread(lv_engine.segments, thread->id, lv_announced.parent,
                       lv_announced.parent_segment);
    handle =
        thread->handle == 0 ? NULL : lv_hash_put(&by_handle, thread->handle);
    if (handle != NULL)
        *handle = thread->id;
    lv_saturated_segment(thread->id, 0);
    link_in(thread);
    attach(thread);
    lv_record_header()->threads++;
    lv_signal_attach();
    if (lv_thread_registered != NULL)
        lv_thread_registered();
    return thread;
}

uint32_t lv_thread_id_of(uintptr_t handle)
{
    const uint64_t *id = lv_hash_get(&by_handle, handle);

    return id == NULL ? 0 : (uint32_t)*id;
}

void lv_thread_forget_handle(uintptr_t handle)
{
    uint64_t *id = lv_hash_get(&by_handle, handle);

    if (id != NULL)
        *id = 0;
}

static uint64_t key_after(const struct lv_held *held)
{
    return lv_chain_next(held->prev, held->instance, held->how);
}

/* The other thread may be giving it back just now, or have another in its
 * place. */
void lv_hold_void(struct lv_held *held)
{
    uintptr_t lock = __atomic_load_n(&held->lock, __ATOMIC_RELAXED);

    if (lv_unwatched(lock) == held->instance->lock)
        __atomic_compare_exchange_n(&held->lock, &lock, lock | LV_HELD_VOID,
                                    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

struct lv_held *lv_thread_hold(const struct lv_thread *thread,
                               const struct lv_instance *instance)
{
    struct lv_held *held;

    for (held = thread->self->top; held > thread->base; held--)
        if (held->instance == instance && lv_hold_valid(thread, held))
            return held;
    return NULL;
}

/* Copy down the holds that stay, and key the chain from the base. Validity is
 * judged by the old keys, so it is asked before a hold is rewritten. */
static void rebuild(struct lv_thread *thread, const struct lv_held *without,
                    bool all_valid)
{
    struct lv_self *self = thread->self;
    struct lv_held *to = thread->base, *from, *top = self->top;
    uint64_t key = thread->base_key;

    for (from = thread->base + 1; from <= top; from++) {
        bool keep = from != without &&
                    (all_valid || lv_hold_valid(thread, from)) &&
                    from->instance->life != 0;

        if (!keep)
            continue;
        to++;
        *to = *from;
        to->prev = key;
        key = key_after(to);
    }
    self->top = to;
    self->key = key;
}

void lv_thread_remove(struct lv_thread *thread, struct lv_held *held)
{
    rebuild(thread, held, false);
}

void lv_thread_rekey(struct lv_thread *thread)
{
    rebuild(thread, NULL, true);
}

/* Nobody but the list itself has to do with its place. */
static bool is_moved_easily(const struct lv_thread *thread,
                            const struct lv_held *held)
{
    return held > thread->base && held->instance != NULL &&
           !(held->how & (LV_HOW_PSEUDO | LV_HOW_CONTEXT)) &&
           lv_hold_valid(thread, held);
}

/* A handler that comes in between finds a list that holds less. */
static void take_again(const struct lv_held *held)
{
    lv_self.acquisitions--;
    lv_held_push(held->lock, held->instance, held->stack, held->how,
                 lv_chain_next(lv_self.key, held->instance, held->how));
}

bool lv_release_lower(uintptr_t lock)
{
    struct lv_self *self = &lv_self;
    struct lv_held *held = self->top, above[LOWER];
    size_t count = 0, i;

    if (self->thread == NULL || self->state != 0)
        return false;
    for (; lv_held_lock(held) != lock; held--) {
        if (count == LOWER || !is_moved_easily(self->thread, held))
            return false;
        above[count++] = *held;
    }
    if (held->lock != lock || !is_moved_easily(self->thread, held))
        return false; /* it may be watched */
    self->key = held->prev;
    atomic_signal_fence(memory_order_seq_cst);
    self->top = held - 1;
    for (i = count; i-- > 0;)
        take_again(&above[i]);
    return true;
}

void lv_thread_noted(struct lv_thread *thread,
                     const struct lv_instance *instance, unsigned noted)
{
    thread->noted = (noted & LV_NOTED_ALL) != 0;
    if (noted & LV_NOTED_LOCK)
        thread->noted_life[instance->life % LV_NOTED] = instance->life;
}

void lv_thread_forget_noted(struct lv_thread *thread)
{
    thread->noted = false;
    memset(thread->noted_life, 0, sizeof thread->noted_life);
}

void lv_thread_next_segment(struct lv_thread *thread)
{
    lv_thread_remove(thread, NULL); /* what is invalid must not be re-keyed */
    thread->segment++;
    lv_saturated_segment(thread->id, thread->segment);
    set_base_key(thread);
    lv_thread_rekey(thread);
}

void lv_thread_set_contexts(struct lv_thread *thread, uint32_t on)
{
    lv_thread_remove(thread, NULL); /* what is invalid must not be re-keyed */
    thread->contexts_on = on;
    set_base_key(thread);
    lv_thread_rekey(thread);
}

void lv_thread_set_blocked(struct lv_thread *thread, uint64_t blocked)
{
    bool empty = thread->self->top == thread->base;

    if (!empty)
        lv_thread_remove(thread, NULL);
    thread->blocked = blocked;
    set_base_key(thread);
    if (empty)
        thread->self->key = thread->base_key;
    else
        lv_thread_rekey(thread);
}

struct lv_thread *lv_thread_holding(const struct lv_instance *instance,
                                    const struct lv_thread *except,
                                    struct lv_held **held)
{
    struct lv_thread *thread;

    for (thread = all; thread != NULL; thread = thread->next) {
        struct lv_held *hold, *top = thread->self->top;

        if (thread == except)
            continue;
        for (hold = thread->base + 1; hold <= top; hold++) {
            if (hold->instance != instance ||
                lv_held_lock(hold) != instance->lock ||
                !lv_hold_valid(thread, hold))
                continue;
            *held = hold;
            return thread;
        }
    }
    return NULL;
}

struct lv_thread *lv_thread_first(void)
{
    return all;
}

bool lv_held_grow(void)
{
    struct lv_self *self = &lv_self;
    struct lv_thread *thread = self->thread;
    struct lv_guard guard;
    struct lv_held *more;
    size_t count;

    if (thread == NULL || !lv_enter(&guard))
        return false;
    lv_engine_take();
    count = self->top - thread->base;
    more = lv_realloc(thread->base, thread->room * 2 + 1, sizeof *more);
    if (more != NULL) {
        thread->base = more;
        thread->room *= 2;
        self->top = more + count;
        self->limit = more + thread->room;
    } else {
        lv_record_lost(LV_LOST_MEMORY);
    }
    lv_engine_give();
    lv_leave(&guard);
    return more != NULL;
}

void lv_thread_count(struct lv_thread *thread)
{
    uint64_t now = thread->self->acquisitions;

    lv_record_header()->acquisitions += now - thread->counted;
    thread->counted = now;
}

/* What is ours of it. */
static void forget(struct lv_thread *thread)
{
    *thread->link = thread->next;
    if (thread->next != NULL)
        thread->next->link = thread->link;
    lv_free(thread->base);
    lv_transitions_end(thread);
    lv_right_drop(thread);
    lv_waiting_drop(thread);
    lv_backlog_end(thread);
    lv_free(thread);
}

void lv_thread_drop(struct lv_thread *thread)
{
    struct lv_self *self = thread->self;

    lv_thread_count(thread);
    lv_join_over(thread);
    self->top = self->limit = &sentinel;
    self->mask = 0;
    self->table = &lv_transition_none;
    self->thread = NULL;
    forget(thread);
}

void lv_thread_drop_gone(void)
{
    struct lv_thread *thread, *next;

    for (thread = all; thread != NULL; thread = next) {
        next = thread->next;
        if (!lv_raw_readable((uintptr_t)&thread->self->thread) ||
            thread->self->thread != thread)
            forget(thread);
    }
}

void lv_thread_count_all(void)
{
    struct lv_thread *thread;

    lv_thread_drop_gone();
    for (thread = all; thread != NULL; thread = thread->next)
        lv_thread_count(thread);
}

struct lv_thread *lv_thread_of_stack(uintptr_t address)
{
    struct lv_thread *thread, *nearest = NULL;

    for (thread = all; thread != NULL; thread = thread->next)
        if (address < thread->stack_top &&
            thread->stack_top - address < LV_USUAL_STACK &&
            (nearest == NULL || thread->stack_top < nearest->stack_top))
            nearest = thread;
    return nearest;
}

/* Only what is known to lie in a frame: other memory may lie between. */
static void end_on_stack(void *unused, struct lv_instance *instance)
{
    (void)unused;
    if (instance->rare->framed)
        lv_instance_end(instance);
}

static void end_any(void *unused, struct lv_instance *instance)
{
    (void)unused;
    lv_instance_end(instance);
}

static void end_local(const struct lv_thread *thread)
{
    enum { MOST = 1 << 20 };

    if (thread->local != 0 && thread->local_end > thread->local &&
        thread->local_end - thread->local < MOST)
        lv_instance_each(thread->local, thread->local_end - thread->local,
                         end_any, NULL);
}

void lv_thread_end_stack(const struct lv_thread *thread)
{
    end_local(thread);
    if (thread->stack_low != UINTPTR_MAX)
        lv_instance_each(thread->stack_low,
                         thread->stack_top - thread->stack_low, end_on_stack,
                         NULL);
}

/* False: whoever holds it goes on, or nobody does. */
static bool orphan_hold(const struct lv_thread *thread,
                        const struct lv_held *held)
{
    struct lv_instance *instance = held->instance;
    struct lv_rare *rare;

    if (!lv_hold_valid(thread, held) || instance->life == 0 ||
        instance->rare->shared != NULL)
        return false;
    rare = lv_instance_rare(instance);
    if (rare == NULL)
        return false;
    rare->orphan = thread->id;
    rare->orphan_how = held->how;
    rare->orphan_stack = held->stack;
    lv_instance_reconsider(instance);
    return true;
}

/* What a thread held that the fork left behind is never released here. */
static void orphan_holds(struct lv_thread *thread)
{
    struct lv_held *held;

    for (held = thread->base + 1; held <= thread->self->top; held++)
        orphan_hold(thread, held);
}

/* The survivor has another id than the owner of its mutexes: whether it can
 * release them is theirs to say, and its releases are looked at. */
static void watch_mutexes(struct lv_thread *survivor)
{
    struct lv_held *held;

    for (held = survivor->base + 1; held <= survivor->self->top; held++)
        if ((held->instance->family == LV_FAMILY_MUTEX ||
             held->instance->family == LV_FAMILY_C11) &&
            orphan_hold(survivor, held))
            held->lock |= LV_HELD_WATCHED;
}

/* What the parent holds of locks that both can take, it alone releases. An open
 * file is both's, and so is its lock. */
static void drop_parents_holds(struct lv_thread *thread)
{
    struct lv_held *held = thread->self->top;

    while (held > thread->base) {
        const struct lv_shared *shared = held->instance->rare->shared;

        if (shared != NULL && !shared->inherited)
            lv_thread_remove(thread, held);
        held--;
    }
}

/* The others' stacks, and their TLS in them, are copies that nobody runs on;
 * they can be read until libc gives them to a new thread, which it has not. */
void lv_thread_forked(struct lv_thread *survivor)
{
    struct lv_thread *thread, *next;

    for (thread = all; thread != NULL; thread = next) {
        next = thread->next;
        if (thread == survivor)
            continue;
        orphan_holds(thread);
        lv_thread_end_stack(thread);
        lv_free(thread->base);
        lv_transitions_end(thread);
        lv_right_drop(thread);
        lv_waiting_forked(thread);
        lv_backlog_end(thread);
        lv_free(thread);
    }
    all = NULL;
    if (survivor == NULL)
        return;
    lv_signal_forked(survivor->id);
    lv_waiting_forked(survivor);
    link_in(survivor);
    survivor->counted = survivor->self->acquisitions;
    drop_parents_holds(survivor);
    watch_mutexes(survivor);
    lv_saturated_forked(survivor->id);
    lv_thread_next_segment(survivor);
}

/* ---- order --------------------------------------------------------------- */

void lv_thread_meet(const struct lv_thread *thread, uint32_t other,
                    uint32_t until)
{
    struct lv_rec_join *entry;

    lv_segments_meet(lv_engine.segments, thread->id, thread->segment, other,
                     until);
    lv_saturated_met(other, until);
    entry = lv_record_append(LV_REC_JOIN, sizeof *entry);
    if (entry == NULL)
        return;
    entry->joiner = thread->id;
    entry->segment = thread->segment;
    entry->joined = other;
    entry->until = until == UINT32_MAX ? 0 : until;
    lv_record_commit(entry);
}

/* ---- the slow path ------------------------------------------------------- */

struct lv_thread *lv_slow_enter(struct lv_guard *guard, uintptr_t caller)
{
    struct lv_thread *thread;

    if (!lv_enter(guard))
        return NULL;
    thread = lv_self.thread;
    lv_stack_take(&thread->stack, caller, lv_engine.options.max_stack);
    lv_engine_take();
    return thread;
}

void lv_slow_leave(const struct lv_guard *guard)
{
    lv_engine_give();
    lv_leave(guard);
}
