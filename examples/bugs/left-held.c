/* SPDX-License-Identifier: BSD-2-Clause */
/* left-held: a function returns early, with its own lock held.
 * lockval: bug free-held locks=*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/left-held */
#include "turns.h"

struct request {
    pthread_mutex_t lock;
    int parts;
};
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static __attribute__((noinline)) int serve(int parts)
{
    struct request request = {PTHREAD_MUTEX_INITIALIZER, parts};

    pthread_mutex_lock(&request.lock);
    if (request.parts == 0)
        return -1;
    request.parts--;
    pthread_mutex_unlock(&request.lock);
    return request.parts;
}

int main(void)
{
    int failed = 0, i;

    for (i = 0; i < 4; i++)
        failed += serve(i % 2) < 0;
    pthread_mutex_lock(&log_lock);
    pthread_mutex_unlock(&log_lock);
    return failed != 2;
}
