/* SPDX-License-Identifier: BSD-2-Clause */
/* life.c: see life.h; also the lives of event.h. */
#include "life.h"

#define LOCKVAL_DISABLE /* the types alone */
#include "include/lockval.h"

#include <pthread.h>
#include <string.h>

#include "class.h"
#include "engine.h"
#include "event.h"
#include "freed.h"
#include "misuse.h"
#include "module.h"
#include "newborn.h"
#include "place.h"
#include "record.h"
#include "shared.h"
#include "unwind.h"

enum { PATH_FRAMES = 5 };

static uint8_t family_of(uint32_t how)
{
    return how >> 24;
}

/* ---- classes --------------------------------------------------------------
 */

static bool in_module_data(uintptr_t lock)
{
    const struct lv_module *module = lv_module_find(lock);

    return module != NULL && lock >= module->data_start &&
           lock < module->data_end;
}

/* Larger stacks, and those of coroutines, which lie elsewhere, do without the
 * end that a frame gives to its locks. */
static bool on_own_stack(const struct lv_thread *thread, uintptr_t lock)
{
    uintptr_t now = (uintptr_t)__builtin_frame_address(0);

    return lock >= now && lock < thread->stack_top &&
           thread->stack_top - now < LV_USUAL_STACK;
}

static void set_class_number(struct lv_instance *instance, uint32_t class_id)
{
    instance->class_id = class_id;
    if (class_id != 0)
        instance->class_flags = lv_class_get(class_id)->flags;
}

static void tie(struct lv_instance *instance, const uintptr_t *slot,
                uintptr_t function)
{
    struct lv_rare *rare = lv_instance_rare(instance);

    if (rare == NULL)
        return;
    rare->framed = true;
    rare->function = function;
    if (slot == NULL)
        return;
    rare->slot = slot;
    rare->expect = *slot;
}

static void note_stack_lock(struct lv_thread *thread, uintptr_t lock)
{
    if (lock < thread->stack_low)
        thread->stack_low = lock;
}

/* A lock in a frame of the caller's own stack ends with the frame; one on
 * another thread's stack with what looks like its frame. True, and `owner`
 * filled, for the caller's own. */
static bool tie_to_frame(struct lv_thread *thread, struct lv_instance *instance,
                         struct lv_frame_owner *owner)
{
    struct lv_thread *lender;

    if (on_own_stack(thread, instance->lock)) {
        note_stack_lock(thread, instance->lock);
        if (!lv_unwind_owner(instance->lock, owner))
            return false;
        tie(instance, owner->slot, owner->function);
        return true;
    }
    lender = lv_thread_of_stack(instance->lock);
    if (lender != NULL && lender != thread) {
        const uintptr_t *slot = lv_unwind_guess_slot(instance->lock);

        if (slot != NULL) {
            note_stack_lock(lender, instance->lock);
            tie(instance, slot, 0);
        }
    }
    return false;
}

/* True for the frame of main and of a thread's first function: libc's or our
 * own code called it, and it is entered once. */
static bool is_entered_once(const uintptr_t *slot)
{
    const struct lv_module *caller = lv_module_find(lv_unwind_bare(*slot));

    return caller == NULL || caller->ours ||
           caller == lv_module_find((uintptr_t)pthread_self);
}

static bool is_held_by_any(const struct lv_thread *thread,
                           const struct lv_instance *instance)
{
    struct lv_held *held;

    return lv_thread_hold(thread, instance) != NULL ||
           lv_thread_holding(instance, thread, &held) != NULL;
}

/* A function that is entered again from the same place has its frame, and the
 * same return address, where the last one was; a static initialiser makes no
 * call. So a free lock that is taken again from the call that took it first is
 * taken for another lock: where that is wrong, an inversion whose halves come
 * from two rounds of a loop is told as one between classes. */
static void expect_reentry(const struct lv_thread *thread,
                           struct lv_instance *instance,
                           const struct lv_frame_owner *owner)
{
    struct lv_rare *rare;

    if (owner->slot == NULL || is_entered_once(owner->slot))
        return;
    rare = lv_instance_rare(instance);
    if (rare != NULL)
        rare->reentry = thread->stack.frame[0];
}

/* True if the lock lies in another frame than when it began, though both have
 * the same place and return address. Otherwise what another thread could but
 * guess of the frame is put right. */
