/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.h: what of a kernel lib/locking-selftest.c asks for beside locks:
 * configuration, messages, interrupts, and lockdep with its verdict.
 *
 * One thread, no real lock. Code under test is compiled against linux/ here,
 * whose headers include this, locks.h and ww.h. The names are the kernel's,
 * what begins with shim_ is ours (shim.c). */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <errno.h>
#include <lockval/lockdep.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Those that the selftest looks at. */
#define CONFIG_RT_MUTEXES 1
#define CONFIG_DEBUG_LOCK_ALLOC 1
#define CONFIG_PROVE_LOCKING 1
#define CONFIG_TRACE_IRQFLAGS 1
#define CONFIG_QUEUED_RWLOCKS 1
#define CONFIG_PROVE_RAW_LOCK_NESTING 1
#define IS_ENABLED(option) (option) /* all that are asked for are on */

#define __init
#define noinline __attribute__((noinline))
#define __maybe_unused __attribute__((unused))
#define __setup(text, function) \
    static int (*const shim_setup)(char *) __maybe_unused = function;
#define get_option(text, value) ((void)(text), (void)(value))

#define DEFINE_PER_CPU(type, name) type name
#define this_cpu_ptr(pointer) (pointer)

/* ---- messages ------------------------------------------------------------ */

/* printk begins a line, pr_cont goes on. */
void shim_print(bool begin, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define printk(...) shim_print(true, __VA_ARGS__)
#define pr_cont(...) shim_print(false, __VA_ARGS__)

/* What a case expects of the locks themselves and does not find: the shim is
 * wrong then, and the run fails. */
bool shim_warn(bool condition, const char *text);
#define WARN_ON(condition) shim_warn((condition) ? true : false, #condition)

/* ---- the verdict --------------------------------------------------------- */

/* Whether nothing was told since the last lockdep_reset(). */
int *shim_debug_locks(void);
#define debug_locks (*shim_debug_locks())
extern int debug_locks_silent;

/* A lock's own check objects, beside lockdep. */
bool shim_object(bool condition);
#define DEBUG_LOCKS_WARN_ON(condition) shim_object((condition) ? true : false)

/* ---- this processor's only task ------------------------------------------ */

struct task_struct {
    int softirqs_enabled; /* written by the selftest, read by nobody */
};
extern struct task_struct shim_task;
#define current (&shim_task)
#define lockdep_set_selftest_task(task) ((void)(task))

enum { SHIM_SOFTIRQ = 1 << 8, SHIM_HARDIRQ = 1 << 16 };
extern int shim_preempt_count;
#define preempt_count() shim_preempt_count
#define preempt_count_set(count) ((void)(shim_preempt_count = (count)))
#define softirq_count() (shim_preempt_count & (SHIM_HARDIRQ - SHIM_SOFTIRQ))
#define in_softirq() softirq_count()
#define in_irq() (shim_preempt_count >= SHIM_HARDIRQ)

#define irqs_disabled() (!lockdep__self.hardirqs)
#define local_irq_disable() lockdep_hardirqs_off(0)
#define local_irq_enable() lockdep_hardirqs_on(0)
void local_bh_disable(void);
void local_bh_enable(void);
void __irq_enter(void);
void __irq_exit(void);

/* ---- lockdep, with a memory of what is held ------------------------------ */

/* A key's class in this case: the next case has others of the same keys. What
 * is initialised begins its life at its first use. */
void shim_init_map(struct lockdep_map *map, const char *name,
                   struct lock_class_key *key, uint8_t inner, uint8_t type);

void shim_acquire(struct lockdep_map *map, unsigned subclass, int trylock,
                  int read, int check, const struct lockdep_map *nest_lock);
void shim_release(struct lockdep_map *map);

/* The header's own families end in these two. */
#define lock_acquire(map, subclass, trylock, read, check, nest_lock, ip) \
    shim_acquire((map), (subclass), (trylock), (read), (check), (nest_lock))
#define lock_release(map, ip) shim_release(map)

/* After a case the selftest frees keys, forgets its locks, then resets. */
void shim_let_go(void);
#define lockdep_free_key_range(start, size) ((void)(start), shim_let_go())
void lockdep_reset(void);

#endif
