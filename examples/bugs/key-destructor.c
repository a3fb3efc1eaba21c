/* SPDX-License-Identifier: BSD-2-Clause */
/* key-destructor: a thread's destructors take the locks in reverse.
 * lockval: bug inversion inversion locks=a,b
 *
 * Run: build/tools/lockval run -- build/examples/bugs/key-destructor */
#include "turns.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER,
                       b = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;

static void at_end(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    turn_end();
}

static void *first(void *unused)
{
    pthread_setspecific(key, &a);
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return unused;
}

int main(void)
{
    pthread_key_create(&key, at_end);
    run_two(first, second);
    return 0;
}
