/* SPDX-License-Identifier: BSD-2-Clause */
/* locks.h: the kernel's locks by their annotations alone. Nothing waits; a
 * mutex knows whether it is locked, for trylocks. See kernel.h. */
#ifndef SHIM_LOCKS_H
#define SHIM_LOCKS_H

#include "kernel.h"

typedef struct {
    struct lockdep_map dep_map;
} spinlock_t, raw_spinlock_t, rwlock_t, local_lock_t;

struct mutex {
    struct lockdep_map dep_map;
    bool locked;
};

struct rw_semaphore {
    struct lockdep_map dep_map;
};

struct rt_mutex {
    struct lockdep_map dep_map;
};

/* ---- initialisation ------------------------------------------------------ */

#define SHIM_LOCK(text, inner)                                 \
    {                                                          \
        .dep_map = {.name = text, .wait_type_inner = (inner) } \
    }
#define DEFINE_SPINLOCK(name) spinlock_t name = SHIM_LOCK(#name, LD_WAIT_CONFIG)
#define DEFINE_RAW_SPINLOCK(name) \
    raw_spinlock_t name = SHIM_LOCK(#name, LD_WAIT_SPIN)
#define DEFINE_RWLOCK(name) rwlock_t name = SHIM_LOCK(#name, LD_WAIT_CONFIG)
#define DEFINE_MUTEX(name) struct mutex name = SHIM_LOCK(#name, LD_WAIT_SLEEP)
#define DECLARE_RWSEM(name) \
    struct rw_semaphore name = SHIM_LOCK(#name, LD_WAIT_SLEEP)
#define DEFINE_RT_MUTEX(name) \
    struct rt_mutex name = SHIM_LOCK(#name, LD_WAIT_SLEEP)

/* A class per place that initialises. */
#define SHIM_INIT(lock, inner, type)                                        \
    do {                                                                    \
        static struct lock_class_key shim_key;                              \
                                                                            \
        shim_init_map(&(lock)->dep_map, #lock, &shim_key, (inner), (type)); \
    } while (0)
#define spin_lock_init(lock) SHIM_INIT(lock, LD_WAIT_CONFIG, LD_LOCK_NORMAL)
#define raw_spin_lock_init(lock) SHIM_INIT(lock, LD_WAIT_SPIN, LD_LOCK_NORMAL)
#define rwlock_init(lock) SHIM_INIT(lock, LD_WAIT_CONFIG, LD_LOCK_NORMAL)
#define local_lock_init(lock) SHIM_INIT(lock, LD_WAIT_CONFIG, LD_LOCK_PERCPU)
#define init_rwsem(lock) SHIM_INIT(lock, LD_WAIT_SLEEP, LD_LOCK_NORMAL)
#define rt_mutex_init(lock) SHIM_INIT(lock, LD_WAIT_SLEEP, LD_LOCK_NORMAL)
#define __rt_mutex_init(lock, name, key)                          \
    shim_init_map(&(lock)->dep_map, (name), (key), LD_WAIT_SLEEP, \
                  LD_LOCK_NORMAL)
#define mutex_init(lock)                                \
    do {                                                \
        SHIM_INIT(lock, LD_WAIT_SLEEP, LD_LOCK_NORMAL); \
        (lock)->locked = false;                         \
    } while (0)

/* ---- locks that exclude -------------------------------------------------- */

#define SHIM_TAKE(lock) spin_acquire(&(lock)->dep_map, 0, 0, 0)
#define SHIM_DROP(lock) spin_release(&(lock)->dep_map, 0)
#define spin_lock(lock) SHIM_TAKE(lock)
#define spin_unlock(lock) SHIM_DROP(lock)
#define spin_lock_nest_lock(lock, nest) \
    spin_acquire_nest(&(lock)->dep_map, 0, 0, &(nest)->dep_map, 0)
#define raw_spin_lock(lock) SHIM_TAKE(lock)
#define raw_spin_unlock(lock) SHIM_DROP(lock)
#define local_lock(lock) SHIM_TAKE(lock)
#define local_unlock(lock) SHIM_DROP(lock)
#define rt_mutex_lock(lock) SHIM_TAKE(lock)
#define rt_mutex_unlock(lock) SHIM_DROP(lock)

/* ---- locks that may be shared -------------------------------------------- */

extern unsigned int force_read_lock_recursive; /* the selftest's own */

#define write_lock(lock) SHIM_TAKE(lock)
#define write_unlock(lock) SHIM_DROP(lock)
#define read_lock(lock)                                                     \
    lock_acquire(&(lock)->dep_map, 0, 0,                                    \
                 force_read_lock_recursive || read_lock_is_recursive() ? 2  \
                                                                       : 1, \
                 1, NULL, 0)
#define read_unlock(lock) SHIM_DROP(lock)
#define down_write(lock) SHIM_TAKE(lock)
#define up_write(lock) SHIM_DROP(lock)
#define down_read(lock) rwsem_acquire_read(&(lock)->dep_map, 0, 0, 0)
#define up_read(lock) SHIM_DROP(lock)

/* ---- mutexes ------------------------------------------------------------- */

static inline void mutex_lock(struct mutex *lock)
{
    mutex_acquire(&lock->dep_map, 0, 0, 0);
    lock->locked = true;
}

static inline int mutex_lock_interruptible(struct mutex *lock)
{
    mutex_lock(lock);
    return 0;
}
#define mutex_lock_killable(lock) mutex_lock_interruptible(lock)

#define mutex_lock_nest_lock(lock, nest)                                 \
    do {                                                                 \
        mutex_acquire_nest(&(lock)->dep_map, 0, 0, &(nest)->dep_map, 0); \
        (lock)->locked = true;                                           \
    } while (0)

static inline int mutex_trylock(struct mutex *lock)
{
    if (lock->locked)
        return 0;
    mutex_acquire(&lock->dep_map, 0, 1, 0);
    lock->locked = true;
    return 1;
}

static inline void mutex_unlock(struct mutex *lock)
{
    mutex_release(&lock->dep_map, 0);
    lock->locked = false;
}

#endif
