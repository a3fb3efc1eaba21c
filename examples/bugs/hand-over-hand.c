/* SPDX-License-Identifier: BSD-2-Clause */
/* hand-over-hand: one walks a list forward, another backward.
 * lockval: bug inversion inversion locks=*,*
 *
 * Run: build/tools/lockval run -- build/examples/bugs/hand-over-hand */
#include "turns.h"
#include <stdlib.h>

struct node {
    pthread_mutex_t lock;
    struct node *next, *previous;
};
static struct node *head, *tail;

static void append(void)
{
    struct node *node = calloc(1, sizeof *node);

    if (node == NULL)
        abort();
    pthread_mutex_init(&node->lock, NULL);
    node->previous = tail;
    if (tail != NULL)
        tail->next = node;
    else
        head = node;
    tail = node;
}

static void free_all(void)
{
    while (head != NULL) {
        struct node *next = head->next;

        pthread_mutex_destroy(&head->lock);
        free(head);
        head = next;
    }
}

/* Never lets go of a node before the next one is in hand. */
static void walk(struct node *node, int forward)
{
    struct node *next;

    pthread_mutex_lock(&node->lock);
    while ((next = forward ? node->next : node->previous) != NULL) {
        pthread_mutex_lock(&next->lock);
        pthread_mutex_unlock(&node->lock);
        node = next;
    }
    pthread_mutex_unlock(&node->lock);
}

static void *first(void *unused)
{
    walk(head, 1);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    walk(tail, 0);
    return unused;
}

int main(void)
{
    int i;

    for (i = 0; i < 2; i++)
        append();
    run_two(first, second);
    free_all();
    return 0;
}
