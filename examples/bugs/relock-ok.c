/* SPDX-License-Identifier: BSD-2-Clause */
/* relock-ok: an error-checking mutex refuses a second lock.
 * lockval: ok silent
 *
 * EDEADLK instead of a wait; a program may count on it.
 * Run: build/tools/lockval run -- build/examples/bugs/relock-ok */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>

#include "turns.h"

static pthread_mutex_t a = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

int main(void)
{
    pthread_mutex_lock(&a);
    if (pthread_mutex_lock(&a) != EDEADLK)
        return 1;
    pthread_mutex_unlock(&a);
    return 0;
}
