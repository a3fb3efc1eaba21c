/* SPDX-License-Identifier: BSD-2-Clause */
/* ppp-chat: the program chat of ppp, while it logged from signal handlers.
 * lockval: bug signal inversion locks=SIGALRM,syslog_lock
 *
 * syslog() holds a lock of its own; a handler that comes then and logs as well
 * waits for what it interrupted. libc's lock cannot be seen from outside, so
 * here the log is the program's. The twin only notes in its handler that the
 * time is over.
 * Report: https://github.com/ppp-project/ppp/issues/318
 * Run: build/tools/lockval run -- build/examples/real/ppp-chat */
#include <pthread.h>
#include <signal.h>
#include <string.h>

static pthread_mutex_t syslog_lock = PTHREAD_MUTEX_INITIALIZER;
static char line[80]; /* under syslog_lock */
static volatile sig_atomic_t alarmed;

static void log_line(const char *text)
{
    pthread_mutex_lock(&syslog_lock);
    strncpy(line, text, sizeof line - 1);
    pthread_mutex_unlock(&syslog_lock);
}

static void on_alarm(int number)
{
    (void)number;
    alarmed = 1;
#ifndef FIXED
    log_line("alarm");
#endif
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_alarm};

    sigaction(SIGALRM, &action, NULL);
    log_line("send (ATZ^M)");
    raise(SIGALRM); /* here between two lines; it may come inside one */
    if (alarmed)
        log_line("expect (OK)");
    return 0;
}