static bool frame_changed(struct lv_thread *thread,
                          struct lv_instance *instance)
{
    struct lv_frame_owner owner;

    if (!on_own_stack(thread, instance->lock) ||
        !lv_unwind_owner(instance->lock, &owner))
        return false;
    if (instance->rare->function != 0 &&
        instance->rare->function != owner.function)
        return true;
    if (instance->rare->reentry != 0 &&
        instance->rare->reentry == thread->stack.frame[0] &&
        !is_held_by_any(thread, instance))
        return true;
    tie(instance, owner.slot, owner.function);
    return false;
}

static uint32_t declare(const struct lockval_class *cls, uint8_t family,
                        uint32_t flags)
{
    if (cls->flags & LOCKVAL_CLASS_NOVALIDATE)
        flags |= LV_CLASS_NOVALIDATE;
    if (cls->flags & LOCKVAL_CLASS_NO_NEST)
        flags |= LV_CLASS_NO_NEST;
    flags |= cls->flags & LV_CLASS_WAIT;
    return lv_class_declared(cls->name, family, flags);
}

static uint32_t infer_class(struct lv_thread *thread,
                            struct lv_instance *instance, bool at_init)
{
    uint32_t stack = lv_stack_intern(&thread->stack);
    uint64_t path = lv_stack_key(&thread->stack, PATH_FRAMES);
    struct lv_frame_owner owner;
    uint8_t family = instance->family;
    bool framed;

    if (in_module_data(instance->lock))
        return lv_class_static(lv_place_of(instance->lock), family, stack);
    framed = tie_to_frame(thread, instance, &owner);
    if (at_init)
        return lv_class_path(LV_CLASS_INIT, path, family, stack);
    if (framed && family < LV_FAMILY_COND) /* events are never held */
        expect_reentry(thread, instance, &owner);
    if (framed)
        return lv_class_frame(
            lv_place_of(owner.function), lv_place_of(owner.code),
            (int64_t)(owner.cfa - instance->lock), family, stack);
    return lv_class_path(LV_CLASS_FIRST, path, family, stack);
}

/* ---- beginnings -----------------------------------------------------------
 */

static bool share(struct lv_instance *instance, const struct lv_shared *shared)
{
    struct lv_rare *rare = shared == NULL ? NULL : lv_instance_rare(instance);

    if (rare != NULL)
        rare->shared = shared;
    return rare != NULL;
}

static struct lv_instance *begin(struct lv_thread *thread, uintptr_t lock,
                                 uint8_t family, bool at_init)
{
    struct lv_instance *instance = lv_instance_begin(lock);

    if (instance == NULL)
        return NULL;
    instance->family = family;
    share(instance, lv_shared_find(lock));
    set_class_number(instance, infer_class(thread, instance, at_init));
    if (!at_init && instance->rare->shared == NULL && lv_newborn_block(lock))
        lv_newborn_begin(thread, instance);
    return instance;
}

static struct lv_instance *begin_declared(struct lv_thread *thread,
                                          uintptr_t lock, uint8_t family,
                                          const struct lockval_class *cls,
                                          uint32_t flags)
{
    struct lv_instance *instance = lv_instance_begin(lock);
    struct lv_frame_owner owner;

    if (instance == NULL)
        return NULL;
    instance->family = family;
    if (family != LV_FAMILY_PSEUDO)
        share(instance, lv_shared_find(lock));
    if (!in_module_data(lock))
        tie_to_frame(thread, instance, &owner);
    /* Before its first acquisition nobody knows what kind of lock it is. */
    set_class_number(
        instance,
        declare(cls, family == 0 ? LV_FAMILY_ANNOTATED : family, flags));
    if (cls->flags & LOCKVAL_CLASS_NOVALIDATE) /* its namesakes may not be */
        instance->class_flags |= LV_CLASS_NOVALIDATE;
    return instance;
}

/* A lock in memory that was told freed is used as if it were still there: it
 * goes on as one of its old class. */
