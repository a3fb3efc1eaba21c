/* SPDX-License-Identifier: BSD-2-Clause */
/* unlock-not-held: an unlock without a lock.
 * lockval: bug unlock-not-held locks=a
 *
 * glibc lets a normal mutex pass; its state is undefined from then on.
 * Run: build/tools/lockval run -- build/examples/bugs/unlock-not-held */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&a);
    return 0;
}
