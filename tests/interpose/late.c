/* SPDX-License-Identifier: BSD-2-Clause */
/* late.c: a library that is loaded and unloaded, with a lock in its data. */
#include <pthread.h>

int late_work(void);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int late_work(void)
{
    if (pthread_mutex_lock(&mutex) != 0 || pthread_mutex_unlock(&mutex) != 0)
        return 0;
    return 42;
}
