/* SPDX-License-Identifier: BSD-2-Clause */
/* base.c: what the model after 2019 stands on: RCU, interrupts off, VMA locks,
 * the VMA tree, tables that are freed late, and faults under the VMA lock.
 *
 * Who waits is stepped by scripts: a step that BLOCKS is over when its thread
 * sleeps, so that nothing here depends on time. */
#include "cmocka_all.h"

#include <errno.h>

#include "arena.h"
#include "check.h"
#include "irq.h"
#include "memory.h"
#include "mmap.h"
#include "mmap_lock.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rcu.h"
#include "rmap.h"
#include "script.h"
#include "stage.h"
#include "userfaultfd.h"
#include "variant.h"
#include "vma.h"
#include "vma_lock.h"
#include "vma_tree.h"

#define AREA 0x400000UL

static atomic_int trace; /* what has happened, as digits */

static void note(int digit)
{
    atomic_store(&trace, atomic_load(&trace) * 10 + digit);
}

static int start(void **state)
{
    (void)state;
    variant = (struct variant){.era = ERA_CURRENT};
    atomic_store(&trace, 0);
    stage_set_up(8);
    return 0;
}

static int end(void **state)
{
    (void)state;
    return stage_tear_down() ? 0 : 1;
}

/* `first` goes to its point "hold", `second` sleeps, `first` ends. */
static void play_waiting(void (*first)(void *), void (*second)(void *))
{
    const struct script_thread threads[] = {{"first", first},
                                            {"second", second}};
    static const struct script_step steps[] = {
        {"first", "go", 0},
        {"second", "go", SCRIPT_BLOCKS},
        {"first", "hold", 0},
    };
    const struct script script = {threads, 2, steps, COUNT_OF(steps)};

    script_run(&script, NULL);
}

/* The same, but `second` does not sleep. */
static void play_passing(void (*first)(void *), void (*second)(void *))
{
    const struct script_thread threads[] = {{"first", first},
                                            {"second", second}};
    static const struct script_step steps[] = {
        {"first", "go", 0},
        {"second", "go", 0},
        {"first", "hold", 0},
    };
    const struct script script = {threads, 2, steps, COUNT_OF(steps)};

    script_run(&script, NULL);
}

/* ---- RCU and interrupts ---------------------------------------------------
 */

static void read_section(void *unused)
{
    (void)unused;
    script_point("go");
    rcu_read_lock();
    rcu_read_lock();
    rcu_read_unlock();
    script_point("hold");
    note(1);
    rcu_read_unlock();
}

static void irqs_off_section(void *unused)
{
    (void)unused;
    script_point("go");
    local_irq_disable();
    local_irq_disable();
    local_irq_enable();
    script_point("hold");
    note(1);
    local_irq_enable();
}

static void grace_period(void *unused)
{
    (void)unused;
    script_point("go");
    synchronize_rcu();
    note(2);
}

static void ipi(void *unused)
{
    (void)unused;
    script_point("go");
    ipi_sync();
    note(2);
}

static void called_back(struct callback_head *head)
{
    (void)head;
    note(3);
}

static void call_and_barrier(void *unused)
{
    static struct callback_head head;

    (void)unused;
    script_point("go");
    call_rcu(&head, called_back);
    rcu_barrier();
    note(4);
}

static void a_grace_period_waits_for_readers(void **state)
{
    (void)state;
    play_waiting(read_section, grace_period);
    assert_int_equal(atomic_load(&trace), 12);
}

static void callbacks_run_after_readers_and_before_the_barrier(void **state)
{
    (void)state;
    play_waiting(read_section, call_and_barrier);
    assert_int_equal(atomic_load(&trace), 134);
}

static void an_ipi_waits_for_interrupts(void **state)
{
    (void)state;
    play_waiting(irqs_off_section, ipi);
    assert_int_equal(atomic_load(&trace), 12);
}

/* Neither is the other: S4's naive reader takes them for the same. */
static void a_grace_period_passes_interrupts_off(void **state)
{
    (void)state;
    play_passing(irqs_off_section, grace_period);
    assert_int_equal(atomic_load(&trace), 21);
}

static void an_ipi_passes_readers(void **state)
{
    (void)state;
    play_passing(read_section, ipi);
    assert_int_equal(atomic_load(&trace), 21);
}

static void ones_own_section_is_not_waited_for(void **state)
{
    (void)state;
    local_irq_disable();
    ipi_sync();
    local_irq_enable();
}

