/* SPDX-License-Identifier: BSD-2-Clause */
/* lockval/lockdep_context.h: interrupts, reclaim and RCU.
 *
 * Interrupts are this thread's: off until it says that they are on. What is
 * held while one can come, and taken inside it, is told. Reclaim and RCU
 * sections are pseudo-locks, one of each for the whole program (for each shared
 * library that uses this header, of one class). Part of lockval/lockdep.h,
 * which includes it; include that. */
#ifndef LOCKVAL_LOCKDEP_CONTEXT_H
#define LOCKVAL_LOCKDEP_CONTEXT_H

#include <lockval.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lockdep_map; /* lockdep.h */

enum lockdep_wait_type {
    LD_WAIT_INV = LOCKVAL_WAIT_NONE,
    LD_WAIT_FREE = LOCKVAL_WAIT_FREE,
    LD_WAIT_SPIN = LOCKVAL_WAIT_SPIN,
    LD_WAIT_CONFIG = LOCKVAL_WAIT_CONFIG,
    LD_WAIT_SLEEP = LOCKVAL_WAIT_SLEEP,
    LD_WAIT_MAX
};

/* ---- this thread --------------------------------------------------------- */

enum { LOCKDEP__COMPARED = 16 };

/* What lockdep keeps in `current`. */
struct lockdep__thread {
    int off;                   /* lockdep_off() */
    unsigned hardirqs;         /* may come */
    unsigned softirqs_blocked; /* may not, though hardirqs may */
    uint32_t told_on;          /* the contexts that the validator has on */
    unsigned in_irq;           /* handlers entered */
    unsigned threaded;         /* the handler may be a thread on RT */
    unsigned nofs;             /* memalloc_nofs_save */
    unsigned compared;         /* of held[] */
    const struct lockdep_map *held[LOCKDEP__COMPARED]; /* with a cmp_fn */
};
__attribute__((
    weak, visibility("hidden"))) __thread struct lockdep__thread lockdep__self;

static inline void lockdep_off(void)
{
    lockdep__self.off++;
}

static inline void lockdep_on(void)
{
    lockdep__self.off--;
}

/* ---- waits --------------------------------------------------------------- */

#define might_sleep() lockval_might_wait(LOCKVAL_WAIT_SLEEP)
#define might_sleep_if(condition) \
    do {                          \
        if (condition)            \
            might_sleep();        \
    } while (0)

/* ---- interrupts ---------------------------------------------------------- */

enum { LOCKDEP__HARDIRQ = 1 << 0, LOCKDEP__SOFTIRQ = 1 << 1 };

/* How a handler may wait; a hold of its own, that orders nothing. */
__attribute__((
    weak, visibility("hidden"))) struct lockval_class lockdep__handler[2] = {
    {"hardirq",
     LOCKVAL_CLASS_NOVALIDATE | LOCKVAL_CLASS_WAIT(LD_WAIT_FREE, LD_WAIT_SPIN)},
    {"irq_thread", LOCKVAL_CLASS_NOVALIDATE |
                       LOCKVAL_CLASS_WAIT(LD_WAIT_FREE, LD_WAIT_CONFIG)},
};

/* A soft interrupt comes only where a hard one may. */
static inline void lockdep__switch(void)
{
    struct lockdep__thread *self = &lockdep__self;
    uint32_t on = 0;

    if (self->hardirqs)
        on = LOCKDEP__HARDIRQ |
             (self->softirqs_blocked ? 0 : (uint32_t)LOCKDEP__SOFTIRQ);
    if (self->told_on & ~on)
        lockval_irqs_off(self->told_on & ~on);
    if (on & ~self->told_on)
        lockval_irqs_on(on & ~self->told_on);
    self->told_on = on;
}

static inline void lockdep_hardirqs_on(unsigned long ip)
{
    (void)ip;
    lockdep__self.hardirqs = 1;
    lockdep__switch();
}

static inline void lockdep_hardirqs_off(unsigned long ip)
{
    (void)ip;
    lockdep__self.hardirqs = 0;
    lockdep__switch();
}

static inline void lockdep_softirqs_on(unsigned long ip)
{
    (void)ip;
    lockdep__self.softirqs_blocked = 0;
    lockdep__switch();
}

static inline void lockdep_softirqs_off(unsigned long ip)
{
    (void)ip;
    lockdep__self.softirqs_blocked = 1;
    lockdep__switch();
}

static inline void lockdep_hardirq_enter(void)
{
    lockval_irq_enter(LOCKDEP__HARDIRQ);
    lockdep__self.in_irq++;
    lockdep__self.threaded = 0;
    lockval_pseudo_enter(&lockdep__handler[0], LOCKVAL_READ_RECURSIVE);
}

/* The handler would be a thread on PREEMPT_RT: it may wait for more. */
static inline void lockdep_hardirq_threaded(void)
{
    lockval_pseudo_exit(&lockdep__handler[0]);
    lockdep__self.threaded = 1;
    lockval_pseudo_enter(&lockdep__handler[1], LOCKVAL_READ_RECURSIVE);
}

