/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-lockf-ok: a process takes a mutex in shared memory inside lockf; the
 * other way round it but tries.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-lockf-ok */
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
    if (lockf(spool, F_TLOCK, 0) != 0)
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