static struct lv_instance *begin_freed(struct lv_thread *thread,
                                       const struct lv_freed *freed)
{
    struct lv_instance *instance = lv_instance_begin(freed->lock);
    struct lv_rec_hold mine, gone;

    if (instance == NULL)
        return NULL;
    instance->family = freed->family;
    set_class_number(instance, freed->class_id);
    mine = (struct lv_rec_hold){
        .instance = lv_instance_id(instance),
        .class_id = instance->class_id,
        .stack = lv_stack_intern(&thread->stack),
    };
    gone = mine;
    gone.stack = freed->stack;
    lv_misuse_write(thread, LV_MISUSE_FREED, &mine, &gone, freed->thread);
    return instance;
}

/* Its class is the file and the range, by name. */
static struct lv_instance *begin_file(const struct lv_shared *shared)
{
    struct lv_instance *instance = lv_instance_begin((uintptr_t)shared);
    static char name[LV_SHARED_NAME];

    if (instance == NULL)
        return NULL;
    lv_shared_name(shared, name);
    instance->family = LV_FAMILY_FILE;
    if (!share(instance, shared)) {
        lv_instance_end(instance);
        return NULL;
    }
    set_class_number(instance, lv_class_declared(name, LV_FAMILY_FILE, 0));
    return instance;
}

/* Two families at one address are two locks, and two functions' frames hold
 * two: the memory was used again. */
struct lv_instance *lv_life_find(struct lv_thread *thread, uintptr_t lock,
                                 uint32_t how)
{
    struct lv_instance *instance = lv_instance_find(lock);
    uint8_t family = family_of(how);
    struct lv_freed freed;

    if (instance != NULL && instance->family == 0)
        instance->family = family;
    if (instance != NULL && instance->family == family &&
        !frame_changed(thread, instance))
        return instance;
    if (instance != NULL)
        lv_instance_end(instance);
    if (family == LV_FAMILY_PSEUDO)
        return begin_declared(thread, lock, family,
                              (const struct lockval_class *)lock,
                              LV_CLASS_PSEUDO);
    if (family == LV_FAMILY_FILE)
        return begin_file((const struct lv_shared *)lock);
    if (lv_freed_take(lock, family, &freed))
        return begin_freed(thread, &freed);
    return begin(thread, lock, family, false);
}

/* ---- ends -----------------------------------------------------------------
 */

/* Tell that a lock ends while somebody holds it. */
static void tell_held(struct lv_thread *thread, struct lv_instance *instance,
                      enum lv_misuse kind, uintptr_t caller)
{
    struct lv_held *held = lv_thread_hold(thread, instance);
    struct lv_thread *holder = thread;
    struct lv_rec_hold mine, hold;

    if (held == NULL)
        holder = lv_thread_holding(instance, thread, &held);
    if (holder == NULL || instance->class_id == 0 ||
        instance->family == LV_FAMILY_SEMAPHORE) /* it has no owner */
        return;
    if (thread->stack.count == 0)
        lv_stack_take(&thread->stack, caller, lv_engine.options.max_stack);
    mine = (struct lv_rec_hold){
        .instance = lv_instance_id(instance),
        .class_id = instance->class_id,
        .stack = lv_stack_intern(&thread->stack),
    };
    hold = mine;
    hold.how = held->how & 0x00ffffff;
    hold.stack = held->stack;
    lv_misuse_write(thread, kind, &mine, &hold, holder->id);
}

/* Its frame, which was found exactly, is gone: the return address is another,
 * or lies where nothing of the program's can be. */
static bool was_left(const struct lv_thread *thread,
                     const struct lv_instance *instance)
{
    const struct lv_rare *rare = instance->rare;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    if (rare->function == 0 || rare->slot == NULL ||
        here >= thread->stack_top || thread->stack_top - here > LV_USUAL_STACK)
        return false;
    if (*rare->slot != rare->expect)
        return true;
    return (uintptr_t)rare->slot < here &&
           lv_thread_of_stack((uintptr_t)rare->slot) == thread;
}

static void tell_left(struct lv_thread *thread, const struct lv_held *held)
{
    struct lv_rec_hold hold = {
        .instance = lv_instance_id(held->instance),
        .class_id = held->instance->class_id,
        .how = held->how & 0x00ffffff,
        .stack = held->stack,
    };

    if (hold.class_id != 0)
        lv_misuse_write(thread, LV_MISUSE_LEFT_HELD, &hold, &hold, thread->id);
}

