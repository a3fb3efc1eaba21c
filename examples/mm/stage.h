/* SPDX-License-Identifier: BSD-2-Clause */
/* stage.h: what the scripts of several scenarios have in common: one address
 * space, one file, and what is expected of them.
 *
 * A scenario of the kind "bug" shows its damage to data by a counter ("2 torn
 * reads accepted"), which it expects, and does not fail by it: what fails it
 * is the validator. Uses no lock of its own: set-up and the look back happen
 * while no other thread runs. */
#ifndef MM_STAGE_H
#define MM_STAGE_H

#include "counters.h"
#include "memory.h"
#include "mm_types.h"

#define PAGES(n) ((n)*PAGE_SIZE)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct stage {
    struct mm_struct *mm;
    struct inode *inode; /* NULL: the scenario needs no file */
};
extern struct stage stage;

/* An empty address space and, unless `file_pages` is 0, a file. */
void stage_set_up(unsigned long file_pages);

/* Check the data, free everything, check that nothing leaked. True: all that
 * was expected since stage_set_up came true. */
bool stage_tear_down(void);

/* A step went another way than the scenario needs: one line, and the run
 * fails. Any thread. */
void stage_expect(bool condition, const char *what);

/* How often `which` was counted since stage_set_up. */
unsigned long stage_counted(enum counter which);

/* Map `pages` pages at `start`, readable and writable; `pgoff` is ignored
 * where `file` is NULL. */
void stage_map(unsigned long start, unsigned long pages, struct inode *file,
               unsigned long pgoff);

/* Fault `pages` pages in. */
void stage_touch(unsigned long start, unsigned long pages, bool write);

/* Take every page that can be had without reclaim; give them all back. Nobody
 * else allocates or frees meanwhile. */
void stage_fill_pool(void);
void stage_drain_pool(void);

#endif
