/* SPDX-License-Identifier: BSD-2-Clause */
/* once-again-ok: an initialiser that was given up in the middle is run again.
 * lockval: ok silent
 *
 * Its first thread ends inside; the next one begins anew, and takes nothing
 * that the first had.
 * Run: build/tools/lockval run -- build/examples/bugs/once-again-ok */
#include <pthread.h>
#include <stddef.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_once_t other = PTHREAD_ONCE_INIT;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static int tries;

static void initialise_other(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
}

static void initialise(void)
{
    pthread_once(&other, initialise_other); /* another, inside */
    if (++tries == 1)
        pthread_exit(NULL);
}

static void *work(void *unused)
{
    pthread_once(&once, initialise);
    pthread_once(&once, initialise);
    return unused;
}

int main(void)
{
    int i;

    for (i = 0; i < 2; i++) {
        pthread_t thread;

        pthread_create(&thread, NULL, work, NULL);
        pthread_join(thread, NULL);
    }
    return tries == 2 ? 0 : 1;
}
