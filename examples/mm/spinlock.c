/* SPDX-License-Identifier: BSD-2-Clause */
/* spinlock.c: see spinlock.h. The futex algorithm is the third of U. Drepper,
 * "Futexes Are Tricky". */
#include "spinlock.h"

#include "futex.h"

void arch_spin_lock(arch_spinlock_t *lock)
{
    unsigned seen = 0;

    if (atomic_compare_exchange_strong_explicit(
            &lock->word, &seen, 1, memory_order_acquire, memory_order_relaxed))
        return;
    while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0)
        futex_wait(&lock->word, 2);
}

bool arch_spin_trylock(arch_spinlock_t *lock)
{
    unsigned seen = 0;

    return atomic_compare_exchange_strong_explicit(
        &lock->word, &seen, 1, memory_order_acquire, memory_order_relaxed);
}

void arch_spin_unlock(arch_spinlock_t *lock)
{
    if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2)
        futex_wake(&lock->word, 1);
}

void spin_lock_init(spinlock_t *lock, const struct lockval_class *cls)
{
    atomic_init(&lock->raw.word, 0);
    lockval_lock_init(lock, cls);
}

void spin_lock(spinlock_t *lock)
{
    lockval_acquire(lock, LOCKVAL_WRITE);
    arch_spin_lock(&lock->raw);
}

void spin_lock_nested(spinlock_t *lock, unsigned subclass)
{
    lockval_acquire(lock, LOCKVAL_WRITE | LOCKVAL_SUBCLASS(subclass));
    arch_spin_lock(&lock->raw);
}

bool spin_trylock(spinlock_t *lock)
{
    if (!arch_spin_trylock(&lock->raw))
        return false;
    lockval_acquire(lock, LOCKVAL_WRITE | LOCKVAL_TRY);
    return true;
}

void spin_unlock(spinlock_t *lock)
{
    lockval_release(lock);
    arch_spin_unlock(&lock->raw);
}
