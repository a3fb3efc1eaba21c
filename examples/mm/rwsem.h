/* SPDX-License-Identifier: BSD-2-Clause */
/* rwsem.h: a fair reader/writer semaphore that can downgrade.
 *
 * Fair: whoever comes while someone waits, waits behind; the queue is served
 * in order, neighbouring readers together. Hence a reader does block behind a
 * waiting writer, and is annotated LOCKVAL_READ, never READ_RECURSIVE.
 * (A pthread rwlock cannot downgrade, and glibc's prefers readers.)
 *
 * Stands for kernel/locking/rwsem-xadd.c (v5.1). Not modelled: optimistic
 * spinning and lock stealing, so the kernel is a little less fair. */
#ifndef MM_RWSEM_H
#define MM_RWSEM_H

#include <lockval.h>
#include <stdbool.h>

#include "list.h"
#include "spinlock.h"

struct rw_semaphore {
    arch_spinlock_t guard;    /* of the two below; held for a few loads */
    int holders;              /* -1 a writer, n readers, 0 free */
    struct list_head waiters; /* oldest first, on their owners' stacks */
};

void init_rwsem(struct rw_semaphore *sem, const struct lockval_class *cls);

void down_read(struct rw_semaphore *sem);
bool down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

void down_write(struct rw_semaphore *sem);
bool down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

/* A write hold becomes a read hold; the readers that wait first come in. */
void downgrade_write(struct rw_semaphore *sem);

#endif
