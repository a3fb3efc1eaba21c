/* SPDX-License-Identifier: BSD-2-Clause */
/* pjsip-ssl-socket: pjproject's SSL sockets, until 2012.
 * lockval: bug inversion inversion locks=key_mutex,write_mutex
 *
 * The thread that polls calls back with the socket's key locked, and the
 * callback reads under the write mutex; who sends holds the write mutex and
 * comes to the key in the end. The twin calls back with nothing locked.
 * Report: https://github.com/pjsip/pjproject/issues/1573
 * Run: build/tools/lockval run -- build/examples/real/pjsip-ssl-socket */
#include "turns.h"

static pthread_mutex_t key_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t write_mutex = PTHREAD_MUTEX_INITIALIZER;
static int received, queued; /* under write_mutex, under key_mutex */

static void on_read_complete(void)
{
    pthread_mutex_lock(&write_mutex);
    received++;
    pthread_mutex_unlock(&write_mutex);
}

static void dispatch_read_event(void)
{
    pthread_mutex_lock(&key_mutex);
    queued = 0;
#ifdef FIXED
    pthread_mutex_unlock(&key_mutex);
    on_read_complete();
#else
    on_read_complete();
    pthread_mutex_unlock(&key_mutex);
#endif
}

static void ioqueue_send(void)
{
    pthread_mutex_lock(&key_mutex);
    queued++;
    pthread_mutex_unlock(&key_mutex);
}

static void socket_send(void)
{
    pthread_mutex_lock(&write_mutex);
    ioqueue_send();
    pthread_mutex_unlock(&write_mutex);
}

static void *poller(void *unused)
{
    dispatch_read_event();
    turn_end();
    return unused;
}

static void *sender(void *unused)
{
    turn_wait(1);
    socket_send();
    return unused;
}

int main(void)
{
    run_two(poller, sender);
    return 0;
}
