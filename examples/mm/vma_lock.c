/* SPDX-License-Identifier: BSD-2-Clause */
/* vma_lock.c: see vma_lock.h.
 *
 * refcnt: 0 detached, 1 attached, one more per reader, and VMA_LOCK_OFFSET
 * while a writer waits for the readers to leave. */
#include "vma_lock.h"

#include <limits.h>

#include "classes.h"
#include "counters.h"
#include "futex.h"
#include "hold.h"
#include "rcu.h"
#include "rules.h"
#include "script.h"
#include "variant.h"
#include "vma.h"
#include "vma_tree.h"

#define VMA_LOCK_OFFSET 0x40000000u

void vma_lock_init(struct vm_area_struct *vma)
{
    atomic_store(&vma->vm_lock.seq, UINT_MAX);
    lockval_lock_init(&vma->vm_lock, &vma_lock_class);
}

/* ---- readers ------------------------------------------------------------- */

static bool get_unless_written(atomic_uint *refcnt)
{
    unsigned seen = atomic_load(refcnt);

    while (seen != 0 && !(seen & VMA_LOCK_OFFSET))
        if (atomic_compare_exchange_weak(refcnt, &seen, seen + 1))
            return true;
    return false;
}

/* Told as released already. */
static void vma_refcount_put(struct vm_area_struct *vma)
{
    unsigned before = atomic_fetch_sub(&vma->vm_lock.refcnt, 1);

    BUG_ON((before & ~VMA_LOCK_OFFSET) == 0);
    if (before & VMA_LOCK_OFFSET)
        futex_wake(&vma->vm_lock.refcnt, INT_MAX);
}

static bool vma_lock_seq_is_mms(struct vm_area_struct *vma,
                                struct mm_struct *mm)
{
    return atomic_load(&vma->vm_lock.seq) == atomic_load(&mm->mm_lock_seq);
}

noinline bool vma_start_read(struct mm_struct *mm, struct vm_area_struct *vma)
{
    vma_operation("vma_start_read", vma, NULL);
    if (vma_lock_seq_is_mms(vma, mm))
        return false;
    if (!get_unless_written(&vma->vm_lock.refcnt))
        return false;
    lockval_acquire(&vma->vm_lock, LOCKVAL_READ | LOCKVAL_TRY);
    hold_begin(HOLD_VMA_READ);
    /* Its writer came between the two looks, or it is another mm's VMA. */
    if (READ_ONCE(vma->vm_mm) == mm && !vma_lock_seq_is_mms(vma, mm))
        return true;
    vma_end_read(vma);
    return false;
}

noinline void vma_start_read_locked(struct vm_area_struct *vma)
{
    bool got;

    vma_operation("vma_start_read", vma, NULL);
    got = get_unless_written(&vma->vm_lock.refcnt);
    BUG_ON(!got);
    lockval_acquire(&vma->vm_lock, LOCKVAL_READ | LOCKVAL_TRY);
    hold_begin(HOLD_VMA_READ);
    vma_looked_up(vma, &vma->vm_lock);
}

void vma_end_read(struct vm_area_struct *vma)
{
    hold_end(HOLD_VMA_READ);
    lockval_release(&vma->vm_lock);
    vma_refcount_put(vma);
}

/* ---- writers ------------------------------------------------------------- */

static void await_readers(atomic_uint *refcnt, unsigned left)
{
    unsigned seen;

    while ((seen = atomic_load(refcnt)) != left)
        futex_wait(refcnt, seen);
}

noinline void vma_start_write(struct vm_area_struct *vma)
{
    struct mm_struct *mm = vma->vm_mm;

    vma_operation("vma_start_write", vma, NULL);
    if (vma_lock_seq_is_mms(vma, mm))
        return;
    lockval_acquire(&vma->vm_lock, LOCKVAL_WRITE);
    if (atomic_load(&vma->vm_lock.refcnt) != 0) {
        atomic_fetch_add(&vma->vm_lock.refcnt, VMA_LOCK_OFFSET);
        await_readers(&vma->vm_lock.refcnt, VMA_LOCK_OFFSET + 1);
    }
    atomic_store(&vma->vm_lock.seq, atomic_load(&mm->mm_lock_seq));
    if (atomic_load(&vma->vm_lock.refcnt) != 0)
        atomic_fetch_sub(&vma->vm_lock.refcnt, VMA_LOCK_OFFSET);
    lockval_release(&vma->vm_lock);
    lockval_right_begin(&vma->vm_lock, &vma_lock_class, &mm->mmap_lock,
                        LOCKVAL_WRITE);
}

bool vma_is_write_locked(struct vm_area_struct *vma)
{
    return vma_lock_seq_is_mms(vma, vma->vm_mm) &&
           atomic_load(&vma->vm_lock.seq) % 2 == 1;
}

noinline void vma_assert_write_locked(struct vm_area_struct *vma)
{
    vma_operation("vma_assert_write_locked", vma, NULL);
}

void vma_mark_attached(struct vm_area_struct *vma)
{
    vma_operation("attach_vma", vma, NULL);
    BUG_ON(atomic_load(&vma->vm_lock.refcnt) != 0);
    atomic_store(&vma->vm_lock.refcnt, 1);
}

/* A reader that found the VMA before it was write-locked may have counted
 * itself in since: it sees the sequence and leaves. */
noinline void vma_mark_detached(struct vm_area_struct *vma)
{
    vma_operation("detach_vma", vma, NULL);
    if (atomic_fetch_sub(&vma->vm_lock.refcnt, 1) == 1)
        return;
    atomic_fetch_add(&vma->vm_lock.refcnt, VMA_LOCK_OFFSET);
    await_readers(&vma->vm_lock.refcnt, VMA_LOCK_OFFSET);
    atomic_store(&vma->vm_lock.refcnt, 0);
}

/* ---- lookup -------------------------------------------------------------- */

static bool covers(struct vm_area_struct *vma, unsigned long address)
{
    return address >= READ_ONCE(vma->vm_start) &&
           address < READ_ONCE(vma->vm_end);
}

/* What the fault will need mmap_lock for, as some versions judge it here. */
static bool anon_vma_is_there(struct vm_area_struct *vma)
{
    if (READ_ONCE(vma->anon_vma) != NULL ||
        variant.anon_check == ANON_CHECK_TRYLOCK)
        return true;
    if (variant.anon_check == ANON_CHECK_EARLY_ANON)
        return vma->vm_file != NULL;
    return vma->vm_flags & VM_SHARED;
}

/* S3's x3: right when it is asked, of a VMA that nothing keeps. */
static noinline bool stale_check(struct vm_area_struct *vma)
{
    if (vma == NULL)
        return false;
    vma_operation("read_vma", vma, NULL);
    return READ_ONCE(vma->anon_vma) != NULL;
}

noinline struct vm_area_struct *lock_vma_under_rcu(struct mm_struct *mm,
                                                   unsigned long address)
{
    struct vm_area_struct *vma;

    rcu_read_lock();
    vma = vma_tree_find(mm, address);
    if (vma != NULL)
        vma_looked_up(vma, &rcu_gp_class);
    if (variant.anon_check_stale && !stale_check(vma))
        vma = NULL;
    script_point("lock_vma_under_rcu: found");
    if (vma != NULL && !vma_start_read(mm, vma))
        vma = NULL;
    rcu_read_unlock();
    if (vma == NULL)
        return NULL;
    /* Cut short or reused for another range meanwhile? */
    if (covers(vma, address) && anon_vma_is_there(vma)) {
        vma_looked_up(vma, &vma->vm_lock);
        return vma;
    }
    vma_end_read(vma);
    return NULL;
}