/* ---- VMA locks ------------------------------------------------------------
 */

static struct vm_area_struct *lock(unsigned long address)
{
    return lock_vma_under_rcu(stage.mm, address);
}

static void vma_reader(void *unused)
{
    struct vm_area_struct *vma;

    (void)unused;
    script_point("go");
    vma = lock(AREA);
    script_point("hold");
    note(1);
    vma_end_read(vma);
}

static void vma_writer(void *unused)
{
    (void)unused;
    script_point("go");
    mmap_write_lock(stage.mm);
    vma_start_write(find_vma(stage.mm, AREA));
    note(2);
    mmap_write_unlock(stage.mm);
}

static void a_writer_waits_for_readers(void **state)
{
    (void)state;
    stage_map(AREA, 1, NULL, 0);
    play_waiting(vma_reader, vma_writer);
    assert_int_equal(atomic_load(&trace), 12);
}

static void readers_share(void **state)
{
    struct vm_area_struct *one, *two;

    (void)state;
    stage_map(AREA, 1, NULL, 0);
    one = lock(AREA);
    two = lock(AREA);
    assert_non_null(one);
    assert_ptr_equal(one, two);
    vma_end_read(one);
    vma_end_read(two);
}

static void a_write_lock_ends_with_the_hold_of_mmap_lock(void **state)
{
    struct vm_area_struct *vma;

    (void)state;
    stage_map(AREA, 1, NULL, 0);
    mmap_write_lock(stage.mm);
    vma = find_vma(stage.mm, AREA);
    vma_start_write(vma);
    assert_true(vma_is_write_locked(vma));
    assert_null(lock(AREA));
    mmap_write_unlock(stage.mm);
    assert_false(vma_is_write_locked(vma));
    vma = lock(AREA);
    assert_non_null(vma);
    vma_end_read(vma);
}

static void a_write_lock_ends_with_a_downgrade(void **state)
{
    struct vm_area_struct *vma;

    (void)state;
    stage_map(AREA, 1, NULL, 0);
    mmap_write_lock(stage.mm);
    vma_start_write(find_vma(stage.mm, AREA));
    mmap_write_downgrade(stage.mm);
    vma = lock(AREA);
    assert_non_null(vma);
    vma_end_read(vma);
    mmap_read_unlock(stage.mm);
}

/* mmap_lock W alone stops nobody. */
static void only_what_is_write_locked_refuses_readers(void **state)
{
    struct vm_area_struct *vma;

    (void)state;
    stage_map(AREA, 1, NULL, 0);
    mmap_write_lock(stage.mm);
    vma = lock(AREA);
    assert_non_null(vma);
    vma_end_read(vma);
    mmap_write_unlock(stage.mm);
}

static void a_detached_vma_refuses_readers(void **state)
{
    struct vm_area_struct *vma;

    (void)state;
    stage_map(AREA, 1, NULL, 0);
    vma = find_vma(stage.mm, AREA);
    assert_int_equal(vm_munmap(stage.mm, AREA, PAGES(1)), 0);
    rcu_read_lock();
    assert_false(vma_start_read(stage.mm, vma));
    rcu_read_unlock();
}

/* ---- the tree -------------------------------------------------------------
 */

static void a_reader_keeps_its_state_of_the_tree(void **state)
{
    const struct vma_tree_entry *old;

    (void)state;
    stage_map(AREA, 4, NULL, 0);
    rcu_read_lock();
    old = vma_tree_next(stage.mm, AREA);
    assert_int_equal(vm_munmap(stage.mm, AREA + PAGES(1), PAGES(1)), 0);
    assert_int_equal(old->end, AREA + PAGES(4)); /* not freed, not changed */
    assert_int_equal(vma_tree_next(stage.mm, AREA)->end, AREA + PAGES(1));
    assert_null(vma_tree_find(stage.mm, AREA + PAGES(1)));
    assert_non_null(vma_tree_find(stage.mm, AREA + PAGES(2)));
    rcu_read_unlock();
}

static void a_vma_that_came_back_elsewhere_is_not_taken(void **state)
{
    struct vm_area_struct *old, *new;

    (void)state;
    stage_map(AREA, 1, NULL, 0);
    old = find_vma(stage.mm, AREA);
    assert_int_equal(vm_munmap(stage.mm, AREA, PAGES(1)), 0);
    stage_map(AREA + PAGES(8), 1, NULL, 0);
    new = find_vma(stage.mm, AREA);
    assert_ptr_equal(new, old); /* typesafe: the same memory */
    assert_null(lock(AREA));
    new = lock(AREA + PAGES(8));
    assert_ptr_equal(new, old);
    vma_end_read(new);
}

