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

/* Wait types, as in lockdep: whoever holds a lock may only wait for locks whose
 * outer type is not above the least inner type that is held. NONE: not checked.
 * A spinlock is {SPIN, SPIN}, a mutex {SLEEP, SLEEP}, an RCU read section
 * {FREE, SPIN}; a violation is a `context` finding. A class says its types in
 * its flags: LOCKVAL_CLASS_WAIT(outer, inner). */
enum {
    LOCKVAL_WAIT_NONE = 0,
    LOCKVAL_WAIT_FREE = 1,   /* never waits */
    LOCKVAL_WAIT_SPIN = 2,   /* busy-waits */
    LOCKVAL_WAIT_CONFIG = 3, /* the kernel's: sleeps on PREEMPT_RT */
    LOCKVAL_WAIT_SLEEP = 4,
};

enum {
    LOCKVAL_CLASS_NOVALIDATE = 1u << 0, /* held, but never part of an order */
    LOCKVAL_CLASS_NO_NEST = 1u << 1,    /* two of it are held at once only by
                                           subclass or nesting (lockdep's rule);
                                           without, by any one order of theirs */
};
#define LOCKVAL_CLASS_WAIT(outer, inner) \
    ((uint32_t)(outer) << 8 | (uint32_t)(inner) << 12)

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

/* One part that an operation is about: see lockval_operation. */
struct lockval_role {
    const char *name; /* as rules call it: "mm", "vma", "rmap", "ptl" */
    const void *lock; /* that object's lock, or the object of a right; NULL:
                         there is none, and what needs it is not met */
};

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
    void (*pseudo_sync)(const struct lockval_class *cls, uint32_t how);
    void (*might_wait)(uint32_t wait_outer);
    void (*irqs_on)(uint32_t contexts);
    void (*irqs_off)(uint32_t contexts);
    void (*irq_enter)(uint32_t context);
    void (*irq_exit)(uint32_t context);
    void (*rules)(const char *text);
    void (*operation)(const char *name, const struct lockval_role *role,
                      size_t count);
    void (*assert_held)(const void *lock, uint32_t how);
    void (*assert_not_held)(const void *lock);
    void (*right_begin)(const void *object, const struct lockval_class *cls,
                        const void *anchor, uint32_t how);
    void (*right_end)(const void *object);
    void (*seq_set_lock)(const void *seq, const void *lock);
    uint64_t (*findings)(void);
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

/* An older library may know less than this header. */
#define LOCKVAL__CALL(function, ...)                                     \
    do {                                                                 \
        const struct lockval_ops *lockval__o = lockval__ops;             \
        if (__builtin_expect(lockval__o != NULL, 0) &&                   \
            offsetof(struct lockval_ops, function) < lockval__o->size && \
            lockval__o->function != NULL)                                \
            lockval__o->function(__VA_ARGS__);                           \
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
 * lock's class: same-class order is not checked (lockdep's nest_lock). Of a
 * class with LOCKVAL_CLASS_NO_NEST, one taken before `outer` is told still. */
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
 * has ended. One that is held is a `free-held` finding; one of a declared class
 * that is used there before it is initialised again is a `rule` finding. */
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

/* A reader that looks once and gives up (raw_read_seqcount). The third time in
 * a row from one place, with the count odd and nothing told in between, it is
 * taken for a loop that waits. */
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

/* ---- waits without a hold, contexts ---------------------------------------
 * An RCU read section is a pseudo-lock held for reading
 * (LOCKVAL_READ_RECURSIVE) and a grace period waits for it:
 * lockval_pseudo_sync(&rcu_gp, LOCKVAL_WRITE). The same serves callbacks and
 * rcu_barrier, and threads with interrupts off and the IPI that waits for them.
 */

/* Wait, as an acquisition of that mode would, for all who are inside `cls`;
 * nothing is held afterwards (lockdep's lock_sync). Call before waiting. */
static inline void lockval_pseudo_sync(const struct lockval_class *cls,
                                       uint32_t how)
{
    LOCKVAL__CALL(pseudo_sync, cls, how);
    (void)cls, (void)how;
}

/* The caller may wait in this way (LOCKVAL_WAIT_SLEEP: the kernel's
 * might_sleep), though it does not now: checked like a wait for a lock. */
static inline void lockval_might_wait(uint32_t wait_outer)
{
    LOCKVAL__CALL(might_wait, wait_outer);
    (void)wait_outer;
}

