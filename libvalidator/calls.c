/* SPDX-License-Identifier: BSD-2-Clause */
/* calls.c: calls into libc that a signal handler must not make: see event.h.
 *
 * They take locks of libc's own, which no hook sees: a handler that came while
 * its thread was inside such a call waits for itself, or finds half-changed
 * data. That a handler makes one at all is a note; that it was seen to
 * interrupt one of the same kind, a graver one.
 *
 * Includes engine.h, misuse.h, signals.h, class.h, record.h, hash.h. */
#include <stdatomic.h>

#include "class.h"
#include "engine.h"
#include "event.h"
#include "hash.h"
#include "misuse.h"
#include "record.h"
#include "signals.h"
#include "stack.h"

__thread struct lv_calls lv_calls;

/* Places that have been told of; one that another pushed out is looked at
 * again. */
enum { PLACES = 256 };
static _Atomic uint64_t place[PLACES];

static bool is_told(uint64_t key)
{
    return atomic_load_explicit(&place[key % PLACES], memory_order_relaxed) ==
           key;
}

/* All locks inside libc are one, of a class for each call. */
static struct lv_instance *inside_libc(void)
{
    static struct lv_instance *instance;

    if (instance != NULL)
        return instance;
    instance = lv_instance_begin((uintptr_t)&instance);
    if (instance == NULL)
        return NULL;
    lv_record_header()->instances--; /* it is no lock of the program's */
    instance->family = LV_FAMILY_PSEUDO;
    instance->class_flags = LV_CLASS_PSEUDO;
    instance->class_id =
        lv_class_declared("libc()", LV_FAMILY_PSEUDO, LV_CLASS_PSEUDO);
    return instance;
}

static void tell(struct lv_thread *thread, const char *name,
                 enum lv_misuse misuse)
{
    struct lv_rec_hold call = {.how = LV_HOW_PSEUDO}, handler;
    struct lv_instance *libc = inside_libc();
    uint32_t signal = lv_signal_inside();

    if (libc == NULL || signal == 0)
        return;
    call.instance = lv_instance_id(libc);
    call.class_id = lv_class_declared(name, LV_FAMILY_PSEUDO, LV_CLASS_PSEUDO);
    handler = call;
    handler.class_id = signal;
    call.stack = lv_stack_intern(&thread->stack);
    lv_misuse_write(thread, misuse, &call, &handler, 0);
}

void lv_call_in_handler(const char *name, uint32_t kind, uintptr_t caller)
{
    enum lv_misuse misuse = lv_calls.interrupted & kind
                                ? LV_MISUSE_UNSAFE_INSIDE
                                : LV_MISUSE_UNSAFE_CALL;
    uint64_t key = lv_mix(caller + misuse, (uintptr_t)name);
    struct lv_guard guard;
    struct lv_thread *thread;

    if (lv_calls.inside != 0 || lv_calls.interrupted == LV_CALL_WAIT ||
        is_told(key) || (thread = lv_slow_enter(&guard, caller)) == NULL)
        return;
    lv_signal_settle(thread);
    if (lv_calls.handlers != 0) {
        tell(thread, name, misuse);
        atomic_store_explicit(&place[key % PLACES], key, memory_order_relaxed);
    }
    lv_slow_leave(&guard);
}
