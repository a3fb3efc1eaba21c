/* SPDX-License-Identifier: BSD-2-Clause */
/* destroyed-lock-ok: a mutex is initialised again before it is used again.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/destroyed-lock-ok */
#include "turns.h"

static pthread_mutex_t a;

int main(void)
{
    pthread_mutex_init(&a, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_destroy(&a);
    pthread_mutex_init(&a, NULL);
    if (pthread_mutex_lock(&a) == 0)
        pthread_mutex_unlock(&a);
    return 0;
}
