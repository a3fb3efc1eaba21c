/* SPDX-License-Identifier: BSD-2-Clause */
/* right.c: see right.h. */
#include "right.h"

#define LOCKVAL_DISABLE /* the types alone */
#include "include/lockval.h"

#include "class.h"
#include "engine.h"
#include "event.h"
#include "memory.h"
#include "record.h"

/* As many losses are remembered; a power of two, as is KNOWN. */
enum { LOSSES = 64, KNOWN = 64 };

struct lv_rights {
    struct lv_right *right;
    size_t count; /* slots; grows only by live rights */
    uint64_t age, epoch;
    uint64_t known[KNOWN];
};

/* ---- the table ------------------------------------------------------------
 */

bool lv_right_table(struct lv_thread *thread)
{
    struct lv_rights *rights;

    if (thread->rights != NULL)
        return true;
    rights = lv_calloc(1, sizeof *rights);
    if (rights != NULL)
        rights->right = lv_calloc(LOSSES, sizeof *rights->right);
    if (rights == NULL || rights->right == NULL) {
        lv_free(rights);
        lv_record_lost(LV_LOST_MEMORY);
        return false;
    }
    rights->count = LOSSES;
    rights->epoch = 1;
    thread->rights = rights;
    return true;
}

void lv_right_drop(struct lv_thread *thread)
{
    if (thread->rights == NULL)
        return;
    lv_free(thread->rights->right);
    lv_free(thread->rights);
    thread->rights = NULL;
}

uint64_t lv_right_epoch(const struct lv_thread *thread)
{
    return thread->rights == NULL ? 0 : thread->rights->epoch;
}

uint64_t *lv_right_known(const struct lv_thread *thread, uint64_t key)
{
    return thread->rights == NULL ? NULL : &thread->rights->known[key % KNOWN];
}

static bool grow(struct lv_rights *rights)
{
    size_t old = rights->count, i;
    struct lv_right *more =
        lv_realloc(rights->right, old * 2, sizeof *rights->right);

    if (more == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return false;
    }
    for (i = old; i < old * 2; i++)
        more[i] = (struct lv_right){0};
    rights->right = more;
    rights->count = old * 2;
    return true;
}

/* A slot for something new: a free one, else the oldest loss, else more. */
static struct lv_right *take_slot(struct lv_rights *rights)
{
    struct lv_right *oldest = NULL;
    size_t i;

    for (i = 0; i < rights->count; i++) {
        struct lv_right *right = &rights->right[i];

        if (right->object == 0)
            return right;
        if (!right->live && (oldest == NULL || right->age < oldest->age))
            oldest = right;
    }
    if (oldest != NULL)
        return oldest;
    i = rights->count;
    return grow(rights) ? &rights->right[i] : NULL;
}

/* The entry of a right (`is_lock` false) or of a watched lock. */
static struct lv_right *find(const struct lv_rights *rights, uintptr_t object,
                             bool is_lock)
{
    size_t i;

    if (rights == NULL || object == 0)
        return NULL;
    for (i = 0; i < rights->count; i++)
        if (rights->right[i].object == object &&
            (rights->right[i].class_id == 0) == is_lock)
            return &rights->right[i];
    return NULL;
}

/* ---- anchors --------------------------------------------------------------
 */

static bool holds(const struct lv_thread *thread,
                  const struct lv_instance *anchor, uint32_t mode)
{
    const struct lv_held *held;

    for (held = thread->self->top; held > thread->base; held--)
        if (held->instance == anchor && lv_hold_valid(thread, held) &&
            (mode != LV_HOW_WRITE || (held->how & LV_HOW_MODE) == LV_HOW_WRITE))
            return true;
    return false;
}

static bool stands(const struct lv_thread *thread, const struct lv_right *right)
{
    if (!right->live || right->anchor == NULL)
        return right->live;
    return right->anchor->life == right->life &&
           holds(thread, right->anchor, right->how & LV_HOW_MODE);
}

const struct lv_right *lv_right_find(const struct lv_thread *thread,
                                     uintptr_t object)
{
    const struct lv_right *right = find(thread->rights, object, false);

    return right != NULL && stands(thread, right) ? right : NULL;
}

uint32_t lv_right_class(const struct lv_thread *thread, uintptr_t object)
{
    const struct lv_right *right = find(thread->rights, object, false);

    return right == NULL ? 0 : right->class_id;
}

