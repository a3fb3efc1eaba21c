/* SPDX-License-Identifier: BSD-2-Clause */
/* class-order: two declared classes in opposite orders, over four locks.
 * lockval: bug inversion class locks=inode,page
 *
 * No lock is part of both orders. But the program says which locks follow one
 * order, and then any inode can meet any page.
 * Run: build/tools/lockval run -- build/examples/bugs/class-order */
#include "turns.h"
#include <lockval.h>

static const struct lockval_class inode_class = {"inode", 0};
static const struct lockval_class page_class = {"page", 0};
static pthread_mutex_t inode[2]; /* all zeros: PTHREAD_MUTEX_INITIALIZER */
static pthread_mutex_t page[2];

static void *first(void *unused)
{
    pthread_mutex_lock(&inode[0]);
    pthread_mutex_lock(&page[0]);
    pthread_mutex_unlock(&page[0]);
    pthread_mutex_unlock(&inode[0]);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&page[1]);
    pthread_mutex_lock(&inode[1]);
    pthread_mutex_unlock(&inode[1]);
    pthread_mutex_unlock(&page[1]);
    return unused;
}

int main(void)
{
    int i;

    for (i = 0; i < 2; i++) {
        lockval_set_class(&inode[i], &inode_class);
        lockval_set_class(&page[i], &page_class);
    }
    run_two(first, second);
    return 0;
}
