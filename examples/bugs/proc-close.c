/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-close: two processes take record locks in opposite orders; one closes
 * a descriptor of another file in between.
 * lockval: bug inversion inversion locks=*queue*,*spool*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-close */
#include "files.h"
#include "processes.h"

static int spool, queue, other;

static void first(void)
{
    lock_bytes(spool, F_WRLCK, 0, 10);
    close(open_again(other));
    lock_bytes(queue, F_WRLCK, 0, 0);
    turn_end();
}

static void second(void)
{
    turn_wait();
    lock_bytes(queue, F_WRLCK, 0, 0);
    lock_bytes(spool, F_WRLCK, 0, 10);
}

int main(void)
{
    spool = make_file("spool");
    queue = make_file("queue");
    other = make_file("other");
    return run_both(first, second);
}
