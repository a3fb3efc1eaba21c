/* SPDX-License-Identifier: BSD-2-Clause */
/* reinit-held: a mutex is initialised again while it is held.
 * lockval: bug reinit-held locks=a
 *
 * Run: build/tools/lockval run -- build/examples/bugs/reinit-held */
#include "turns.h"

static pthread_mutex_t a;

int main(void)
{
    pthread_mutex_init(&a, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_init(&a, NULL);
    return 0;
}
