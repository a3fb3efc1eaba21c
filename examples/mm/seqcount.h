/* SPDX-License-Identifier: BSD-2-Clause */
/* seqcount.h: sequence counts, and how each operation is told.
 *
 * What waits: a writer never; of the readers only read_seqcount_begin, which
 * spins while the count is odd. The annotated write is nevertheless told like
 * a lock, as the kernel's is (seqcount_acquire under CONFIG_LOCKDEP); the raw
 * write leaves the order graph alone and must be justified (rule R28).
 * Writers of one count must be serialised by something else (R26).
 *
 * Memory order: what a count protects is read and written with READ_ONCE and
 * WRITE_ONCE, between the fences below.
 *
 * Stands for include/linux/seqlock.h (v5.1). Not modelled: the lockdep call of
 * readers (seqcount_lockdep_reader_access); there, a waiting and a single-shot
 * reader look the same. */
#ifndef MM_SEQCOUNT_H
#define MM_SEQCOUNT_H

#include <lockval.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct {
    atomic_uint sequence; /* odd while a write is in progress */
} seqcount_t;

static inline void seqcount_init(seqcount_t *s, const struct lockval_class *cls)
{
    atomic_init(&s->sequence, 0);
    lockval_seq_init(s, cls);
}

/* ---- writers ------------------------------------------------------------ */

static inline void seqcount__open(seqcount_t *s)
{
    unsigned now = atomic_load_explicit(&s->sequence, memory_order_relaxed);

    atomic_store_explicit(&s->sequence, now + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

static inline void seqcount__close(seqcount_t *s)
{
    unsigned now = atomic_load_explicit(&s->sequence, memory_order_relaxed);

    atomic_store_explicit(&s->sequence, now + 1, memory_order_release);
}

static inline void write_seqcount_begin(seqcount_t *s)
{
    lockval_seq_write_begin(s, 0);
    seqcount__open(s);
}

static inline void write_seqcount_begin_nested(seqcount_t *s, unsigned subclass)
{
    lockval_seq_write_begin(s, LOCKVAL_SUBCLASS(subclass));
    seqcount__open(s);
}

/* While `outer` is held, which serialises all nesting of this class. The
 * kernel has this for mutexes (mutex_lock_nest_lock), not for counts. */
static inline void write_seqcount_begin_nest_lock(seqcount_t *s,
                                                  const void *outer)
{
    lockval_next_nest_under(outer);
    lockval_seq_write_begin(s, 0);
    seqcount__open(s);
}

static inline void write_seqcount_end(seqcount_t *s)
{
    lockval_seq_write_end(s);
    seqcount__close(s);
}

static inline void raw_write_seqcount_begin(seqcount_t *s)
{
    lockval_seq_raw_write_begin(s);
    seqcount__open(s);
}

static inline void raw_write_seqcount_end(seqcount_t *s)
{
    lockval_seq_raw_write_end(s);
    seqcount__close(s);
}

/* ---- readers ------------------------------------------------------------ */

/* Waits for an even count. */
static inline unsigned read_seqcount_begin(seqcount_t *s)
{
    unsigned seen;

    lockval_seq_read_wait(s);
    while ((seen = atomic_load_explicit(&s->sequence, memory_order_acquire)) &
           1)
        sched_yield();
    return seen;
}

/* Looks once; the caller gives up if what it gets is odd. */
static inline unsigned raw_read_seqcount(seqcount_t *s)
{
    lockval_seq_read_once(s);
    return atomic_load_explicit(&s->sequence, memory_order_acquire);
}

/* Has the count moved since it was `start`? */
static inline bool read_seqcount_retry(seqcount_t *s, unsigned start)
{
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&s->sequence, memory_order_relaxed) != start;
}

#endif