void lv_life_end_left(struct lv_thread *thread)
{
    struct lv_held *held;
    bool found = false;

    if (lv_calls.handlers != 0) /* on another stack, maybe */
        return;
    for (held = thread->base + 1; held <= thread->self->top; held++) {
        if (!lv_hold_valid(thread, held) || held->instance->life == 0 ||
            !was_left(thread, held->instance))
            continue;
        tell_left(thread, held);
        lv_instance_end(held->instance);
        found = true;
    }
    if (found)
        lv_thread_remove(thread, NULL);
}

/* In a frame: entered again from the same place, it has the same return
 * address. Elsewhere the memory was written over, or the release was missed. */
void lv_hold_lost(uintptr_t lock)
{
    struct lv_instance *instance;
    struct lv_held *held;
    struct lv_guard guard;
    struct lv_thread *thread;

    if (!lv_enter(&guard))
        return;
    thread = lv_self.thread;
    lv_engine_take();
    instance = lv_instance_find(lock);
    held = instance == NULL ? NULL : lv_thread_hold(thread, instance);
    if (held != NULL) {
        if (instance->rare->function != 0)
            tell_left(thread, held);
        lv_instance_end(instance);
        lv_thread_remove(thread, NULL);
    }
    lv_engine_give();
    lv_leave(&guard);
}

/* An old life at an address that is initialised anew. */
static void end_before_init(struct lv_thread *thread, uintptr_t lock,
                            uintptr_t caller)
{
    struct lv_instance *old = lv_instance_find(lock);

    if (old == NULL)
        return;
    /* A forked child may start its locks anew, held or not: nobody is left to
     * release what was held, and what it held itself it need not. */
    if (!lv_engine.child)
        tell_held(thread, old, LV_MISUSE_REINIT_HELD, caller);
    lv_instance_end(old);
    lv_thread_remove(thread, NULL);
}

/* GLib makes the inside of a GRecMutex or GRWLock when somebody first locks it,
 * and shows it to all by an atomic store. */
static bool is_lazy(uintptr_t caller)
{
    const struct lv_module *module = lv_module_find(caller);

    return module != NULL && module->glib;
}

void lv_lock_init(uintptr_t lock, uint32_t how, uintptr_t caller,
                  const struct lockval_class *cls)
{
    uint32_t flags =
        family_of(how) == LV_FAMILY_SEQCOUNT ? LV_CLASS_SEQCOUNT : 0;
    struct lv_instance *instance;
    struct lv_guard guard;
    struct lv_thread *thread;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    end_before_init(thread, lock, caller);
    lv_freed_forget(lock);
    instance = cls != NULL
                   ? begin_declared(thread, lock, family_of(how), cls, flags)
                   : begin(thread, lock, family_of(how), true);
    if (instance != NULL && instance->rare->shared == NULL &&
        !in_module_data(lock) && !is_lazy(caller))
        lv_newborn_begin(thread, instance);
    lv_slow_leave(&guard);
}

void lv_lock_set_class(uintptr_t lock, uintptr_t caller,
                       const struct lockval_class *cls)
{
    struct lv_instance *instance;
    struct lv_guard guard;
    struct lv_thread *thread;
    uint8_t family = 0;

    if (cls == NULL)
        return;
    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    instance = lv_instance_find(lock);
    if (instance != NULL) {
        family = instance->family;
        lv_instance_end(instance);
        lv_thread_remove(thread, NULL);
    }
    lv_freed_forget(lock);
    begin_declared(thread, lock, family, cls, 0);
    lv_slow_leave(&guard);
}

void lv_lock_destroy(uintptr_t lock, uintptr_t caller, enum lv_owner owner)
{
    struct lv_instance *instance;
    struct lv_guard guard;
    struct lv_thread *thread;

    if (lv_instance_none(lock, 1) || !lv_enter(&guard))
        return;
    thread = lv_self.thread;
    thread->stack.count = 0;
    lv_engine_take();
    instance = lv_instance_find(lock);
    if (instance != NULL) {
        if (owner != LV_OWNER_NONE)
            tell_held(thread, instance, LV_MISUSE_DESTROY_HELD, caller);
        lv_instance_end(instance);
        if (lv_self.top != thread->base)
            lv_thread_remove(thread, NULL);
    }
    lv_engine_give();
    lv_leave(&guard);
}

