/* SPDX-License-Identifier: BSD-2-Clause */
/* rmap.c: see rmap.h.
 *
 * Stands for mm/rmap.c and mm/interval_tree.c (v5.1).
 * Simplified: the interval trees are lists, searched from the front; a chain
 * is not reordered when its VMA's range changes; each anon_vma is its own
 * root, until fork is modelled. */
#include "rmap.h"

#include "classes.h"
#include "counters.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rules.h"
#include "script.h"
#include "variant.h"
#include "vma.h"

/* ---- i_mmap -------------------------------------------------------------- */

void vma_interval_tree_insert(struct vm_area_struct *vma,
                              struct address_space *mapping)
{
    list_add_tail(&vma->shared, &mapping->i_mmap);
    lockval_right_end(&vma->shared);
}

/* Until i_mmap_rwsem is let go of, only the caller knows that range. */
void vma_interval_tree_remove(struct vm_area_struct *vma)
{
    list_del(&vma->shared);
    lockval_right_begin(&vma->shared, &vma_isolated_class,
                        &vma->vm_file->i_data.i_mmap_rwsem, LOCKVAL_READ);
}

static unsigned long vma_last_pgoff(const struct vm_area_struct *vma)
{
    return vma->vm_pgoff + ((vma->vm_end - vma->vm_start) >> PAGE_SHIFT) - 1;
}

struct vm_area_struct *vma_interval_tree_next(struct address_space *mapping,
                                              struct vm_area_struct *previous,
                                              unsigned long first,
                                              unsigned long last)
{
    struct list_head *at = previous ? &previous->shared : &mapping->i_mmap;

    for (at = at->next; at != &mapping->i_mmap; at = at->next) {
        struct vm_area_struct *vma =
            list_entry(at, struct vm_area_struct, shared);

        if (vma->vm_pgoff <= last && vma_last_pgoff(vma) >= first) {
            vma_looked_up(vma, &mapping->i_mmap_rwsem);
            return vma;
        }
    }
    return NULL;
}

/* ---- anon_vma ------------------------------------------------------------ */

static struct typesafe_cache anon_vma_cache;

void anon_vma_cache_shrink(void)
{
    typesafe_shrink(&anon_vma_cache);
}

static struct anon_vma *anon_vma_alloc(void)
{
    struct typesafe *old = typesafe_take(&anon_vma_cache);
    struct anon_vma *anon_vma =
        old != NULL ? container_of(old, struct anon_vma, typesafe)
                    : kmem_cache_alloc(sizeof(*anon_vma), GFP_KERNEL);

    if (anon_vma == NULL)
        return NULL;
    anon_vma->root = anon_vma;
    init_rwsem(&anon_vma->rwsem, &anon_vma_class);
    INIT_LIST_HEAD(&anon_vma->chains);
    return anon_vma;
}

static void anon_vma_free(struct anon_vma *anon_vma)
{
    if (variant.era == ERA_2019_SPF) {
        kmem_cache_free(anon_vma);
        return;
    }
    lockval_memory_freed(anon_vma, sizeof(*anon_vma));
    typesafe_give(&anon_vma_cache, &anon_vma->typesafe);
}

static void put_anon_vma(struct anon_vma *anon_vma)
{
    if (atomic_fetch_sub(&anon_vma->refcount, 1) == 1)
        anon_vma_free(anon_vma);
}

static struct anon_vma_chain *anon_vma_chain_alloc(gfp_t gfp)
{
    return kmem_cache_alloc(sizeof(struct anon_vma_chain), gfp);
}

/* anon_vma's root write-locked. */
static void anon_vma_chain_link(struct vm_area_struct *vma,
                                struct anon_vma_chain *avc,
                                struct anon_vma *anon_vma)
{
    avc->vma = vma;
    avc->anon_vma = anon_vma;
    list_add_tail(&avc->same_vma, &vma->anon_chain);
    list_add_tail(&avc->same_anon_vma, &anon_vma->chains);
    atomic_fetch_add(&anon_vma->refcount, 1);
}

