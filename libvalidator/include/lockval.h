/* SPDX-License-Identifier: BSD-2-Clause */
/* lockval.h: tell the validator what a binary cannot show it.
 *
 * Header-only: nothing to link. Where libvalidator.so is not preloaded every
 * call costs one load and one predicted branch; with LOCKVAL_DISABLE defined
 * it costs nothing. A program behaves the same with and without the preload.
 *
 * How it binds: a constructor in each program or library that includes this
 * header asks the dynamic linker once for the symbol `lockval_ops_v1`. Weak
 * function symbols would be shorter, but the linker resolves them to 0 in
 * executables that are not position independent.
 *
 * Contexts: every function may be called from any thread, from a constructor
 * that runs after this header's own (priority 101), from a signal handler and
 * from a forked child. None changes errno, none fails: what the validator
 * could not keep is counted and told in the report.
 *
 * Ownership: the validator copies names; a struct lockval_class must live as
 * long as a lock refers to it (make it static). A lock is known by its address
 * alone, which is never dereferenced.
 *
 * Order of calls: tell an acquisition that can wait BEFORE it waits, a try
 * after it succeeded, a release before it happens. */
#ifndef LOCKVAL_H
#define LOCKVAL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A class: the locks that follow one order. Two classes of one name are one
 * class, in this process and when records are merged. */
struct lockval_class {
    const char *name; /* as reports print it, e.g. "i_mmap_rwsem" */
    uint32_t flags;   /* LOCKVAL_CLASS_* */
};

enum {
    LOCKVAL_CLASS_NOVALIDATE = 1u << 0, /* held, but never part of an order */
};

/* How a lock is taken: one mode, or'ed with flags and a subclass. */
enum {
    LOCKVAL_WRITE = 0,          /* excludes everyone */
    LOCKVAL_READ = 1,           /* shares; blocks behind a waiting writer */
    LOCKVAL_READ_RECURSIVE = 2, /* shares; passes a waiting writer */
    LOCKVAL_MODE_MASK = 3,

    LOCKVAL_TRY = 1 << 2,    /* could not wait: adds no incoming dependency */
    LOCKVAL_TIMED = 1 << 3,  /* waits, but gives up */
    LOCKVAL_RELOCK = 1 << 4, /* the holder may take it again (recursive) */
};
#define LOCKVAL_SUBCLASS(n) ((uint32_t)(n) << 16) /* 0 … 255, as in lockdep */

/* The table that libvalidator.so exports as `lockval_ops_v1`. Newer libraries
 * append; `size` says how much of it is there. Call the inline functions
 * below, not these. */
struct lockval_ops {
    size_t size;
    void (*lock_init)(const void *lock, const struct lockval_class *cls);
    void (*lock_destroy)(const void *lock);
    void (*acquire)(const void *lock, uint32_t how, const void *nest_under);
    void (*release)(const void *lock);
    void (*downgrade)(const void *lock);
    void (*set_class)(const void *lock, const struct lockval_class *cls);
    void (*next_subclass)(uint32_t subclass);
    void (*next_nest_under)(const void *outer);
    void (*pseudo_enter)(const struct lockval_class *cls, uint32_t how);
    void (*pseudo_exit)(const struct lockval_class *cls);
    void (*memory_freed)(const void *start, size_t size);
    void (*seq_init)(const void *seq, const struct lockval_class *cls);
    void (*seq_write_begin)(const void *seq, uint32_t how);
    void (*seq_write_end)(const void *seq);
    void (*seq_raw_write_begin)(const void *seq);
    void (*seq_raw_write_end)(const void *seq);
    void (*seq_read_wait)(const void *seq);
    void (*seq_read_once)(const void *seq);
    void (*seq_read_fallback)(const void *seq);
    int (*is_held)(const void *lock);
};

#ifndef LOCKVAL_DISABLE
#include <dlfcn.h>

__attribute__((weak, visibility("hidden")))
const struct lockval_ops *lockval__ops;

void lockval__bind(void);
__attribute__((weak, visibility("hidden"), constructor(101))) void
lockval__bind(void)
{
    /* (void *)0 is RTLD_DEFAULT, which needs _GNU_SOURCE to be named. */
    lockval__ops =
        (const struct lockval_ops *)dlsym((void *)0, "lockval_ops_v1");
}

#define LOCKVAL__CALL(function, ...)                         \
    do {                                                     \
        const struct lockval_ops *lockval__o = lockval__ops; \
        if (__builtin_expect(lockval__o != NULL, 0))         \
            lockval__o->function(__VA_ARGS__);               \
    } while (0)
#else
#define LOCKVAL__CALL(function, ...) ((void)0)
#endif

/* ---- locks -------------------------------------------------------------- */

/* A new lock begins its life at `lock`, in class `cls` (NULL: the class is
 * inferred from the call path). Whatever was known of the address ends. */
static inline void lockval_lock_init(const void *lock,
                                     const struct lockval_class *cls)
{
    LOCKVAL__CALL(lock_init, lock, cls);
    (void)lock, (void)cls;
}

/* The lock's life ends. Told while it is held: a `destroy-held` finding. */
static inline void lockval_lock_destroy(const void *lock)
{
    LOCKVAL__CALL(lock_destroy, lock);
    (void)lock;
}

