/* SPDX-License-Identifier: BSD-2-Clause */
/* disjoint-pairs-ok: up by address in all pairs.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/disjoint-pairs-ok */
#include "turns.h"
#include <stdlib.h>

struct account {
    pthread_mutex_t lock;
    int money;
};
static struct account *account[4];

static void transfer(struct account *from, struct account *to)
{
    if (from > to) {
        struct account *swap = from;

        from = to;
        to = swap;
    }
    pthread_mutex_lock(&from->lock);
    pthread_mutex_lock(&to->lock);
    pthread_mutex_unlock(&to->lock);
    pthread_mutex_unlock(&from->lock);
}

static void *first(void *unused)
{
    transfer(account[0], account[1]);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    transfer(account[3], account[2]);
    return unused;
}

static struct account *open_account(void)
{
    struct account *opened = calloc(1, sizeof *opened);

    if (opened == NULL)
        abort();
    pthread_mutex_init(&opened->lock, NULL);
    return opened;
}

int main(void)
{
    int i;

    for (i = 0; i < 4; i++)
        account[i] = open_account();
    run_two(first, second);
    for (i = 0; i < 4; i++) {
        pthread_mutex_destroy(&account[i]->lock);
        free(account[i]);
    }
    return 0;
}
