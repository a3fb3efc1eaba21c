/* SPDX-License-Identifier: BSD-2-Clause */
/* sleep-in-spin-ok: the lock that sleeps is the outer one.
 * lockval: ok silent
 * Run: build/tools/lockval run -- build/examples/bugs/sleep-in-spin-ok */
#include <lockval.h>
#include <pthread.h>

static const struct lockval_class spin_class = {
    "run_queue", LOCKVAL_CLASS_WAIT(LOCKVAL_WAIT_SPIN, LOCKVAL_WAIT_SPIN)};
static const struct lockval_class file_class = {
    "file", LOCKVAL_CLASS_WAIT(LOCKVAL_WAIT_SLEEP, LOCKVAL_WAIT_SLEEP)};
static pthread_spinlock_t run_queue;
static pthread_mutex_t file = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
    pthread_spin_init(&run_queue, PTHREAD_PROCESS_PRIVATE);
    lockval_set_class((const void *)&run_queue, &spin_class);
    lockval_set_class(&file, &file_class);
    pthread_mutex_lock(&file);
    pthread_spin_lock(&run_queue);
    pthread_spin_unlock(&run_queue);
    pthread_mutex_unlock(&file);
    return 0;
}
