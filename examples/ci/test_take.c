/* SPDX-License-Identifier: BSD-2-Clause */
/* test_take.c: what is put can be taken, from another thread. */
#include <pthread.h>

#include "queue.h"

static void *taker(void *out)
{
    *(int *)out = queue_take();
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int taken = 0;

    queue_put(7);
    if (pthread_create(&thread, NULL, taker, &taken) != 0)
        return 1;
    pthread_join(thread, NULL);
    return taken == 7 ? 0 : 1;
}
