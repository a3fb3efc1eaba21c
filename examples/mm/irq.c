/* SPDX-License-Identifier: BSD-2-Clause */
/* irq.c: see irq.h.
 *
 * Each thread has a word that is odd while its interrupts are off. The sender
 * waits until each word that it saw odd has moved. Sequentially consistent: the
 * sender has cleared what walkers look up before it looks at the words, the
 * walker has set its word before it looks things up; one of them sees the
 * other. */
#include "irq.h"

#include <limits.h>

#include "classes.h"
#include "futex.h"
#include "kernel.h"

#define MAX_THREADS 256

static struct {
    _Alignas(64) atomic_uint word;
} processor[MAX_THREADS]; /* a line each */

static atomic_uint known_threads;
static atomic_uint senders; /* who may sleep on a word */
static _Thread_local atomic_uint *own;
static _Thread_local unsigned depth;

static atomic_uint *own_word(void)
{
    unsigned index;

    if (own != NULL)
        return own;
    index = atomic_fetch_add(&known_threads, 1);
    BUG_ON(index >= MAX_THREADS);
    own = &processor[index].word;
    return own;
}

void local_irq_disable(void)
{
    lockval_pseudo_enter(&irqs_off_class, LOCKVAL_READ_RECURSIVE);
    if (depth++ == 0)
        atomic_fetch_add(own_word(), 1);
}

void local_irq_enable(void)
{
    BUG_ON(depth == 0);
    if (--depth == 0) {
        atomic_fetch_add(own, 1);
        if (atomic_load(&senders) != 0)
            futex_wake(own, INT_MAX);
    }
    lockval_pseudo_exit(&irqs_off_class);
}

static void await_answer(atomic_uint *word)
{
    unsigned seen = atomic_load(word);

    if (word == own || seen % 2 == 0)
        return;
    atomic_fetch_add(&senders, 1);
    while (atomic_load(word) == seen)
        futex_wait(word, seen);
    atomic_fetch_sub(&senders, 1);
}

noinline void ipi_sync(void)
{
    unsigned count = atomic_load(&known_threads);

    lockval_pseudo_sync(&irqs_off_class, LOCKVAL_WRITE);
    for (unsigned i = 0; i < count && i < MAX_THREADS; i++)
        await_answer(&processor[i].word);
}
