/* SPDX-License-Identifier: BSD-2-Clause */
/* rules.c: see rules.h. Stands for no kernel code: the kernel has these rules
 * in its documentation and in scattered assertions. */
#define _GNU_SOURCE
#include "rules.h"

#include <string.h>

#include "classes.h"

extern const char mm_rules[]; /* rules/mm.rules, by rules/embed */

#define PROFILE "@profile"

/* Does the line that begins here say that what follows is for `profile`? */
static bool names_profile(const char *line, const char *profile)
{
    const char *end = strchr(line, '\n');
    size_t length = strlen(profile);

    for (const char *at = line; (at = strstr(at, profile)) && at < end; at++)
        if (strchr(" ,", at[-1]) != NULL && strchr(" ,\n", at[length]) != NULL)
            return true;
    return false;
}

static bool is_profile_line(const char *line)
{
    return strncmp(line, PROFILE, sizeof(PROFILE) - 1) == 0;
}

/* Only one profile's rules are declared: the model runs as one kernel. */
bool rules_declare(const char *profile)
{
    char *text = malloc(strlen(mm_rules) + 1), *to = text;
    bool wanted = false, known = false;

    BUG_ON(text == NULL);
    for (const char *line = mm_rules, *next; *line != '\0'; line = next) {
        next = strchr(line, '\n') + 1;
        if (is_profile_line(line)) {
            wanted = names_profile(line, profile);
            known = known || wanted;
        } else if (wanted) {
            to = mempcpy(to, line, (size_t)(next - line));
        }
    }
    *to = '\0';
    if (known)
        lockval_rules(text);
    free(text);
    return known;
}

void vma_operation(const char *name, struct vm_area_struct *vma,
                   const spinlock_t *ptl)
{
    const struct inode *file = vma->vm_file;
    const struct anon_vma *anon = READ_ONCE(vma->anon_vma);
    const struct lockval_role role[] = {
        {"mm", &vma->vm_mm->mmap_lock},
        {"vma", &vma->vm_lock},
        {"file", file != NULL ? &file->i_data.i_mmap_rwsem : NULL},
        {"anon", anon != NULL ? &anon->root->rwsem : NULL},
        {"table", &vma->vm_mm->page_table_lock},
        {"ptl", ptl},
        {"pointer", vma},
        {"detached", &vma->mm_link},
        {"no_file", &vma->shared},
        {"no_anon", &vma->anon_chain},
        {"fresh", &vma->vm_file},
        {"prepared", &vma->anon_vma},
    };

    lockval_operation(name, role, sizeof(role) / sizeof(*role));
}

void mm_operation(const char *name, struct mm_struct *mm)
{
    const struct lockval_role role[] = {
        {"mm", &mm->mmap_lock},
        {"table", &mm->page_table_lock},
    };

    lockval_operation(name, role, sizeof(role) / sizeof(*role));
}

void downgrade_operation(struct mm_struct *mm, bool calm)
{
    const struct lockval_role role[] = {
        {"mm", &mm->mmap_lock},
        {"table", &mm->page_table_lock},
        {"calm", calm ? &mm->mmap_lock : NULL},
    };

    lockval_operation("downgrade", role, sizeof(role) / sizeof(*role));
}

void vma_prepared(struct vm_area_struct *vma, const void *lock)
{
    lockval_right_begin(&vma->anon_vma, &vma_prepared_class, lock,
                        LOCKVAL_READ);
}

/* A lock that is not held begins no right: a check at rest, say. */
void vma_looked_up(struct vm_area_struct *vma, const void *lock)
{
    lockval_right_begin(vma, &vma_pointer_class, lock, LOCKVAL_READ);
}
