/* SPDX-License-Identifier: BSD-2-Clause */
/* lockval/lockdep_seqcount.h: sequence counts.
 *
 * Unlike the locks, these are real: they count, and readers wait for them.
 * Writers are serialised by the caller. What is said of raw writes in lockval.h
 * holds here.
 * Part of lockval/lockdep.h, which includes it; include that. */
#ifndef LOCKVAL_LOCKDEP_SEQCOUNT_H
#define LOCKVAL_LOCKDEP_SEQCOUNT_H

#include <lockval.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- sequence counts ----------------------------------------------------- */

typedef struct seqcount {
    unsigned sequence;
    struct lockval_class cls;
} seqcount_t;

#define SEQCNT_ZERO(name) \
    {                     \
        0,                \
        {                 \
#name, 0      \
        }                 \
    }

static inline void lockdep__seqcount_init(seqcount_t *s, const char *name)
{
    s->sequence = 0;
    s->cls.name = name;
    s->cls.flags = 0;
    lockval_seq_init(s, &s->cls);
}
#define seqcount_init(s) lockdep__seqcount_init((s), #s)

/* seqcount_LOCKNAME_t: `lock` serialises the writers. */
#define lockdep_seqcount_set_lock(s, lock) \
    lockval_seq_set_lock((s), &(lock)->dep_map)

static inline void lockdep__seqcount_odd(seqcount_t *s)
{
    __atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void lockdep__seqcount_even(seqcount_t *s)
{
    __atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELEASE);
}

static inline void write_seqcount_begin_nested(seqcount_t *s, int subclass)
{
    lockval_seq_write_begin(s, LOCKVAL_SUBCLASS(subclass));
    lockdep__seqcount_odd(s);
}

static inline void write_seqcount_begin(seqcount_t *s)
{
    write_seqcount_begin_nested(s, 0);
}

static inline void write_seqcount_end(seqcount_t *s)
{
    lockval_seq_write_end(s);
    lockdep__seqcount_even(s);
}

static inline void raw_write_seqcount_begin(seqcount_t *s)
{
    lockval_seq_raw_write_begin(s);
    lockdep__seqcount_odd(s);
}

static inline void raw_write_seqcount_end(seqcount_t *s)
{
    lockval_seq_raw_write_end(s);
    lockdep__seqcount_even(s);
}

/* Waits while a writer is at work. */
static inline unsigned read_seqcount_begin(const seqcount_t *s)
{
    unsigned now;

    lockval_seq_read_wait(s);
    while ((now = __atomic_load_n(&s->sequence, __ATOMIC_ACQUIRE)) & 1)
        ;
    return now;
}

/* Does not: odd, if a writer is at work. */
static inline unsigned raw_read_seqcount(const seqcount_t *s)
{
    lockval_seq_read_once(s);
    return __atomic_load_n(&s->sequence, __ATOMIC_ACQUIRE);
}

static inline int read_seqcount_retry(const seqcount_t *s, unsigned start)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&s->sequence, __ATOMIC_RELAXED) != start;
}

#ifdef __cplusplus
}
#endif
#endif
