/* SPDX-License-Identifier: BSD-2-Clause */
/* cycles.c: list every cycle once, for the tools.
 *
 * A cycle's KEY is its sequence of classes. Instance by instance, each witness
 * of each dependency is searched for its shortest cycle, as when it was
 * learned; so each dependency that lies on a cycle is in one that is listed.
 * The key of a cycle that passes a class twice is that of a shorter strong one
 * within it: neighbours of one class fold, then closed parts are cut out; so a
 * ring of eight locks of one class is listed as that class, and A1 B1 A2 B2 as
 * A B. Then each elementary strong cycle of classes (classes.h) that is not yet
 * an inversion is tried, first along instances, then across them; the worst
 * grade of a key is what is listed. Includes listing.h, memory.h,
 * table.h. */
#include "listing.h"

#include "memory.h"
#include "table.h"

#define NONE LV_WITNESS_NONE

/* Edges looked at: some seconds at the worst. */
#define INSTANCE_EFFORT 300000000ULL

/* ---- keys ---------------------------------------------------------------- */

/* Remove the classes [from, to) of a cyclic sequence, together with the steps
 * that leave them. */
static uint32_t cut(struct lv_listing *listing, uint32_t count, uint32_t from,
                    uint32_t to)
{
    uint32_t left = count - (to - from);

    memmove(&listing->key[from], &listing->key[to],
            (count - to) * sizeof *listing->key);
    memmove(&listing->kind[from], &listing->kind[to],
            (count - to) * sizeof *listing->kind);
    return left;
}

/* Neighbours of one class become one, left in the last one's way. */
static uint32_t fold(struct lv_listing *listing, uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count && count > 1;) {
        if (listing->key[i] == listing->key[(i + 1) % count])
            count = cut(listing, count, i, i + 1);
        else
            i++;
    }
    return count;
}

static bool find_twice(const struct lv_listing *listing, uint32_t count,
                       uint32_t *first, uint32_t *second)
{
    for (*first = 0; *first < count; ++*first)
        for (*second = *first + 1; *second < count; ++*second)
            if (listing->key[*first] == listing->key[*second])
                return true;
    return false;
}

/* A class that comes twice parts the sequence in two closed ones, of which at
 * least one is strong where it closes; keep that. Returns the count left. */
static uint32_t part(struct lv_listing *listing, uint32_t count)
{
    uint32_t i, j;

    if (!find_twice(listing, count, &i, &j))
        return count;
    if (listing->kind[j - 1] & 1 && listing->kind[i] & 2)
        return cut(listing, count, i, j);
    count = cut(listing, count, j, count);
    return cut(listing, count, 0, i);
}

uint64_t lv_listing_hash(const uint32_t *key, uint32_t count)
{
    uint64_t hash = count;
    uint32_t least = 0, i;

    for (i = 1; i < count; i++)
        if (key[i] < key[least])
            least = i;
    for (i = 0; i < count; i++)
        hash = lv_mix(hash, key[(least + i) % count]);
    return hash | 1;
}

bool lv_listing_reserve(struct lv_listing *listing, uint32_t count)
{
    return lv_vector_reserve(&listing->key, &listing->key_room, count,
                             sizeof *listing->key) &&
           lv_vector_reserve(&listing->kind, &listing->kind_room, count,
                             sizeof *listing->kind);
}

/* 0: no memory. */
static uint64_t key_of_cycle(struct lv_listing *listing,
                             const struct lv_cycle *cycle)
{
    uint32_t count = cycle->count, last = 0, i;

    if (!lv_listing_reserve(listing, count))
        return 0;
    for (i = 0; i < count; i++) {
        listing->key[i] =
            lv_classes_of(listing->classes, cycle->step[i].from_class);
        listing->kind[i] = cycle->step[i].kind;
    }
    while (count != last) {
        last = count;
        count = part(listing, fold(listing, count));
    }
    return lv_listing_hash(listing->key, count);
}

/* ---- what was found ------------------------------------------------------ */

bool lv_found_copy(struct lv_found *found, const struct lv_cycle *cycle)
{
    struct lv_step *step = lv_calloc(cycle->count, sizeof *step);

    if (step == NULL)
        return false;
    memcpy(step, cycle->step, cycle->count * sizeof *step);
    lv_free(found->step);
    found->step = step;
    found->count = cycle->count;
    found->grade = cycle->grade;
    return true;
}

struct lv_found *lv_listing_find(struct lv_listing *listing, uint64_t key)
{
    const uint64_t *at = lv_hash_get(&listing->index, key);

    return at == NULL || *at == 0 ? NULL : &listing->found[*at - 1];
}

static struct lv_found *add_key(struct lv_listing *listing, uint64_t key)
{
    uint64_t *at = lv_hash_put(&listing->index, key);
    uint32_t number = listing->found_count;

