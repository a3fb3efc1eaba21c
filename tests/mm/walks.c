/* SPDX-License-Identifier: BSD-2-Clause */
/* walks.c: what walkers of page tables and VMAs see, and what khugepaged and a
 * growing stack do, one at a time, in each kernel that has them. Each test ends
 * with sound data and every page free again. */
#include "cmocka_all.h"

#include <errno.h>

#include "damon.h"
#include "gup.h"
#include "khugepaged.h"
#include "mmap.h"
#include "page_alloc.h"
#include "pgtable.h"
#include "proc_maps.h"
#include "stack.h"
#include "stage.h"
#include "variant.h"
#include "vma.h"

#define AREA 0x400000UL
#define FAR 0x2000000UL
#define RW (VM_READ | VM_WRITE)

static int start(void **state)
{
    (void)state;
    variant = (struct variant){.era = ERA_CURRENT};
    stage_set_up(8);
    return 0;
}

static int end(void **state)
{
    (void)state;
    return stage_tear_down() ? 0 : -1;
}

static void gup_references_the_page(void **state)
{
    struct page *page;

    (void)state;
    stage_map(AREA, 1, NULL, 0);
    stage_touch(AREA, 1, true);
    page = get_user_page_fast(stage.mm, AREA);
    assert_non_null(page);
    assert_int_equal(atomic_load(&page->refcount), 2);
    put_page(page);
}

static void gup_finds_nothing_where_nothing_is(void **state)
{
    (void)state;
    stage_map(AREA, 2, NULL, 0);
    assert_null(get_user_page_fast(stage.mm, FAR));
    assert_null(get_user_page_fast(stage.mm, AREA));
    stage_touch(AREA, 1, false); /* the zero page has no struct page */
    assert_null(get_user_page_fast(stage.mm, AREA));
    assert_null(get_user_page_fast(stage.mm, AREA + PAGES(1)));
}

static void damon_sees_an_access_once(void **state)
{
    (void)state;
    stage_map(AREA, 3, NULL, 0);
    stage_touch(AREA, 3, true);
    assert_true(damon_va_mkold(stage.mm, AREA));
    assert_false(damon_va_mkold(stage.mm, AREA));
    assert_true(damon_va_mkold_vma_lock(stage.mm, AREA + PAGES(1)));
    assert_false(damon_va_mkold(stage.mm, AREA + PAGES(1)));
    assert_true(damon_va_mkold_exclusive(stage.mm, AREA + PAGES(2)));
    assert_false(damon_va_mkold_vma_lock(stage.mm, AREA + PAGES(2)));
}

static void damon_sees_no_access_where_nothing_is(void **state)
{
    (void)state;
    stage_map(AREA, 1, NULL, 0);
    assert_false(damon_va_mkold(stage.mm, AREA));
    assert_false(damon_va_mkold(stage.mm, FAR));
    assert_false(damon_va_mkold_vma_lock(stage.mm, FAR));
    assert_false(damon_va_mkold_exclusive(stage.mm, FAR));
}

static void khugepaged_takes_a_table_that_a_fault_brings_back(void **state)
{
    (void)state;
    stage_map(AREA, 2, stage.inode, 0);
    stage_touch(AREA, 2, false);
    assert_true(khugepaged_retract(stage.mm, AREA));
    assert_null(pmd_table(stage.mm, AREA));
    assert_int_equal(proc_smaps_mmap_lock(stage.mm), 0);
    assert_false(khugepaged_retract(stage.mm, AREA));
    stage_touch(AREA, 2, false);
    assert_int_equal(proc_smaps_mmap_lock(stage.mm), 2);
}

static void khugepaged_leaves_anonymous_pages(void **state)
{
    (void)state;
    stage_map(AREA, 1, stage.inode, 0);
    stage_touch(AREA, 1, true);
    stage_map(FAR, 1, NULL, 0);
    stage_touch(FAR, 1, true);
    assert_false(khugepaged_retract(stage.mm, AREA));
    assert_false(khugepaged_retract(stage.mm, FAR));
    assert_int_equal(proc_smaps_mmap_lock(stage.mm), 2);
}

