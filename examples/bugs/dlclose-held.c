/* SPDX-License-Identifier: BSD-2-Clause */
/* dlclose-held: a module is unloaded with a held lock in it.
 * lockval: bug free-held locks=slot
 *
 * Run: build/tools/lockval run -- build/examples/bugs/dlclose-held */
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

    dlclose(module);
    return 0;
}
