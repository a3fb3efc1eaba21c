/* SPDX-License-Identifier: BSD-2-Clause */
/* data.c: what the model's operations do to its data, and that check.c sees
 * when the data is wrong. Each test ends with every page free again. */
#include "cmocka_all.h"

#include <errno.h>

#include "check.h"
#include "filemap.h"
#include "memory.h"
#include "mmap.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "rmap.h"
#include "vma.h"

#define PAGES(n) ((n)*PAGE_SIZE)
#define RW (VM_READ | VM_WRITE)
#define BASE 0x100000UL
#define FAR 0x3000000UL

static struct mm_struct *mm;
static struct inode *inode;

static int start(void **state)
{
    (void)state;
    mm = mm_alloc();
    inode = new_inode(16);
    return mm == NULL || inode == NULL;
}

static int end(void **state)
{
    bool sound = check_all(&mm, 1, &inode, 1);

    (void)state;
    mmput(mm);
    iput(inode);
    return !sound || !check_no_leak();
}

static uint64_t pte_at(unsigned long address)
{
    struct page_table *table = pmd_table(mm, address);

    return table != NULL ? pte_get(pte_offset(table, address)) : 0;
}

static bool present(unsigned long address)
{
    return pte_at(address) & PTE_PRESENT;
}

static unsigned long content(unsigned long address)
{
    return *(unsigned long *)page_address(pte_page(pte_at(address)));
}

static void map_file(unsigned long at, unsigned long pages, unsigned long pgoff)
{
    assert_int_equal(vm_mmap(mm, at, PAGES(pages), RW, inode, pgoff), 0);
}

static void touch(unsigned long at, unsigned long pages, bool write)
{
    for (unsigned long i = 0; i < pages; i++)
        assert_int_equal(do_page_fault(mm, at + PAGES(i), write), FAULT_DONE);
}

static void faults_map_file_pages_and_copies(void **state)
{
    (void)state;
    map_file(BASE, 4, 3);
    touch(BASE, 2, false);
    assert_int_equal(content(BASE + PAGES(1)), 4);
    assert_false(PageAnon(pte_page(pte_at(BASE))));
    touch(BASE, 1, true);            /* wp_page_copy */
    touch(BASE + PAGES(3), 1, true); /* do_cow_fault */
    assert_true(PageAnon(pte_page(pte_at(BASE))));
    assert_int_equal(content(BASE), 3);
    assert_int_equal(content(BASE + PAGES(3)), 6);
    assert_false(present(BASE + PAGES(2)));
}

static void faults_that_may_not_be_are_refused(void **state)
{
    (void)state;
    assert_int_equal(do_page_fault(mm, BASE, false), FAULT_SIGSEGV);
    assert_int_equal(vm_mmap(mm, BASE, PAGES(1), VM_READ, inode, 15), 0);
    assert_int_equal(do_page_fault(mm, BASE, true), FAULT_SIGSEGV);
    map_file(FAR, 2, 15);
    assert_int_equal(do_page_fault(mm, FAR + PAGES(1), false), FAULT_SIGBUS);
}

static void mmap_refuses_what_is_taken_or_senseless(void **state)
{
    (void)state;
    map_file(BASE, 4, 0);
    assert_int_equal(vm_mmap(mm, BASE + PAGES(3), PAGES(2), RW, NULL, 0),
                     -EEXIST);
    assert_int_equal(vm_mmap(mm, BASE + 1, PAGES(1), RW, NULL, 0), -EINVAL);
    assert_int_equal(vm_mmap(mm, BASE, 0, RW, NULL, 0), -EINVAL);
    assert_int_equal(vm_mmap(mm, TASK_SIZE, PAGES(1), RW, NULL, 0), -EINVAL);
}

static void munmap_splits_and_frees_tables(void **state)
{
    (void)state;
    map_file(BASE, 8, 0);
    touch(BASE, 8, true);
    assert_int_equal(vm_munmap(mm, BASE + PAGES(2), PAGES(3)), 0);
    assert_int_equal(mm->map_count, 2);
    assert_true(present(BASE + PAGES(1)));
    assert_false(present(BASE + PAGES(2)));
    assert_true(present(BASE + PAGES(5)));
    assert_true(check_all(&mm, 1, &inode, 1));
    assert_int_equal(vm_munmap(mm, BASE, PAGES(8)), 0);
    assert_int_equal(mm->map_count, 0);
    assert_int_equal(atomic_load(&mm->table_count), 1);
}

static void a_neighbours_tables_stay(void **state)
{
    (void)state;
    map_file(BASE, 1, 0);
    map_file(BASE + PAGES(4), 1, 8);
    touch(BASE, 1, false);
    touch(BASE + PAGES(4), 1, false);
    assert_int_equal(vm_munmap(mm, BASE, PAGES(1)), 0);
    assert_true(present(BASE + PAGES(4)));
}