void lv_lock_invalid(uintptr_t lock, uint32_t how, uintptr_t caller,
                     bool destroyed)
{
    struct lv_rec_hold mine, none = {0};
    struct lv_instance *instance;
    struct lv_guard guard;
    struct lv_thread *thread;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    instance = lv_life_find(thread, lock, how);
    if (instance != NULL && instance->class_id != 0) {
        mine = (struct lv_rec_hold){
            .instance = lv_instance_id(instance),
            .class_id = instance->class_id,
            .stack = lv_stack_intern(&thread->stack),
        };
        lv_misuse_write(
            thread, destroyed ? LV_MISUSE_DESTROYED : LV_MISUSE_UNINITIALISED,
            &mine, &none, 0);
        if (!is_held_by_any(thread, instance))
            lv_instance_end(instance);
    }
    lv_slow_leave(&guard);
}

struct ending {
    struct lv_thread *thread;
    uintptr_t caller;
    enum lv_ending held;
    bool told; /* lockval_memory_freed: use after it is told as well */
};

static void remember(const struct ending *ending,
                     const struct lv_instance *instance)
{
    struct lv_thread *thread = ending->thread;

    if (!lv_freed_keeps(instance))
        return;
    if (thread->stack.count == 0)
        lv_stack_take(&thread->stack, ending->caller,
                      lv_engine.options.max_stack);
    lv_freed_add(instance, lv_stack_intern(&thread->stack), thread->id);
}

static void end_one(void *context, struct lv_instance *instance)
{
    struct ending *ending = context;

    if (ending->held == LV_ENDING_UNHELD &&
        is_held_by_any(ending->thread, instance))
        return;
    if (ending->held == LV_ENDING_TOLD)
        tell_held(ending->thread, instance, LV_MISUSE_FREE_HELD,
                  ending->caller);
    if (ending->told)
        remember(ending, instance);
    lv_instance_end(instance);
}

/* With the engine's lock held. */
static void end_range(const struct ending *ending, uintptr_t start, size_t size)
{
    struct lv_thread *thread = ending->thread;

    thread->stack.count = 0;
    lv_instance_each(start, size, end_one, (void *)(uintptr_t)ending);
    if (lv_self.top != thread->base)
        lv_thread_remove(thread, NULL);
}

static void end_memory(uintptr_t start, size_t size, struct ending ending)
{
    struct lv_guard guard;

    if (lv_instance_none(start, size) || !lv_enter(&guard))
        return;
    ending.thread = lv_self.thread;
    lv_engine_take();
    end_range(&ending, start, size);
    lv_engine_give();
    lv_leave(&guard);
}

void lv_memory_gone(uintptr_t start, size_t size, uintptr_t caller,
                    enum lv_ending ending)
{
    end_memory(start, size, (struct ending){.caller = caller, .held = ending});
}

struct finding {
    const struct lv_thread *thread;
    bool held;
};

static void look_if_held(void *context, struct lv_instance *instance)
{
    struct finding *finding = context;

    finding->held |= is_held_by_any(finding->thread, instance);
}

bool lv_memory_is_held(uintptr_t start, size_t size)
{
    struct finding finding = {0};
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return false;
    finding.thread = lv_self.thread;
    lv_engine_take();
    lv_instance_each(start, size, look_if_held, &finding);
    lv_engine_give();
    lv_leave(&guard);
    return finding.held;
}

void lv_memory_told_freed(uintptr_t start, size_t size, uintptr_t caller)
{
    end_memory(start, size,
               (struct ending){
                   .caller = caller, .held = LV_ENDING_TOLD, .told = true});
}

static void end_module(void *caller, const struct lv_module *module)
{
    struct ending ending = {.thread = lv_self.thread,
                            .caller = *(const uintptr_t *)caller,
                            .held = LV_ENDING_TOLD};

    end_range(&ending, module->start, module->end - module->start);
}

void lv_modules_changed(uintptr_t caller)
{
    struct lv_guard guard;

    if (lv_slow_enter(&guard, caller) == NULL)
        return;
    lv_module_drop_unloaded(end_module, &caller);
    lv_stack_forget();
    lv_engine_give();
    lv_unwind_flush();
    lv_leave(&guard);
}
