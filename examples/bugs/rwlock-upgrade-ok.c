/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock-upgrade-ok: a reader lets go, and then writes.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/rwlock-upgrade-ok */
#include <pthread.h>
#include <time.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;

int main(void)
{
    struct timespec past = {0, 0};

    pthread_rwlock_rdlock(&a);
    pthread_rwlock_unlock(&a);
    pthread_rwlock_timedwrlock(&a, &past);
    pthread_rwlock_unlock(&a);
    return 0;
}
