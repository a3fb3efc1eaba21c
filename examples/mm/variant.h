/* SPDX-License-Identifier: BSD-2-Clause */
/* variant.h: how the running scenario deviates from the code it stands for.
 *
 * All false is the annotated original. A scenario sets it before its threads
 * start; nothing writes it afterwards. One bit per deviation, named after what
 * the code then does. */
#ifndef MM_VARIANT_H
#define MM_VARIANT_H

#include <stdbool.h>

/* Which kernel the model is. Its rule profile has the same name. */
enum era {
    ERA_2019_SPF, /* v5.1 with SPF v12: sequence counts in VMAs */
    ERA_2021,     /* v5.12: mmap_lock alone, munmap downgrades it, maple tree */
    ERA_CURRENT,  /* v6.12 and on: per-VMA locks */
};

/* When a fault under the VMA lock asks whether the VMA has an anon_vma. */
enum anon_check {
    ANON_CHECK_TRYLOCK,       /* when it needs one: then tries mmap_lock */
    ANON_CHECK_EARLY_ANON,    /* at the lookup, of anonymous VMAs alone */
    ANON_CHECK_EARLY_PRIVATE, /* at the lookup, of all private VMAs */
};

/* What munmap waits for, where readers have RCU alone: dead.h. */
enum munmap_waits { MUNMAP_NOT, MUNMAP_SOL1, MUNMAP_SOL2, MUNMAP_SOL3 };

struct variant {
    enum era era;
    enum anon_check anon_check;
    enum munmap_waits munmap_waits;
    bool adjust_raw;           /* __vma_adjust writes its counts raw */
    bool move_raw;             /* move_vma writes its counts raw */
    bool rmap_reader_waits;    /* page_referenced: read_seqcount_begin */
    bool reclaim_reader_waits; /* a shrinker: read_seqcount_begin */
    bool rmap_reader_loops;    /* page_referenced: a loop of single looks */
    bool madvise_nests;        /* madvise opens the count that the zap opens */
    bool adjust_leaves_odd;    /* __vma_adjust: no end where memory is short */
    bool spf_waits_for_writer; /* commit: read_seqcount_begin, IRQs off */
    bool spf_spins_on_ptl;     /* commit: spin_lock, IRQs off */
    bool range_changes_linked; /* __vma_adjust: vm_start changes in i_mmap */
    bool clone_reclaims;       /* anon_vma_clone: under the root's rwsem */
    bool flags_under_read;     /* mprotect: no write lock of either kind */
    bool prepare_under_vma;    /* vmf_anon_prepare: without mmap_lock */
    bool prepare_waits;        /* vmf_anon_prepare: waits for mmap_lock */
    bool anon_check_stale;     /* lock_vma_under_rcu: before vma_start_read */
    bool vma_after_retry;      /* do_page_fault: no second lookup */
    bool uffd_unchecked;       /* lock_vma: no look at anon_vma */
    bool file_set_late;        /* mmap_region: after vma_link */
    bool detaches_unlocked;    /* munmap: no vma_start_write */
    bool moves_unlocked;       /* mremap: without the rmap locks */
    bool tables_freed_first;   /* munmap: before the VMA leaves i_mmap */
    bool downgrade_anyway;     /* munmap: next to a VMA that grows */
    bool sync_unlocked;        /* munmap, sol1: nothing keeps the range */
    bool smaps_locks;          /* smaps: mmap_lock inside the RCU section */
    bool fixed_takes_dead;     /* MAP_FIXED: does not wait for a dead entry */
    bool erased_before_flush;  /* munmap, sol3: the entry goes too early */
    bool growth_ignores_dead;  /* expand_stack: no look at dead entries */
    bool erases_later;         /* munmap, sol3: quiet first, erased later */
    bool erases_by_range;      /* munmap, sol3: whatever lies there by then */
    bool callback_locks;       /* sol3's RCU callback takes mmap_lock */
    bool move_in_place;        /* mremap: the VMA's own range changes */
    bool maps_rechecks;        /* /proc/PID/maps: looks twice */
    bool gup_under_rcu;        /* GUP-fast: an RCU section, interrupts on */
    bool gup_writes;           /* GUP-fast: clears the accessed bit */
    bool retract_without_sync; /* khugepaged: no IPI before the free */
    bool move_ends_early;      /* move_vma: counts even before PTEs moved */
};

extern struct variant variant;

#endif
