/* SPDX-License-Identifier: BSD-2-Clause */
/* libfabric-tcp: the TCP provider of libfabric 1.11.
 * lockval: bug inversion inversion locks=close_lock,ep_lock
 *
 * Connection management holds the event queue's close lock and enables the
 * endpoint under its own lock; who finds the connection broken holds the
 * endpoint's lock and takes it off the queue. Both are spinlocks. The twin, as
 * the fix, takes no close lock where an error shuts the endpoint down.
 * Report: https://github.com/ofiwg/libfabric/issues/6046, with the fix in
 * https://github.com/ofiwg/libfabric/pull/6199
 * Run: build/tools/lockval run -- build/examples/real/libfabric-tcp */
#include "turns.h"

enum state { CONNECTING, CONNECTED, SHUT };
static pthread_spinlock_t close_lock, ep_lock;
static enum state state = CONNECTING; /* under ep_lock */
static int watched;                   /* under close_lock */

static void ep_enable_xfers(void)
{
    pthread_spin_lock(&ep_lock);
    state = CONNECTED;
    pthread_spin_unlock(&ep_lock);
}

static void process_cm_ctx(void)
{
    pthread_spin_lock(&close_lock);
    watched = 1;
    ep_enable_xfers();
    pthread_spin_unlock(&close_lock);
}

static void ep_wait_fd_del(void)
{
#ifndef FIXED
    pthread_spin_lock(&close_lock);
    watched = 0;
    pthread_spin_unlock(&close_lock);
#endif
}

static void process_tx_entry(void)
{
    pthread_spin_lock(&ep_lock);
    state = SHUT;
    ep_wait_fd_del();
    pthread_spin_unlock(&ep_lock);
}

static void *connection_manager(void *unused)
{
    process_cm_ctx();
    turn_end();
    return unused;
}

static void *progress(void *unused)
{
    turn_wait(1);
    process_tx_entry();
    return unused;
}

int main(void)
{
    pthread_spin_init(&close_lock, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&ep_lock, PTHREAD_PROCESS_PRIVATE);
    run_two(connection_manager, progress);
    return 0;
}
