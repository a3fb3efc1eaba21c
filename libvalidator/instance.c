/* SPDX-License-Identifier: BSD-2-Clause */
/* instance.c: see instance.h.
 *
 * Buckets are chosen by 256-byte granules, so that a range is searched granule
 * by granule; pages without a lock are skipped by the page filter. The granules
 * of a megabyte follow each other, as the locks of a heap do: who passes over
 * them finds the next bucket in the cache.
 *
 * lv_instance_look walks the buckets while others change them: a bucket array
 * that was outgrown stays (together they are no larger than the last one), and
 * a walk that strays into another chain ends after some steps. */
#include "instance.h"

#include <string.h>

#include "engine.h"
#include "held.h"
#include "memory.h"
#include "record.h"
#include "shared.h"
#include "signals.h"

enum {
    GRANULE_SHIFT = 8,
    REGION_SHIFT = 20,
    PAGE_SHIFT = 12,
    BATCH = 56, /* just under a page */
    PER_BUCKET = 4,
    LONGEST_LOOK = 64,
};

_Atomic uint32_t lv_generation[LV_GENERATIONS];
_Atomic uint64_t lv_page_filter[LV_PAGES / 64];
static uint16_t page_count[LV_PAGES]; /* lives per filter bit; 65535 sticks */

/* All there is of the index, so that a reader has size and array at once. */
struct index {
    struct index *outgrown; /* the one before, or NULL */
    size_t mask;
    struct lv_instance *bucket[];
};

static struct index *_Atomic index_now;
static size_t living;
static uint64_t last_life;
static uint32_t last_id;
static struct lv_instance *unused;

/* What `slot` points at where a lock lies in no stack frame. */
static const uintptr_t no_frame;
const struct lv_rare lv_rare_none = {.slot = &no_frame};

static size_t bucket_of(const struct index *index, uintptr_t lock)
{
    uintptr_t region = (lock >> REGION_SHIFT) * 0x9e3779b97f4a7c15ULL >> 40;

    return ((lock >> GRANULE_SHIFT) + region) & index->mask;
}

static struct index *now(void)
{
    return atomic_load_explicit(&index_now, memory_order_acquire);
}

static void link_in(struct index *index, struct lv_instance *instance)
{
    struct lv_instance **head =
        &index->bucket[bucket_of(index, instance->lock)];

    __atomic_store_n(&instance->next, *head, __ATOMIC_RELAXED);
    __atomic_store_n(head, instance, __ATOMIC_RELEASE);
}

/* The old chains come apart as the new ones grow: readers may miss. */
static bool grow(void)
{
    struct index *old = now(), *more;
    size_t count = old == NULL ? 1024 : (old->mask + 1) * 2, i;

    more = lv_calloc(1, sizeof *more + count * sizeof more->bucket[0]);
    if (more == NULL)
        return old != NULL;
    more->outgrown = old;
    more->mask = count - 1;
    for (i = 0; old != NULL && i <= old->mask; i++) {
        struct lv_instance *instance = old->bucket[i], *next;

        for (; instance != NULL; instance = next) {
            next = instance->next;
            link_in(more, instance);
        }
    }
    atomic_store_explicit(&index_now, more, memory_order_release);
    return true;
}

