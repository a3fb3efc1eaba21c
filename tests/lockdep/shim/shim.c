/* SPDX-License-Identifier: BSD-2-Clause */
/* shim.c: runs the kernel's locking_selftest(). See kernel.h.
 *
 * Between cases the kernel forgets all that lockdep has learned. Here nothing
 * is forgotten: each case has classes and lives of its own. Used by
 * ../kernel.py. */
#include "kernel.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void locking_selftest(void);

enum { MOST_HELD = 48 }; /* the kernel's */

int debug_locks_silent;
int shim_preempt_count;
struct task_struct shim_task;

static unsigned case_number, warnings;
static bool in_line, objected;
static uint64_t told_before; /* findings, of earlier cases */

/* `counted`: not told, for the same lock is held. */
static struct hold {
    struct lockdep_map *map;
    bool counted;
} held[MOST_HELD];
static unsigned held_count;

/* ---- messages ------------------------------------------------------------ */

void shim_print(bool begin, const char *format, ...)
{
    va_list list;
    size_t length = strlen(format);

    if (begin && in_line)
        putchar('\n');
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    in_line = length > 0 && format[length - 1] != '\n';
}

bool shim_warn(bool condition, const char *text)
{
    if (condition) {
        fprintf(stderr, "case %u: unexpected: %s\n", case_number, text);
        warnings++;
    }
    return condition;
}

/* ---- the verdict --------------------------------------------------------- */

bool shim_object(bool condition)
{
    if (condition)
        objected = true;
    return condition;
}

int *shim_debug_locks(void)
{
    static int is_silent;

    is_silent = !objected && lockval_findings() == told_before;
    return &is_silent;
}

void lockdep_reset(void)
{
    case_number++;
    objected = false;
    told_before = lockval_findings();
}

/* ---- interrupts ---------------------------------------------------------- */

void local_bh_disable(void)
{
    if (!softirq_count())
        lockdep_softirqs_off(0);
    shim_preempt_count += SHIM_SOFTIRQ;
}

void local_bh_enable(void)
{
    shim_preempt_count -= SHIM_SOFTIRQ;
    if (!softirq_count())
        lockdep_softirqs_on(0);
}

void __irq_enter(void)
{
    shim_preempt_count += SHIM_HARDIRQ;
    lockdep_hardirq_enter();
}

void __irq_exit(void)
{
    lockdep_hardirq_exit();
    shim_preempt_count -= SHIM_HARDIRQ;
}

/* ---- lockdep ------------------------------------------------------------- */

/* The newest hold of it. */
static struct hold *find(const struct lockdep_map *map)
{
    unsigned i = held_count;

    while (i > 0 && held[i - 1].map != map)
        i--;
    return i > 0 ? &held[i - 1] : NULL;
}

/* "lock_A.3f0 #12": the name is of the key, and of the case alone. */
static const char *class_name(const char *name,
                              const struct lock_class_key *key)
{
    char text[128], *copy;

    snprintf(text, sizeof text, "%s.%lx #%u", name,
             (unsigned long)key & 0xffffff, case_number);
    copy = strdup(text);
    if (copy == NULL)
        abort();
    return copy;
}

void shim_init_map(struct lockdep_map *map, const char *name,
                   struct lock_class_key *key, uint8_t inner, uint8_t type)
{
    name = class_name(name, key);
    if (find(map) != NULL) {
        lockdep_init_map_type(map, name, key, 0, inner, LD_WAIT_INV, type);
        return;
    }
    memset(map, 0, sizeof *map);
    map->key = key;
    map->name = name;
    map->wait_type_inner = inner;
    map->lock_type = type;
}

/* As lockdep does, a lock that is taken again under a nest lock right after
 * itself only counts. */
static bool is_counted(const struct lockdep_map *map,
                       const struct lockdep_map *nest_lock)
{
    return nest_lock != NULL && held_count > 0 &&
           held[held_count - 1].map == map;
}

void shim_acquire(struct lockdep_map *map, unsigned subclass, int trylock,
                  int read, int check, const struct lockdep_map *nest_lock)
{
    bool counted = is_counted(map, nest_lock);

    if (!counted)
        (lock_acquire)(map, subclass, trylock, read, check, nest_lock, 0);
    if (held_count == MOST_HELD)
        abort();
    held[held_count++] = (struct hold){map, counted};
}

void shim_release(struct lockdep_map *map)
{
    struct hold *hold = find(map);
    bool counted = hold != NULL && hold->counted;

    if (hold != NULL) {
        held_count--;
        memmove(hold, hold + 1,
                (size_t)(&held[held_count] - hold) * sizeof *hold);
    }
    if (!counted)
        (lock_release)(map, 0);
}

void shim_let_go(void)
{
    while (held_count > 0)
        shim_release(held[held_count - 1].map);
}

int main(void)
{
    lockdep_reset();
    local_irq_enable();
    locking_selftest();
    local_irq_disable();
    return warnings != 0;
}
