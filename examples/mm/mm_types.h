/* SPDX-License-Identifier: BSD-2-Clause */
/* mm_types.h: the nouns of the model, and which lock protects what.
 *
 * Stands for include/linux/mm_types.h, fs.h and rmap.h (v5.1, with the fields
 * that the speculative page fault series, "SPF" v12, adds). A model proves
 * nothing about Linux: it is here to test rules and the validator.
 *
 * Order, outermost first: i_rwsem, mmap_lock, vma_lock (a read lock is never
 * waited for), invalidate_lock, folio_lock, vm_sequence, fs_reclaim,
 * i_mmap_rwsem, anon_vma, page_table_lock, ptl; mm_rb_lock is a
 * leaf. Where the annotated sequence counts break this order is S1's subject.
 *
 * A field with no lock named is set before the object is reachable and then
 * never changes. */
#ifndef MM_TYPES_H
#define MM_TYPES_H

#include <stdatomic.h>

#include "kernel.h"
#include "list.h"
#include "rcu.h"
#include "rwsem.h"
#include "seqcount.h"
#include "spinlock.h"
#include "typesafe.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)

/* ---- pages --------------------------------------------------------------- */

/* One page of the pool. References: one per PTE (counted in mapcount too), one
 * of the page cache, and those of whoever works on it. */
struct page {
    atomic_int refcount; /* 0: free */
    atomic_int mapcount;
    spinlock_t lock;      /* folio_lock */
    uintptr_t mapping;    /* address_space, or anon_vma | PAGE_MAPPING_ANON;
                             under the lock or the first reference */
    unsigned long index;  /* page offset in the file, or linear in the VMA */
    struct list_head lru; /* under the pool's lock */
    int ptes_seen;        /* check.c */
};
#define PAGE_MAPPING_ANON 1UL

/* ---- files --------------------------------------------------------------- */

#define INODE_PAGES 32

struct address_space {
    struct inode *host;
    struct rw_semaphore invalidate_lock; /* today: R to fill the page cache, W
                                            to truncate it */
    struct rw_semaphore i_mmap_rwsem;
    struct list_head i_mmap; /* VMAs; i_mmap_rwsem */
    arch_spinlock_t i_pages_lock;
    struct page *i_pages[INODE_PAGES]; /* the page cache; i_pages_lock */
};

struct inode {
    struct rw_semaphore i_rwsem;
    unsigned long i_size; /* in pages; i_rwsem to write, READ_ONCE to read */
    struct address_space i_data;
};

/* ---- address spaces ------------------------------------------------------ */

struct mm_struct {
    struct rw_semaphore mmap_lock;
    struct list_head mmap; /* VMAs by address; mmap_lock, and to write also: */
    spinlock_t mm_rb_lock; /* a speculative reader looks a VMA up under it */
    int map_count;         /* mmap_lock */
    spinlock_t page_table_lock; /* tables are linked into each other under it */
    struct page_table *pgd;
    atomic_int table_count;  /* pgd included */
    atomic_uint mm_lock_seq; /* odd while mmap_lock is held W: mmap_lock.h */
    struct vma_tree *tree;   /* mmap_lock W to publish, RCU to read */
};

enum vm_flags {
    VM_READ = 1 << 0,
    VM_WRITE = 1 << 1,
    VM_SHARED = 1 << 2,
    VM_GROWSDOWN = 1 << 3,
};

/* See vma_lock.h; not touched when a VMA's memory is used again. */
struct vma_lock {
    atomic_uint refcnt;
    atomic_uint seq;
};

struct vm_area_struct {
    /* mmap_lock and both rmap locks, all for writing, and inside a write of
     * vm_sequence; rmap walkers and speculative readers read them. */
    unsigned long vm_start, vm_end, vm_pgoff;
    unsigned long vm_flags; /* mmap_lock W and a write of vm_sequence */
    struct mm_struct *vm_mm;
    struct inode *vm_file; /* NULL: anonymous */
    seqcount_t vm_sequence;
    atomic_int vm_ref_count;   /* 1 while in the mm, +1 per speculative use */
    struct list_head mm_link;  /* mm->mmap */
    bool vm_unlinked;          /* not in mm->mmap; as mm_link */
    struct list_head shared;   /* i_mmap */
    struct anon_vma *anon_vma; /* NULL to set: mmap_lock R + page_table_lock */
    struct list_head anon_chain; /* mmap_lock and anon_vma W */
    struct vma_lock vm_lock;
    unsigned generation; /* of the mapping: what its PTEs must carry */
    union {              /* of a freed VMA */
        struct typesafe typesafe;
        struct callback_head rcu;
    };
};
/* PTEs keep a generation in 20 bits. */
#define PTE_GENERATIONS (1u << 20)

/* ---- reverse mapping of anonymous pages ---------------------------------- */

struct anon_vma {
    struct anon_vma *root;     /* itself until fork is modelled */
    struct rw_semaphore rwsem; /* of the root */
    atomic_int refcount;       /* one per chain, +1 per walker; 0: free */
    struct list_head chains;   /* root's rwsem */
    struct typesafe typesafe;
};

/* Says that `vma` may map pages of `anon_vma`. */
struct anon_vma_chain {
    struct vm_area_struct *vma;
    struct anon_vma *anon_vma;
    struct list_head same_vma;
    struct list_head same_anon_vma;
};

#endif
