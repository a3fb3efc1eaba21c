/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-fcntl-ok: two threads of a process take record locks in opposite
 * orders: the process has them, and it never waits for itself.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/proc-fcntl-ok */
#include "files.h"
#include "turns.h"

static int spool, queue;

static void *first(void *unused)
{
    lock_bytes(spool, F_WRLCK, 0, 10);
    lock_bytes(queue, F_WRLCK, 0, 0);
    lock_bytes(queue, F_UNLCK, 0, 0);
    lock_bytes(spool, F_UNLCK, 0, 10);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    lock_bytes(queue, F_RDLCK, 0, 0);
    lock_bytes(spool, F_WRLCK, 0, 10);
    lock_bytes(spool, F_UNLCK, 0, 10);
    lock_bytes(queue, F_UNLCK, 0, 0);
    return unused;
}

int main(void)
{
    spool = make_file("spool");
    queue = make_file("queue");
    run_two(first, second);
    return 0;
}
