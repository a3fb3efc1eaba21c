/* SPDX-License-Identifier: BSD-2-Clause */
/* vma.c: see vma.h.
 * Simplified: a sorted list instead of rb-tree, list and cache; mm_rb_lock is
 * a spinlock instead of a rwlock (a leaf in any case). */
#include "vma.h"

#include "classes.h"
#include "page_alloc.h"
#include "rcu.h"
#include "rmap.h"
#include "rules.h"
#include "variant.h"
#include "vma_lock.h"
#include "vma_tree.h"

/* From the time of per-VMA locks on. */
static struct typesafe_cache vma_cache;

static void free_after_grace(struct callback_head *head)
{
    kmem_cache_free(container_of(head, struct vm_area_struct, rcu));
}

/* Readers under RCU: none in 2019, some that stay with a VMA for the whole
 * section in 2021, some that recheck what they got today. */
static void vm_area_free(struct vm_area_struct *vma)
{
    switch (variant.era) {
    case ERA_2019_SPF:
        kmem_cache_free(vma);
        break;
    case ERA_2021:
        call_rcu(&vma->rcu, free_after_grace);
        break;
    case ERA_CURRENT:
        lockval_memory_freed(vma, sizeof(*vma));
        typesafe_give(&vma_cache, &vma->typesafe);
        break;
    }
}

void vm_area_cache_shrink(void)
{
    if (variant.era == ERA_2021)
        rcu_barrier();
    typesafe_shrink(&vma_cache);
}

static void INIT_VMA(struct vm_area_struct *vma)
{
    INIT_LIST_HEAD(&vma->mm_link);
    vma->vm_unlinked = true;
    INIT_LIST_HEAD(&vma->shared);
    INIT_LIST_HEAD(&vma->anon_chain);
    vma->anon_vma = NULL;
    atomic_init(&vma->vm_ref_count, 1);
    seqcount_init(&vma->vm_sequence, &vm_sequence_class);
    vma_lock_init(vma);
}

noinline struct vm_area_struct *vm_area_alloc(struct mm_struct *mm)
{
    static atomic_uint generations;
    struct typesafe *old = typesafe_take(&vma_cache);
    struct vm_area_struct *vma =
        old != NULL ? container_of(old, struct vm_area_struct, typesafe)
                    : kmem_cache_alloc(sizeof(*vma), GFP_KERNEL);

    if (vma == NULL)
        return NULL;
    INIT_VMA(vma);
    vma->vm_file = NULL;
    WRITE_ONCE(vma->vm_mm, mm);
    lockval_right_begin(&vma->vm_file, &vma_fresh_class, NULL, LOCKVAL_WRITE);
    vma->generation = atomic_fetch_add(&generations, 1) % PTE_GENERATIONS;
    return vma;
}

void vma_set_file(struct vm_area_struct *vma, struct inode *file)
{
    vma_operation("set_vm_file", vma, NULL);
    vma->vm_file = file;
}

noinline struct vm_area_struct *vm_area_dup(const struct vm_area_struct *from)
{
    struct vm_area_struct *vma = vm_area_alloc(from->vm_mm);

    if (vma == NULL)
        return NULL;
    vma->vm_start = from->vm_start;
    vma->vm_end = from->vm_end;
    vma->vm_pgoff = from->vm_pgoff;
    vma->vm_flags = from->vm_flags;
    vma_set_file(vma, from->vm_file);
    vma->generation = from->generation;
    return vma;
}

static struct vm_area_struct *vma_at(struct list_head *link)
{
    return list_entry(link, struct vm_area_struct, mm_link);
}

static struct vm_area_struct *search(struct mm_struct *mm,
                                     unsigned long address)
{
    struct list_head *at;

    list_for_each(at, &mm->mmap)
    {
        if (READ_ONCE(vma_at(at)->vm_end) > address)
            return vma_at(at);
    }
    return NULL;
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address)
{
    struct vm_area_struct *vma = search(mm, address);

    if (vma != NULL)
        vma_looked_up(vma, &mm->mmap_lock);
    return vma;
}

