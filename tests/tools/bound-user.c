/* SPDX-License-Identifier: BSD-2-Clause */
/* bound-user: uses bound.c, and a mutex of libc's. */
#include <pthread.h>

int bound_use(void);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return bound_use() == 1 ? 0 : 1;
}