/* ---- tables ---------------------------------------------------------------
 */

static uint64_t pte_at(unsigned long address)
{
    struct page_table *table = pmd_table(stage.mm, address);

    return table != NULL ? pte_get(pte_offset(table, address)) : 0;
}

static void a_freed_table_is_poisoned_and_kept_back(void **state)
{
    struct page_table *table;

    (void)state;
    stage_map(AREA, 1, NULL, 0);
    stage_touch(AREA, 1, true);
    table = pmd_table(stage.mm, AREA);
    assert_false(table_is_freed(table));
    assert_int_equal(vm_munmap(stage.mm, AREA, PAGES(1)), 0);
    assert_null(pmd_table(stage.mm, AREA));
    assert_true(table_is_freed(table));
    assert_int_equal(stage_counted(COUNT_FREED_TABLE_LOOKS), 0);
    assert_false(pte_get(pte_offset(table, AREA)) & PTE_PRESENT);
    assert_int_equal(stage_counted(COUNT_FREED_TABLE_LOOKS), 1);
    assert_true(virt_to_page(table)->refcount == 1); /* not the pool's */
}

static void lockless_walker(void *unused)
{
    struct page_table *table;

    (void)unused;
    script_point("go");
    local_irq_disable();
    table = pmd_table(stage.mm, AREA);
    script_point("hold");
    note(table_is_freed(table) ? 9 : 1);
    local_irq_enable();
}

static void unmapper(void *unused)
{
    (void)unused;
    script_point("go");
    vm_munmap(stage.mm, AREA, PAGES(1));
    note(2);
}

static void no_table_is_freed_under_a_lockless_walker(void **state)
{
    (void)state;
    stage_map(AREA, 1, NULL, 0);
    stage_touch(AREA, 1, false);
    play_waiting(lockless_walker, unmapper);
    assert_int_equal(atomic_load(&trace), 12);
}

static void entries_carry_their_vmas_generation(void **state)
{
    struct vm_area_struct *vma;
    unsigned before;

    (void)state;
    stage_map(AREA, 2, NULL, 0);
    stage_touch(AREA, 1, false);
    stage_touch(AREA + PAGES(1), 1, true);
    vma = find_vma(stage.mm, AREA);
    before = vma->generation;
    assert_true(pte_is_of(pte_at(AREA), vma));
    assert_int_equal(vm_mremap(stage.mm, AREA, AREA + PAGES(8)), 0);
    vma = find_vma(stage.mm, AREA);
    assert_true(pte_is_of(pte_at(AREA + PAGES(9)), vma));
    vma->generation++;
    assert_false(check_all(&stage.mm, 1, &stage.inode, 1));
    vma->generation--;
    assert_int_equal(vm_munmap(stage.mm, AREA, PAGES(16)), 0);
    stage_map(AREA, 2, NULL, 0);
    assert_int_not_equal(find_vma(stage.mm, AREA)->generation, before);
}

static void a_merge_adopts_entries(void **state)
{
    struct vm_area_struct *vma;

    (void)state;
    stage_map(AREA, 1, stage.inode, 0);
    stage_map(AREA + PAGES(2), 1, stage.inode, 2);
    stage_touch(AREA + PAGES(2), 1, false);
    stage_map(AREA + PAGES(1), 1, stage.inode, 1);
    assert_int_equal(stage.mm->map_count, 1);
    vma = find_vma(stage.mm, AREA);
    assert_true(pte_is_of(pte_at(AREA + PAGES(2)), vma));
}

/* ---- memory ---------------------------------------------------------------
 */

static void the_arenas_budget_is_the_pools_memory(void **state)
{
    static struct page *all[1024];
    size_t before = pool_free_pages(), count = 0;

    (void)state;
    while ((all[count] = __alloc_pages(__GFP_MEMALLOC)) != NULL) {
        assert_ptr_equal(virt_to_page(page_address(all[count])), all[count]);
        count++;
    }
    assert_int_equal(count, before);
    assert_null(arena_grow());
    while (count > 0)
        put_page(all[--count]);
}

/* ---- faults ---------------------------------------------------------------
 */

