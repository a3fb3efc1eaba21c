/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c: see check.h. */
#include "check.h"

#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "vma.h"

#define CHECK(condition)                                                   \
    do {                                                                   \
        if (!(condition)) {                                                \
            fprintf(stderr, "mm: invariant broken: %s (%s)\n", #condition, \
                    __func__);                                             \
            return false;                                                  \
        }                                                                  \
    } while (0)

static bool chain_has(const struct vm_area_struct *vma,
                      const struct anon_vma *anon_vma)
{
    struct list_head *at;

    list_for_each(at, &vma->anon_chain)
    {
        if (list_entry(at, struct anon_vma_chain, same_vma)->anon_vma ==
            anon_vma)
            return true;
    }
    return false;
}

static bool anon_vma_has(const struct anon_vma *anon_vma,
                         const struct anon_vma_chain *avc)
{
    struct list_head *at;

    list_for_each(at, &anon_vma->chains)
    {
        if (at == &avc->same_anon_vma)
            return true;
    }
    return false;
}

static bool check_chains(const struct vm_area_struct *vma)
{
    struct list_head *at;

    CHECK(vma->anon_vma == NULL || chain_has(vma, vma->anon_vma));
    CHECK(vma->anon_vma != NULL || list_empty(&vma->anon_chain));
    list_for_each(at, &vma->anon_chain)
    {
        struct anon_vma_chain *avc =
            list_entry(at, struct anon_vma_chain, same_vma);

        CHECK(avc->vma == vma);
        CHECK(anon_vma_has(avc->anon_vma, avc));
    }
    return true;
}

static bool check_pte(const struct vm_area_struct *vma, unsigned long address,
                      uint64_t value)
{
    struct page *page = pte_page(value);

    CHECK(pte_is_of(value, vma));
    if (page == NULL) { /* the zero page */
        CHECK(vma->vm_file == NULL && !(value & PTE_WRITE));
        return true;
    }
    page->ptes_seen++;
    CHECK(page->index == linear_page_index(vma, address));
    CHECK(!(value & PTE_WRITE) || (vma->vm_flags & VM_WRITE));
    if (PageAnon(page)) {
        CHECK(chain_has(
            vma, (struct anon_vma *)(page->mapping & ~PAGE_MAPPING_ANON)));
        return true;
    }
    CHECK(vma->vm_file != NULL);
    CHECK(page_mapping(page) == &vma->vm_file->i_data);
    CHECK(page->index < vma->vm_file->i_size);
    return true;
}

/* Every address, not only those of VMAs: a PTE outside of one is the bug. */
static bool check_ptes(struct mm_struct *mm)
{
    for (unsigned long address = 0; address < TASK_SIZE; address += PMD_SIZE) {
        struct page_table *table = pmd_table(mm, address);

        if (table == NULL)
            continue;
        for (unsigned long at = address; at < address + PMD_SIZE;
             at += PAGE_SIZE) {
            uint64_t value = pte_get(pte_offset(table, at));
            struct vm_area_struct *vma = find_vma(mm, at);

            if (!(value & PTE_PRESENT))
                continue;
            CHECK(vma != NULL && vma->vm_start <= at);
            if (!check_pte(vma, at, value))
                return false;
        }
    }
    return true;
}

static bool i_mmap_has(const struct vm_area_struct *vma)
{
    struct list_head *at;
    int times = 0;

    list_for_each(at, &vma->vm_file->i_data.i_mmap)
    {
        if (at == &vma->shared)
            times++;
    }
    return times == 1;
}

static bool check_vmas(struct mm_struct *mm)
{
    unsigned long end = 0;
    int count = 0;

    for (struct vm_area_struct *vma = vma_next(mm, NULL); vma != NULL;
         vma = vma_next(mm, vma)) {
        CHECK(vma->vm_mm == mm && !vma->vm_unlinked);
        CHECK(vma->vm_start >= end && vma->vm_start < vma->vm_end);
        CHECK(atomic_load(&vma->vm_sequence.sequence) % 2 == 0);
        CHECK(atomic_load(&vma->vm_ref_count) == 1);
        CHECK(vma->vm_file == NULL || i_mmap_has(vma));
        if (!check_chains(vma))
            return false;
        end = vma->vm_end;
        count++;
    }
    CHECK(count == mm->map_count);
    return true;
}

static bool check_inode(struct inode *inode)
{
    struct list_head *at;

    for (unsigned long i = 0; i < INODE_PAGES; i++) {
        struct page *page = inode->i_data.i_pages[i];

        if (page == NULL)
            continue;
        CHECK(i < inode->i_size);
        CHECK(page_mapping(page) == &inode->i_data && page->index == i);
    }
    list_for_each(at, &inode->i_data.i_mmap)
    {
        struct vm_area_struct *vma =
            list_entry(at, struct vm_area_struct, shared);

        CHECK(vma->vm_file == inode && !vma->vm_unlinked);
        CHECK(find_vma(vma->vm_mm, vma->vm_start) == vma);
    }
    return true;
}

/* Kernel objects have one reference and no PTE; so has what a scenario holds.
 */
static bool check_page(const struct page *page)
{
    int cached = page_mapping(page) != NULL;

    CHECK(page->mapcount == page->ptes_seen);
    if (page->mapping != 0 && page->refcount != 0)
        CHECK(page->refcount == page->mapcount + cached);
    return true;
}

bool check_all(struct mm_struct *const *mm, size_t mm_count,
               struct inode *const *inode, size_t inode_count)
{
    for (size_t i = 0; i < pool_total_pages(); i++)
        pool_page(i)->ptes_seen = 0;
    for (size_t i = 0; i < mm_count; i++)
        if (!check_vmas(mm[i]) || !check_ptes(mm[i]))
            return false;
    for (size_t i = 0; i < inode_count; i++)
        if (!check_inode(inode[i]))
            return false;
    for (size_t i = 0; i < pool_total_pages(); i++)
        if (!check_page(pool_page(i)))
            return false;
    return true;
}

bool check_no_leak(void)
{
    CHECK(pool_free_pages() == pool_total_pages());
    return true;
}
