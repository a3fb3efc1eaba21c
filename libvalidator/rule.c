/* SPDX-License-Identifier: BSD-2-Clause */
/* rule.c: see rule.h. */
#include "rule.h"

#include <string.h>

#define LOCKVAL_DISABLE /* the types alone */
#include "include/lockval.h"

#include "class.h"
#include "engine.h"
#include "event.h"
#include "findings.h"
#include "hash.h"
#include "notice.h"
#include "record.h"
#include "right.h"

enum { LONGEST_TEXT = 1 << 16, MOST_ROLES = 16 };

static struct lv_hash texts;   /* hash of the text: written */
static struct lv_hash written; /* what makes operations distinct */

static uint64_t hash_text(const char *text)
{
    uint64_t key = 0x70e;

    while (*text != '\0')
        key = lv_mix(key, (unsigned char)*text++);
    return key;
}

/* ---- rules ----------------------------------------------------------------
 */

static void write_rules(const char *text)
{
    size_t size = strnlen(text, LONGEST_TEXT);
    uint64_t *seen = lv_hash_put(&texts, hash_text(text));
    struct lv_rec_rules *entry;

    if (seen == NULL || size == LONGEST_TEXT) {
        lv_record_lost(seen == NULL ? LV_LOST_MEMORY : LV_LOST_LIMIT);
        return;
    }
    if ((*seen)++ != 0)
        return;
    entry = lv_record_append(LV_REC_RULES, sizeof *entry + size + 1);
    if (entry == NULL)
        return;
    memcpy(entry->text, text, size + 1);
    lv_record_commit(entry);
}

void lv_rules(const char *text)
{
    struct lv_guard guard;

    if (text == NULL || !lv_enter(&guard))
        return;
    lv_engine_take();
    write_rules(text);
    lv_engine_give();
    lv_leave(&guard);
}

/* ---- what is held ---------------------------------------------------------
 */

static bool counts(const struct lv_thread *thread, const struct lv_held *held)
{
    return lv_hold_valid(thread, held) && held->instance->life != 0 &&
           held->instance->class_id != 0;
}

/* The strongest hold of the lock at `address`, or NULL. */
static const struct lv_held *strongest(const struct lv_thread *thread,
                                       uintptr_t address)
{
    const struct lv_held *held, *best = NULL;

    for (held = thread->self->top; held > thread->base; held--) {
        if (lv_held_lock(held) != address || !counts(thread, held))
            continue;
        if ((held->how & LV_HOW_MODE) == LV_HOW_WRITE)
            return held;
        best = held;
    }
    return best;
}

static uint32_t class_of(const struct lv_held *held)
{
    return lv_class_sub(held->instance->class_id,
                        held->how >> LV_HOW_SUBCLASS_SHIFT & 0xff);
}

/* All holds, oldest first, into `to` (NULL: only make the record know them);
 * returns their number. */
static uint32_t list_holds(const struct lv_thread *thread,
                           struct lv_rec_hold *to)
{
    const struct lv_held *held;
    uint32_t count = 0;

    for (held = thread->base + 1; held <= thread->self->top; held++) {
        struct lv_rec_hold hold;

        if (!counts(thread, held))
            continue;
        hold.instance = lv_instance_id(held->instance);
        hold.class_id = class_of(held);
        hold.how = held->how & 0x00ffffff;
        hold.stack = held->stack;
        if (to != NULL)
            to[count] = hold;
        count++;
    }
    return count;
}

/* Classes and modes, not instances. */
static uint64_t key_of_holds(const struct lv_thread *thread, uint64_t key)
{
    const struct lv_held *held;

    for (held = thread->base + 1; held <= thread->self->top; held++)
        if (counts(thread, held))
            key = lv_mix(key, (uint64_t)class_of(held) << 2 |
                                  (held->how & LV_HOW_MODE));
    return key;
}

/* ---- roles ----------------------------------------------------------------
 */