/* Contexts that interrupt a thread (a kernel's hard and soft interrupts) and
 * are not yet masked: bits of a program's own choosing, 1 << 0 … 1 << 7. A lock
 * held while a context can interrupt, and taken inside that context, is an
 * inversion with one thread. All start masked: a program that never calls
 * these has none. */
static inline void lockval_irqs_on(uint32_t contexts)
{
    LOCKVAL__CALL(irqs_on, contexts);
    (void)contexts;
}

static inline void lockval_irqs_off(uint32_t contexts)
{
    LOCKVAL__CALL(irqs_off, contexts);
    (void)contexts;
}

static inline void lockval_irq_enter(uint32_t context)
{
    LOCKVAL__CALL(irq_enter, context);
    (void)context;
}

static inline void lockval_irq_exit(uint32_t context)
{
    LOCKVAL__CALL(irq_exit, context);
    (void)context;
}

/* ---- rules: which locks an operation needs --------------------------------
 * A rule file is text, a rule a line ('#' begins a comment):
 *
 *     @profile 2019-spf, 2021         the rules that follow, in these profiles
 *     R16 install_pte = mm:read | vma:read
 *     R17 zap_pte     = (mm:read | vma:read | rmap:read) & ptl:write
 *     R11 mmap_wait   = !*vma_lock:read
 *     @use 2021                       the profile; by default `current`
 *
 * NAME OPERATION = CONDITION, of `role:mode` (the lock given for that role is
 * held by the caller in that mode or a stronger one: held < read < write),
 * `*class:mode` (any lock of that class is), & | ! and parentheses. All rules
 * of an operation must hold. The validator checks each distinct (operation,
 * call path, held set) and tells a violation as a `rule` finding: the rule,
 * what was held, what was missing, and where the missing right was lost. */

/* Declare rules; `text` is copied. A line that does not parse is told in the
 * report and fails it. */
static inline void lockval_rules(const char *text)
{
    LOCKVAL__CALL(rules, text);
    (void)text;
}

/* The caller is about to do `name` to the parts in `role`. */
static inline void lockval_operation(const char *name,
                                     const struct lockval_role *role,
                                     size_t count)
{
    LOCKVAL__CALL(operation, name, role, count);
    (void)name, (void)role, (void)count;
}

/* The caller must hold `lock`, in the mode of `how` or a stronger one
 * (LOCKVAL_READ: in any). */
static inline void lockval_assert_held(const void *lock, uint32_t how)
{
    LOCKVAL__CALL(assert_held, lock, how);
    (void)lock, (void)how;
}

static inline void lockval_assert_not_held(const void *lock)
{
    LOCKVAL__CALL(assert_not_held, lock);
    (void)lock;
}

/* A right is no lock: nobody waits for it. It is held until the lock `anchor`,
 * which the caller holds, is released, or downgraded if `how` is LOCKVAL_WRITE
 * (a VMA write lock ends with mmap_lock's write side; a VMA pointer dies when
 * what stabilised it is dropped). `object` is what roles name. Beginning it
 * again re-anchors it (the object was looked up again). Without its anchor held
 * so it does not begin; with NULL for one it lasts until it is ended. It is the
 * calling thread's alone. */
static inline void lockval_right_begin(const void *object,
                                       const struct lockval_class *cls,
                                       const void *anchor, uint32_t how)
{
    LOCKVAL__CALL(right_begin, object, cls, anchor, how);
    (void)object, (void)cls, (void)anchor, (void)how;
}

static inline void lockval_right_end(const void *object)
{
    LOCKVAL__CALL(right_end, object);
    (void)object;
}

/* Writers of `seq` must hold `lock` (seqcount_LOCKNAME_t): a write section
 * without it is a `seqcount` finding. */
static inline void lockval_seq_set_lock(const void *seq, const void *lock)
{
    LOCKVAL__CALL(seq_set_lock, seq, lock);
    (void)seq, (void)lock;
}

/* ---- for tests ---------------------------------------------------------- */

/* How many findings this process was told of so far: cycles of every grade
 * among instances, each once, deadlocks, misuse and failed assertions. 0 when
 * nothing is preloaded. Never less than before; a forked child goes on from
 * its parent's number. What only the report can tell is not in it: rules of
 * operations, exceptions, cycles of classes without one of instances. */
static inline uint64_t lockval_findings(void)
{
#ifndef LOCKVAL_DISABLE
    const struct lockval_ops *ops = lockval__ops;

    if (ops != NULL && offsetof(struct lockval_ops, findings) < ops->size)
        return ops->findings();
#endif
    return 0;
}

#ifdef __cplusplus
}
#endif
#endif
