/* SPDX-License-Identifier: BSD-2-Clause */
/* Broken rules, for tests/rules/told.py: `good` breaks none, `bad` breaks some,
 * `assert` asserts what is not so, `fork` lets a child break them, `text TEXT`
 * declares TEXT. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mm.h"

static const char rules[] = "@profile 2021\n"
                            "R22 walk = mm:held\n"
                            "@profile current\n"
                            "R21 walk = pointer:held\n"
                            "R9 change = vma:write & mm:write\n";
static struct mm mm;

static void begin(void)
{
    lockval_acquire(&mm.mmap_lock, LOCKVAL_WRITE);
    lockval_right_begin(&mm.vma_lock, &vma_class, &mm.mmap_lock, LOCKVAL_WRITE);
}

static void change(void)
{
    operation("change", &mm);
}

static void drop(void)
{
    lockval_release(&mm.mmap_lock);
}

static void misbehave(void)
{
    lockval_acquire(&mm.i_mmap, LOCKVAL_READ);
    change();
    operation("walk", &mm);
    lockval_release(&mm.i_mmap);
}

static int in_child(void)
{
    pid_t child = fork();
    int status = 1;

    if (child == 0) {
        misbehave();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "good";

    mm_init(&mm);
    lockval_rules(strcmp(word, "text") == 0 && argc > 2 ? argv[2] : rules);
    begin();
    change();
    drop();
    if (strcmp(word, "assert") == 0)
        lockval_assert_held(&mm.mmap_lock, LOCKVAL_READ);
    if (strcmp(word, "bad") == 0)
        misbehave();
    return strcmp(word, "fork") == 0 ? in_child() : 0;
}