    if (at == NULL ||
        !lv_vector_reserve(&listing->found, &listing->found_room,
                           (uint64_t)number + 1, sizeof *listing->found))
        return NULL;
    *at = (uint64_t)number + 1;
    listing->found[number] = (struct lv_found){.number = number};
    listing->found_count++;
    return &listing->found[number];
}

void lv_listing_keep(struct lv_listing *listing, uint64_t key,
                     const struct lv_cycle *cycle)
{
    struct lv_found *found = lv_listing_find(listing, key);

    if (found != NULL &&
        (found->grade < cycle->grade ||
         (found->grade == cycle->grade && found->count <= cycle->count)))
        return;
    if (found == NULL && listing->found_count >= listing->limit) {
        listing->full = true;
        return;
    }
    if (found == NULL)
        found = add_key(listing, key);
    if (found == NULL || !lv_found_copy(found, cycle))
        listing->no_memory = true;
}

/* ---- among instances ----------------------------------------------------- */

static void keep_cycle(void *context, const struct lv_cycle *cycle)
{
    struct lv_listing *listing = context;
    uint64_t key = key_of_cycle(listing, cycle);

    if (key == 0)
        listing->no_memory = true;
    else
        lv_listing_keep(listing, key, cycle);
}

/* One search serves all witnesses of a flavour. */
static bool is_first_of_flavour(const struct lv_order *order, uint32_t edge,
                                uint32_t witness)
{
    uint32_t w;

    for (w = lv_order_newest(order, edge); w != witness;
         w = order->witness[w].next)
        if (order->witness[w].flavour == order->witness[witness].flavour)
            return false;
    return true;
}

static void search_instances(struct lv_listing *listing)
{
    struct lv_order *order = listing->order;
    uint64_t end = lv_graph_effort(order->graph) + INSTANCE_EFFORT;
    uint32_t e = LV_GRAPH_NONE, w;

    while ((e = lv_graph_next_edge(order->graph, e)) != LV_GRAPH_NONE) {
        if (!lv_graph_may_cycle(order->graph, e))
            continue;
        for (w = lv_order_newest(order, e); w != NONE;
             w = order->witness[w].next) {
            if (!is_first_of_flavour(order, e, w))
                continue;
            if (!lv_order_search(order, e, &order->witness[w], keep_cycle,
                                 listing))
                listing->no_memory = true;
            if (lv_listing_is_over(listing))
                return;
            if (lv_graph_effort(order->graph) > end) {
                listing->full = true;
                return;
            }
        }
    }
}

/* ---- the list ------------------------------------------------------------ */

/* Do the steps meet in instances, not just in classes? */
static bool is_among_instances(const struct lv_found *found)
{
    uint32_t i;

    for (i = 0; i < found->count; i++)
        if (found->step[i].to != found->step[(i + 1) % found->count].from)
            return false;
    return true;
}

static bool before(const void *a, const void *b, const void *context)
{
    const struct lv_found *left = a, *right = b;
    bool one = is_among_instances(left), other = is_among_instances(right);

    (void)context;
    if (one != other)
        return one;
    if (left->count != right->count)
        return left->count < right->count;
    return left->number < right->number;
}

void lv_order_set_nesting(struct lv_order *order,
                          const struct lv_nesting *nesting)
{
    order->nesting = *nesting;
}

bool lv_order_cycles(const struct lv_order *order,
                     enum lv_class_trust (*trust)(void *, uint32_t class_id),
                     size_t limit, lv_order_closed *found, void *context)
{
    struct lv_listing listing = {.order = (struct lv_order *)(uintptr_t)order,
                                 .trust = trust,
                                 .limit = limit,
                                 .context = context};
    struct lv_cycle cycle;
    uint32_t i;

    listing.classes = lv_classes_new(false);
    if (listing.classes == NULL)
        return false;
    lv_classes_set_alike(listing.classes, order->nesting.alike,
                         order->nesting.context);
    search_instances(&listing);
    lv_listing_search_classes(&listing);
    lv_listing_search_siblings(&listing);
    lv_sort(listing.found, listing.found_count, sizeof *listing.found, before,
            NULL);
    for (i = 0; i < listing.found_count; i++) {
        if (listing.found[i].step == NULL)
            continue;
        cycle =
            (struct lv_cycle){listing.found[i].grade, listing.found[i].count,
                              listing.found[i].step};
        found(context, &cycle);
        lv_free(listing.found[i].step);
    }
    lv_classes_free(listing.classes);
    lv_free(listing.found);
    lv_free(listing.index.slot);
    lv_free(listing.key);
    lv_free(listing.kind);
    return !lv_listing_is_over(&listing);
}
