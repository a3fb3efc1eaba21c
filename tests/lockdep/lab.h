/* SPDX-License-Identifier: BSD-2-Clause */
/* lab.h: what a case of the catalogue plays with: locks of the kernel's kinds,
 * fresh for each case, and its interrupts, by lockval/lockdep.h alone.
 *
 * Nothing is really locked: what matters is what is told. All locks of a case
 * are of classes "CASE:KIND LETTER", so that a finding names its case. A case
 * may leave what it likes locked: lab_end lets go of it.
 *
 * Used by catalogue.c, extra.c and ww.c. */
#ifndef LAB_H
#define LAB_H

#include <lockval/lockdep.h>

/* A lock of some kind: its letter tells the kind. */
struct lock {
    struct lockdep_map dep_map;
};

enum kind { SPIN, RAW, RWLOCK, MUTEX, RWSEM, RTMUTEX, LOCAL, KINDS };

void lab_begin(const char *name);
void lab_end(void);

/* The lock `letter` (A to D, or X to Z with digits 1 and 2, which share a
 * class) of `kind`. */
struct lock *lab_lock(enum kind kind, char letter, int digit);

/* "CASE:what", kept for ever. */
const char *lab_name(const char *what);

/* How a lock is taken: the letters of scripts (catalogue.c).
 *   s spin  p raw spin  w write  r recursive read  q queued read  m mutex
 *   W down_write  R down_read  t rtmutex  l local lock */
enum kind lab_kind(char how);
void lab_take(char how, struct lock *lock);
void lab_drop(struct lock *lock);

/* Interrupts; all are on at a case's begin. */
void lab_hard_off(void);
void lab_hard_on(void);
void lab_hard_enter(bool threaded);
void lab_hard_exit(void);
void lab_soft_off(void);
void lab_soft_on(void);
void lab_soft_enter(void);
void lab_soft_exit(void);

/* A wound/wait step (ww.c); `text` as described there. False: the model's own
 * checks object, as the kernel's ww_mutex does beside lockdep. */
void ww_begin(void);
void ww_end(void);
void ww_step(const char *text);
bool ww_objected(void);

/* Cases that are functions: families that the kernel's catalogue leaves out.
 * `finding`: the kind that must be told; NULL: nothing may be. */
struct extra {
    const char *family, *name, *finding;
    void (*play)(void);
};
extern const struct extra extras[];
extern const unsigned extra_count;

#endif
