/* SPDX-License-Identifier: BSD-2-Clause */
/* many.c: a program of 2,000 lock classes, for reports that must stay usable.
 *
 * Each lock is taken inside four of lower numbers, so that the order has no
 * circle; then a few pairs are taken the other way round by another thread.
 *
 * usage: many [CLASSES] */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lockval.h"

static size_t count = 2000;
static pthread_mutex_t *lock;

static void name_locks(void)
{
    struct lockval_class *class = calloc(count, sizeof(*class));
    size_t i;

    lock = calloc(count, sizeof(*lock));
    if (class == NULL || lock == NULL)
        abort();
    for (i = 0; i < count; i++) {
        char *name = NULL;

        if (asprintf(&name, "part%zu.lock%zu", i / 40, i) < 0)
            abort();
        class[i].name = name;
        pthread_mutex_init(&lock[i], NULL);
        lockval_set_class(&lock[i], &class[i]);
    }
}

static void nest(size_t outer, size_t inner)
{
    pthread_mutex_lock(&lock[outer]);
    pthread_mutex_lock(&lock[inner]);
    pthread_mutex_unlock(&lock[inner]);
    pthread_mutex_unlock(&lock[outer]);
}

static void *forwards(void *unused)
{
    size_t i, step;

    for (i = 0; i < count; i++)
        for (step = 1; step <= 64; step *= 4)
            if (i + step < count)
                nest(i, i + step);
    return unused;
}

static void *backwards(void *unused)
{
    size_t i;

    for (i = 100; i + 200 < count; i += 300)
        nest(i + 1, i);
    nest(16 + 4 + 1, 0);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t first, second;

    if (argc > 1)
        count = strtoul(argv[1], NULL, 10);
    name_locks();
    pthread_create(&first, NULL, forwards, NULL);
    pthread_create(&second, NULL, backwards, NULL);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    return 0;
}
