/* SPDX-License-Identifier: BSD-2-Clause */
/* lab.c: see lab.h. */
#include "lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 7, DIGITS = 3, MOST_HELD = 16 };

static const struct {
    const char *name;
    uint8_t inner;
    uint8_t type;
} kinds[KINDS] = {
    [SPIN] = {"spin", LD_WAIT_CONFIG, LD_LOCK_NORMAL},
    [RAW] = {"raw", LD_WAIT_SPIN, LD_LOCK_NORMAL},
    [RWLOCK] = {"rwlock", LD_WAIT_CONFIG, LD_LOCK_NORMAL},
    [MUTEX] = {"mutex", LD_WAIT_SLEEP, LD_LOCK_NORMAL},
    [RWSEM] = {"rwsem", LD_WAIT_SLEEP, LD_LOCK_NORMAL},
    [RTMUTEX] = {"rtmutex", LD_WAIT_SLEEP, LD_LOCK_NORMAL},
    [LOCAL] = {"local", LD_WAIT_CONFIG, LD_LOCK_PERCPU},
};

static struct lock locks[KINDS][LETTERS][DIGITS];
static struct lock_class_key key;
static const char *current;
static struct lock *held[MOST_HELD];
static unsigned held_count;

const char *lab_name(const char *what)
{
    size_t size = strlen(current) + strlen(what) + 2;
    char *name = malloc(size);

    if (name == NULL)
        abort();
    snprintf(name, size, "%s:%s", current, what);
    return name;
}

void lab_begin(const char *name)
{
    int kind, letter, digit;
    char what[32];

    current = name;
    held_count = 0;
    for (kind = 0; kind < KINDS; kind++)
        for (letter = 0; letter < LETTERS; letter++) {
            snprintf(what, sizeof what, "%s %c", kinds[kind].name,
                     "ABCDXYZ"[letter]);
            for (digit = 0; digit < DIGITS; digit++)
                lockdep_init_map_type(
                    &locks[kind][letter][digit].dep_map, lab_name(what), &key,
                    0, kinds[kind].inner, LD_WAIT_INV, kinds[kind].type);
        }
    ww_begin();
    lab_hard_on();
}

void lab_end(void)
{
    ww_end();
    while (held_count > 0)
        lock_release(&held[--held_count]->dep_map, 0);
    lockdep_softirqs_on(0);
    lockdep_hardirqs_off(0);
}

struct lock *lab_lock(enum kind kind, char letter, int digit)
{
    const char *at = strchr("ABCDXYZ", letter);

    if (at == NULL || letter == '\0' || digit < 0 || digit >= DIGITS)
        abort();
    return &locks[kind][at - "ABCDXYZ"][digit];
}

enum kind lab_kind(char how)
{
    switch (how) {
    case 's':
        return SPIN;
    case 'p':
        return RAW;
    case 'w':
    case 'r':
    case 'q':
        return RWLOCK;
    case 'm':
        return MUTEX;
    case 'W':
    case 'R':
        return RWSEM;
    case 't':
        return RTMUTEX;
    case 'l':
        return LOCAL;
    default:
        abort();
    }
}

void lab_take(char how, struct lock *lock)
{
    struct lockdep_map *map = &lock->dep_map;

    if (held_count == MOST_HELD)
        abort();
    held[held_count++] = lock;
    if (how == 'r')
        lock_acquire_shared_recursive(map, 0, 0, NULL, 0);
    else if (how == 'q')
        rwlock_acquire_read(map, 0, 0, 0);
    else if (how == 'R')
        rwsem_acquire_read(map, 0, 0, 0);
    else
        lock_acquire_exclusive(map, 0, 0, NULL, 0);
}

void lab_drop(struct lock *lock)
{
    unsigned i = held_count;

    while (i > 0 && held[i - 1] != lock)
        i--;
    for (; i > 0 && i < held_count; i++)
        held[i - 1] = held[i];
    held_count -= i > 0;
    lock_release(&lock->dep_map, 0);
}

void lab_hard_off(void)
{
    lockdep_hardirqs_off(0);
}

void lab_hard_on(void)
{
    lockdep_hardirqs_on(0);
}

void lab_hard_enter(bool threaded)
{
    lockdep_hardirqs_off(0);
    lockdep_hardirq_enter();
    if (threaded)
        lockdep_hardirq_threaded();
}

void lab_hard_exit(void)
{
    lockdep_hardirq_exit();
    lockdep_hardirqs_on(0);
}

void lab_soft_off(void)
{
    lockdep_softirqs_off(0);
}

void lab_soft_on(void)
{
    lockdep_softirqs_on(0);
}

void lab_soft_enter(void)
{
    lockdep_softirqs_off(0);
    lockdep_hardirqs_off(0);
    lockdep_softirq_enter();
}

void lab_soft_exit(void)
{
    lockdep_softirq_exit();
    lockdep_hardirqs_on(0);
    lockdep_softirqs_on(0);
}
