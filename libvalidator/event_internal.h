/* SPDX-License-Identifier: BSD-2-Clause */
/* event_internal.h: what event.c (locks) and seqcount.c (sequence counts) share
 * of taking something and giving it back. Under the engine's lock, the stack
 * taken. Includes thread.h. */
#ifndef LV_EVENT_INTERNAL_H
#define LV_EVENT_INTERNAL_H

#include "thread.h"

/* `how`, with what annotations said of the thread's next acquisition, which is
 * this one. */
uint32_t lv_event_next(struct lv_thread *thread,
                       const struct lv_instance *instance, uint32_t how);

/* The hold that is to be. */
struct lv_ticket lv_event_ticket(struct lv_thread *thread,
                                 struct lv_instance *instance, uint32_t how,
                                 uint32_t stack);

/* The thread's newest hold at this address, valid or not; NULL: none. */
struct lv_held *lv_event_newest(struct lv_thread *thread, uintptr_t lock);

/* One hold goes; of a watched one the stack was taken. `refused`: only a thread
 * with the id of the lock's owner can release it. */
void lv_event_give_up(struct lv_thread *thread, struct lv_held *held,
                      bool refused);

#endif
