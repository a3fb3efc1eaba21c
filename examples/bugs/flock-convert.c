/* SPDX-License-Identifier: BSD-2-Clause */
/* flock-convert: a process makes its shared flock an exclusive one inside a
 * mutex that others take inside theirs: it waits for them.
 * lockval: bug inversion inversion locks=flock*,*mutex*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/flock-convert */
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
    flock(fd, LOCK_EX);
    pthread_mutex_unlock(mutex);
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
