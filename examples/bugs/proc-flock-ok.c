/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-flock-ok: two processes flock two files in opposite orders, through
 * the open files that both inherited: those have the locks, not the processes,
 * and neither waits.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-flock-ok */
#include "files.h"
#include "processes.h"

static int spool, queue;

static void take_both(int outer, int inner)
{
    flock(outer, LOCK_EX);
    flock(inner, LOCK_SH);
    flock(inner, LOCK_UN);
    flock(outer, LOCK_UN);
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