static bool is_full(void)
{
    return now() == NULL || living >= PER_BUCKET * (now()->mask + 1);
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

struct lv_instance *lv_instance_look(uintptr_t lock)
{
    struct index *index = now();
    struct lv_instance *i;
    unsigned steps = 0;

    if (index == NULL)
        return NULL;
    i = __atomic_load_n(&index->bucket[bucket_of(index, lock)],
                        __ATOMIC_ACQUIRE);
    while (i != NULL && __atomic_load_n(&i->lock, __ATOMIC_ACQUIRE) != lock)
        i = ++steps == LONGEST_LOOK
                ? NULL
                : __atomic_load_n(&i->next, __ATOMIC_ACQUIRE);
    return i;
}

struct lv_instance *lv_instance_find(uintptr_t lock)
{
    struct index *index = now();
    struct lv_instance *i;

    if (index == NULL)
        return NULL;
    for (i = index->bucket[bucket_of(index, lock)]; i != NULL; i = i->next)
        if (i->lock == lock)
            break;
    if (i != NULL &&
        *(volatile const uintptr_t *)i->rare->slot != i->rare->expect) {
        lv_instance_end(i);
        return NULL;
    }
    return i;
}

struct lv_rare *lv_instance_rare(struct lv_instance *instance)
{
    struct lv_rare *rare;

    if (instance->rare != &lv_rare_none)
        return (struct lv_rare *)(uintptr_t)instance->rare;
    rare = lv_calloc(1, sizeof *rare);
    if (rare == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return NULL;
    }
    *rare = lv_rare_none;
    __atomic_store_n(&instance->rare, rare, __ATOMIC_RELEASE);
    return rare;
}

static void drop_rare(struct lv_instance *instance)
{
    if (instance->rare != &lv_rare_none) {
        lv_free(instance->rare->reread);
        lv_free((void *)(uintptr_t)instance->rare);
    }
    __atomic_store_n(&instance->rare, &lv_rare_none, __ATOMIC_RELEASE);
}

/* Somebody may look at what was here before (lv_instance_look). */
static void clear(struct lv_instance *instance)
{
    atomic_store_explicit(&instance->class_id, 0, memory_order_relaxed);
    atomic_store_explicit(&instance->family, 0, memory_order_relaxed);
    atomic_store_explicit(&instance->watched, false, memory_order_relaxed);
    __atomic_store_n(&instance->seen, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&instance->rare, &lv_rare_none, __ATOMIC_RELAXED);
    instance->id = 0;
    instance->exposed = NULL;
    instance->born = 0;
    instance->secrets = 0;
    instance->class_flags = 0;
}

/* Readers know an instance by `lock`: all else is set before it. */
struct lv_instance *lv_instance_begin(uintptr_t lock)
{
    struct lv_instance *instance;

    if ((is_full() && !grow()) || (instance = take_unused()) == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return NULL;
    }
    clear(instance);
    atomic_store_explicit(&instance->life, ++last_life, memory_order_relaxed);
    __atomic_store_n(&instance->lock, lock, __ATOMIC_RELEASE);
    link_in(now(), instance);
    living++;
    filter_add(lock);
    lv_record_header()->instances++;
    return instance;
}

void lv_instance_reconsider(struct lv_instance *instance)
{
    __atomic_store_n(&instance->seen, 0, __ATOMIC_RELAXED);
    atomic_fetch_add_explicit(lv_generation_of(instance->lock), 1,
                              memory_order_release);
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
    struct index *index = now();
    struct lv_instance **at = &index->bucket[bucket_of(index, instance->lock)];

    while (*at != instance)
        at = &(*at)->next;
    __atomic_store_n(at, instance->next, __ATOMIC_RELEASE);
    forget(instance);
    filter_remove(instance->lock);
    drop_rare(instance);
    living--;
    instance->life = 0;
    __atomic_store_n(&instance->next, unused, __ATOMIC_RELEASE);
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
    if (instance->rare->shared != NULL)
        more = sizeof(struct lv_rec_shared) +
               strlen(instance->rare->shared->path) + 1;
    entry = lv_record_append(LV_REC_INSTANCE, sizeof *entry + more);
    if (entry == NULL)
        return 0;
    if (instance->rare->shared != NULL)
        write_shared(entry + 1, instance->rare->shared);
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
    struct lv_instance *instance = now()->bucket[index];

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
        visit_bucket(bucket_of(now(), granule << GRANULE_SHIFT),
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

    if (size == 0 || now() == NULL || last < start)
        return;
    if (size >> GRANULE_SHIFT > 16 * (now()->mask + 1)) {
        for (i = 0; i <= now()->mask; i++)
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
