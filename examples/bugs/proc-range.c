/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-range: two processes take overlapping ranges of a file, and another
 * file, in opposite orders.
 * lockval: bug inversion inversion locks=*queue*,*spool*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-range */
#include "files.h"
#include "processes.h"

static int spool, queue;

static void first(void)
{
    lock_bytes(spool, F_WRLCK, 0, 10);
    lock_bytes(queue, F_WRLCK, 0, 0);
    turn_end();
}

static void second(void)
{
    turn_wait();
    lock_bytes(queue, F_WRLCK, 0, 0);
    lock_bytes(spool, F_WRLCK, 5, 15);
}

int main(void)
{
    spool = make_file("spool");
    queue = make_file("queue");
    return run_both(first, second);
}