static void a_filled_hole_makes_one_vma(void **state)
{
    (void)state;
    map_file(BASE, 2, 0);
    map_file(BASE + PAGES(3), 2, 3);
    touch(BASE, 2, false);
    touch(BASE + PAGES(3), 2, true);
    map_file(BASE + PAGES(2), 1, 2);
    assert_int_equal(mm->map_count, 1);
    assert_non_null(find_vma(mm, BASE)->anon_vma);
    assert_true(present(BASE + PAGES(4)));
}

static void what_does_not_continue_stays_apart(void **state)
{
    (void)state;
    map_file(BASE, 2, 0);
    map_file(BASE + PAGES(2), 1, 5); /* another place in the file */
    assert_int_equal(vm_mmap(mm, BASE + PAGES(3), PAGES(1), VM_READ, inode, 6),
                     0); /* other rights */
    assert_int_equal(mm->map_count, 3);
}

static void vmas_with_chains_of_their_own_stay_apart(void **state)
{
    (void)state;
    map_file(BASE, 2, 0);
    map_file(BASE + PAGES(3), 2, 3);
    touch(BASE, 1, true);
    touch(BASE + PAGES(3), 1, true);
    map_file(BASE + PAGES(2), 1, 2);
    assert_int_equal(mm->map_count, 2);
    assert_int_equal(find_vma(mm, BASE)->vm_end, BASE + PAGES(3));
}

static void mremap_moves_pages_across_tables(void **state)
{
    unsigned long from = BASE + PMD_SIZE - PAGES(3); /* in two tables */

    (void)state;
    map_file(from, 8, 2);
    touch(from, 8, false);
    touch(from + PAGES(4), 1, true);
    assert_int_equal(vm_mremap(mm, from, FAR + PAGES(1)), 0);
    assert_int_equal(mm->map_count, 1);
    for (unsigned long i = 0; i < 8; i++) {
        assert_false(present(from + PAGES(i)));
        assert_int_equal(content(FAR + PAGES(1 + i)), 2 + i);
    }
}

static void truncate_unmaps_copies_too(void **state)
{
    (void)state;
    map_file(BASE, 8, 0);
    map_file(FAR, 4, 4);
    touch(BASE, 8, false);
    touch(BASE + PAGES(6), 1, true);
    touch(FAR, 4, false);
    do_truncate(inode, 5);
    assert_true(present(BASE + PAGES(4)));
    assert_false(present(BASE + PAGES(5)));
    assert_false(present(BASE + PAGES(6)));
    assert_true(present(FAR));
    assert_false(present(FAR + PAGES(1)));
    assert_int_equal(do_page_fault(mm, FAR + PAGES(1), false), FAULT_SIGBUS);
}

static void anonymous_faults_speculate_once_prepared(void **state)
{
    (void)state;
    assert_int_equal(vm_mmap(mm, BASE, PAGES(2), RW, NULL, 0), 0);
    assert_int_equal(handle_speculative_fault(mm, BASE, true), FAULT_RETRY);
    touch(BASE, 1, true);
    assert_int_equal(handle_speculative_fault(mm, BASE + PAGES(1), true),
                     FAULT_DONE);
    assert_true(present(BASE + PAGES(1)));
}

/* An odd count turns a speculation away; it waits for nothing. */
static void speculation_backs_off_from_a_writer(void **state)
{
    struct vm_area_struct *vma;

    (void)state;
    assert_int_equal(vm_mmap(mm, BASE, PAGES(2), RW, NULL, 0), 0);
    touch(BASE, 1, true);
    vma = find_vma(mm, BASE);
    vm_write_begin(vma);
    assert_int_equal(handle_speculative_fault(mm, BASE + PAGES(1), true),
                     FAULT_RETRY);
    vm_write_end(vma);
}

/* Only file pages go; what is left is told as no memory. */
static void reclaim_takes_file_pages_through_the_rmap(void **state)
{
    struct page *eaten[512];
    size_t count = 0;

    (void)state;
    map_file(BASE, 8, 0);
    map_file(FAR, 8, 0); /* each page mapped twice */
    touch(BASE, 8, false);
    touch(FAR, 8, false);
    touch(BASE, 1, true);
    while ((eaten[count] = __alloc_pages(GFP_KERNEL)) != NULL)
        count++;
    assert_null(__alloc_pages(GFP_NOWAIT));
    assert_true(present(BASE)); /* anonymous */
    for (unsigned long i = 0; i < 8; i++)
        assert_false(present(FAR + PAGES(i)));
    while (count > 0)
        put_page(eaten[--count]);
    touch(FAR, 8, false);
}