static inline void lockdep_hardirq_exit(void)
{
    lockval_pseudo_exit(&lockdep__handler[lockdep__self.threaded]);
    lockdep__self.threaded = 0;
    lockdep__self.in_irq--;
    lockval_irq_exit(LOCKDEP__HARDIRQ);
}

static inline void lockdep_softirq_enter(void)
{
    lockval_irq_enter(LOCKDEP__SOFTIRQ);
    lockdep__self.in_irq++;
    lockval_pseudo_enter(&lockdep__handler[1], LOCKVAL_READ_RECURSIVE);
}

static inline void lockdep_softirq_exit(void)
{
    lockval_pseudo_exit(&lockdep__handler[1]);
    lockdep__self.in_irq--;
    lockval_irq_exit(LOCKDEP__SOFTIRQ);
}

/* ---- reclaim ------------------------------------------------------------- */

#ifndef GFP_KERNEL
typedef unsigned int gfp_t;
#define __GFP_DIRECT_RECLAIM 0x400u
#define __GFP_IO 0x40u
#define __GFP_FS 0x80u
#define GFP_NOWAIT 0u
#define GFP_NOIO (__GFP_DIRECT_RECLAIM)
#define GFP_NOFS (__GFP_DIRECT_RECLAIM | __GFP_IO)
#define GFP_KERNEL (__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS)
#endif

__attribute__((
    weak, visibility("hidden"))) struct lockval_class lockdep__fs_reclaim = {
    "fs_reclaim", 0};

static inline bool lockdep__reclaims(gfp_t flags)
{
    return (flags & __GFP_DIRECT_RECLAIM) && (flags & __GFP_FS) &&
           !lockdep__self.nofs;
}

static inline void fs_reclaim_acquire(gfp_t flags)
{
    if (lockdep__reclaims(flags))
        lockval_pseudo_enter(&lockdep__fs_reclaim, LOCKVAL_WRITE);
}

static inline void fs_reclaim_release(gfp_t flags)
{
    if (lockdep__reclaims(flags))
        lockval_pseudo_exit(&lockdep__fs_reclaim);
}

static inline void might_alloc(gfp_t flags)
{
    fs_reclaim_acquire(flags);
    fs_reclaim_release(flags);
    might_sleep_if(flags & __GFP_DIRECT_RECLAIM);
}

static inline unsigned int memalloc_nofs_save(void)
{
    unsigned int before = lockdep__self.nofs;

    lockdep__self.nofs = 1;
    return before;
}

static inline void memalloc_nofs_restore(unsigned int before)
{
    lockdep__self.nofs = before;
}

/* ---- RCU ----------------------------------------------------------------- */

/* Define LOCKDEP_NO_RCU before including where another header has the names. */
#ifndef LOCKDEP_NO_RCU
enum { LOCKDEP__RCU, LOCKDEP__RCU_BH, LOCKDEP__RCU_SCHED };

__attribute__((weak,
               visibility("hidden"))) struct lockval_class lockdep__rcu[3] = {
    {"rcu_read_lock", LOCKVAL_CLASS_WAIT(LD_WAIT_FREE, LD_WAIT_CONFIG)},
    {"rcu_read_lock_bh", LOCKVAL_CLASS_WAIT(LD_WAIT_FREE, LD_WAIT_CONFIG)},
    {"rcu_read_lock_sched", LOCKVAL_CLASS_WAIT(LD_WAIT_FREE, LD_WAIT_SPIN)},
};

#define LOCKDEP__RCU_FLAVOUR(suffix, which)                                 \
    static inline void rcu_read_lock##suffix(void)                          \
    {                                                                       \
        lockval_pseudo_enter(&lockdep__rcu[which], LOCKVAL_READ_RECURSIVE); \
    }                                                                       \
    static inline void rcu_read_unlock##suffix(void)                        \
    {                                                                       \
        lockval_pseudo_exit(&lockdep__rcu[which]);                          \
    }                                                                       \
    static inline int rcu_read_lock##suffix##_held(void)                    \
    {                                                                       \
        return lockval_is_held(&lockdep__rcu[which]);                       \
    }
LOCKDEP__RCU_FLAVOUR(, LOCKDEP__RCU)
LOCKDEP__RCU_FLAVOUR(_bh, LOCKDEP__RCU_BH)
LOCKDEP__RCU_FLAVOUR(_sched, LOCKDEP__RCU_SCHED)

/* Tells the wait; the caller does it. It ends the sections of all flavours. */
static inline void synchronize_rcu(void)
{
    int i;

    might_sleep();
    for (i = 0; i < 3; i++)
        lockval_pseudo_sync(&lockdep__rcu[i], LOCKVAL_WRITE);
}

#define rcu_lock_acquire(map) lock_acquire((map), 0, 0, 2, 1, NULL, 0)
#define rcu_lock_release(map) lock_release((map), 0)
#endif

#ifdef __cplusplus
}
#endif
#endif
