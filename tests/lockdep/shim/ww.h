/* SPDX-License-Identifier: BSD-2-Clause */
/* ww.h: wound/wait mutexes of a wait-die class: who is younger backs off. With
 * the checks that the kernel makes of contexts and mutexes when it debugs. See
 * kernel.h. */
#ifndef SHIM_WW_H
#define SHIM_WW_H

#include "locks.h"

#define DEBUG_WW_MUTEXES 1

struct ww_class {
    unsigned long stamp; /* of the newest context */
    struct lock_class_key acquire_key, mutex_key;
    const char *acquire_name, *mutex_name;
};
#define DEFINE_WD_CLASS(name)                                 \
    struct ww_class name = {.acquire_name = #name "_acquire", \
                            .mutex_name = #name "_mutex"}

struct ww_mutex;

struct ww_acquire_ctx {
    struct lockdep_map dep_map;
    unsigned long stamp; /* the younger, the higher */
    unsigned acquired;
    bool done_acquire;
    struct ww_class *ww_class;
    struct ww_mutex *contending_lock; /* that it backed off from */
};

struct ww_mutex {
    struct mutex base;
    struct ww_acquire_ctx *ctx;
    struct ww_class *ww_class;
};

/* ---- contexts ------------------------------------------------------------ */

static inline void ww_acquire_init(struct ww_acquire_ctx *ctx,
                                   struct ww_class *ww_class)
{
    ctx->stamp = ++ww_class->stamp;
    ctx->acquired = 0;
    ctx->done_acquire = false;
    ctx->ww_class = ww_class;
    ctx->contending_lock = NULL;
    shim_init_map(&ctx->dep_map, ww_class->acquire_name, &ww_class->acquire_key,
                  LD_WAIT_INV, LD_LOCK_NORMAL);
    mutex_acquire(&ctx->dep_map, 0, 0, 0);
}

static inline void ww_acquire_done(struct ww_acquire_ctx *ctx)
{
    lockdep_assert_held(ctx);
    DEBUG_LOCKS_WARN_ON(ctx->done_acquire);
    ctx->done_acquire = true;
}

static inline void ww_acquire_fini(struct ww_acquire_ctx *ctx)
{
    mutex_release(&ctx->dep_map, 0);
    DEBUG_LOCKS_WARN_ON(ctx->acquired);
}

/* ---- mutexes ------------------------------------------------------------- */

static inline void ww_mutex_init(struct ww_mutex *lock,
                                 struct ww_class *ww_class)
{
    shim_init_map(&lock->base.dep_map, ww_class->mutex_name,
                  &ww_class->mutex_key, LD_WAIT_SLEEP, LD_LOCK_NORMAL);
    lock->base.locked = false;
    lock->ctx = NULL;
    lock->ww_class = ww_class;
}

static inline void shim_ww_acquired(struct ww_mutex *lock,
                                    struct ww_acquire_ctx *ctx)
{
    DEBUG_LOCKS_WARN_ON(lock->ctx);
    DEBUG_LOCKS_WARN_ON(ctx->done_acquire);
    DEBUG_LOCKS_WARN_ON(ctx->ww_class != lock->ww_class);
    if (ctx->contending_lock != NULL) {
        DEBUG_LOCKS_WARN_ON(ctx->contending_lock != lock);
        DEBUG_LOCKS_WARN_ON(ctx->acquired);
        ctx->contending_lock = NULL;
    }
    ctx->acquired++;
    lock->ctx = ctx;
}

/* An older context has it, and this one has others. */
static inline bool shim_ww_dies(const struct ww_mutex *lock,
                                const struct ww_acquire_ctx *ctx)
{
    return lock->base.locked && lock->ctx != NULL && ctx->acquired > 0 &&
           (long)(ctx->stamp - lock->ctx->stamp) > 0;
}

static inline int ww_mutex_lock(struct ww_mutex *lock,
                                struct ww_acquire_ctx *ctx)
{
    if (ctx == NULL) {
        mutex_lock(&lock->base);
        return 0;
    }
    if (lock->ctx == ctx)
        return -EALREADY;
    mutex_acquire_nest(&lock->base.dep_map, 0, 0, &ctx->dep_map, 0);
    if (shim_ww_dies(lock, ctx)) {
        DEBUG_LOCKS_WARN_ON(ctx->contending_lock);
        ctx->contending_lock = lock;
        mutex_release(&lock->base.dep_map, 0);
        return -EDEADLK;
    }
    WARN_ON(lock->base.locked); /* nobody would ever unlock it */
    lock->base.locked = true;
    shim_ww_acquired(lock, ctx);
    return 0;
}

static inline void ww_mutex_lock_slow(struct ww_mutex *lock,
                                      struct ww_acquire_ctx *ctx)
{
    DEBUG_LOCKS_WARN_ON(!ctx->contending_lock);
    ww_mutex_lock(lock, ctx);
}

static inline int ww_mutex_trylock(struct ww_mutex *lock,
                                   struct ww_acquire_ctx *ctx)
{
    WARN_ON(ctx); /* no case does */
    return mutex_trylock(&lock->base);
}

static inline void ww_mutex_unlock(struct ww_mutex *lock)
{
    if (lock->ctx != NULL) {
        DEBUG_LOCKS_WARN_ON(!lock->ctx->acquired);
        if (lock->ctx->acquired > 0)
            lock->ctx->acquired--;
        lock->ctx = NULL;
    }
    mutex_unlock(&lock->base);
}

#endif
