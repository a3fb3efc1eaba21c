/* SPDX-License-Identifier: BSD-2-Clause */
/* lockval/lockdep.h: lockval.h by the kernel's names.
 *
 * Code that was written for the kernel's lockdep compiles against this header
 * and is validated by libvalidator.so. Header-only like lockval.h, and free
 * where nothing is preloaded but for some bookkeeping in the lock's map. The
 * signatures are those of Linux 6.1 and later; `ip` arguments are not used, the
 * validator takes the whole stack. What differs:
 *
 *  - A class is its name: two keys of one name are one class. The macros that
 *    set a class use the key's own text as name, like the kernel's.
 *  - `check` 0 is a try: the lock is held, and waited for by no dependency.
 *  - lockdep_assert_held_read is satisfied by a write hold as well.
 *  - A lock of one processor (LD_LOCK_PERCPU, local_lock) is held but orders
 *    nothing: another processor never waits for it.
 *  - A pinned lock that is released, or one unpinned that was not pinned, is
 *    told as a failed assertion (kind `rule`).
 *  - Interrupts are off until a thread says otherwise: lockdep_hardirqs_on.
 *  - Nothing is switched off after the first finding: lockdep goes silent then,
 *    the validator goes on.
 *
 * Any object with a member `struct lockdep_map dep_map` is a lock. A map that
 * was initialised statically (STATIC_LOCKDEP_MAP_INIT) begins its life at its
 * first acquisition. The map is the lock's identity and must not move.
 *
 * Contexts, ownership and order of calls: as in lockval.h. */
#ifndef LOCKVAL_LOCKDEP_H
#define LOCKVAL_LOCKDEP_H

#include <lockval.h>
#include <lockval/lockdep_context.h>
#include <lockval/lockdep_seqcount.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MAX_LOCKDEP_SUBCLASSES 8UL
#ifndef SINGLE_DEPTH_NESTING
#define SINGLE_DEPTH_NESTING 1
#endif
#ifndef _RET_IP_
#define _RET_IP_ ((unsigned long)__builtin_return_address(0))
#endif
#ifndef _THIS_IP_
#define _THIS_IP_ 0UL /* nobody looks at it */
#endif

enum lockdep_lock_type { LD_LOCK_NORMAL, LD_LOCK_PERCPU, LD_LOCK_MAX };

enum { LOCK_STATE_UNKNOWN = -1, LOCK_STATE_NOT_HELD, LOCK_STATE_HELD };

struct lock_class_key {
    char subkeys[MAX_LOCKDEP_SUBCLASSES];
};

struct lockdep_map;

/* Which of two locks of one class comes first: below 0, `a` does. */
typedef int (*lock_cmp_fn)(const struct lockdep_map *a,
                           const struct lockdep_map *b);
typedef void (*lock_print_fn)(const struct lockdep_map *map);

struct lockdep_map {
    struct lock_class_key *key;
    const char *name;
    uint8_t wait_type_outer;
    uint8_t wait_type_inner;
    uint8_t lock_type; /* enum lockdep_lock_type */
    uint8_t novalidate;
    uint8_t subclass; /* of acquisitions that name none */
    uint8_t ready;    /* its life has begun */
    uint32_t how;     /* of the newest acquisition */
    uint32_t pins;
    lock_cmp_fn cmp_fn;
    struct lockval_class cls;
};

#define STATIC_LOCKDEP_MAP_INIT(map_name, map_key)                    \
    {                                                                 \
        (struct lock_class_key *)(void *)(map_key), (map_name), 0, 0, \
            LD_LOCK_NORMAL, 0, 0, 0, 0, 0, NULL,                      \
        {                                                             \
            NULL, 0                                                   \
        }                                                             \
    }

struct pin_cookie {
    unsigned int val;
};
#define NIL_COOKIE ((struct pin_cookie){0U})

/* ---- classes ------------------------------------------------------------- */

static inline void lockdep__begin(struct lockdep_map *map)
{
    map->cls.name = map->name != NULL ? map->name : "lock";
    map->cls.flags =
        LOCKVAL_CLASS_NO_NEST |
        LOCKVAL_CLASS_WAIT(map->wait_type_outer, map->wait_type_inner);
    if (map->novalidate || map->lock_type == LD_LOCK_PERCPU)
        map->cls.flags |= LOCKVAL_CLASS_NOVALIDATE;
    lockval_lock_init(map, &map->cls);
}

