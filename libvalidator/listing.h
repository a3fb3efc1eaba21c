/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.h: the list of cycles in the making; what cycles.c (keys, instances,
 * the list), across.c (classes) and siblings.c (within a class) share.
 * Includes order_internal.h, classes.h. */
#ifndef LV_LISTING_H
#define LV_LISTING_H

#include "classes.h"
#include "order_internal.h"

struct lv_found {
    struct lv_step *step;
    uint32_t count;
    enum lv_grade grade;
    uint32_t number; /* in which it came */
};

struct lv_listing {
    struct lv_order *order; /* its scratch is used, nothing else changes */
    enum lv_class_trust (*trust)(void *, uint32_t class_id);
    size_t limit;
    void *context;
    struct lv_found *found;
    uint32_t found_count, found_room;
    struct lv_hash index; /* hash of key -> number in found + 1 */
    struct lv_classes *classes;
    uint32_t *key; /* the one being made */
    uint32_t *kind;
    uint32_t key_room, kind_room;
    bool no_memory, full;
};

/* The hash of a cyclic sequence of classes, the same from wherever it starts;
 * never 0. */
uint64_t lv_listing_hash(const uint32_t *class_id, uint32_t count);

/* Room for a key of `count` classes. */
bool lv_listing_reserve(struct lv_listing *listing, uint32_t count);

/* What is kept of a key, or NULL. */
struct lv_found *lv_listing_find(struct lv_listing *listing, uint64_t key);

/* Keep the worst of a key, and of those the shortest. */
void lv_listing_keep(struct lv_listing *listing, uint64_t key,
                     const struct lv_cycle *cycle);

/* Copy a cycle's steps; frees the ones before. False: no memory. */
bool lv_found_copy(struct lv_found *found, const struct lv_cycle *cycle);

static inline bool lv_listing_is_over(const struct lv_listing *listing)
{
    return listing->no_memory || listing->full;
}

/* across.c: try every elementary strong cycle of classes. */
void lv_listing_search_classes(struct lv_listing *listing);

/* siblings.c: try the nesting of each class within itself. */
void lv_listing_search_siblings(struct lv_listing *listing);

#endif
