/* SPDX-License-Identifier: BSD-2-Clause */
/* instance.c: see instance.h.
 *
 * Buckets are chosen by 256-byte granules, so that a range is searched granule
 * by granule; pages without a lock are skipped by the page filter. */
#include "instance.h"

#include <string.h>

#include "engine.h"
#include "held.h"
#include "memory.h"
#include "record.h"
#include "shared.h"
#include "signals.h"

enum { GRANULE_SHIFT = 8, PAGE_SHIFT = 12, BATCH = 64 };

_Atomic uint32_t lv_generation[LV_GENERATIONS];
_Atomic uint64_t lv_page_filter[LV_PAGES / 64];
static uint16_t page_count[LV_PAGES]; /* lives per filter bit; 65535 sticks */

static struct lv_instance **bucket;
static size_t bucket_count; /* a power of two, or 0 */
static size_t living;
static uint64_t last_life;
static uint32_t last_id;
static struct lv_instance *unused;

/* What `slot` points at where a lock lies in no stack frame. */
static const uintptr_t no_frame;

static size_t bucket_of(uintptr_t lock)
{
    return ((lock >> GRANULE_SHIFT) * 0x9e3779b97f4a7c15ULL >> 20) &
           (bucket_count - 1);
}

static bool grow(void)
{
    size_t old_count = bucket_count, i;
    struct lv_instance **old = bucket;
    struct lv_instance **more =
        lv_calloc(old_count == 0 ? 1024 : old_count * 2, sizeof *bucket);

    if (more == NULL)
        return old_count != 0;
    bucket = more;
    bucket_count = old_count == 0 ? 1024 : old_count * 2;
    for (i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct lv_instance *instance = old[i];
            struct lv_instance **head = &bucket[bucket_of(instance->lock)];

            old[i] = instance->next;
            instance->next = *head;
            *head = instance;
        }
    }
    lv_free(old);
    return true;
}

static void filter_add(uintptr_t lock)
{
    uintptr_t page = (lock >> PAGE_SHIFT) % LV_PAGES;

    if (page_count[page] != UINT16_MAX)
        page_count[page]++;
    atomic_fetch_or(&lv_page_filter[page / 64], (uint64_t)1 << page % 64);
}

static void filter_remove(uintptr_t lock)
{
    uintptr_t page = (lock >> PAGE_SHIFT) % LV_PAGES;

    if (page_count[page] == UINT16_MAX || --page_count[page] != 0)
        return;
    atomic_fetch_and(&lv_page_filter[page / 64], ~((uint64_t)1 << page % 64));
}

static struct lv_instance *take_unused(void)
{
    struct lv_instance *instance = unused;
    size_t i;

    if (instance == NULL) {
        instance = lv_calloc(BATCH, sizeof *instance);
        if (instance == NULL)
            return NULL;
        for (i = 1; i < BATCH; i++) {
            instance[i].next = unused;
            unused = &instance[i];
        }
        return instance;
    }
    unused = instance->next;
    return instance;
}

struct lv_instance *lv_instance_find(uintptr_t lock)
{
    struct lv_instance *i;

    if (bucket_count == 0)
        return NULL;
    for (i = bucket[bucket_of(lock)]; i != NULL; i = i->next)
        if (i->lock == lock)
            break;
    if (i != NULL && *(volatile const uintptr_t *)i->slot != i->expect) {
        lv_instance_end(i);
        return NULL;
    }
    return i;
}

struct lv_instance *lv_instance_begin(uintptr_t lock)
{
    struct lv_instance *instance;

    if ((living >= bucket_count && !grow()) ||
        (instance = take_unused()) == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return NULL;
    }
    *instance = (struct lv_instance){.lock = lock,
                                     .life = ++last_life,
                                     .slot = &no_frame,
                                     .next = bucket[bucket_of(lock)]};
    bucket[bucket_of(lock)] = instance;
    living++;
    filter_add(lock);
    lv_record_header()->instances++;
    return instance;
}

