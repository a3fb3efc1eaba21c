/* SPDX-License-Identifier: BSD-2-Clause */
/* layout.c: what glibc.h says about lock objects holds here. Where it does not,
 * the validator is silent about misuse and nobody would notice. */
#include "glibc.h"

#include <stdio.h>

/* thread.c's, which needs the engine. */
__thread struct lv_hook_thread lv_hook_thread;

pid_t lv_hook_tid(void)
{
    return gettid();
}

enum lv_owner lv_hook_owner_of(pid_t owner)
{
    return owner == gettid() ? LV_OWNER_SELF : LV_OWNER_OTHER;
}

static int failures;

static void expect(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "not so: %s\n", what);
    failures++;
}
#define EXPECT(condition) expect(condition, #condition)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void *look_from_elsewhere(void *unused)
{
    EXPECT(lv_glibc_mutex_owner(&mutex) == LV_OWNER_OTHER);
    EXPECT(lv_glibc_rwlock_owner(&rwlock) == LV_OWNER_OTHER);
    return unused;
}

static void owners(void)
{
    pthread_t thread;

    EXPECT(lv_glibc_mutex_owner(&mutex) == LV_OWNER_NONE);
    EXPECT(lv_glibc_rwlock_owner(&rwlock) == LV_OWNER_NONE);
    pthread_mutex_lock(&mutex);
    pthread_rwlock_wrlock(&rwlock);
    EXPECT(lv_glibc_mutex_owner(&mutex) == LV_OWNER_SELF);
    EXPECT(lv_glibc_rwlock_owner(&rwlock) == LV_OWNER_SELF);
    EXPECT(lv_glibc_rwlock_relock(&rwlock) == LV_HOW_RELOCK_ERROR);
    pthread_create(&thread, NULL, look_from_elsewhere, NULL);
    pthread_join(thread, NULL);
    pthread_rwlock_unlock(&rwlock);
    pthread_mutex_unlock(&mutex);
    pthread_rwlock_rdlock(&rwlock);
    EXPECT(lv_glibc_rwlock_owner(&rwlock) == LV_OWNER_UNKNOWN);
    pthread_rwlock_unlock(&rwlock);
}

static void kinds(void)
{
    pthread_mutex_t kind = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    pthread_rwlock_t prefers =
        PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
    pthread_mutexattr_t attr;
    mtx_t mtx;

    EXPECT(lv_glibc_relock(&mutex) == 0);
    EXPECT(lv_glibc_relock(&kind) == LV_HOW_RELOCK);
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&kind, &attr);
    EXPECT(lv_glibc_relock(&kind) == LV_HOW_RELOCK_ERROR);
    EXPECT(lv_glibc_robust(&kind) && !lv_glibc_robust(&mutex));
    mtx_init(&mtx, mtx_plain | mtx_recursive);
    EXPECT(lv_glibc_relock(lv_glibc_mtx(&mtx)) == LV_HOW_RELOCK);
    EXPECT(lv_glibc_read_mode(&rwlock) == LV_HOW_READ_RECURSIVE);
    EXPECT(lv_glibc_read_mode(&prefers) == LV_HOW_READ);
}

int main(void)
{
    EXPECT(lv_hook_resolve());
    lv_glibc_check();
    EXPECT(lv_glibc_mutex_known);
    EXPECT(lv_glibc_rwlock_known);
    EXPECT(lv_glibc_spin_known);
    owners();
    kinds();
    return failures != 0;
}
