/* SPDX-License-Identifier: BSD-2-Clause */
/* interrupt-ok: the handler cannot come while its lock is held.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/interrupt-ok */
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
    lockval_irqs_off(INTERRUPT);
    use_queue();
    lockval_irqs_on(INTERRUPT);
    lockval_irq_enter(INTERRUPT);
    use_queue();
    lockval_irq_exit(INTERRUPT);
    return 0;
}
