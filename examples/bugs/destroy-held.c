/* SPDX-License-Identifier: BSD-2-Clause */
/* destroy-held: a mutex is destroyed while it is held.
 * lockval: bug destroy-held locks=a
 *
 * Run: build/tools/lockval run -- build/examples/bugs/destroy-held */
#include "turns.h"

static pthread_mutex_t a;

int main(void)
{
    pthread_mutex_init(&a, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_destroy(&a);
    return 0;
}
