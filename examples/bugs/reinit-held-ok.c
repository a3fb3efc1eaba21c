/* SPDX-License-Identifier: BSD-2-Clause */
/* reinit-held-ok: a mutex is initialised again when it is free.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/reinit-held-ok */
#include "turns.h"

static pthread_mutex_t a;

int main(void)
{
    pthread_mutex_init(&a, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_init(&a, NULL);
    pthread_mutex_destroy(&a);
    return 0;
}
