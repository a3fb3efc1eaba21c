/* SPDX-License-Identifier: BSD-2-Clause */
/* once-again: an initialiser comes back to what it initialises.
 * lockval: bug self-deadlock deadlock locks=once
 *
 * It waits for itself for ever; so a child does it, and is killed.
 * Run: build/tools/lockval run -- build/examples/bugs/once-again */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise(void)
{
    pthread_once(&once, initialise);
}

int main(void)
{
    pid_t child = fork();

    if (child == 0) {
        pthread_once(&once, initialise);
        _exit(1); /* never */
    }
    usleep(500000);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}
