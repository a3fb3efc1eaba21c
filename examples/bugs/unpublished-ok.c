/* SPDX-License-Identifier: BSD-2-Clause */
/* unpublished-ok: a new object is locked before anybody else can find it.
 * lockval: ok ordered
 *
 * Whoever takes the two the other way round found the object on the list, and
 * so after its maker left it.
 * Run: build/tools/lockval run -- build/examples/bugs/unpublished-ok */
#include "turns.h"
#include <stdlib.h>

struct object {
    pthread_mutex_t lock;
    struct object *next;
};
static struct object *list;
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;

static struct object *make(void)
{
    struct object *made = calloc(1, sizeof *made);

    if (made == NULL)
        abort();
    pthread_mutex_init(&made->lock, NULL);
    pthread_mutex_lock(&made->lock);
    return made;
}

static void add(void)
{
    struct object *made;

    pthread_mutex_lock(&list_lock);
    made = make();
    made->next = list;
    list = made;
    pthread_mutex_unlock(&made->lock);
    pthread_mutex_unlock(&list_lock);
}

static void *first(void *unused)
{
    add();
    add();
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    struct object *object;

    turn_wait(1);
    for (object = list; object != NULL; object = object->next) {
        pthread_mutex_lock(&object->lock);
        pthread_mutex_lock(&list_lock);
        pthread_mutex_unlock(&list_lock);
        pthread_mutex_unlock(&object->lock);
    }
    return unused;
}

int main(void)
{
    run_two(first, second);
    while (list != NULL) {
        struct object *next = list->next;

        pthread_mutex_destroy(&list->lock);
        free(list);
        list = next;
    }
    return 0;
}
