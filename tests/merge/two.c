/* SPDX-License-Identifier: BSD-2-Clause */
/* two.c: one program, the halves of an inversion in different runs.
 *
 *   two WORD…   each word is a path that locks take, in one thread: "ab" takes
 *               a, then b inside it; "gab" takes g first
 *
 * a, b, c, g and h are static locks; d and e are declared classes; r and s are
 * read-write locks, which lower case reads recursively and upper case writes;
 * m and n are made on the heap. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lockval.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t g = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t h = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t r = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t s = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t *d, *e, *m, *n;

static const struct lockval_class class_d = {"d", 0}, class_e = {"e", 0};

static pthread_mutex_t *make_m(void)
{
    pthread_mutex_t *new = malloc(sizeof(*new));

    pthread_mutex_init(new, NULL);
    return new;
}

/* calloc: equal functions become one. */
static pthread_mutex_t *make_n(void)
{
    pthread_mutex_t *new = calloc(1, sizeof(*new));

    pthread_mutex_init(new, NULL);
    return new;
}

static pthread_mutex_t *find(char name)
{
    pthread_mutex_t *all[] = {&a, &b, &c, &g, &h, d, e, m, n};

    return all[strchr("abcghdemn", name) - "abcghdemn"];
}

static void take(char name)
{
    if (name == 'r' || name == 's')
        pthread_rwlock_rdlock(name == 'r' ? &r : &s);
    else if (name == 'R' || name == 'S')
        pthread_rwlock_wrlock(name == 'R' ? &r : &s);
    else
        pthread_mutex_lock(find(name));
}

static void give(char name)
{
    if (strchr("rsRS", name) != NULL)
        pthread_rwlock_unlock(strchr("rR", name) != NULL ? &r : &s);
    else
        pthread_mutex_unlock(find(name));
}

static void *walk(void *word)
{
    const char *path = word;
    size_t i, length = strlen(path);

    for (i = 0; i < length; i++)
        take(path[i]);
    while (i-- > 0)
        give(path[i]);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    int i;

    d = make_m();
    e = make_m();
    m = make_m();
    n = make_n();
    lockval_set_class(d, &class_d);
    lockval_set_class(e, &class_e);
    for (i = 1; i < argc; i++)
        if (pthread_create(&thread, NULL, walk, argv[i]) != 0 ||
            pthread_join(thread, NULL) != 0)
            return 1;
    return 0;
}
