/* SPDX-License-Identifier: BSD-2-Clause */
/* signals.c: see signals.h; also the signals of event.h. */
#include "signals.h"

#include <stdio.h>

#include "class.h"
#include "context.h"
#include "engine.h"
#include "event.h"
#include "findings.h"
#include "hash.h"
#include "memory.h"
#include "observe.h"
#include "record.h"
#include "stack.h"

enum {
    SIGNALS = 64,
    HANDLERS = 64, /* more than can be installed at once: bits of a set */
    NEST = 16,     /* handlers inside each other; deeper ones are not seen */
    EXPOSURES = 8, /* kept of each lock */
    NEAR = 65536,  /* a frame so near above is on this very stack */
    CONTEXT = LV_HOW_PSEUDO | LV_HOW_CONTEXT | LV_HOW_FAMILY(LV_FAMILY_PSEUDO),
};

struct handler {
    int signal; /* 0: none yet */
    uint64_t key;
    struct lv_instance *instance; /* its lock is this structure's address; it
                                     has a class when it is active */
    bool active;                  /* it was seen to wait for a lock */
    uint64_t removed;             /* misses, when it was last removed */
};

static struct handler handler[HANDLERS];
static struct handler *_Atomic current[SIGNALS + 1];

/* The handlers that this thread is in, oldest first: lv_calls.handlers of them,
 * which may be above NEST. */
static __thread struct {
    struct {
        struct lv_signal_frame *frame;
        struct handler *handler;
    } at[NEST];
} nest __attribute__((tls_model("initial-exec")));

/* A lock was held while the handlers of `set` could come. */
struct lv_exposure {
    struct lv_exposure *next; /* older */
    uint64_t set;
    uint32_t thread, segment, count;
    struct {
        struct lv_instance *instance;
        uint64_t life;
        uint32_t how, stack;
    } hold[]; /* all that it held, the lock included, oldest first */
};

static uint64_t handled(void)
{
    return atomic_load_explicit(&lv_signals_handled, memory_order_relaxed);
}

static struct handler *handler_of(int signal)
{
    return atomic_load_explicit(&current[signal], memory_order_acquire);
}

int lv_signal_like(int signal, uint64_t mask)
{
    const struct handler *h = handler_of(signal);
    int other;

    if (!(mask >> (signal - 1) & 1))
        return signal;
    for (other = 1; h != NULL && other <= SIGNALS; other++)
        if (handler_of(other) == h && !(mask >> (other - 1) & 1))
            return other;
    return 0;
}

/* The handlers that can come where `mask` is blocked. */
static uint64_t can_come(uint64_t mask)
{
    uint64_t open = handled() & ~mask, set = 0;
    const struct handler *h;

    for (; open != 0; open &= open - 1) {
        h = handler_of(__builtin_ctzll(open) + 1);
        if (h != NULL)
            set |= UINT64_C(1) << (h - handler);
    }
    return set;
}

/* ---- exposures ------------------------------------------------------------
 */

void lv_signal_forget(struct lv_instance *instance)
{
    struct lv_exposure *exposure = instance->rare->exposed, *next;

    if (exposure != NULL)
        lv_instance_rare_exposed(instance)->exposed = NULL;
    for (; exposure != NULL; exposure = next) {
        next = exposure->next;
        lv_free(exposure);
    }
}

static bool is_among(const struct lv_exposure *exposure,
                     const struct lv_instance *instance)
{
    uint32_t i;

    for (i = 0; i < exposure->count; i++)
        if (exposure->hold[i].instance == instance)
            return true;
    return false;
}

/* Does the older one show all that the new one does? */
static bool covers(const struct lv_exposure *old, const struct lv_exposure *new)
{
    uint32_t i;

    if (old->thread != new->thread || old->segment != new->segment)
        return false;
    for (i = 0; i < old->count; i++)
        if (old->hold[i].life != old->hold[i].instance->life ||
            !is_among(new, old->hold[i].instance))
            return false;
    return true;
}

static void list(struct lv_exposure *exposure, struct lv_instance *instance,
                 uint32_t how, uint32_t stack)
{
    uint32_t n = exposure->count;

    if (instance->life == 0 || is_among(exposure, instance))
        return;
    exposure->hold[n].instance = instance;
    exposure->hold[n].life = instance->life;
    exposure->hold[n].how = how;
    exposure->hold[n].stack = stack;
    exposure->count++;
}