void lv_instance_reconsider(struct lv_instance *instance)
{
    atomic_fetch_add_explicit(lv_generation_of(instance->lock), 1,
                              memory_order_relaxed);
}

/* Transition tables may know it, and so may the order graph. */
static void forget(struct lv_instance *instance)
{
    lv_instance_reconsider(instance);
    if (instance->id != 0)
        lv_order_forget(lv_engine.order, instance->id);
    instance->id = 0;
    if (instance->exposed != NULL)
        lv_signal_forget(instance);
}

void lv_instance_end(struct lv_instance *instance)
{
    struct lv_instance **at = &bucket[bucket_of(instance->lock)];

    while (*at != instance)
        at = &(*at)->next;
    *at = instance->next;
    forget(instance);
    filter_remove(instance->lock);
    living--;
    instance->life = 0;
    instance->next = unused;
    unused = instance;
}

void lv_instance_renew(struct lv_instance *instance)
{
    forget(instance);
    instance->life = ++last_life;
}

/* Behind the entry, where others can take the lock too. */
static void write_shared(void *to, const struct lv_shared *shared)
{
    struct lv_rec_shared *entry = to;

    entry->kind = shared->kind;
    entry->device = shared->device;
    entry->inode = shared->inode;
    entry->start = shared->start;
    entry->end = shared->end;
    entry->owner = shared->owner;
    memcpy(entry->path, shared->path, strlen(shared->path));
}

uint32_t lv_instance_id(struct lv_instance *instance)
{
    struct lv_rec_instance *entry;
    size_t more = 0;

    if (instance->id != 0)
        return instance->id;
    if (last_id == UINT32_MAX) {
        lv_record_lost(LV_LOST_LIMIT);
        return 0;
    }
    if (instance->shared != NULL)
        more =
            sizeof(struct lv_rec_shared) + strlen(instance->shared->path) + 1;
    entry = lv_record_append(LV_REC_INSTANCE, sizeof *entry + more);
    if (entry == NULL)
        return 0;
    if (instance->shared != NULL)
        write_shared(entry + 1, instance->shared);
    entry->id = instance->id = ++last_id;
    entry->class_id = instance->class_id;
    entry->address = instance->lock;
    lv_record_commit(entry);
    return instance->id;
}

static void visit_bucket(size_t index, uintptr_t start, uintptr_t last,
                         void (*visit)(void *, struct lv_instance *),
                         void *context)
{
    struct lv_instance *instance = bucket[index];

    while (instance != NULL) {
        struct lv_instance *next = instance->next;

        if (instance->lock >= start && instance->lock <= last)
            visit(context, instance);
        instance = next;
    }
}

/* The granules of [start, last], which lie in one page. */
static void visit_page(uintptr_t start, uintptr_t last,
                       void (*visit)(void *, struct lv_instance *),
                       void *context)
{
    uintptr_t granule;

    if (!lv_page_may_hold(start))
        return;
    for (granule = start >> GRANULE_SHIFT; granule <= last >> GRANULE_SHIFT;
         granule++)
        visit_bucket(bucket_of(granule << GRANULE_SHIFT),
                     granule << GRANULE_SHIFT > start ? granule << GRANULE_SHIFT
                                                      : start,
                     (granule << GRANULE_SHIFT | 0xff) < last
                         ? granule << GRANULE_SHIFT | 0xff
                         : last,
                     visit, context);
}

void lv_instance_each(uintptr_t start, size_t size,
                      void (*visit)(void *, struct lv_instance *),
                      void *context)
{
    uintptr_t last = start + size - 1, page, end;
    size_t i;

    if (size == 0 || bucket_count == 0 || last < start)
        return;
    if (size >> GRANULE_SHIFT > 16 * bucket_count) {
        for (i = 0; i < bucket_count; i++)
            visit_bucket(i, start, last, visit, context);
        return;
    }
    for (page = start;; page = end + 1) {
        end = page | ((1u << PAGE_SHIFT) - 1);
        visit_page(page, end < last ? end : last, visit, context);
        if (end >= last)
            return;
    }
}
