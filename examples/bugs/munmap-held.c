/* SPDX-License-Identifier: BSD-2-Clause */
/* munmap-held: memory is unmapped with a held lock in it.
 * lockval: bug free-held
 *
 * Run: build/tools/lockval run -- build/examples/bugs/munmap-held */
#include "turns.h"
#include <sys/mman.h>

int main(void)
{
    pthread_mutex_t *lock = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (lock == MAP_FAILED)
        return 1;
    pthread_mutex_init(lock, NULL);
    pthread_mutex_lock(lock);

    munmap(lock, 4096);
    return 0;
}