static inline void lockdep_init_map_type(struct lockdep_map *map,
                                         const char *name,
                                         struct lock_class_key *key,
                                         int subclass, uint8_t inner,
                                         uint8_t outer, uint8_t lock_type)
{
    map->key = key;
    map->name = name;
    map->wait_type_inner = inner;
    map->wait_type_outer = outer;
    map->lock_type = lock_type;
    map->novalidate = 0;
    map->subclass = (uint8_t)subclass;
    map->how = 0;
    map->pins = 0;
    map->cmp_fn = NULL;
    __atomic_store_n(&map->ready, 1, __ATOMIC_RELAXED);
    lockdep__begin(map);
}

static inline void lockdep_init_map_waits(struct lockdep_map *map,
                                          const char *name,
                                          struct lock_class_key *key,
                                          int subclass, uint8_t inner,
                                          uint8_t outer)
{
    lockdep_init_map_type(map, name, key, subclass, inner, outer,
                          LD_LOCK_NORMAL);
}

static inline void lockdep_init_map_wait(struct lockdep_map *map,
                                         const char *name,
                                         struct lock_class_key *key,
                                         int subclass, uint8_t inner)
{
    lockdep_init_map_waits(map, name, key, subclass, inner, LD_WAIT_INV);
}

static inline void lockdep_init_map(struct lockdep_map *map, const char *name,
                                    struct lock_class_key *key, int subclass)
{
    lockdep_init_map_wait(map, name, key, subclass, LD_WAIT_INV);
}

/* A map from a static initialiser: the first to use it begins its life. */
static inline void lockdep__ready(struct lockdep_map *map)
{
    if (__builtin_expect(!__atomic_load_n(&map->ready, __ATOMIC_RELAXED), 0) &&
        !__atomic_exchange_n(&map->ready, 1, __ATOMIC_RELAXED))
        lockdep__begin(map);
}

/* The same lock of another class, from now on; not while it is held. */
static inline void lockdep__reclass(struct lockdep_map *map, const char *name,
                                    struct lock_class_key *key, int subclass)
{
    lockdep_init_map_type(map, name, key, subclass, map->wait_type_inner,
                          map->wait_type_outer, map->lock_type);
}

