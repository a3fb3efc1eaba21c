/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-range-ok: two processes take ranges of a file that touch but do not
 * overlap, and another file, in opposite orders. One of them gave back the part
 * that the other wants.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-range-ok */
#include "files.h"
#include "processes.h"

static int spool, queue;

static void first(void)
{
    lock_bytes(spool, F_WRLCK, 0, 15);
    lock_bytes(spool, F_UNLCK, 10, 15);
    lock_bytes(queue, F_WRLCK, 0, 0);
    turn_end();
}

static void second(void)
{
    turn_wait();
    lock_bytes(queue, F_WRLCK, 0, 0);
    lock_bytes(spool, F_WRLCK, 10, 20);
}

int main(void)
{
    spool = make_file("spool");
    queue = make_file("queue");
    return run_both(first, second);
}
