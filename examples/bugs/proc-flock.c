/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-flock: two processes flock two files in opposite orders.
 * lockval: bug inversion inversion locks=*queue*,*spool*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-flock */
#include "files.h"
#include "processes.h"

static int spool, queue;

static void take_both(int outer, int inner)
{
    int a = open_again(outer), b = open_again(inner);

    flock(a, LOCK_EX);
    flock(b, LOCK_SH);
    flock(b, LOCK_UN);
    flock(a, LOCK_UN);
}

static void first(void)
{
    take_both(spool, queue);
    turn_end();
}

static void second(void)
{
    turn_wait();
    take_both(queue, spool);
}

int main(void)
{
    spool = make_file("spool");
    queue = make_file("queue");
    return run_both(first, second);
}
