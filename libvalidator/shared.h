/* SPDX-License-Identifier: BSD-2-Clause */
/* shared.h: locks that other processes can take as well, and what tells each
 * from all others on the machine.
 *
 * A lock in shared memory is known by the file behind the mapping and the place
 * in it; memory without a file that a fork shares has an inode of its own in
 * /proc/self/maps. The mappings are read there, again only after the program
 * made another (lv_memory_shared): who shares no memory pays nothing. Locks on
 * files are file.c's.
 *
 * What is kept is kept for good, one for each lock. Slow path only, under the
 * engine's lock. Includes record_format.h. */
#ifndef LV_SHARED_H
#define LV_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "record_format.h"

struct lv_shared {
    enum lv_shared_kind kind;
    uint64_t device, inode, start, end, owner; /* as in struct lv_rec_shared */
    const char *path;                          /* "" for none */
    bool inherited; /* a forked child has it as well: an open file's */
};

/* The lock at an address of shared memory; NULL: the process's own, or not
 * known (no /proc, no memory). */
const struct lv_shared *lv_shared_find(uintptr_t lock);

/* The one that is equal to `shared`, whatever its path; NULL: there is none. */
const struct lv_shared *lv_shared_known(const struct lv_shared *shared);

/* The same, made if there is none. NULL: no memory
 * (counted). */
const struct lv_shared *lv_shared_intern(const struct lv_shared *shared);

/* "flock(/path)", "fcntl(/path 8-15)" */
enum { LV_SHARED_NAME = 4200 };
void lv_shared_name(const struct lv_shared *shared, char name[LV_SHARED_NAME]);

/* A number for this process that no other has. */
uint64_t lv_shared_process(void);

/* The same for the process that forked this one; 0: none did. */
uint64_t lv_shared_parent(void);

/* In a forked child: it is another process. The parent's number was asked for
 * before the fork. */
void lv_shared_forked(void);

#endif
