/* SPDX-License-Identifier: BSD-2-Clause */
/* spinlock.h: exclusive locks of one word.
 *
 * arch_spinlock_t is bare: the validator does not see it (the kernel's lockdep
 * does not see arch_spin_lock either). It guards the insides of rwsems and of
 * the page pool, where nothing else is ever taken.
 * spinlock_t is what the model's code uses, and is annotated.
 * Both sleep on a futex under contention: the model's threads outnumber the
 * processors, and a spinning thread would keep the one it waits for away.
 *
 * Stands for include/linux/spinlock.h (v5.1). Not modelled: disabling
 * preemption, hence "sleeping under a spinlock". */
#ifndef MM_SPINLOCK_H
#define MM_SPINLOCK_H

#include <lockval.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct {
    atomic_uint word; /* 0 free, 1 taken, 2 taken and someone sleeps */
} arch_spinlock_t;

void arch_spin_lock(arch_spinlock_t *lock);
bool arch_spin_trylock(arch_spinlock_t *lock);
void arch_spin_unlock(arch_spinlock_t *lock);

typedef struct {
    arch_spinlock_t raw;
} spinlock_t;

void spin_lock_init(spinlock_t *lock, const struct lockval_class *cls);
void spin_lock(spinlock_t *lock);
void spin_lock_nested(spinlock_t *lock, unsigned subclass);
bool spin_trylock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

#endif