static void without_memory_operations_fail_whole(void **state)
{
    struct page *eaten[512];
    size_t count = 0;

    (void)state;
    map_file(BASE, 2, 0);
    touch(BASE, 1, true);
    while ((eaten[count] = __alloc_pages(GFP_KERNEL)) != NULL)
        count++;
    assert_int_equal(vm_mmap(mm, FAR, PAGES(1), RW, NULL, 0), -ENOMEM);
    assert_int_equal(vm_mremap(mm, BASE, FAR), -ENOMEM);
    assert_int_equal(vm_munmap(mm, BASE, PAGES(1)), -ENOMEM);
    assert_true(present(BASE));
    assert_true(check_all(&mm, 1, &inode, 1));
    /* The copy of the VMA, but not its table. */
    for (int room = 1; room < 4; room++) {
        for (int i = 0; i < room; i++)
            put_page(eaten[--count]);
        assert_int_equal(vm_mremap(mm, BASE, FAR), -ENOMEM);
        assert_true(present(BASE));
        assert_true(check_all(&mm, 1, &inode, 1));
        while ((eaten[count] = __alloc_pages(GFP_KERNEL)) != NULL)
            count++;
    }
    while (count > 0)
        put_page(eaten[--count]);
}

/* ---- the checker itself -------------------------------------------------- */

static bool sound(void)
{
    return check_all(&mm, 1, &inode, 1);
}

static void checker_sees_a_pte_outside_of_its_vma(void **state)
{
    struct vm_area_struct *vma;

    (void)state;
    map_file(BASE, 2, 0);
    touch(BASE, 2, false);
    vma = find_vma(mm, BASE);
    vma->vm_end -= PAGE_SIZE;
    assert_false(sound());
    vma->vm_end += PAGE_SIZE;
    vma->vm_pgoff++;
    assert_false(sound());
    vma->vm_pgoff--;
    assert_true(sound());
}

static void checker_sees_wrong_counts(void **state)
{
    struct page *page;

    (void)state;
    map_file(BASE, 1, 0);
    touch(BASE, 1, false);
    page = pte_page(pte_at(BASE));
    page->refcount++;
    assert_false(sound());
    page->refcount--;
    page->mapcount++;
    assert_false(sound());
    page->mapcount--;
    mm->map_count++;
    assert_false(sound());
    mm->map_count--;
    assert_true(sound());
}

static void checker_sees_an_open_write(void **state)
{
    (void)state;
    map_file(BASE, 1, 0);
    vm_raw_write_begin(find_vma(mm, BASE));
    assert_false(sound());
    vm_raw_write_end(find_vma(mm, BASE));
}

static void checker_sees_a_vma_missing_in_i_mmap(void **state)
{
    struct vm_area_struct *vma;

    (void)state;
    map_file(BASE, 1, 0);
    vma = find_vma(mm, BASE);
    vma_interval_tree_remove(vma);
    assert_false(sound());
    vma_interval_tree_insert(vma, &inode->i_data);
}

static void checker_sees_a_page_past_the_end(void **state)
{
    (void)state;
    map_file(BASE, 4, 0);
    touch(BASE, 4, false);
    inode->i_size = 2;
    assert_false(sound());
    inode->i_size = 16;
}

static void checker_sees_a_leak(void **state)
{
    (void)state;
    assert_false(check_no_leak()); /* mm and inode are there */
}

#define TEST(rule) cmocka_unit_test_setup_teardown(rule, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(faults_map_file_pages_and_copies),
        TEST(faults_that_may_not_be_are_refused),
        TEST(mmap_refuses_what_is_taken_or_senseless),
        TEST(munmap_splits_and_frees_tables),
        TEST(a_neighbours_tables_stay),
        TEST(a_filled_hole_makes_one_vma),
        TEST(what_does_not_continue_stays_apart),
        TEST(vmas_with_chains_of_their_own_stay_apart),
        TEST(mremap_moves_pages_across_tables),
        TEST(truncate_unmaps_copies_too),
        TEST(anonymous_faults_speculate_once_prepared),
        TEST(speculation_backs_off_from_a_writer),
        TEST(reclaim_takes_file_pages_through_the_rmap),
        TEST(without_memory_operations_fail_whole),
        TEST(checker_sees_a_pte_outside_of_its_vma),
        TEST(checker_sees_wrong_counts),
        TEST(checker_sees_an_open_write),
        TEST(checker_sees_a_vma_missing_in_i_mmap),
        TEST(checker_sees_a_page_past_the_end),
        TEST(checker_sees_a_leak),
    };

    pool_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