struct vm_area_struct *vma_next(struct mm_struct *mm,
                                const struct vm_area_struct *vma)
{
    struct list_head *at = vma != NULL ? vma->mm_link.next : mm->mmap.next;

    return at != &mm->mmap ? vma_at(at) : NULL;
}

struct vm_area_struct *vma_prev(struct mm_struct *mm,
                                const struct vm_area_struct *vma)
{
    struct list_head *at = vma != NULL ? vma->mm_link.prev : mm->mmap.prev;

    return at != &mm->mmap ? vma_at(at) : NULL;
}

struct vm_area_struct *get_vma(struct mm_struct *mm, unsigned long address)
{
    struct vm_area_struct *vma;

    spin_lock(&mm->mm_rb_lock);
    vma = search(mm, address);
    if (vma != NULL && READ_ONCE(vma->vm_start) > address)
        vma = NULL;
    if (vma != NULL)
        atomic_fetch_add(&vma->vm_ref_count, 1);
    spin_unlock(&mm->mm_rb_lock);
    return vma;
}

void put_vma(struct vm_area_struct *vma)
{
    if (atomic_fetch_sub(&vma->vm_ref_count, 1) == 1)
        vm_area_free(vma);
}

void __vma_link(struct mm_struct *mm, struct vm_area_struct *vma)
{
    struct vm_area_struct *after = search(mm, vma->vm_start);

    spin_lock(&mm->mm_rb_lock);
    list_add_tail(&vma->mm_link, after ? &after->mm_link : &mm->mmap);
    WRITE_ONCE(vma->vm_unlinked, false);
    spin_unlock(&mm->mm_rb_lock);
    mm->map_count++;
    lockval_right_end(&vma->vm_file);
    if (variant.era == ERA_CURRENT)
        vma_mark_attached(vma);
}

void __vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma)
{
    spin_lock(&mm->mm_rb_lock);
    list_del(&vma->mm_link);
    WRITE_ONCE(vma->vm_unlinked, true);
    spin_unlock(&mm->mm_rb_lock);
    mm->map_count--;
}

noinline void vma_link(struct mm_struct *mm, struct vm_area_struct *vma)
{
    struct address_space *mapping =
        vma->vm_file != NULL ? &vma->vm_file->i_data : NULL;

    /* Before the rmap locks (R14). */
    if (variant.era == ERA_CURRENT)
        vma_start_write(vma);
    if (mapping != NULL)
        i_mmap_lock_write(mapping);
    __vma_link(mm, vma);
    vma_tree_publish(mm);
    if (mapping == NULL)
        return;
    vma_interval_tree_insert(vma, mapping);
    i_mmap_unlock_write(mapping);
}

void vma_left_rmap(struct vm_area_struct *vma, const void *link)
{
    lockval_right_begin(link, &vma_isolated_class, &vma->vm_mm->mmap_lock,
                        LOCKVAL_READ);
}

noinline void unlink_file_vma(struct vm_area_struct *vma)
{
    struct address_space *mapping;

    if (vma->vm_file == NULL) {
        vma_left_rmap(vma, &vma->shared);
        return;
    }
    mapping = &vma->vm_file->i_data;
    i_mmap_lock_write(mapping);
    vma_interval_tree_remove(vma);
    i_mmap_unlock_write(mapping);
    vma_left_rmap(vma, &vma->shared);
}

noinline bool vma_is_at_rest(struct vm_area_struct *vma, bool wait)
{
    if (!wait)
        return raw_read_seqcount(&vma->vm_sequence) % 2 == 0;
    while (read_seqcount_retry(&vma->vm_sequence,
                               read_seqcount_begin(&vma->vm_sequence)))
        ;
    return true;
}