static void khugepaged_leaves_a_table_with_two_vmas(void **state)
{
    (void)state;
    stage_map(AREA, 1, stage.inode, 0);
    stage_map(AREA + PAGES(3), 1, NULL, 0);
    stage_touch(AREA, 1, false);
    assert_false(khugepaged_retract(stage.mm, AREA));
    assert_non_null(pmd_table(stage.mm, AREA));
}

static void a_stack_grows_as_far_as_it_can(void **state)
{
    (void)state;
    stage_map(AREA, 1, NULL, 0);
    assert_int_equal(vm_mmap(stage.mm, AREA + PAGES(4), PAGES(1),
                             RW | VM_GROWSDOWN, NULL, 0),
                     0);
    assert_int_equal(expand_stack(stage.mm, AREA + PAGES(2)), 0);
    assert_int_equal(expand_stack(stage.mm, AREA + PAGES(3)), 0);
    assert_int_equal(expand_stack(stage.mm, AREA - PAGES(1)), -EFAULT);
    assert_int_equal(expand_stack(stage.mm, FAR), -EFAULT);
    stage_touch(AREA + PAGES(2), 3, true);
    assert_int_equal(proc_maps_mmap_lock(stage.mm), 2);
}

static void a_stack_stops_at_its_neighbour(void **state)
{
    (void)state;
    stage_map(AREA, 2, NULL, 0);
    assert_int_equal(vm_mmap(stage.mm, AREA + PAGES(4), PAGES(1),
                             RW | VM_GROWSDOWN, NULL, 0),
                     0);
    stage_map(AREA + PAGES(2), 1, stage.inode, 0);
    assert_int_equal(expand_stack(stage.mm, AREA + PAGES(3)), 0);
    assert_int_equal(proc_maps_mmap_lock(stage.mm), 3);
}

static void every_reader_lists_the_same(void **state)
{
    (void)state;
    assert_int_equal(proc_maps_mmap_lock(stage.mm), 0);
    stage_map(AREA, 1, NULL, 0);
    stage_map(AREA + PAGES(2), 2, NULL, 0);
    stage_map(FAR, 1, stage.inode, 0);
    stage_touch(AREA + PAGES(2), 2, true);
    assert_int_equal(proc_maps_mmap_lock(stage.mm), 3);
    assert_int_equal(proc_maps_vma_lock(stage.mm), 3);
    assert_int_equal(proc_maps_rcu(stage.mm), 3);
    assert_int_equal(proc_smaps_mmap_lock(stage.mm), 2);
    assert_int_equal(proc_smaps_rcu(stage.mm), 2);
    assert_int_equal(stage_counted(COUNT_TORN_LINES), 0);
    assert_int_equal(stage_counted(COUNT_STALE_PTES), 0);
}

static void a_search_takes_the_first_gap(void **state)
{
    (void)state;
    stage_map(AREA, 1, NULL, 0);
    stage_map(AREA + PAGES(2), 1, NULL, 0);
    assert_int_equal(vm_mmap_anywhere(stage.mm, AREA, PAGES(2), RW),
                     AREA + PAGES(3));
    assert_int_equal(vm_mmap_anywhere(stage.mm, AREA, PAGES(1), RW),
                     AREA + PAGES(1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
        TEST(gup_references_the_page),
        TEST(gup_finds_nothing_where_nothing_is),
        TEST(damon_sees_an_access_once),
        TEST(damon_sees_no_access_where_nothing_is),
        TEST(khugepaged_takes_a_table_that_a_fault_brings_back),
        TEST(khugepaged_leaves_anonymous_pages),
        TEST(khugepaged_leaves_a_table_with_two_vmas),
        TEST(a_stack_grows_as_far_as_it_can),
        TEST(a_stack_stops_at_its_neighbour),
        TEST(every_reader_lists_the_same),
        TEST(a_search_takes_the_first_gap),
    };

    pool_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
