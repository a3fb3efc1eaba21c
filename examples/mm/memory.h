/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.h: faults, and taking pages away from page tables. */
#ifndef MM_MEMORY_H
#define MM_MEMORY_H

#include "mm_types.h"

/* Pages whose PTEs are gone, freed together when no PTL is held. */
#define MMU_GATHER_PAGES 16
struct mmu_gather {
    struct mm_struct *mm;
    bool unflushed; /* PTEs were cleared since the last flush of TLBs */
    unsigned count;
    struct page *page[MMU_GATHER_PAGES];
};
void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm);
void tlb_finish_mmu(struct mmu_gather *tlb);

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
    FAULT_RETRY,   /* speculative only: changed meanwhile, do it classically */
};

/* A fault of the current thread, which holds nothing: speculatively, then with
 * mmap_lock if that did not work. */
enum vm_fault do_page_fault(struct mm_struct *mm, unsigned long address,
                            bool write);

/* mmap_lock held; `address` lies in the VMA, which allows the access. */
enum vm_fault handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
                              bool write);

/* No lock held, none waited for but the PTL. */
enum vm_fault handle_speculative_fault(struct mm_struct *mm,
                                       unsigned long address, bool write);

#endif
