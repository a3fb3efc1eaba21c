/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.h: faults, and taking pages away from page tables. */
#ifndef MM_MEMORY_H
#define MM_MEMORY_H

#include "mm_types.h"
#include "mmu_gather.h"

struct zap_details {
    bool keep_anon; /* leave what a private mapping has copied */
};

/* Clear the PTEs of [start, end) inside a write of the VMA's count. The VMA is
 * stable by mmap_lock or an rmap lock. `details` NULL: all pages. */
void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
                      unsigned long start, unsigned long end,
                      const struct zap_details *details);

/* The same with a gather of its own. */
void zap_page_range_single(struct vm_area_struct *vma, unsigned long start,
                           unsigned long len,
                           const struct zap_details *details);

/* Unmap pages [first, first + count) of a file wherever it is mapped;
 * `even_cows`: also private copies. Takes i_mmap_rwsem. */
void unmap_mapping_range(struct address_space *mapping, unsigned long first,
                         unsigned long count, bool even_cows);

/* How a fault ends. */
enum vm_fault {
    FAULT_DONE,
    FAULT_OOM,
    FAULT_SIGBUS,  /* past the end of the file */
    FAULT_SIGSEGV, /* no VMA, or it does not allow this */
    FAULT_RETRY,   /* not without mmap_lock: the VMA lock is dropped */
};

/* A fault of the current thread, which holds nothing: speculatively (2019) or
 * under the VMA lock (current), then with mmap_lock if that did not work. */
enum vm_fault do_page_fault(struct mm_struct *mm, unsigned long address,
                            bool write);

enum {
    FAULT_FLAG_WRITE = 1 << 0,
    FAULT_FLAG_VMA_LOCK = 1 << 1, /* the VMA is read-locked, not the mm */
};

/* mmap_lock or, as `flags` say, the VMA lock held; `address` lies in the VMA,
 * which allows the access. FAULT_RETRY: the VMA lock is gone, and with it the
 * VMA (R12). */
enum vm_fault handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
                              unsigned flags);

/* Give a private VMA that is about to get a page of its own an anon_vma.
 * FAULT_RETRY as above. */
enum vm_fault vmf_anon_prepare(struct vm_area_struct *vma, unsigned flags);

/* Map `page`, whose reference the entry takes over, where nothing is mapped and
 * a table is; false: someone was faster. Stands for vm_insert_page. */
bool map_new_page(struct vm_area_struct *vma, unsigned long address,
                  struct page *page, bool anon);

/* What `address` maps (0: nothing). Stands for follow_pte. */
uint64_t follow_pte(struct vm_area_struct *vma, unsigned long address);

/* No lock held, none waited for but the PTL. */
enum vm_fault handle_speculative_fault(struct mm_struct *mm,
                                       unsigned long address, bool write);

#endif
