/* SPDX-License-Identifier: BSD-2-Clause */
/* test_both.c: one thread takes while another reports. */
#include <pthread.h>

#include "queue.h"

static void *taker(void *unused)
{
    (void)unused;
    queue_take();
    return NULL;
}

static void *reporter(void *out)
{
    int waiting;

    queue_report(&waiting, out);
    return NULL;
}

int main(void)
{
    pthread_t one, two;
    int taken = -1;

    queue_put(7);
    if (pthread_create(&one, NULL, taker, NULL) != 0)
        return 1;
    if (pthread_create(&two, NULL, reporter, &taken) != 0)
        return 1;
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return taken >= 0 ? 0 : 1;
}
