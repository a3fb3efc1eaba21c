/* SPDX-License-Identifier: BSD-2-Clause */
/* interrupt: a handler takes what its thread may hold when it comes.
 * lockval: bug inversion inversion locks=irq0,queue
 *
 * One thread suffices, and it never hangs here: the handler comes when the
 * queue is free.
 * Run: build/tools/lockval run -- build/examples/bugs/interrupt */
#include <lockval.h>
#include <pthread.h>

enum { INTERRUPT = 1 << 0 };

static const struct lockval_class queue_class = {"queue", 0};
static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;

static void use_queue(void)
{
    pthread_mutex_lock(&queue);
    pthread_mutex_unlock(&queue);
}

int main(void)
{
    lockval_set_class(&queue, &queue_class);
    lockval_irqs_on(INTERRUPT);
    use_queue();
    lockval_irq_enter(INTERRUPT);
    use_queue();
    lockval_irq_exit(INTERRUPT);
    return 0;
}
