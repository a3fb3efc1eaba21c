/* SPDX-License-Identifier: BSD-2-Clause */
/* wrapper-init: opposite orders, of locks that one wrapper initialises.
 * lockval: bug inversion inversion locks=*,*
 *
 * A validator that names locks by where they were initialised sees one.
 * Run: build/tools/lockval run -- build/examples/bugs/wrapper-init */
#include "turns.h"
#include <stdlib.h>

typedef struct my_mutex {
    pthread_mutex_t real;
} my_mutex;

static my_mutex *a, *b, *c;

/* All of the program's locks begin here, as in many a portability layer. */
static __attribute__((noinline)) my_mutex *my_mutex_new(void)
{
    my_mutex *mutex = malloc(sizeof *mutex);

    if (mutex == NULL || pthread_mutex_init(&mutex->real, NULL) != 0)
        abort();
    return mutex;
}

static __attribute__((noinline)) void my_mutex_free(my_mutex *mutex)
{
    pthread_mutex_destroy(&mutex->real);
    free(mutex);
}

static __attribute__((noinline)) void my_mutex_lock(my_mutex *mutex)
{
    pthread_mutex_lock(&mutex->real);
}

static __attribute__((noinline)) void my_mutex_unlock(my_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->real);
}

static void *first(void *unused)
{
    my_mutex_lock(a);
    my_mutex_lock(b);
    my_mutex_lock(c);
    my_mutex_unlock(c);
    my_mutex_unlock(b);
    my_mutex_unlock(a);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    my_mutex_lock(c);
    my_mutex_lock(a);
    my_mutex_unlock(a);
    my_mutex_unlock(c);
    return unused;
}

int main(void)
{
    a = my_mutex_new();
    b = my_mutex_new();
    c = my_mutex_new();
    run_two(first, second);
    my_mutex_free(c);
    my_mutex_free(b);
    my_mutex_free(a);
    return 0;
}