static void copy_name(char *to, size_t room, const char *name)
{
    size_t size = name == NULL ? 0 : strnlen(name, room);

    if (size == room) {
        lv_record_lost(LV_LOST_LIMIT);
        size--;
    }
    if (size != 0)
        memcpy(to, name, size);
    memset(to + size, 0, room - size);
}

static void describe_hold(struct lv_rec_role *to, const struct lv_held *held)
{
    to->state = LV_ROLE_LOCK;
    to->class_id = class_of(held);
    to->how = held->how & 0x00ffffff;
    to->stack = held->stack;
}

static void describe_right(struct lv_rec_role *to, const struct lv_right *right)
{
    to->state = LV_ROLE_RIGHT;
    to->class_id = right->class_id;
    to->how = right->how;
    to->stack = right->begun;
}

/* A lock that is read and a right to write: the stronger one counts. */
static struct lv_rec_role describe_role(struct lv_thread *thread,
                                        const struct lockval_role *role)
{
    uintptr_t address = (uintptr_t)role->lock;
    struct lv_instance *instance =
        address == 0 ? NULL : lv_instance_find(address);
    const struct lv_held *held = strongest(thread, address);
    const struct lv_right *right = lv_right_find(thread, address);
    struct lv_rec_role to = {.address = address, .state = LV_ROLE_FREE};

    copy_name(to.name, sizeof to.name, role->name);
    if (instance != NULL && instance->class_id != 0) {
        lv_right_watch(thread, instance);
        to.instance = lv_instance_id(instance);
        to.class_id = instance->class_id;
    } else {
        to.class_id = lv_right_class(thread, address);
    }
    if (address == 0)
        to.state = LV_ROLE_NONE;
    else if (right != NULL &&
             (held == NULL || (right->how & LV_HOW_MODE) == LV_HOW_WRITE))
        describe_right(&to, right);
    else if (held != NULL)
        describe_hold(&to, held);
    to.lost = lv_right_lost_at(thread, address);
    return to;
}

/* The number of the hold that serves a role, from 1. */
static uint64_t hold_number(const struct lv_thread *thread, uintptr_t address)
{
    const struct lv_held *held = strongest(thread, address);

    return held == NULL ? 0 : (uint64_t)(held - thread->base);
}

/* ---- operations -----------------------------------------------------------
 */

struct operation {
    enum lv_operation kind;
    const char *name;
    const struct lockval_role *role;
    uint32_t count;
    uint32_t how;
};

static bool is_news(const struct lv_thread *thread,
                    const struct operation *operation,
                    const struct lv_rec_role *role, uint32_t stack)
{
    uint64_t key = lv_mix(hash_text(operation->name), operation->kind);
    uint64_t *seen;
    uint32_t i;

    key = key_of_holds(thread, lv_mix(lv_mix(key, stack), operation->how));
    for (i = 0; i < operation->count; i++)
        key = lv_mix(lv_mix(key, hash_text(role[i].name)),
                     hold_number(thread, role[i].address) << 8 |
                         role[i].state << 4 | (role[i].how & LV_HOW_MODE));
    seen = lv_hash_put(&written, key);
    if (seen == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return false;
    }
    return (*seen)++ == 0;
}

static void write_operation(struct lv_thread *thread,
                            const struct operation *operation)
{
    struct lv_rec_role role[MOST_ROLES] = {0};
    struct lv_rec_operation *entry;
    uint32_t stack = lv_stack_intern(&thread->stack), holds, i;

    for (i = 0; i < operation->count; i++)
        role[i] = describe_role(thread, &operation->role[i]);
    if (!is_news(thread, operation, role, stack))
        return;
    holds = list_holds(thread, NULL);
    lv_thread_write_name(thread);
    entry = lv_record_append(LV_REC_OPERATION,
                             sizeof *entry +
                                 operation->count * sizeof entry->role[0] +
                                 holds * sizeof(struct lv_rec_hold));
    if (entry == NULL)
        return;
    entry->kind = operation->kind;
    entry->thread = thread->id;
    entry->stack = stack;
    entry->how = operation->how;
    entry->role_count = operation->count;
    entry->count = holds;
    copy_name(entry->name, sizeof entry->name, operation->name);
    memcpy(entry->role, role, operation->count * sizeof role[0]);
    list_holds(thread, lv_rec_operation_holds(entry));
    lv_record_commit(entry);
    if (operation->kind != LV_OPERATION)
        lv_findings_add();
    lv_notice_operation(entry);
}

