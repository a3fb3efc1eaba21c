/* SPDX-License-Identifier: BSD-2-Clause */
/* graph.c: what an insertion into the graph costs.
 *   graph [N]   random forward pairs of N nodes (default 1000 … 100000)
 * Prints a line per case: name, nodes, edges, ns per insertion. Forward pairs
 * are i -> j with i < j, 4 N of them; ids are mixed, so that neither creation
 * nor the id tells the order. Chains are inserted from either end. "scattered"
 * is a chain whose links come in random order. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "graph.h"

static uint64_t random_state = 88172645463325252ULL;

static uint32_t roll(uint32_t sides)
{
    random_state ^= random_state << 13; /* xorshift64 */
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 32) * sides >> 32);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static uint32_t mixed(uint32_t i)
{
    return i * 2654435761u; /* odd: one to one */
}

struct pair {
    uint32_t from, to;
};

static void measure(const char *name, uint32_t nodes, const struct pair *pair,
                    uint32_t count)
{
    struct lv_graph *graph = lv_graph_new();
    double start = now(), spent, slowest = 0, before;
    uint32_t i;

    for (i = 0; i < count; i++) {
        before = i % 16 == 0 ? now() : 0;
        if (lv_graph_insert(graph, pair[i].from, pair[i].to, 1) ==
            LV_GRAPH_NONE)
            exit(1);
        if (i % 16 == 0 && now() - before > slowest)
            slowest = now() - before;
    }
    spent = now() - start;
    printf("%-16s %7u nodes %7u edges  %8.0f ns each, %8.0f at worst\n", name,
           nodes, lv_graph_edge_count(graph), spent / count, slowest);
    lv_graph_free(graph);
}

static void shuffle(struct pair *pair, uint32_t count)
{
    uint32_t i, j;

    for (i = count; i > 1; i--) {
        struct pair keep = pair[i - 1];

        j = roll(i);
        pair[i - 1] = pair[j];
        pair[j] = keep;
    }
}

static void random_forward(uint32_t nodes)
{
    uint32_t count = 4 * nodes, i, a, b;
    struct pair *pair = calloc(count, sizeof *pair);

    for (i = 0; pair != NULL && i < count; i++) {
        do {
            a = roll(nodes);
            b = roll(nodes);
        } while (a == b);
        pair[i].from = mixed(a < b ? a : b);
        pair[i].to = mixed(a < b ? b : a);
    }
    if (pair != NULL)
        measure("random forward", nodes, pair, count);
    free(pair);
}

/* Nodes are there before, in order of their id: as locks are initialised. */
static void chains(uint32_t length)
{
    struct pair *pair = calloc(length, sizeof *pair);
    uint32_t i;

    if (pair == NULL)
        return;
    for (i = 0; i < length; i++)
        pair[i] = (struct pair){i, i + 1};
    measure("chain", length, pair, length);
    for (i = 0; i < length; i++)
        pair[i] = (struct pair){length - i - 1, length - i};
    measure("reverse chain", length, pair, length);
    for (i = 0; i < length; i++)
        pair[i] = (struct pair){i + 1, i};
    measure("chain, backward", length, pair, length);
    for (i = 0; i < length; i++)
        pair[i] = (struct pair){length - i, length - i - 1};
    measure("reverse, backward", length, pair, length);
    for (i = 0; i < length; i++)
        pair[i] = (struct pair){mixed(i), mixed(i + 1)};
    shuffle(pair, length);
    measure("scattered", length, pair, length);
    free(pair);
}

int main(int argc, char **argv)
{
    uint32_t nodes;

    if (argc > 1) {
        random_forward((uint32_t)strtoul(argv[1], NULL, 10));
        return 0;
    }
    for (nodes = 1000; nodes <= 100000; nodes *= 10)
        random_forward(nodes);
    chains(30000);
    return 0;
}
