/* SPDX-License-Identifier: BSD-2-Clause */
/* blocked.h: deadlocks that happened.
 *
 * A thread that has waited for a tenth of a second, without a limit, says for
 * what, under the engine's lock and by value: what it waits for is read by
 * others, and it may leave its wait by a jump. Then it looks along
 * "wants what that one holds" through all threads, breadth first, for a way
 * back to itself: the wait-for graph of Coffman, Elphick and Shoshani (1971),
 * with any one cycle a deadlock, since a lock's holder does not go on before
 * it gets what it waits for (for readers: each holder must go on). What others
 * hold is read while they run; so a cycle is told only when the same is found
 * a second time, a tenth of a second later, with every wait and hold the same.
 *
 * Used by interpose/ through event.h (lv_blocked).
 * Includes thread.h, record_format.h. */
#ifndef LV_BLOCKED_H
#define LV_BLOCKED_H

#include "record_format.h"
#include "thread.h"

/* What the thread waits for now; NULL: nothing, or it has not said so again for
 * so long that it must have left its wait by a jump. With the engine's lock
 * held. */
const struct lv_ticket *lv_blocked_on(const struct lv_thread *thread);

#endif
