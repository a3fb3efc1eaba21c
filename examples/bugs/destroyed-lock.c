/* SPDX-License-Identifier: BSD-2-Clause */
/* destroyed-lock: a mutex is locked after it was destroyed.
 * lockval: bug rule locks=a
 *
 * glibc refuses with EINVAL, which hardly a program looks at.
 * Run: build/tools/lockval run -- build/examples/bugs/destroyed-lock */
#include "turns.h"

static pthread_mutex_t a;

int main(void)
{
    pthread_mutex_init(&a, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_destroy(&a);

    if (pthread_mutex_lock(&a) == 0)
        pthread_mutex_unlock(&a);
    return 0;
}