static bool could_share(const struct vm_area_struct *vma,
                        const struct vm_area_struct *other)
{
    return other != NULL && other->anon_vma != NULL &&
           other->vm_file == vma->vm_file && other->vm_flags == vma->vm_flags;
}

/* find_mergeable_anon_vma: would a neighbour's do? Asked, as the kernel does,
 * but never answered with it: here each VMA has an anon_vma of its own. */
static noinline bool look_at_neighbours(struct vm_area_struct *vma)
{
    vma_operation("look_at_neighbour", vma, NULL);
    return could_share(vma, vma_prev(vma->vm_mm, vma)) ||
           could_share(vma, vma_next(vma->vm_mm, vma));
}

static noinline bool __anon_vma_prepare(struct vm_area_struct *vma)
{
    struct anon_vma_chain *avc = anon_vma_chain_alloc(GFP_KERNEL);
    struct anon_vma *anon_vma = anon_vma_alloc();
    bool linked = false;

    look_at_neighbours(vma);
    if (avc != NULL && anon_vma != NULL) {
        anon_vma_lock_write(anon_vma);
        spin_lock(&vma->vm_mm->page_table_lock);
        if (vma->anon_vma == NULL) {
            WRITE_ONCE(vma->anon_vma, anon_vma);
            anon_vma_chain_link(vma, avc, anon_vma);
            vma_operation("set_anon_vma", vma, NULL);
            linked = true;
        }
        spin_unlock(&vma->vm_mm->page_table_lock);
        anon_vma_unlock_write(anon_vma);
    }
    if (!linked && avc != NULL)
        kmem_cache_free(avc);
    if (!linked && anon_vma != NULL)
        anon_vma_free(anon_vma);
    return READ_ONCE(vma->anon_vma) != NULL;
}

bool anon_vma_prepare(struct vm_area_struct *vma)
{
    return READ_ONCE(vma->anon_vma) != NULL || __anon_vma_prepare(vma);
}

/* Let go of `root`, unless it is the one that is wanted next. */
static struct anon_vma *lock_anon_vma_root(struct anon_vma *root,
                                           struct anon_vma *anon_vma)
{
    if (root == anon_vma->root)
        return root;
    if (root != NULL)
        up_write(&root->rwsem);
    down_write(&anon_vma->root->rwsem);
    return anon_vma->root;
}

static void unlock_anon_vma_root(struct anon_vma *root)
{
    if (root != NULL)
        up_write(&root->rwsem);
}

/* No reclaiming allocation under the root's rwsem: try one that cannot reclaim
 * first, and let go of the rwsem if that fails. */
noinline bool anon_vma_clone(struct vm_area_struct *dst,
                             struct vm_area_struct *src)
{
    struct anon_vma *root = NULL;
    struct list_head *at;

    list_for_each(at, &src->anon_chain)
    {
        struct anon_vma_chain *from =
            list_entry(at, struct anon_vma_chain, same_vma);
        struct anon_vma_chain *avc;

        if (variant.clone_reclaims) { /* S0's x7 */
            root = lock_anon_vma_root(root, from->anon_vma);
            avc = anon_vma_chain_alloc(GFP_KERNEL);
        } else {
            avc = anon_vma_chain_alloc(GFP_NOWAIT);
        }
        if (avc == NULL) {
            unlock_anon_vma_root(root);
            root = NULL;
            script_point("anon_vma_clone: GFP_NOWAIT failed");
            avc = anon_vma_chain_alloc(GFP_KERNEL);
        }
        if (avc == NULL) {
            dst->anon_vma = NULL;
            unlink_anon_vmas(dst);
            return false;
        }
        root = lock_anon_vma_root(root, from->anon_vma);
        anon_vma_chain_link(dst, avc, from->anon_vma);
    }
    unlock_anon_vma_root(root);
    return true;
}

