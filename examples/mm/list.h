/* SPDX-License-Identifier: BSD-2-Clause */
/* list.h: circular doubly linked lists, embedded in what they link.
 *
 * A head is an empty list; an entry that is on no list points to itself, so
 * that list_del may be told twice. No locking: each list names its lock where
 * it is declared. */
#ifndef MM_LIST_H
#define MM_LIST_H

#include "kernel.h"

struct list_head {
    struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *head)
{
    head->next = head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
    return head->next == head;
}

/* Link `entry` in front of `at`; in front of the head is the end. */
static inline void list_add_tail(struct list_head *entry, struct list_head *at)
{
    entry->next = at;
    entry->prev = at->prev;
    at->prev->next = entry;
    at->prev = entry;
}

static inline void list_del(struct list_head *entry)
{
    entry->prev->next = entry->next;
    entry->next->prev = entry->prev;
    INIT_LIST_HEAD(entry);
}

#define list_entry(pointer, type, member) container_of(pointer, type, member)

#define list_for_each(at, head) \
    for (at = (head)->next; at != (head); at = at->next)

/* `at` may be unlinked in the body. */
#define list_for_each_safe(at, following, head)                 \
    for (at = (head)->next, following = at->next; at != (head); \
         at = following, following = at->next)

#endif
