/* SPDX-License-Identifier: BSD-2-Clause */
/* rwsem.c: see rwsem.h.
 *
 * The lock is handed over: who lets go counts the next holder in and then
 * wakes it, so a sleeper that wakes up owns the lock. After `granted` is set
 * its waiter may be gone from the stack; nothing reads it again. */
#include "rwsem.h"

#include <limits.h>

#include "futex.h"

struct rwsem_waiter {
    struct list_head queue;
    bool writer;
    atomic_uint granted;
};

void init_rwsem(struct rw_semaphore *sem, const struct lockval_class *cls)
{
    atomic_init(&sem->guard.word, 0);
    sem->holders = 0;
    INIT_LIST_HEAD(&sem->waiters);
    lockval_lock_init(sem, cls);
}

/* Guard held: can one more come in who did not queue? */
static bool may_enter(const struct rw_semaphore *sem, bool writer)
{
    if (!list_empty(&sem->waiters))
        return false;
    return writer ? sem->holders == 0 : sem->holders >= 0;
}

static void count_in(struct rw_semaphore *sem, bool writer)
{
    if (writer)
        sem->holders = -1;
    else
        sem->holders++;
}

static bool enter_now(struct rw_semaphore *sem, bool writer)
{
    bool entered;

    arch_spin_lock(&sem->guard);
    entered = may_enter(sem, writer);
    if (entered)
        count_in(sem, writer);
    arch_spin_unlock(&sem->guard);
    return entered;
}

static void enter(struct rw_semaphore *sem, bool writer)
{
    struct rwsem_waiter waiter = {.writer = writer};

    arch_spin_lock(&sem->guard);
    if (may_enter(sem, writer)) {
        count_in(sem, writer);
        arch_spin_unlock(&sem->guard);
        return;
    }
    list_add_tail(&waiter.queue, &sem->waiters);
    arch_spin_unlock(&sem->guard);

    while (!atomic_load_explicit(&waiter.granted, memory_order_acquire))
        futex_wait(&waiter.granted, 0);
}

/* Guard held: let in from the front of the queue whoever now can. */
static void hand_over(struct rw_semaphore *sem)
{
    while (!list_empty(&sem->waiters)) {
        struct rwsem_waiter *first =
            list_entry(sem->waiters.next, struct rwsem_waiter, queue);

        if (first->writer ? sem->holders != 0 : sem->holders < 0)
            return;
        count_in(sem, first->writer);
        list_del(&first->queue);
        atomic_store_explicit(&first->granted, 1, memory_order_release);
        futex_wake(&first->granted, INT_MAX);
    }
}

static void set_holders(struct rw_semaphore *sem, int holders)
{
    sem->holders = holders;
    hand_over(sem);
}

void down_read(struct rw_semaphore *sem)
{
    lockval_acquire(sem, LOCKVAL_READ);
    enter(sem, false);
}

bool down_read_trylock(struct rw_semaphore *sem)
{
    if (!enter_now(sem, false))
        return false;
    lockval_acquire(sem, LOCKVAL_READ | LOCKVAL_TRY);
    return true;
}

void up_read(struct rw_semaphore *sem)
{
    lockval_release(sem);
    arch_spin_lock(&sem->guard);
    BUG_ON(sem->holders <= 0);
    set_holders(sem, sem->holders - 1);
    arch_spin_unlock(&sem->guard);
}

void down_write(struct rw_semaphore *sem)
{
    lockval_acquire(sem, LOCKVAL_WRITE);
    enter(sem, true);
}

bool down_write_trylock(struct rw_semaphore *sem)
{
    if (!enter_now(sem, true))
        return false;
    lockval_acquire(sem, LOCKVAL_WRITE | LOCKVAL_TRY);
    return true;
}

void up_write(struct rw_semaphore *sem)
{
    lockval_release(sem);
    arch_spin_lock(&sem->guard);
    BUG_ON(sem->holders != -1);
    set_holders(sem, 0);
    arch_spin_unlock(&sem->guard);
}

void downgrade_write(struct rw_semaphore *sem)
{
    lockval_downgrade(sem);
    arch_spin_lock(&sem->guard);
    BUG_ON(sem->holders != -1);
    set_holders(sem, 1);
    arch_spin_unlock(&sem->guard);
}
