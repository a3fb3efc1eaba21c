/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-close-ok: a process takes record locks against the order of another,
 * but closes some descriptor of the first file in between: that ended its lock.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-close-ok */
#include "files.h"
#include "processes.h"

static int spool, queue, other;

static void first(void)
{
    lock_bytes(spool, F_WRLCK, 0, 10);
    close(open_again(spool));
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
