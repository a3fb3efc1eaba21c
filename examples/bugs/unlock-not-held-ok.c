/* SPDX-License-Identifier: BSD-2-Clause */
/* unlock-not-held-ok: as many unlocks as locks, in whatever order.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/unlock-not-held-ok */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return 0;
}
