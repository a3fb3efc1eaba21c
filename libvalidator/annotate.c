/* SPDX-License-Identifier: BSD-2-Clause */
/* annotate.c: lockval_ops_v1, what lockval.h binds to. Each turns an annotation
 * into the event of event.h. */
#define LOCKVAL_DISABLE /* the types alone: we are what it binds to */
#include "include/lockval.h"

#include "event.h"
#include "findings.h"
#include "right.h"
#include "rule.h"

#define CALLER ((uintptr_t)__builtin_return_address(0))

/* The low byte of lockval.h's `how` is event.h's (checked below). */
_Static_assert((int)LOCKVAL_READ == (int)LV_HOW_READ &&
                   (int)LOCKVAL_READ_RECURSIVE == (int)LV_HOW_READ_RECURSIVE &&
                   (int)LOCKVAL_TRY == (int)LV_HOW_TRY &&
                   (int)LOCKVAL_TIMED == (int)LV_HOW_TIMED &&
                   (int)LOCKVAL_RELOCK == (int)LV_HOW_RELOCK,
               "lockval.h and record_format.h disagree");

static void take(uintptr_t lock, uint32_t how, uintptr_t caller)
{
    struct lv_ticket ticket;

    if (!lv_acquire_known(lock, how, caller, &ticket))
        lv_acquire_miss(lock, how, caller, &ticket);
    lv_acquire_commit(&ticket);
}

static void let_go(uintptr_t lock, uint32_t how, uintptr_t caller)
{
    if (!lv_release_newest(lock))
        lv_release_miss(lock, how, caller, LV_OWNER_UNKNOWN);
}

static uint32_t annotated(uint32_t how)
{
    return (how & 0x00ff00ff) | LV_HOW_FAMILY(LV_FAMILY_ANNOTATED);
}

static void lock_init(const void *lock, const struct lockval_class *cls)
{
    lv_lock_init((uintptr_t)lock, annotated(0), CALLER, cls);
}

static void lock_destroy(const void *lock)
{
    lv_lock_destroy((uintptr_t)lock, CALLER, LV_OWNER_UNKNOWN);
}

static void acquire(const void *lock, uint32_t how, const void *nest_under)
{
    if (nest_under != NULL)
        lv_next_nest_under((uintptr_t)nest_under);
    take((uintptr_t)lock, annotated(how), CALLER);
}

static void release(const void *lock)
{
    let_go((uintptr_t)lock, annotated(0), CALLER);
}

static void downgrade(const void *lock)
{
    lv_downgrade((uintptr_t)lock, CALLER);
}

static void set_class(const void *lock, const struct lockval_class *cls)
{
    lv_lock_set_class((uintptr_t)lock, CALLER, cls);
}

static void next_subclass(uint32_t subclass)
{
    lv_next_subclass(subclass);
}

static void next_nest_under(const void *outer)
{
    lv_next_nest_under((uintptr_t)outer);
}

static void pseudo_enter(const struct lockval_class *cls, uint32_t how)
{
    take((uintptr_t)cls,
         (how & 0x00ff00ff) | LV_HOW_PSEUDO | LV_HOW_FAMILY(LV_FAMILY_PSEUDO),
         CALLER);
}

static void pseudo_exit(const struct lockval_class *cls)
{
    let_go((uintptr_t)cls, LV_HOW_PSEUDO | LV_HOW_FAMILY(LV_FAMILY_PSEUDO),
           CALLER);
}

static void pseudo_sync(const struct lockval_class *cls, uint32_t how)
{
    struct lv_ticket ticket;

    lv_acquire_miss((uintptr_t)cls,
                    (how & 0x00ff0003) | LV_HOW_PSEUDO | LV_HOW_SYNC |
                        LV_HOW_FAMILY(LV_FAMILY_PSEUDO),
                    CALLER, &ticket);
}

static void memory_freed(const void *start, size_t size)
{
    lv_memory_told_freed((uintptr_t)start, size, CALLER);
}