/* Of what the thread itself holds, and of `above` on top. NULL: no memory. */
static struct lv_exposure *describe(const struct lv_thread *thread,
                                    const struct lv_ticket *above)
{
    const struct lv_held *held, *top = thread->self->top;
    struct lv_exposure *exposure =
        lv_calloc(1, sizeof *exposure + (size_t)(top - thread->base + 1) *
                                            sizeof exposure->hold[0]);

    if (exposure == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return NULL;
    }
    exposure->thread = thread->id;
    exposure->segment = thread->segment;
    for (held = lv_context_first(thread); held <= top; held++)
        if (lv_hold_valid(thread, held))
            list(exposure, held->instance, held->how, held->stack);
    if (above != NULL)
        list(exposure, above->instance, above->how, above->stack);
    return exposure;
}

static void drop_oldest(struct lv_exposure **at)
{
    unsigned count = 1;

    if (*at == NULL)
        return;
    for (; (*at)->next != NULL; at = &(*at)->next)
        count++;
    if (count < EXPOSURES)
        return;
    lv_free(*at);
    *at = NULL;
}

/* `instance`, the newest that the thread holds, is exposed to `set`. */
static void keep(struct lv_thread *thread, struct lv_instance *instance,
                 uint64_t set, const struct lv_ticket *above)
{
    struct lv_rare *rare = lv_instance_rare_exposed(instance);
    struct lv_exposure *new = rare == NULL ? NULL : describe(thread, above);
    struct lv_exposure *old;

    if (new == NULL)
        return;
    for (old = rare->exposed; old != NULL; old = old->next)
        if (covers(old, new))
            set &= ~old->set;
    if (set == 0 || new->count == 0) {
        lv_free(new);
        return;
    }
    drop_oldest(&rare->exposed);
    new->set = set;
    new->next = rare->exposed;
    rare->exposed = new;
}

/* What the thread holds, and `above`, is exposed to `set` from now on. */
static void expose(struct lv_thread *thread, struct lv_instance *newest,
                   uint64_t set, uint32_t stack, const struct lv_ticket *above)
{
    uint64_t rest = set;

    for (; set != 0; set &= set - 1) {
        struct handler *h = &handler[__builtin_ctzll(set)];

        if (!h->active)
            continue;
        rest &= ~(UINT64_C(1) << (h - handler));
        lv_observe(thread, h->instance, CONTEXT, stack, above);
    }
    if (rest != 0)
        keep(thread, newest, rest, above);
}

void lv_signal_taken(struct lv_thread *thread, const struct lv_ticket *ticket)
{
    if (handled() != 0)
        expose(thread, ticket->instance, can_come(thread->mask_now),
               ticket->stack, ticket);
}

/* The same of all that it holds already. */
static void expose_holds(struct lv_thread *thread, uint64_t set)
{
    const struct lv_held *held = thread->self->top;

    while (held >= lv_context_first(thread) &&
           (!lv_hold_valid(thread, held) || held->instance->life == 0))
        held--;
    if (set != 0 && held >= lv_context_first(thread))
        expose(thread, held->instance, set, lv_stack_intern(&thread->stack),
               NULL);
}

/* ---- handlers that wait ---------------------------------------------------
 */

/* Not the handler itself, nor another that never waited for anything. */
static bool is_order(const struct lv_instance *held, const struct handler *h)
{
    return held != h->instance && held->class_id != 0;
}

static void write_exposure(const struct lv_exposure *exposure,
                           const struct handler *h)
{
    size_t room = exposure->count * sizeof(struct lv_rec_hold);
    struct lv_rec_observation *entry;
    struct lv_rec_hold wanted;
    uint32_t i, stack = 0, n = 0;

    for (i = 0; i < exposure->count; i++) {
        if (exposure->hold[i].life != exposure->hold[i].instance->life)
            return; /* the hold below has exposures of its own */
        if (!is_order(exposure->hold[i].instance, h))
            continue;
        stack = exposure->hold[i].stack;
        lv_describe(exposure->hold[i].instance, exposure->hold[i].how,
                    stack); /* it is in the record before the entry */
    }
    wanted = lv_describe(h->instance, CONTEXT, stack);
    entry = lv_record_append(LV_REC_OBSERVATION, sizeof *entry + room);
    if (entry == NULL)
        return;
    for (i = 0; i < exposure->count; i++)
        if (is_order(exposure->hold[i].instance, h))
            entry->hold[n++] =
                lv_describe(exposure->hold[i].instance, exposure->hold[i].how,
                            exposure->hold[i].stack);
    entry->thread = exposure->thread;
    entry->segment = exposure->segment;
    entry->count = n;
    entry->wanted = wanted;
    lv_record_commit(entry);
    if (!lv_order_observe(lv_engine.order, entry, lv_findings_cycle, NULL))
        lv_record_lost(LV_LOST_MEMORY);
}

