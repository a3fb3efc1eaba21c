/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock-upgrade: a reader waits for itself to let go.
 * lockval: bug self-deadlock deadlock locks=a
 *
 * It gives up when the time is over; pthread_rwlock_wrlock would not.
 * Run: build/tools/lockval run -- build/examples/bugs/rwlock-upgrade */
#include <pthread.h>
#include <time.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;

int main(void)
{
    struct timespec past = {0, 0};

    pthread_rwlock_rdlock(&a);
    pthread_rwlock_timedwrlock(&a, &past);
    pthread_rwlock_unlock(&a);
    return 0;
}
