/* SPDX-License-Identifier: BSD-2-Clause */
/* Broken rules, for tests/rules/told.py: `good` breaks none, `bad` breaks some,
 * `assert` asserts what is not so, `hang` deadlocks, `fork` lets a child break
 * them, `text TEXT` declares TEXT. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
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

/* ---- two locks that operations name, each held by who waits for the other */

static pthread_mutex_t mutex[2] = {PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER};
static atomic_uint arrived;

static void *lock_both(void *number)
{
    size_t i = (size_t)(uintptr_t)number;
    const struct lockval_role role = {"mutex", &mutex[i]};

    pthread_mutex_lock(&mutex[i]);
    lockval_operation("lock_both", &role, 1);
    pthread_mutex_unlock(&mutex[i]);
    pthread_mutex_lock(&mutex[i]);
    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) < 2)
        sched_yield();
    pthread_mutex_lock(&mutex[1 - i]);
    return NULL;
}

static int hang(void)
{
    pthread_t other;

    pthread_create(&other, NULL, lock_both, NULL);
    lock_both((void *)(uintptr_t)1);
    pthread_join(other, NULL);
    return 0;
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
    if (strcmp(word, "hang") == 0)
        return hang();
    if (strcmp(word, "bad") == 0)
        misbehave();
    return strcmp(word, "fork") == 0 ? in_child() : 0;
}