/* Frees outside the rwsem, which lies in what is freed. */
noinline void unlink_anon_vmas(struct vm_area_struct *vma)
{
    struct list_head *at, *following;

    list_for_each_safe(at, following, &vma->anon_chain)
    {
        struct anon_vma_chain *avc =
            list_entry(at, struct anon_vma_chain, same_vma);
        struct anon_vma *anon_vma = avc->anon_vma;

        anon_vma_lock_write(anon_vma);
        list_del(&avc->same_anon_vma);
        if (anon_vma == vma->anon_vma && variant.era != ERA_2019_SPF) {
            vma_operation("clear_anon_vma", vma, NULL);
            WRITE_ONCE(vma->anon_vma, NULL);
        }
        anon_vma_unlock_write(anon_vma);
        list_del(&avc->same_vma);
        kmem_cache_free(avc);
        put_anon_vma(anon_vma);
    }
    vma_left_rmap(vma, &vma->anon_chain);
}

struct anon_vma_chain *
anon_vma_interval_tree_next(struct anon_vma *anon_vma,
                            struct anon_vma_chain *previous,
                            unsigned long index)
{
    struct list_head *at =
        previous ? &previous->same_anon_vma : &anon_vma->chains;

    for (at = at->next; at != &anon_vma->chains; at = at->next) {
        struct anon_vma_chain *avc =
            list_entry(at, struct anon_vma_chain, same_anon_vma);

        if (avc->vma->vm_pgoff <= index && vma_last_pgoff(avc->vma) >= index) {
            vma_looked_up(avc->vma, &anon_vma->root->rwsem);
            return avc;
        }
    }
    return NULL;
}

static bool get_anon_vma_unless_free(struct anon_vma *anon_vma)
{
    int seen = atomic_load(&anon_vma->refcount);

    while (seen != 0)
        if (atomic_compare_exchange_weak(&anon_vma->refcount, &seen, seen + 1))
            return true;
    return false;
}

/* A page that is mapped keeps its anon_vma; while that is so under RCU, what we
 * found is an anon_vma, and after we have a reference it stays the one. */
static struct anon_vma *page_get_anon_vma(struct page *page)
{
    struct anon_vma *anon_vma = NULL;
    uintptr_t mapping;

    rcu_read_lock();
    mapping = READ_ONCE(page->mapping);
    if ((mapping & PAGE_MAPPING_ANON) && mapping != PAGE_MAPPING_ANON &&
        atomic_load(&page->mapcount) > 0)
        anon_vma = (struct anon_vma *)(mapping & ~PAGE_MAPPING_ANON);
    if (anon_vma != NULL && !get_anon_vma_unless_free(anon_vma))
        anon_vma = NULL;
    rcu_read_unlock();
    return anon_vma;
}

noinline struct anon_vma *page_lock_anon_vma_read(struct page *page)
{
    struct anon_vma *anon_vma = page_get_anon_vma(page);

    if (anon_vma == NULL)
        return NULL;
    down_read(&anon_vma->root->rwsem);
    if (atomic_load(&page->mapcount) > 0)
        return anon_vma;
    page_unlock_anon_vma_read(anon_vma);
    return NULL;
}

void page_unlock_anon_vma_read(struct anon_vma *anon_vma)
{
    up_read(&anon_vma->root->rwsem);
    put_anon_vma(anon_vma);
}

/* ---- pages --------------------------------------------------------------- */

unsigned long linear_page_index(const struct vm_area_struct *vma,
                                unsigned long address)
{
    return vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT);
}

/* The address of a page inside the VMA, which maps it; inverse of the above. */
static unsigned long vma_address(const struct page *page,
                                 const struct vm_area_struct *vma)
{
    return vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
}

void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma,
                            unsigned long address)
{
    if (vma->anon_vma == NULL) /* __folio_set_anon: BUG_ON(!anon_vma) */
        count(COUNT_NULL_ANON_VMAS);
    vma_operation("add_anon_rmap", vma, NULL);
    page->index = linear_page_index(vma, address);
    WRITE_ONCE(page->mapping, (uintptr_t)vma->anon_vma | PAGE_MAPPING_ANON);
    atomic_fetch_add(&page->mapcount, 1);
    /* Without swap reclaim cannot take it, but asks whether it is in use. */
    if (variant.era != ERA_2019_SPF)
        lru_cache_add(page);
}

