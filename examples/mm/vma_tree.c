/* SPDX-License-Identifier: BSD-2-Clause */
/* vma_tree.c: see vma_tree.h. */
#include "vma_tree.h"

#include "rcu.h"
#include "variant.h"
#include "vma.h"

struct vma_tree {
    struct callback_head rcu;
    size_t count;
    struct vma_tree_entry entry[];
};

static struct vma_tree *build(struct mm_struct *mm)
{
    size_t room = (size_t)mm->map_count;
    struct vma_tree *tree =
        malloc(sizeof(*tree) + room * sizeof(tree->entry[0]));

    BUG_ON(tree == NULL);
    tree->count = 0;
    for (struct vm_area_struct *vma = vma_next(mm, NULL); vma != NULL;
         vma = vma_next(mm, vma)) {
        BUG_ON(tree->count == room);
        tree->entry[tree->count++] =
            (struct vma_tree_entry){vma->vm_start, vma->vm_end, vma};
    }
    return tree;
}

static void free_after_grace(struct callback_head *head)
{
    free(container_of(head, struct vma_tree, rcu));
}

void vma_tree_publish(struct mm_struct *mm)
{
    struct vma_tree *old = mm->tree;

    if (variant.era == ERA_2019_SPF)
        return;
    rcu_assign_pointer(mm->tree, build(mm));
    if (old != NULL)
        call_rcu(&old->rcu, free_after_grace);
}

void vma_tree_free(struct mm_struct *mm)
{
    free(mm->tree);
    mm->tree = NULL;
}

const struct vma_tree_entry *vma_tree_next(struct mm_struct *mm,
                                           unsigned long address)
{
    const struct vma_tree *tree = rcu_dereference(mm->tree);

    for (size_t i = 0; tree != NULL && i < tree->count; i++)
        if (tree->entry[i].end > address)
            return &tree->entry[i];
    return NULL;
}

struct vm_area_struct *vma_tree_find(struct mm_struct *mm,
                                     unsigned long address)
{
    const struct vma_tree_entry *entry = vma_tree_next(mm, address);

    return entry != NULL && entry->start <= address ? entry->vma : NULL;
}
