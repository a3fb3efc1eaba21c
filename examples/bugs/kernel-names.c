/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel-names: a lock of the program's own, annotated as in the kernel.
 * lockval: bug inversion inversion locks=inode,page
 *
 * One thread locks the page of an inode, the other the inode of a page. The
 * spinlock is a bare word: without the annotation nothing would see it.
 * Run: build/tools/lockval run -- build/examples/bugs/kernel-names */
#include "turns.h"
#include <lockval/lockdep.h>
#include <sched.h>

struct spinlock {
    int locked;
    struct lockdep_map dep_map;
};

static struct lock_class_key inode_key, page_key;
static struct spinlock inode, page;

static void spin_init(struct spinlock *lock, const char *name,
                      struct lock_class_key *key)
{
    lock->locked = 0;
    lockdep_init_map_wait(&lock->dep_map, name, key, 0, LD_WAIT_SPIN);
}

static void spin_lock(struct spinlock *lock)
{
    spin_acquire(&lock->dep_map, 0, 0, _RET_IP_);
    while (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE))
        sched_yield();
}

static void spin_unlock(struct spinlock *lock)
{
    lockdep_assert_held(lock);
    spin_release(&lock->dep_map, _RET_IP_);
    __atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}

static void take_both(struct spinlock *outer, struct spinlock *inner)
{
    spin_lock(outer);
    spin_lock(inner);
    spin_unlock(inner);
    spin_unlock(outer);
}

static void *first(void *unused)
{
    take_both(&inode, &page);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    take_both(&page, &inode);
    return unused;
}

int main(void)
{
    spin_init(&inode, "inode", &inode_key);
    spin_init(&page, "page", &page_key);
    run_two(first, second);
    return 0;
}