static void reading_maps_the_zero_page_and_writing_replaces_it(void **state)
{
    (void)state;
    stage_map(AREA, 1, NULL, 0);
    stage_touch(AREA, 1, false);
    assert_null(pte_page(pte_at(AREA)));
    assert_null(find_vma(stage.mm, AREA)->anon_vma);
    stage_touch(AREA, 1, true);
    assert_true(PageAnon(pte_page(pte_at(AREA))));
    assert_int_equal(stage_counted(COUNT_VMA_LOCKED), 2);
    assert_int_equal(stage_counted(COUNT_FELL_BACK), 0);
}

static void a_fault_falls_back_while_its_vma_is_written(void **state)
{
    (void)state;
    stage_map(AREA, 1, NULL, 0);
    mmap_write_lock(stage.mm);
    vma_start_write(find_vma(stage.mm, AREA));
    assert_null(lock(AREA));
    mmap_write_unlock(stage.mm);
    assert_int_equal(do_page_fault(stage.mm, AREA - PAGES(1), true),
                     FAULT_SIGSEGV);
    assert_int_equal(stage_counted(COUNT_FELL_BACK), 1); /* no VMA there */
}

static void mprotect_takes_writes_away(void **state)
{
    (void)state;
    stage_map(AREA, 3, NULL, 0);
    stage_touch(AREA, 3, true);
    assert_int_equal(vm_mprotect(stage.mm, AREA + PAGES(1), PAGES(1), VM_READ),
                     0);
    assert_int_equal(stage.mm->map_count, 3);
    assert_false(pte_at(AREA + PAGES(1)) & PTE_WRITE);
    assert_true(pte_at(AREA + PAGES(2)) & PTE_WRITE);
    assert_int_equal(do_page_fault(stage.mm, AREA + PAGES(1), true),
                     FAULT_SIGSEGV);
    assert_int_equal(vm_mprotect(stage.mm, AREA, PAGES(8), VM_READ), -ENOMEM);
}

static void userfaultfd_fills_once(void **state)
{
    (void)state;
    stage_map(AREA, 1, NULL, 0);
    assert_int_equal(mfill_atomic_copy(stage.mm, AREA, 42), 0);
    assert_int_equal(*(unsigned long *)page_address(pte_page(pte_at(AREA))),
                     42);
    assert_int_equal(mfill_atomic_copy(stage.mm, AREA, 43), -EEXIST);
    assert_int_equal(mfill_atomic_copy(stage.mm, AREA + PAGES(4), 0), -ENOENT);
}

static void anonymous_pages_are_found_through_their_anon_vma(void **state)
{
    struct page *page;

    (void)state;
    stage_map(AREA, 2, NULL, 0);
    stage_touch(AREA, 1, true);
    page = pte_page(pte_at(AREA));
    get_page(page);
    lock_page(page);
    assert_int_equal(page_referenced(page), 1);
    unlock_page(page);
    assert_int_equal(vm_munmap(stage.mm, AREA, PAGES(2)), 0);
    assert_null(page_lock_anon_vma_read(page)); /* mapped no more */
    put_page(page);
}

#define TEST(rule) cmocka_unit_test_setup_teardown(rule, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_grace_period_waits_for_readers),
        TEST(callbacks_run_after_readers_and_before_the_barrier),
        TEST(an_ipi_waits_for_interrupts),
        TEST(a_grace_period_passes_interrupts_off),
        TEST(an_ipi_passes_readers),
        TEST(ones_own_section_is_not_waited_for),
        TEST(a_writer_waits_for_readers),
        TEST(readers_share),
        TEST(a_write_lock_ends_with_the_hold_of_mmap_lock),
        TEST(a_write_lock_ends_with_a_downgrade),
        TEST(only_what_is_write_locked_refuses_readers),
        TEST(a_detached_vma_refuses_readers),
        TEST(a_reader_keeps_its_state_of_the_tree),
        TEST(a_vma_that_came_back_elsewhere_is_not_taken),
        TEST(a_freed_table_is_poisoned_and_kept_back),
        TEST(no_table_is_freed_under_a_lockless_walker),
        TEST(entries_carry_their_vmas_generation),
        TEST(a_merge_adopts_entries),
        TEST(the_arenas_budget_is_the_pools_memory),
        TEST(reading_maps_the_zero_page_and_writing_replaces_it),
        TEST(a_fault_falls_back_while_its_vma_is_written),
        TEST(mprotect_takes_writes_away),
        TEST(userfaultfd_fills_once),
        TEST(anonymous_pages_are_found_through_their_anon_vma),
    };

    pool_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