#define lockdep_set_class_and_subclass(lock, class_key, sub) \
    lockdep__reclass(&(lock)->dep_map, #class_key, class_key, sub)
#define lockdep_set_class(lock, class_key) \
    lockdep_set_class_and_subclass(lock, class_key, 0)
#define lockdep_set_class_and_name(lock, class_key, class_name) \
    lockdep__reclass(&(lock)->dep_map, class_name, class_key, 0)
#define lockdep_set_subclass(lock, sub)                      \
    lockdep__reclass(&(lock)->dep_map, (lock)->dep_map.name, \
                     (lock)->dep_map.key, sub)
#define lockdep_match_class(lock, class_key) \
    lockdep_match_key(&(lock)->dep_map, class_key)

static inline int lockdep_match_key(const struct lockdep_map *map,
                                    const struct lock_class_key *key)
{
    return map->key == key;
}

static inline void lockdep__set_novalidate(struct lockdep_map *map)
{
    map->novalidate = 1;
    __atomic_store_n(&map->ready, 1, __ATOMIC_RELAXED);
    lockdep__begin(map);
}
#define lockdep_set_novalidate_class(lock) \
    lockdep__set_novalidate(&(lock)->dep_map)
#define lockdep_set_notrack_class(lock) lockdep_set_novalidate_class(lock)

/* Same-class locks nest in the order of `cmp`; others are told. */
static inline void lockdep_set_lock_cmp_fn(struct lockdep_map *map,
                                           lock_cmp_fn cmp, lock_print_fn print)
{
    (void)print; /* reports name locks by class */
    map->cmp_fn = cmp;
}
#define lock_set_cmp_fn(lock, cmp, print) \
    lockdep_set_lock_cmp_fn(&(lock)->dep_map, cmp, print)

/* The lock is as it was before its init: whatever was known of it ends. */
static inline void lockdep_reset_lock(struct lockdep_map *map)
{
    lockval_lock_destroy(map);
    __atomic_store_n(&map->ready, 0, __ATOMIC_RELAXED);
}

/* Keys need no registry here; what an unregistered key's locks leave behind
 * ends with them. */
static inline void lockdep_register_key(struct lock_class_key *key)
{
    (void)key;
}

static inline void lockdep_unregister_key(struct lock_class_key *key)
{
    (void)key;
}

/* ---- locks --------------------------------------------------------------- */

/* A held lock that comes before `map` by their comparator; NULL: there is none,
 * or one that comes after it. */
static inline const struct lockdep_map *
lockdep__before(const struct lockdep_map *map)
{
    const struct lockdep__thread *self = &lockdep__self;
    const struct lockdep_map *outer = NULL;
    unsigned i;

    for (i = 0; i < self->compared; i++) {
        if (self->held[i]->cmp_fn != map->cmp_fn || self->held[i] == map)
            continue;
        if (map->cmp_fn(self->held[i], map) >= 0)
            return NULL;
        outer = self->held[i];
    }
    return outer;
}

static inline void lockdep__compared(const struct lockdep_map *map)
{
    struct lockdep__thread *self = &lockdep__self;

    if (self->compared < LOCKDEP__COMPARED)
        self->held[self->compared++] = map;
}

static inline void lockdep__no_more(const struct lockdep_map *map)
{
    struct lockdep__thread *self = &lockdep__self;
    unsigned i = self->compared;

    while (i > 0 && self->held[i - 1] != map)
        i--;
    for (; i > 0 && i < self->compared; i++)
        self->held[i - 1] = self->held[i];
    self->compared -= i > 0;
}

/* Before waiting. `read`: 0 write, 1 read, 2 recursive read. */
static inline void lock_acquire(struct lockdep_map *map, unsigned int subclass,
                                int trylock, int read, int check,
                                const struct lockdep_map *nest_lock,
                                unsigned long ip)
{
    uint32_t how = read == 0   ? (uint32_t)LOCKVAL_WRITE
                   : read == 1 ? (uint32_t)LOCKVAL_READ
                               : (uint32_t)LOCKVAL_READ_RECURSIVE;
    const struct lockdep_map *outer = nest_lock;

    (void)ip;
    if (lockdep__self.off)
        return;
    lockdep__ready(map);
    if (trylock || !check)
        how |= LOCKVAL_TRY;
    map->how = how;
    how |= LOCKVAL_SUBCLASS(subclass != 0 ? subclass : map->subclass);
    if (nest_lock != NULL)
        lockval_assert_held(nest_lock, LOCKVAL_READ);
    if (map->cmp_fn != NULL) {
        if (outer == NULL)
            outer = lockdep__before(map);
        lockdep__compared(map);
    }
    if (outer != NULL)
        lockval_acquire_nested(map, how, outer);
    else
        lockval_acquire(map, how);
}

static inline void lock_release(struct lockdep_map *map, unsigned long ip)
{
    (void)ip;
    if (lockdep__self.off)
        return;
    if (map->pins != 0) {
        lockval_assert_not_held(map);
        map->pins = 0;
    }
    if (map->cmp_fn != NULL)
        lockdep__no_more(map);
    lockval_release(map);
}

static inline void lock_downgrade(struct lockdep_map *map, unsigned long ip)
{
    (void)ip;
    if (!lockdep__self.off)
        lockval_downgrade(map);
}

/* Wait for `map` without holding it afterwards. */
static inline void lock_sync(struct lockdep_map *map, unsigned int subclass,
                             int read, int check,
                             const struct lockdep_map *nest_lock,
                             unsigned long ip)
{
    lock_acquire(map, subclass, 0, read, check, nest_lock, ip);
    lock_release(map, ip);
}

/* A held lock changes its class. */
static inline void lock_set_class(struct lockdep_map *map, const char *name,
                                  struct lock_class_key *key,
                                  unsigned int subclass, unsigned long ip)
{
    uint32_t how = map->how;

    (void)ip;
    lockval_release(map);
    lockdep__reclass(map, name, key, (int)subclass);
    map->how = how;
    lockval_acquire(map, how | LOCKVAL_TRY | LOCKVAL_SUBCLASS(subclass));
}

static inline void lock_set_subclass(struct lockdep_map *map,
                                     unsigned int subclass, unsigned long ip)
{
    lock_set_class(map, map->name, map->key, subclass, ip);
}

static inline int lock_is_held(const struct lockdep_map *map)
{
    return lockval_is_held(map);
}

/* `read` as in lock_acquire, -1: in any mode. */
static inline int lock_is_held_type(const struct lockdep_map *map, int read)
{
    uint32_t mode = map->how & LOCKVAL_MODE_MASK;

    return lockval_is_held(map) &&
           (read < 0 || (read == 0) == (mode == LOCKVAL_WRITE));
}

#define lockdep_is_held(lock) lock_is_held(&(lock)->dep_map)
#define lockdep_is_held_type(lock, read) \
    lock_is_held_type(&(lock)->dep_map, (read))

/* ---- pins ---------------------------------------------------------------- */

static inline struct pin_cookie lock_pin_lock(struct lockdep_map *map)
{
    struct pin_cookie cookie;

    lockval_assert_held(map, LOCKVAL_READ);
    cookie.val = ++map->pins;
    return cookie;
}

static inline void lock_repin_lock(struct lockdep_map *map,
                                   struct pin_cookie cookie)
{
    lockval_assert_held(map, LOCKVAL_READ);
    map->pins = cookie.val;
}

static inline void lock_unpin_lock(struct lockdep_map *map,
                                   struct pin_cookie cookie)
{
    lockval_assert_held(map, LOCKVAL_READ);
    if (map->pins != 0 && cookie.val == map->pins)
        map->pins--;
    else
        lockval_assert_not_held(map);
}

#define lockdep_pin_lock(lock) lock_pin_lock(&(lock)->dep_map)
#define lockdep_repin_lock(lock, cookie) \
    lock_repin_lock(&(lock)->dep_map, (cookie))
#define lockdep_unpin_lock(lock, cookie) \
    lock_unpin_lock(&(lock)->dep_map, (cookie))

/* ---- assertions ---------------------------------------------------------- */

#define lockdep_assert_held(lock) \
    lockval_assert_held(&(lock)->dep_map, LOCKVAL_READ)
#define lockdep_assert_held_write(lock) \
    lockval_assert_held(&(lock)->dep_map, LOCKVAL_WRITE)
#define lockdep_assert_held_read(lock) lockdep_assert_held(lock)
#define lockdep_assert_held_once(lock) lockdep_assert_held(lock)
#define lockdep_assert_not_held(lock) lockval_assert_not_held(&(lock)->dep_map)

#define lockdep__might_lock(map, sub, read)                \
    do {                                                   \
        lock_acquire((map), (sub), 0, (read), 1, NULL, 0); \
        lock_release((map), 0);                            \
    } while (0)
#define might_lock(lock) lockdep__might_lock(&(lock)->dep_map, 0, 0)
#define might_lock_read(lock) lockdep__might_lock(&(lock)->dep_map, 0, 1)
#define might_lock_nested(lock, sub) \
    lockdep__might_lock(&(lock)->dep_map, (sub), 0)

/* ---- lock families ------------------------------------------------------- */

/* A reader in a handler passes waiting writers; others queue behind them. */
static inline bool read_lock_is_recursive(void)
{
    return lockdep__self.in_irq != 0;
}

#define lock_acquire_exclusive(l, s, t, n, i) \
    lock_acquire((l), (s), (t), 0, 1, (n), (i))
#define lock_acquire_shared(l, s, t, n, i) \
    lock_acquire((l), (s), (t), 1, 1, (n), (i))
#define lock_acquire_shared_recursive(l, s, t, n, i) \
    lock_acquire((l), (s), (t), 2, 1, (n), (i))

#define spin_acquire(l, s, t, i) lock_acquire_exclusive(l, s, t, NULL, i)
#define spin_acquire_nest(l, s, t, n, i) lock_acquire_exclusive(l, s, t, n, i)
#define spin_release(l, i) lock_release((l), (i))

#define rwlock_acquire(l, s, t, i) lock_acquire_exclusive(l, s, t, NULL, i)
#define rwlock_acquire_read(l, s, t, i) \
    lock_acquire((l), (s), (t), read_lock_is_recursive() ? 2 : 1, 1, NULL, (i))
#define rwlock_release(l, i) lock_release((l), (i))

#define mutex_acquire(l, s, t, i) lock_acquire_exclusive(l, s, t, NULL, i)
#define mutex_acquire_nest(l, s, t, n, i) lock_acquire_exclusive(l, s, t, n, i)
#define mutex_release(l, i) lock_release((l), (i))

#define rwsem_acquire(l, s, t, i) lock_acquire_exclusive(l, s, t, NULL, i)
#define rwsem_acquire_nest(l, s, t, n, i) lock_acquire_exclusive(l, s, t, n, i)
#define rwsem_acquire_read(l, s, t, i) lock_acquire_shared(l, s, t, NULL, i)
#define rwsem_release(l, i) lock_release((l), (i))

#define lock_map_acquire(l) lock_acquire_exclusive(l, 0, 0, NULL, 0)
#define lock_map_acquire_try(l) lock_acquire_exclusive(l, 0, 1, NULL, 0)
#define lock_map_acquire_read(l) lock_acquire_shared_recursive(l, 0, 0, NULL, 0)
#define lock_map_acquire_tryread(l) \
    lock_acquire_shared_recursive(l, 0, 1, NULL, 0)
#define lock_map_release(l) lock_release((l), 0)
#define lock_map_sync(l) lock_sync((l), 0, 0, 1, NULL, 0)

#ifdef __cplusplus
}
#endif
#endif
