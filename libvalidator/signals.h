/* SPDX-License-Identifier: BSD-2-Clause */
/* signals.h: what a signal's handler waits for, and what it may interrupt.
 *
 * A HANDLER is a function with its mask, installed for a signal. Like any
 * context it is one pseudo-lock in the order of all locks (context.h):
 *   L -> handler   a thread held L while the signal could come;
 *   handler -> M   the handler waited for M.
 * Most handlers never wait for a lock, and nothing is written for those: what
 * they could have interrupted is kept with each lock, as EXPOSURES, the latest
 * few of it. The first time that a handler waits for a lock it becomes ACTIVE:
 * what was kept is written, and from then on each exposure is when it is new.
 *
 * What a signal can interrupt is asked of the thread's signal mask, which each
 * way into the slow path reads anyway. So that what was learned with a signal
 * blocked does not answer for when it is not, the set of blocked signals that
 * have a handler is part of the chain's key; and what was learned before a
 * handler was installed is learned again.
 *
 * A handler may be left by a jump. Its frame then is below the stack pointer,
 * or has another's words in it; whoever next comes the slow way drops it.
 *
 * Slow path, under the engine's lock, but for the functions of event.h.
 * Includes thread.h. Used by the engine's own files. */
#ifndef LV_SIGNALS_H
#define LV_SIGNALS_H

#include "thread.h"

/* Before an event of the calling thread is looked at: handlers that it left by
 * a jump are no longer on its list, and its chain is keyed by its mask. */
void lv_signal_settle(struct lv_thread *thread);

/* It is about to wait for something, in whatever handler it is in. */
void lv_signal_waits(struct lv_thread *thread);

/* `ticket` is about to be held: it is exposed to all signals that can come. */
void lv_signal_taken(struct lv_thread *thread, const struct lv_ticket *ticket);

/* The class of the signal whose handler the calling thread is in. 0: in none,
 * or it is not known. After lv_signal_settle. */
uint32_t lv_signal_inside(void);

/* The calling thread has just registered, maybe in a handler. */
void lv_signal_attach(void);

/* The life of `instance` ends. */
void lv_signal_forget(struct lv_instance *instance);

/* In a forked child: of all threads, `survivor` alone is left. */
void lv_signal_forked(uint32_t survivor);

/* A signal with the same handler as `signal` that `mask` does not block, at
 * best itself; 0: there is none. */
int lv_signal_like(int signal, uint64_t mask);

#endif