static void lose(struct lv_rights *rights, struct lv_right *right,
                 uint32_t stack)
{
    right->live = false;
    right->anchor = NULL;
    right->lost = stack;
    right->age = ++rights->age;
    rights->epoch++;
}

uint32_t lv_right_lost_at(const struct lv_thread *thread, uintptr_t object)
{
    const struct lv_right *right = find(thread->rights, object, false);
    const struct lv_right *lock = find(thread->rights, object, true);
    const struct lv_instance *instance =
        lock == NULL ? NULL : lv_instance_find(object);

    if (right != NULL && right->live)
        right = NULL;
    if (instance == NULL || instance->life != lock->life)
        lock = NULL; /* another lock's, which was there before */
    if (right == NULL || (lock != NULL && lock->age > right->age))
        right = lock;
    return right == NULL ? 0 : right->lost;
}

static void mark_holds(const struct lv_thread *thread,
                       const struct lv_instance *instance)
{
    struct lv_held *held;

    for (held = thread->self->top; held > thread->base; held--)
        if (held->instance == instance)
            held->lock |= LV_HELD_WATCHED;
}

void lv_right_watch(struct lv_thread *thread, struct lv_instance *instance)
{
    if (!lv_instance_has(instance, LV_INSTANCE_WATCHED)) {
        lv_instance_mark(instance, LV_INSTANCE_WATCHED);
        /* What tables know of it would take it without the mark. */
        atomic_fetch_add_explicit(lv_generation_of(instance->lock), 1,
                                  memory_order_relaxed);
    }
    mark_holds(thread, instance);
}

static void lose_lock(struct lv_thread *thread,
                      const struct lv_instance *instance, uint32_t stack)
{
    struct lv_right *lock;

    if (!lv_right_table(thread))
        return;
    lock = find(thread->rights, instance->lock, true);
    if (lock == NULL)
        lock = take_slot(thread->rights);
    if (lock == NULL)
        return;
    *lock = (struct lv_right){.object = instance->lock, .life = instance->life};
    lose(thread->rights, lock, stack);
}

void lv_right_anchor_lost(struct lv_thread *thread,
                          struct lv_instance *instance, uint32_t stack)
{
    struct lv_rights *rights;
    size_t i;

    lose_lock(thread, instance, stack);
    rights = thread->rights;
    for (i = 0; rights != NULL && i < rights->count; i++) {
        struct lv_right *right = &rights->right[i];

        if (right->live && right->anchor == instance && !stands(thread, right))
            lose(rights, right, stack);
    }
}

void lv_right_anchor_taken(struct lv_thread *thread,
                           const struct lv_instance *instance)
{
    struct lv_right *lock = find(thread->rights, instance->lock, true);

    if (lock != NULL)
        lock->object = 0;
}

/* ---- annotations ----------------------------------------------------------
 */

static void begin(struct lv_thread *thread, uintptr_t object,
                  const struct lockval_class *cls, uintptr_t anchor,
                  uint32_t how)
{
    struct lv_instance *instance = lv_instance_find(anchor);
    struct lv_right *right;

    if (anchor != 0 &&
        (instance == NULL || !holds(thread, instance, how & LV_HOW_MODE)))
        return;
    if (!lv_right_table(thread))
        return;
    right = find(thread->rights, object, false);
    if (right == NULL)
        right = take_slot(thread->rights);
    if (right == NULL)
        return;
    *right = (struct lv_right){
        .object = object,
        .anchor = instance,
        .life = instance == NULL ? 0 : instance->life,
        .class_id = lv_class_declared(cls->name, LV_FAMILY_ANNOTATED, 0),
        .how = how & LV_HOW_MODE,
        .begun = lv_stack_intern(&thread->stack),
        .live = true,
    };
    thread->rights->epoch++;
    if (right->class_id == 0)
        right->object = 0; /* lost, and counted */
    else if (instance != NULL)
        lv_right_watch(thread, instance);
}

void lv_right_begin(uintptr_t object, const struct lockval_class *cls,
                    uintptr_t anchor, uint32_t how, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread;

    if (object == 0 || cls == NULL)
        return;
    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    begin(thread, object, cls, anchor, how);
    lv_slow_leave(&guard);
}

void lv_right_end(uintptr_t object, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread;
    struct lv_right *right;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    right = find(thread->rights, object, false);
    if (right != NULL && right->live)
        lose(thread->rights, right, lv_stack_intern(&thread->stack));
    lv_slow_leave(&guard);
}