/* This thread takes `lock`: `how` is a mode, flags and LOCKVAL_SUBCLASS(n).
 * Without LOCKVAL_TRY call it before waiting. It counts as held at once. */
static inline void lockval_acquire(const void *lock, uint32_t how)
{
    LOCKVAL__CALL(acquire, lock, how, NULL);
    (void)lock, (void)how;
}

/* The same, while `outer` is held and serialises all nesting within this
 * lock's class: same-class order is not checked (lockdep's nest_lock). */
static inline void lockval_acquire_nested(const void *lock, uint32_t how,
                                          const void *outer)
{
    LOCKVAL__CALL(acquire, lock, how, outer);
    (void)lock, (void)how, (void)outer;
}

/* This thread gives up its newest hold of `lock`; the order is free. */
static inline void lockval_release(const void *lock)
{
    LOCKVAL__CALL(release, lock);
    (void)lock;
}

/* A write hold becomes a read hold without letting go in between. */
static inline void lockval_downgrade(const void *lock)
{
    LOCKVAL__CALL(downgrade, lock);
    (void)lock;
}

/* Put a lock that exists (a pthread_mutex_t, say) into a declared class. Call
 * it after the lock's own init, before its first acquisition. */
static inline void lockval_set_class(const void *lock,
                                     const struct lockval_class *cls)
{
    LOCKVAL__CALL(set_class, lock, cls);
    (void)lock, (void)cls;
}

/* The next acquisition by this thread, of whatever lock family, is of this
 * subclass (1 … 255): the kernel's *_nested. */
static inline void lockval_next_subclass(uint32_t subclass)
{
    LOCKVAL__CALL(next_subclass, subclass);
    (void)subclass;
}

/* The next acquisition by this thread nests under `outer`, see
 * lockval_acquire_nested. */
static inline void lockval_next_nest_under(const void *outer)
{
    LOCKVAL__CALL(next_nest_under, outer);
    (void)outer;
}

/* True if this thread holds `lock` in any mode; false also when nothing is
 * preloaded, so never let a program's behaviour depend on it. */
static inline int lockval_is_held(const void *lock)
{
#ifndef LOCKVAL_DISABLE
    const struct lockval_ops *ops = lockval__ops;

    if (ops != NULL)
        return ops->is_held(lock);
#endif
    (void)lock;
    return 0;
}

/* Memory goes back to a pool that the validator cannot see: every lock inside
 * has ended. One that is held is a `free-held` finding. */
static inline void lockval_memory_freed(const void *start, size_t size)
{
    LOCKVAL__CALL(memory_freed, start, size);
    (void)start, (void)size;
}

/* ---- pseudo-locks: contexts that order like locks (fs_reclaim) ----------- */

/* Enter and leave; `cls` itself is the one instance. */
static inline void lockval_pseudo_enter(const struct lockval_class *cls,
                                        uint32_t how)
{
    LOCKVAL__CALL(pseudo_enter, cls, how);
    (void)cls, (void)how;
}

static inline void lockval_pseudo_exit(const struct lockval_class *cls)
{
    LOCKVAL__CALL(pseudo_exit, cls);
    (void)cls;
}

/* ---- sequence counts ------------------------------------------------------
 * A writer never waits for a sequence count; a reader may. The annotated write
 * is checked as the kernel's lockdep checks it (as if the writer could wait,
 * which may report a cycle that cannot deadlock). The RAW write leaves the
 * order graph alone: the validator lists it as an exception, with the
 * dependencies it suppressed and the cycles those would have closed, and says
 * `proved` if no reader that waits can be reached from a writer that holds the
 * count odd, `refuted` with that reader's backtrace if one can, `unneeded` if
 * the suppressed dependencies close no cycle. */
static inline void lockval_seq_init(const void *seq,
                                    const struct lockval_class *cls)
{
    LOCKVAL__CALL(seq_init, seq, cls);
    (void)seq, (void)cls;
}

/* `how`: 0 or LOCKVAL_SUBCLASS(n). */
static inline void lockval_seq_write_begin(const void *seq, uint32_t how)
{
    LOCKVAL__CALL(seq_write_begin, seq, how);
    (void)seq, (void)how;
}

static inline void lockval_seq_write_end(const void *seq)
{
    LOCKVAL__CALL(seq_write_end, seq);
    (void)seq;
}

static inline void lockval_seq_raw_write_begin(const void *seq)
{
    LOCKVAL__CALL(seq_raw_write_begin, seq);
    (void)seq;
}

static inline void lockval_seq_raw_write_end(const void *seq)
{
    LOCKVAL__CALL(seq_raw_write_end, seq);
    (void)seq;
}

/* A reader that waits while the count is odd (read_seqcount_begin). */
static inline void lockval_seq_read_wait(const void *seq)
{
    LOCKVAL__CALL(seq_read_wait, seq);
    (void)seq;
}

/* A reader that looks once and gives up (raw_read_seqcount). */
static inline void lockval_seq_read_once(const void *seq)
{
    LOCKVAL__CALL(seq_read_once, seq);
    (void)seq;
}

/* A reader gave up and is about to wait by other means (the fallback): what it
 * holds now must not be reachable from a writer. */
static inline void lockval_seq_read_fallback(const void *seq)
{
    LOCKVAL__CALL(seq_read_fallback, seq);
    (void)seq;
}

#ifdef __cplusplus
}
#endif
#endif