/* What was kept of it is written; what its thread does next is looked at. */
static void write_kept(void *context, struct lv_instance *instance)
{
    const struct handler *h = context;
    uint64_t bit = UINT64_C(1) << (h - handler);
    struct lv_exposure *exposure;
    bool found = false;

    if (instance->rare->exposed == NULL ||
        instance->class_flags & LV_CLASS_NOVALIDATE ||
        lv_instance_find(instance->lock) != instance)
        return;
    for (exposure = instance->rare->exposed; exposure != NULL;
         exposure = exposure->next) {
        if ((exposure->set & bit) == 0)
            continue;
        exposure->set &= ~bit;
        write_exposure(exposure, h);
        found = true;
    }
    if (found)
        lv_instance_reconsider(instance);
}

static struct handler *handler_at(uintptr_t lock)
{
    uintptr_t offset = lock - (uintptr_t)handler;

    return offset < sizeof handler ? &handler[offset / sizeof handler[0]]
                                   : NULL;
}

static const char *name_of(int signal, char *room, size_t size)
{
    static const char *const names[] = {
        "0",      "HUP",  "INT",    "QUIT", "ILL",   "TRAP", "ABRT", "BUS",
        "FPE",    "KILL", "USR1",   "SEGV", "USR2",  "PIPE", "ALRM", "TERM",
        "STKFLT", "CHLD", "CONT",   "STOP", "TSTP",  "TTIN", "TTOU", "URG",
        "XCPU",   "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS",
    };
    const int first = 34; /* glibc's SIGRTMIN: it keeps two for itself */

    if (signal < 32)
        snprintf(room, size, "SIG%s", names[signal]);
    else if (signal == first)
        snprintf(room, size, "SIGRTMIN");
    else
        snprintf(room, size, "SIGRTMIN+%d", signal - first);
    return room;
}

static uint32_t class_of(int signal)
{
    char name[24];

    return lv_class_declared(name_of(signal, name, sizeof name),
                             LV_FAMILY_PSEUDO,
                             LV_CLASS_PSEUDO | LV_CLASS_SIGNAL);
}

static void activate(struct handler *h)
{
    h->instance->class_id = class_of(h->signal);
    h->active = h->instance->class_id != 0;
    if (h->active)
        lv_instance_each(0, SIZE_MAX, write_kept, h);
}

void lv_signal_waits(struct lv_thread *thread)
{
    const struct lv_held *first = lv_context_first(thread);
    struct handler *h;

    if (lv_calls.handlers == 0 || first > thread->self->top)
        return;
    h = handler_at(lv_held_lock(first));
    if (h != NULL && !h->active)
        activate(h);
}

/* ---- installing -----------------------------------------------------------
 */

static void reconsider(void *unused, struct lv_instance *instance)
{
    (void)unused;
    lv_instance_reconsider(instance);
}

static void clear_bit(void *context, struct lv_instance *instance)
{
    const struct handler *h = context;
    struct lv_exposure *exposure;

    for (exposure = instance->rare->exposed; exposure != NULL;
         exposure = exposure->next)
        exposure->set &= ~(UINT64_C(1) << (h - handler));
}

static bool is_installed(const struct handler *h)
{
    return h->signal != 0 && handler_of(h->signal) == h;
}

/* One for another handler: unused, or else the first that is not installed. */
static struct handler *choose(void)
{
    struct handler *h;

    for (h = handler; h < handler + HANDLERS; h++)
        if (h->signal == 0)
            return h;
    for (h = handler; is_installed(h); h++)
        ;
    lv_instance_each(0, SIZE_MAX, clear_bit, h);
    if (h->instance != NULL)
        lv_instance_end(h->instance);
    return h;
}

static struct handler *make(int signal, uint64_t key)
{
    struct handler *h = choose();

    *h = (struct handler){.signal = signal, .key = key, .removed = UINT64_MAX};
    h->instance = lv_instance_begin((uintptr_t)h);
    if (h->instance == NULL)
        return h;
    lv_record_header()->instances--; /* it is no lock */
    h->instance->family = LV_FAMILY_PSEUDO;
    h->instance->class_flags = LV_CLASS_PSEUDO | LV_CLASS_SIGNAL;
    return h;
}

