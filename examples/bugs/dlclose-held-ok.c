/* SPDX-License-Identifier: BSD-2-Clause */
/* dlclose-held-ok: a module is unloaded when its lock is free.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/dlclose-held-ok */
#include "turns.h"
#include <dlfcn.h>

int main(void)
{
    void *module = dlopen(SLOT_MODULE, RTLD_NOW);
    pthread_mutex_t *slot;

    if (module == NULL)
        return 1;
    slot = (pthread_mutex_t *)dlsym(module, "slot");
    pthread_mutex_lock(slot);
    pthread_mutex_unlock(slot);
    dlclose(module);
    return 0;
}