static void seq_init(const void *seq, const struct lockval_class *cls)
{
    lv_lock_init((uintptr_t)seq, LV_HOW_FAMILY(LV_FAMILY_SEQCOUNT), CALLER,
                 cls);
}

static void seq_write_begin(const void *seq, uint32_t how)
{
    lv_seq_write_begin((uintptr_t)seq, how & 0x00ff0000, CALLER);
}

static void seq_write_end(const void *seq)
{
    lv_seq_write_end((uintptr_t)seq, CALLER);
}

static void seq_raw_write_begin(const void *seq)
{
    lv_seq_write_begin((uintptr_t)seq, LV_HOW_RAW, CALLER);
}

static void seq_read_wait(const void *seq)
{
    lv_seq_read((uintptr_t)seq, LV_HOW_SEQ_WAIT, CALLER);
}

static void seq_read_once(const void *seq)
{
    lv_seq_read((uintptr_t)seq, LV_HOW_SEQ_ONCE, CALLER);
}

static void seq_read_fallback(const void *seq)
{
    lv_seq_read((uintptr_t)seq, LV_HOW_SEQ_FALLBACK, CALLER);
}

static void might_wait(uint32_t wait_outer)
{
    lv_might_wait(wait_outer, CALLER);
}

static void irqs_on(uint32_t contexts)
{
    lv_contexts_on(contexts, CALLER);
}

static void irqs_off(uint32_t contexts)
{
    lv_contexts_off(contexts, CALLER);
}

static void irq_enter(uint32_t context)
{
    lv_context_enter(context, CALLER);
}

static void irq_exit(uint32_t context)
{
    lv_context_exit(context, CALLER);
}

static void seq_set_lock(const void *seq, const void *lock)
{
    lv_seq_set_lock((uintptr_t)seq, (uintptr_t)lock, CALLER);
}

static int is_held(const void *lock)
{
    return lv_is_held((uintptr_t)lock);
}

static void operation(const char *name, const struct lockval_role *role,
                      size_t count)
{
    lv_operation(name, role, count, CALLER);
}

static void assert_held(const void *lock, uint32_t how)
{
    lv_assert((uintptr_t)lock, how, true, CALLER);
}

static void assert_not_held(const void *lock)
{
    lv_assert((uintptr_t)lock, LV_HOW_READ, false, CALLER);
}

static void right_begin(const void *object, const struct lockval_class *cls,
                        const void *anchor, uint32_t how)
{
    lv_right_begin((uintptr_t)object, cls, (uintptr_t)anchor, how, CALLER);
}

static void right_end(const void *object)
{
    lv_right_end((uintptr_t)object, CALLER);
}

extern const struct lockval_ops lockval_ops_v1;
__attribute__((visibility("default")))
const struct lockval_ops lockval_ops_v1 = {
    .size = sizeof lockval_ops_v1,
    .lock_init = lock_init,
    .lock_destroy = lock_destroy,
    .acquire = acquire,
    .release = release,
    .downgrade = downgrade,
    .set_class = set_class,
    .next_subclass = next_subclass,
    .next_nest_under = next_nest_under,
    .pseudo_enter = pseudo_enter,
    .pseudo_exit = pseudo_exit,
    .memory_freed = memory_freed,
    .seq_init = seq_init,
    .seq_write_begin = seq_write_begin,
    .seq_write_end = seq_write_end,
    .seq_raw_write_begin = seq_raw_write_begin,
    .seq_raw_write_end = seq_write_end,
    .seq_read_wait = seq_read_wait,
    .seq_read_once = seq_read_once,
    .seq_read_fallback = seq_read_fallback,
    .is_held = is_held,
    .pseudo_sync = pseudo_sync,
    .might_wait = might_wait,
    .irqs_on = irqs_on,
    .irqs_off = irqs_off,
    .irq_enter = irq_enter,
    .irq_exit = irq_exit,
    .rules = lv_rules,
    .operation = operation,
    .assert_held = assert_held,
    .assert_not_held = assert_not_held,
    .right_begin = right_begin,
    .right_end = right_end,
    .seq_set_lock = seq_set_lock,
    .findings = lv_findings_count,
};