void page_add_file_rmap(struct page *page)
{
    atomic_fetch_add(&page->mapcount, 1);
}

void page_remove_rmap(struct page *page)
{
    BUG_ON(atomic_fetch_sub(&page->mapcount, 1) <= 0);
}

/* The entry that maps the page in this VMA, its PTL held; NULL: none. */
static pte_t *page_vma_mapped_walk(struct page *page,
                                   struct vm_area_struct *vma, spinlock_t **ptl)
{
    pte_t *pte;

    vma_operation("read_vma", vma, NULL);
    vma_operation("traverse", vma, NULL);
    pte = pte_offset_map_lock(vma->vm_mm, vma_address(page, vma), ptl);
    if (pte == NULL)
        return NULL;
    if ((pte_get(pte) & PTE_PRESENT) && pte_page(pte_get(pte)) == page)
        return pte;
    pte_unmap_unlock(pte, *ptl);
    return NULL;
}

typedef void rmap_one(struct page *page, struct vm_area_struct *vma, void *arg);

static noinline void try_to_unmap_one(struct page *page,
                                      struct vm_area_struct *vma, void *arg)
{
    spinlock_t *ptl;
    pte_t *pte;

    (void)arg;
    mmu_notifier_invalidate_range_start(vma->vm_mm);
    pte = page_vma_mapped_walk(page, vma, &ptl);
    if (pte == NULL)
        return;
    vma_operation("zap_pte", vma, ptl);
    set_pte(pte, 0); /* ptep_clear_flush */
    flush_tlb_page(vma, page->index);
    page_remove_rmap(page);
    put_page(page); /* never the last: the caller has one */
    pte_unmap_unlock(pte, ptl);
}

static noinline void rmap_walk_file(struct page *page, rmap_one *visit,
                                    void *arg)
{
    struct address_space *mapping = page_mapping(page);
    struct vm_area_struct *vma = NULL;

    i_mmap_lock_read(mapping);
    while ((vma = vma_interval_tree_next(mapping, vma, page->index,
                                         page->index)) != NULL)
        visit(page, vma, arg);
    i_mmap_unlock_read(mapping);
}

noinline bool try_to_unmap(struct page *page)
{
    BUG_ON(PageAnon(page));
    rmap_walk_file(page, try_to_unmap_one, NULL);
    return atomic_load(&page->mapcount) == 0;
}

/* Looks "once", again and again, and so waits: S1's x4. */
static noinline bool look_until_at_rest(struct vm_area_struct *vma)
{
    for (unsigned looks = 1; raw_read_seqcount(&vma->vm_sequence) & 1; looks++)
        if (looks % 64 == 0)
            script_point("page_referenced: still odd");
    return true;
}

static bool settled(struct vm_area_struct *vma)
{
    return variant.rmap_reader_loops
               ? look_until_at_rest(vma)
               : vma_is_at_rest(vma, variant.rmap_reader_waits);
}

static noinline void page_referenced_one(struct page *page,
                                         struct vm_area_struct *vma, void *arg)
{
    spinlock_t *ptl;
    pte_t *pte;

    if (!settled(vma))
        return;
    pte = page_vma_mapped_walk(page, vma, &ptl);
    if (pte == NULL)
        return;
    ++*(int *)arg;
    pte_unmap_unlock(pte, ptl);
}

static noinline void rmap_walk_anon(struct page *page, rmap_one *visit,
                                    void *arg)
{
    struct anon_vma *anon_vma = page_lock_anon_vma_read(page);
    struct anon_vma_chain *avc = NULL;

    if (anon_vma == NULL)
        return;
    while ((avc = anon_vma_interval_tree_next(anon_vma, avc, page->index)) !=
           NULL)
        visit(page, avc->vma, arg);
    page_unlock_anon_vma_read(anon_vma);
}

noinline int page_referenced(struct page *page)
{
    int referenced = 0;

    if (PageAnon(page))
        rmap_walk_anon(page, page_referenced_one, &referenced);
    else
        rmap_walk_file(page, page_referenced_one, &referenced);
    return referenced;
}
