/* SPDX-License-Identifier: BSD-2-Clause */
/* lib60870-send: the IEC 60870-5-104 client of lib60870 2.3.2.
 * lockval: bug wait-inversion inversion locks=state_lock,sent_lock
 *
 * Its locks are semaphores that start at 1. Who sends holds the list of what
 * was sent and asks for the connection's state; the connection's own thread
 * looks for timeouts with the state in hand, and then at the list. The twin
 * takes the state first on both ways.
 * Report: https://github.com/mz-automation/lib60870/issues/134
 * Run: build/tools/lockval run -- build/examples/real/lib60870-send */
#include "turns.h"
#include <semaphore.h>

static sem_t state_lock, sent_lock;
static unsigned counter, sent[16], count; /* under state_lock; sent_lock */

static unsigned send_message(void)
{
    unsigned number;

    sem_wait(&state_lock);
    number = counter++;
    sem_post(&state_lock);
    return number;
}

static void send_asdu(void)
{
#ifdef FIXED
    unsigned number = send_message();

    sem_wait(&sent_lock);
    sent[count++ % 16] = number;
#else
    sem_wait(&sent_lock);
    sent[count % 16] = send_message();
    count++;
#endif
    sem_post(&sent_lock);
}

static void handle_timeouts(void)
{
    sem_wait(&state_lock);
    sem_wait(&sent_lock);
    if (count > 0 && sent[0] != 0)
        count = 0;
    sem_post(&sent_lock);
    sem_post(&state_lock);
}

/* Twice each: a semaphore is a mutex when it was used so twice. */
static void *application(void *unused)
{
    send_asdu();
    send_asdu();
    turn_end();
    return unused;
}

static void *handle_connection(void *unused)
{
    turn_wait(1);
    handle_timeouts();
    handle_timeouts();
    return unused;
}

int main(void)
{
    sem_init(&state_lock, 0, 1);
    sem_init(&sent_lock, 0, 1);
    run_two(application, handle_connection);
    sem_destroy(&sent_lock);
    sem_destroy(&state_lock);
    return 0;
}