static struct handler *find(int signal, uint64_t key)
{
    struct handler *h;

    for (h = handler; h < handler + HANDLERS; h++)
        if (h->signal == signal && h->key == key)
            return h;
    return make(signal, key);
}

static void install(struct lv_thread *thread, int signal, uint64_t key)
{
    struct handler *h = find(signal, key), *old = handler_of(signal);
    uint64_t misses = lv_record_header()->misses;

    if (h->instance == NULL)
        return;
    if (old != NULL)
        old->removed = misses;
    atomic_store_explicit(&current[signal], h, memory_order_release);
    if (h->removed != misses) /* what was learned without it */
        lv_instance_each(0, SIZE_MAX, reconsider, NULL);
    if (!(thread->mask_now & LV_SIGNAL(signal)))
        expose_holds(thread, UINT64_C(1) << (h - handler));
}

static void remove_handler(int signal)
{
    struct handler *h =
        atomic_exchange_explicit(&current[signal], NULL, memory_order_acq_rel);

    atomic_fetch_and(&lv_signals_handled, ~LV_SIGNAL(signal));
    if (h != NULL)
        h->removed = lv_record_header()->misses;
}

void lv_signal_handler(int signal, uint64_t key, uintptr_t caller)
{
    const struct handler *now = handler_of(signal);
    struct lv_guard guard;
    struct lv_thread *thread;

    if (key == 0 && now != NULL)
        remove_handler(signal);
    if (key != 0) /* before lv_enter: from now on it blocks signals */
        atomic_fetch_or(&lv_signals_handled, LV_SIGNAL(signal));
    if (key == 0 || (now != NULL && now->key == key) || !lv_enter(&guard))
        return;
    thread = lv_self.thread;
    thread->stack.count = 0;
    if (lv_self.top != thread->base)
        lv_stack_take(&thread->stack, caller, lv_engine.options.max_stack);
    lv_engine_take();
    install(thread, signal, key);
    lv_engine_give();
    lv_leave(&guard);
}

/* ---- in a handler ---------------------------------------------------------
 */

static uint64_t cookie_of(const struct lv_signal_frame *frame)
{
    return lv_mix(0x516a1, (uintptr_t)frame);
}

/* The frame lies on the thread's alternate stack, where the thread is not. */
static bool was_left_behind(uintptr_t at, uintptr_t here)
{
    stack_t alternate = {.ss_size = 0};
    uintptr_t low;

    if (lv_raw_call(SYS_sigaltstack, 0, (long)&alternate, 0, 0, 0, 0) != 0)
        return false;
    low = (uintptr_t)alternate.ss_sp;
    return at - low < alternate.ss_size && here - low >= alternate.ss_size;
}

/* False: the handler was left by a jump. The stack grows down; a frame on
 * another stack is asked for its cookie, if it is still there. */
static bool is_alive(const struct lv_signal_frame *frame)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t at = (uintptr_t)frame;

    if (at < here && here - at < LV_USUAL_STACK)
        return false;
    if ((at < here || at - here >= NEAR) &&
        (was_left_behind(at, here) || !lv_raw_readable(at)))
        return false;
    return frame->cookie == cookie_of(frame);
}

static unsigned nested(void)
{
    return lv_calls.handlers < NEST ? lv_calls.handlers : NEST;
}

static bool has_dead(void)
{
    return lv_calls.handlers != 0 && !is_alive(nest.at[nested() - 1].frame);
}

/* Drop those that were left by jumps. With the engine's lock held. */
static void tidy(struct lv_thread *thread)
{
    while (has_dead()) {
        const struct handler *h = nest.at[nested() - 1].handler;
        struct lv_held *held =
            h == NULL ? NULL : lv_thread_hold(thread, h->instance);

        lv_calls = (struct lv_calls){.handlers = nested() - 1};
        if (held != NULL)
            lv_thread_remove(thread, held);
    }
}

void lv_signal_settle(struct lv_thread *thread)
{
    uint64_t blocked;

    tidy(thread);
    blocked = thread->mask_now & handled();
    if (lv_calls.handlers == 0 && blocked != thread->blocked)
        lv_thread_set_blocked(thread, blocked);
}

