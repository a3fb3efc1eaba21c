/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-lockf: a process takes a mutex in shared memory inside lockf, another
 * the other way round.
 * lockval: bug inversion inversion locks=fcntl(/memfd:spool),*mutex*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-lockf */
#include "files.h"
#include "processes.h"
#include "shared.h"

static int spool;
static pthread_mutex_t *mutex;

static void first(void)
{
    if (lockf(spool, F_LOCK, 0) != 0)
        _exit(1);
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
    lockf(spool, F_ULOCK, 0);
    turn_end();
}

static void second(void)
{
    turn_wait();
    pthread_mutex_lock(mutex);
    if (lockf(spool, F_LOCK, 0) != 0)
        _exit(1);
    pthread_mutex_unlock(mutex);
}

int main(void)
{
    spool = make_file("spool");
    mutex = share_memory(sizeof(*mutex));
    init_mutex(mutex, PTHREAD_MUTEX_STALLED);
    return run_both(first, second);
}
