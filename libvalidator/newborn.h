/* SPDX-License-Identifier: BSD-2-Clause */
/* newborn.h: locks that nobody but their maker can know yet.
 *
 * A thread makes an object, takes the new lock, and shows the object to others
 * later, under some lock: until then no other thread waits for the new lock or
 * holds it, and what its maker does with it is in no order with what others do
 * with it afterwards.
 *
 * A lock is NEWBORN from its init call until another thread touches it, its
 * maker creates, joins, posts to or meets another thread, or its maker releases
 * a lock that is not newborn itself: what it wrote before that, others may read
 * after it. Locks in a module's data and in memory that processes share are
 * never newborn: everybody knows them. What is shown by other means than locks
 * and threads (an atomic store) is taken for newborn too long, though for few
 * uses; evidence of that time is graded `ordered`, and told.
 *
 * A lock that is made without a call, as std::mutex is, is born when it is
 * first taken, if that is before its maker took any other lock since it
 * allocated the memory: nobody can have told it of that memory since.
 *
 * Slow path, under the engine's lock. Includes thread.h. Used by life.c,
 * event.c, observe.c. */
#ifndef LV_NEWBORN_H
#define LV_NEWBORN_H

#include "thread.h"

/* `thread` has just made the lock. */
void lv_newborn_begin(const struct lv_thread *thread,
                      struct lv_instance *instance);

/* The calling thread has allocated the memory at `address`, and since then it
 * took nothing but newborn locks, and released nothing else. */
bool lv_newborn_block(uintptr_t address);

/* True if it is newborn, for the thread that made it; for any other it is
 * newborn no more. This one needs no lock. */
bool lv_newborn_is(const struct lv_thread *thread,
                   struct lv_instance *instance);

/* The thread takes `instance`, or holds it as it takes another: is that no
 * order yet? Ends nothing. */
bool lv_newborn_held(const struct lv_thread *thread,
                     const struct lv_instance *instance);

/* The thread releases a hold of it: call before the hold goes. */
void lv_newborn_released(struct lv_thread *thread,
                         struct lv_instance *instance);

#endif