static void tell(const struct operation *operation, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return;
    lv_record_header()->misses++;
    lv_right_table(thread);
    write_operation(thread, operation);
    lv_slow_leave(&guard);
}

/* What tells one call from another without looking at anything but our own. */
static uint64_t quick_key(const struct lv_thread *thread,
                          const struct operation *operation, uintptr_t caller)
{
    uint64_t key = lv_mix(lv_self.key, caller);
    uint32_t i;

    key =
        lv_mix(lv_mix(key, (uintptr_t)operation->name), lv_right_epoch(thread));
    for (i = 0; i < operation->count; i++)
        key = lv_mix(lv_mix(key, (uintptr_t)operation->role[i].name),
                     (uintptr_t)operation->role[i].lock);
    return key;
}

void lv_operation(const char *name, const struct lockval_role *role,
                  size_t count, uintptr_t caller)
{
    const struct lv_thread *thread = lv_self.thread;
    struct operation operation = {LV_OPERATION, name, role, (uint32_t)count, 0};
    uint64_t key = 0, *known = NULL;

    if (name == NULL || (role == NULL && count != 0))
        return;
    if (count > MOST_ROLES) {
        lv_record_lost(LV_LOST_LIMIT);
        operation.count = MOST_ROLES;
    }
    if (thread != NULL) {
        lv_self.thread->spin.count = 0; /* not a bare loop of reads */
        key = quick_key(thread, &operation, caller);
        known = lv_right_known(thread, key);
    }
    if (known != NULL && *known == key)
        return;
    tell(&operation, caller);
    if (known != NULL)
        *known = key;
}

/* ---- assertions -----------------------------------------------------------
 */

/* Whether the held list alone meets it; the thread's own, so no lock. */
static bool has_hold(uintptr_t lock, uint32_t how)
{
    const struct lv_thread *thread = lv_self.thread;
    const struct lv_held *held;

    if (thread == NULL)
        return false;
    for (held = lv_self.top; held > thread->base; held--)
        if (lv_held_lock(held) == lock &&
            ((how & LV_HOW_MODE) != LV_HOW_WRITE ||
             (held->how & LV_HOW_MODE) == LV_HOW_WRITE))
            return true;
    return false;
}

static bool has_right(uintptr_t object, uint32_t how)
{
    const struct lv_right *right;
    struct lv_guard guard;
    bool has;

    if (lv_self.thread == NULL || lv_right_epoch(lv_self.thread) == 0 ||
        !lv_enter(&guard))
        return false;
    lv_engine_take();
    right = lv_right_find(lv_self.thread, object);
    has = right != NULL && ((how & LV_HOW_MODE) != LV_HOW_WRITE ||
                            (right->how & LV_HOW_MODE) == LV_HOW_WRITE);
    lv_engine_give();
    lv_leave(&guard);
    return has;
}

void lv_assert(uintptr_t lock, uint32_t how, bool held, uintptr_t caller)
{
    struct lockval_role role = {"lock", (const void *)lock};
    struct operation operation = {held ? LV_ASSERT_HELD : LV_ASSERT_NOT_HELD,
                                  held ? "assert_held" : "assert_not_held",
                                  &role, 1, how & LV_HOW_MODE};

    if ((has_hold(lock, how) || has_right(lock, how)) != held)
        tell(&operation, caller);
}
