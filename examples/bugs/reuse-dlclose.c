/* SPDX-License-Identifier: BSD-2-Clause */
/* reuse-dlclose: a mutex of a loaded module keeps its order while it is loaded.
 * lockval: bug inversion inversion locks=slot,b
 *
 * The twin unloads it in between.
 * Run: build/tools/lockval run -- build/examples/bugs/reuse-dlclose */
#include "turns.h"
#include <dlfcn.h>
#include <stdlib.h>

static pthread_mutex_t *slot; /* in the module's data */
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;

static void *first(void *unused)
{
    turn_wait(1);
    pthread_mutex_lock(slot);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(slot);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(3);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(slot);
    pthread_mutex_unlock(slot);
    pthread_mutex_unlock(&b);
    turn_end();
    return unused;
}

static void *load(void)
{
    void *module = dlopen(SLOT_MODULE, RTLD_NOW);

    if (module == NULL)
        abort();
    slot = (pthread_mutex_t *)dlsym(module, "slot");
    return module;
}

int main(void)
{
    pthread_t one, two;
    void *module = load();

    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    turn_end();
    turn_wait(2);
    turn_end();
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    dlclose(module);
    return 0;
}
