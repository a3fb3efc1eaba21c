/* SPDX-License-Identifier: BSD-2-Clause */
/* vmscan.h: direct reclaim. */
#ifndef MM_VMSCAN_H
#define MM_VMSCAN_H

#include "page_alloc.h"

/* Called by the allocator inside fs_reclaim; how many pages it freed. */
size_t try_to_free_pages(gfp_t gfp);

/* One round of kswapd's, which is inside fs_reclaim all the while; nothing
 * held. How many pages it freed. */
size_t balance_pgdat(void);

/* A shrinker that each reclaim calls first, inside fs_reclaim; NULL: none. Set
 * while no other thread allocates. */
void register_shrinker(void (*shrink)(void));

#endif
