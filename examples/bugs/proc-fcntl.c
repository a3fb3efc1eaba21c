/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-fcntl: two processes take record locks on two files in opposite
 * orders.
 * lockval: bug inversion inversion locks=*queue*,*spool*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-fcntl */
#include "files.h"
#include "processes.h"

static int spool, queue;

static void first(void)
{
    lock_bytes(spool, F_WRLCK, 0, 10);
    lock_bytes(queue, F_WRLCK, 0, 0);
    lock_bytes(queue, F_UNLCK, 0, 0);
    close(open_again(spool)); /* any descriptor's end is the lock's */
    turn_end();
}

static void second(void)
{
    turn_wait();
    lock_bytes(queue, F_RDLCK, 0, 0);
    lock_bytes(spool, F_WRLCK, 0, 10);
}

int main(void)
{
    spool = make_file("spool");
    queue = make_file("queue");
    return run_both(first, second);
}
