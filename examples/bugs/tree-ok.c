/* SPDX-License-Identifier: BSD-2-Clause */
/* tree-ok: nodes are locked from the root down.
 * lockval: ok silent
 *
 * The addresses go up and down; the tree is the order.
 * Run: build/tools/lockval run -- build/examples/bugs/tree-ok */
#include "turns.h"
#include <stdlib.h>

struct node {
    pthread_mutex_t lock;
    struct node *left, *right;
};
static struct node *root;

static struct node *grow(int depth)
{
    struct node *node = calloc(1, sizeof *node);

    if (node == NULL)
        abort();
    if (depth > 0)
        node->left = grow(depth - 1);
    pthread_mutex_init(&node->lock, NULL);
    if (depth > 0)
        node->right = grow(depth - 1);
    return node;
}

static void fell(struct node *node)
{
    if (node == NULL)
        return;
    fell(node->left);
    fell(node->right);
    pthread_mutex_destroy(&node->lock);
    free(node);
}
/* Left or right by the bits of `way`; all nodes on it are held. */
static void descend(struct node *node, unsigned way)
{
    pthread_mutex_lock(&node->lock);
    if (node->left != NULL)
        descend(way & 1 ? node->right : node->left, way >> 1);
    pthread_mutex_unlock(&node->lock);
}

static void *first(void *unused)
{
    descend(root, 0);
    descend(root, 1);
    turn_end();
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    descend(root, 2);
    descend(root, 3);
    return unused;
}

int main(void)
{
    root = grow(3);
    run_two(first, second);
    fell(root);
    return 0;
}
