/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-print-inside: a handler prints, and came while its thread did.
 * lockval: ok class-inferred
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-print-inside */
#define _GNU_SOURCE
#include "turns.h"
#include <signal.h>
#include <stdio.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static FILE *out;

static void handler(int number)
{
    fprintf(stdout, "signal %d\n", number);
}

/* The stream is locked as this is called. */
static ssize_t sink(void *cookie, const char *text, size_t size)
{
    (void)cookie;
    (void)text;
    raise(SIGUSR1);
    return (ssize_t)size;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    cookie_io_functions_t functions = {.write = sink};

    sigaction(SIGUSR1, &action, NULL);
    out = fopencookie(NULL, "w", functions);
    setvbuf(out, NULL, _IONBF, 0);
    pthread_mutex_lock(&a);
    fprintf(out, "line\n");
    pthread_mutex_unlock(&a);
    return fclose(out);
}
