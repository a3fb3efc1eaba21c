/* SPDX-License-Identifier: BSD-2-Clause */
/* civetweb-locks: CivetWeb's two public locks, before their order was said.
 * lockval: bug inversion inversion locks=connection_lock,context_lock
 *
 * An application may lock a connection and the server; the library's C++ layer
 * locked the server and then the connection, applications the other way round.
 * The twin locks the connection first everywhere.
 * Report: https://github.com/civetweb/civetweb/issues/753
 * Run: build/tools/lockval run -- build/examples/real/civetweb-locks */
#include "turns.h"

static pthread_mutex_t connection_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t context_lock = PTHREAD_MUTEX_INITIALIZER;
static int parameters, sessions; /* under connection_lock, context_lock */

static void get_param(void)
{
#ifdef FIXED
    pthread_mutex_lock(&connection_lock);
    pthread_mutex_lock(&context_lock);
#else
    pthread_mutex_lock(&context_lock);
    pthread_mutex_lock(&connection_lock);
#endif
    parameters += sessions;
    pthread_mutex_unlock(&connection_lock);
    pthread_mutex_unlock(&context_lock);
}

static void push_to_client(void)
{
    pthread_mutex_lock(&connection_lock);
    pthread_mutex_lock(&context_lock);
    sessions++;
    pthread_mutex_unlock(&context_lock);
    pthread_mutex_unlock(&connection_lock);
}

static void *request(void *unused)
{
    get_param();
    turn_end();
    return unused;
}

static void *application(void *unused)
{
    turn_wait(1);
    push_to_client();
    return unused;
}

int main(void)
{
    run_two(request, application);
    return 0;
}
