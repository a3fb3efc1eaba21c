/* SPDX-License-Identifier: BSD-2-Clause */
/* stage.c: see stage.h. Stands for no kernel code. */
#include "stage.h"

#include "check.h"
#include "filemap.h"
#include "mmap.h"
#include "page_alloc.h"

struct stage stage;

static atomic_bool failed;
static unsigned long counted_before[COUNTERS];
static struct page **eaten;
static size_t eaten_count;

void stage_expect(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "mm: expected: %s\n", what);
    atomic_store(&failed, true);
}

void stage_set_up(unsigned long file_pages)
{
    atomic_store(&failed, false);
    for (size_t i = 0; i < COUNTERS; i++)
        counted_before[i] = atomic_load(&counters[i]);
    stage.mm = mm_alloc();
    stage.inode = file_pages != 0 ? new_inode(file_pages) : NULL;
    BUG_ON(stage.mm == NULL || (file_pages != 0 && stage.inode == NULL));
}

unsigned long stage_counted(enum counter which)
{
    return atomic_load(&counters[which]) - counted_before[which];
}

bool stage_tear_down(void)
{
    stage_expect(
        check_all(&stage.mm, 1, &stage.inode, stage.inode != NULL ? 1 : 0),
        "sound data");
    mmput(stage.mm);
    if (stage.inode != NULL)
        iput(stage.inode);
    stage_expect(check_no_leak(), "every page is free again");
    return !atomic_load(&failed);
}

void stage_map(unsigned long start, unsigned long pages, struct inode *file,
               unsigned long pgoff)
{
    stage_expect(vm_mmap(stage.mm, start, PAGES(pages), VM_READ | VM_WRITE,
                         file, pgoff) == 0,
                 "a mapping");
}

void stage_touch(unsigned long start, unsigned long pages, bool write)
{
    for (unsigned long i = 0; i < pages; i++)
        stage_expect(do_page_fault(stage.mm, start + PAGES(i), write) ==
                         FAULT_DONE,
                     "a page");
}

void stage_fill_pool(void)
{
    eaten = calloc(pool_total_pages(), sizeof(*eaten));
    BUG_ON(eaten == NULL);
    while (pool_free_pages() > pool_min_pages())
        eaten[eaten_count++] = __alloc_pages(GFP_NOWAIT);
}

void stage_drain_pool(void)
{
    while (eaten_count > 0)
        put_page(eaten[--eaten_count]);
    free(eaten);
}
