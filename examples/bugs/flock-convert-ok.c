/* SPDX-License-Identifier: BSD-2-Clause */
/* flock-convert-ok: a process makes its shared flock an exclusive one after
 * it gave back the mutex that others take inside theirs.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/flock-convert-ok */
#include "files.h"
#include "processes.h"
#include "shared.h"

static int spool;
static pthread_mutex_t *mutex;

static void first(void)
{
    int fd = open_again(spool);

    flock(fd, LOCK_SH);
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
    flock(fd, LOCK_EX);
    turn_end();
}

static void second(void)
{
    turn_wait();
    flock(open_again(spool), LOCK_SH);
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
}

int main(void)
{
    spool = make_file("spool");
    mutex = share_memory(sizeof(*mutex));
    init_mutex(mutex, PTHREAD_MUTEX_STALLED);
    return run_both(first, second);
}