static void push(struct lv_signal_frame *frame, struct handler *h)
{
    struct lv_self *self = &lv_self;
    struct lv_held *top = self->top;
    struct lv_ticket ticket = {
        .instance = h->instance,
        .lock = (uintptr_t)h,
        .next = lv_chain_next(self->key, h->instance, CONTEXT),
        .how = CONTEXT,
    };

    lv_acquire_commit(&ticket);
    if (self->top == top)
        return;
    self->acquisitions--; /* it is none */
    frame->handler = (uintptr_t)h;
}

static void tidy_outside(void)
{
    struct lv_guard guard;

    if (lv_self.thread == NULL) {
        while (has_dead())
            lv_calls = (struct lv_calls){.handlers = nested() - 1};
        return;
    }
    if (!lv_enter(&guard))
        return;
    lv_engine_take();
    tidy(lv_self.thread);
    lv_engine_give();
    lv_leave(&guard);
}

static void note(struct lv_signal_frame *frame, struct handler *h)
{
    if (frame->depth < NEST) {
        nest.at[frame->depth].frame = frame;
        nest.at[frame->depth].handler = h;
    }
    atomic_signal_fence(memory_order_seq_cst);
}

void lv_signal_enter(struct lv_signal_frame *frame, int signal)
{
    struct handler *h = handler_of(signal);

    if (has_dead())
        tidy_outside();
    *frame = (struct lv_signal_frame){.cookie = cookie_of(frame),
                                      .depth = lv_calls.handlers,
                                      .inside = lv_calls.inside,
                                      .interrupted = lv_calls.interrupted};
    note(frame, h);
    lv_calls.interrupted = lv_calls.inside;
    lv_calls.inside = 0;
    lv_calls.handlers++;
    atomic_signal_fence(memory_order_seq_cst);
    note(frame, h); /* another handler may have come before the count rose */
    if (lv_self.thread != NULL && lv_self.state == 0 && h != NULL &&
        lv_calls.handlers <= NEST)
        push(frame, h);
}

void lv_signal_exit(struct lv_signal_frame *frame)
{
    frame->cookie = 0;
    lv_calls.handlers = frame->depth;
    lv_calls.inside = frame->inside;
    lv_calls.interrupted = frame->interrupted;
    if (frame->handler != 0 && !lv_release_newest(frame->handler))
        lv_release_miss(frame->handler, CONTEXT, 0, LV_OWNER_SELF);
}

uint32_t lv_signal_inside(void)
{
    const struct handler *h;

    if (lv_calls.handlers == 0 || lv_calls.handlers > NEST)
        return 0;
    h = nest.at[lv_calls.handlers - 1].handler;
    return h == NULL ? 0 : class_of(h->signal);
}

/* Handlers that found the thread unknown are on its list from the moment that
 * it is known. */
void lv_signal_attach(void)
{
    unsigned i;

    for (i = 0; i < nested(); i++)
        if (nest.at[i].handler != NULL && is_alive(nest.at[i].frame))
            push(nest.at[i].frame, nest.at[i].handler);
}

/* ---- masks ----------------------------------------------------------------
 */

static void change_mask(struct lv_thread *thread, uint64_t blocked)
{
    uint64_t more = can_come(blocked) & ~can_come(thread->blocked);

    lv_thread_set_blocked(thread, blocked);
    if (thread->stack.count > 0)
        expose_holds(thread, more);
}

void lv_signal_mask(uint64_t mask, uintptr_t caller)
{
    struct lv_thread *thread = lv_self.thread;
    uint64_t blocked = mask & handled();
    struct lv_guard guard;

    if (lv_self.state != 0)
        return;
    if (thread == NULL || lv_calls.handlers != 0 || blocked == thread->blocked)
        return;
    if (lv_self.top == thread->base) {
        lv_thread_set_blocked(thread, blocked);
        return;
    }
    if (lv_slow_enter(&guard, caller) == NULL)
        return;
    change_mask(thread, blocked);
    lv_slow_leave(&guard);
}

/* ---- fork -----------------------------------------------------------------
 */

static void forget_others(void *context, struct lv_instance *instance)
{
    struct lv_exposure **at, *exposure;

    if (instance->rare->exposed == NULL)
        return;
    at = &lv_instance_rare_exposed(instance)->exposed;
    while ((exposure = *at) != NULL) {
        if (exposure->thread == *(const uint32_t *)context) {
            at = &exposure->next;
            continue;
        }
        *at = exposure->next;
        lv_free(exposure);
    }
}

void lv_signal_forked(uint32_t survivor)
{
    lv_instance_each(0, SIZE_MAX, forget_others, &survivor);
}
