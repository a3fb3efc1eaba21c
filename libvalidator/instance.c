/* SPDX-License-Identifier: BSD-2-Clause */
/* instance.c: see instance.h.
 *
 * Buckets are chosen by 64-byte granules, so that a range is searched granule
 * by granule; pages without a lock are skipped by the page filter. The granules
 * of a megabyte follow each other, as the locks of a heap do: who passes over
 * them finds the next bucket in the cache.
 *
 * lv_instance_look walks the buckets while others change them: of each size
 * there is one bucket array for good, whose pages go back to the system while
 * another is in use; and a walk that strays into another chain ends after some
 * steps. */
#include "instance.h"

#include <string.h>

#include "engine.h"
#include "held.h"
#include "memory.h"
#include "pairs.h"
#include "record.h"
#include "shared.h"
#include "signals.h"
#include "slab.h"

enum {
    GRANULE_SHIFT = 6,
    REGION_SHIFT = 20,
    PAGE_SHIFT = 12,
    PER_BUCKET = 2,
    SPARSE = 16, /* buckets a lock, from where on there are too many */
    LEAST_BITS = 10,
    LONGEST_LOOK = 64,
};

#define IN_GRANULE (((uintptr_t)1 << GRANULE_SHIFT) - 1)

_Atomic uint32_t lv_generation[LV_GENERATIONS];
_Atomic uint64_t lv_page_filter[LV_PAGES / 64];
static uint16_t page_count[LV_PAGES]; /* lives per filter bit; 65535 sticks */

/* All there is of the index, so that a reader has size and array at once. */
struct index {
    size_t mask;
    struct lv_instance *bucket[];
};

static struct index *of_bits[64]; /* those that there were, by their size */
static unsigned bits_now;
static struct index *_Atomic index_now;
static _Atomic uint32_t changes; /* odd while a chain comes apart */
static size_t living;
static unsigned visiting; /* the index is walked by somebody */
static uint64_t last_life;
static uint32_t last_id;
static struct lv_slab slots = {.size = sizeof(struct lv_instance)};

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

static struct index *index_of(unsigned bits)
{
    size_t count = (size_t)1 << bits, i;
    struct index *index = of_bits[bits];

    if (index == NULL) {
        index = lv_calloc(1, sizeof *index + count * sizeof index->bucket[0]);
        of_bits[bits] = index;
        if (index != NULL)
            index->mask = count - 1;
        return index;
    }
    for (i = 0; i < count; i++)
        __atomic_store_n(&index->bucket[i], NULL, __ATOMIC_RELAXED);
    return index;
}

/* Chains come apart from the first of these to the second, and readers may
 * miss. */
static void begin_change(void)
{
    atomic_fetch_add_explicit(&changes, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

static void end_change(void)
{
    atomic_fetch_add_explicit(&changes, 1, memory_order_release);
}

static bool resize(unsigned bits)
{
    struct index *old = now(), *other = index_of(bits);
    size_t i;

    if (other == NULL)
        return old != NULL;
    begin_change();
    for (i = 0; old != NULL && i <= old->mask; i++) {
        struct lv_instance *instance = old->bucket[i], *next;

        for (; instance != NULL; instance = next) {
            next = instance->next;
            link_in(other, instance);
        }
    }
    atomic_store_explicit(&index_now, other, memory_order_release);
    end_change();
    bits_now = bits;
    if (old != NULL)
        lv_discard(old->bucket, (old->mask + 1) * sizeof old->bucket[0]);
    return true;
}

static bool make_room(void)
{
    if (now() == NULL)
        return resize(LEAST_BITS);
    if (living < PER_BUCKET * (now()->mask + 1) || visiting != 0)
        return true;
    return resize(bits_now + 1);
}

static void shrink(void)
{
    if (visiting == 0 && bits_now > LEAST_BITS && living * SPARSE < now()->mask)
        resize(bits_now - 2);
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

static bool is_empty(const struct index *index, uintptr_t granule)
{
    const struct lv_instance *i = __atomic_load_n(
        &index->bucket[bucket_of(index, granule << GRANULE_SHIFT)],
        __ATOMIC_ACQUIRE);
    unsigned steps = 0;

    for (; i != NULL; i = __atomic_load_n(&i->next, __ATOMIC_ACQUIRE))
        if (++steps == LONGEST_LOOK ||
            __atomic_load_n(&i->lock, __ATOMIC_ACQUIRE) >> GRANULE_SHIFT ==
                granule)
            return false;
    return true;
}

bool lv_instance_none(uintptr_t start, size_t size)
{
    enum { MOST = 16 };
    uintptr_t granule = start >> GRANULE_SHIFT,
              last = (start + size - 1) >> GRANULE_SHIFT;
    const struct index *index = now();
    uint32_t before = atomic_load_explicit(&changes, memory_order_acquire);

    if (index == NULL || size == 0 || last - granule >= MOST || before % 2 != 0)
        return false;
    for (; granule <= last; granule++)
        if (!is_empty(index, granule))
            return false;
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&changes, memory_order_relaxed) == before;
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

struct lv_rare *lv_instance_rare_exposed(struct lv_instance *instance)
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
    instance->rare = rare;
    return rare;
}

struct lv_rare *lv_instance_rare(struct lv_instance *instance)
{
    struct lv_rare *rare = lv_instance_rare_exposed(instance);

    if (rare != NULL)
        lv_instance_mark(instance, LV_INSTANCE_ODD);
    return rare;
}

static void drop_rare(struct lv_instance *instance)
{
    if (instance->rare != &lv_rare_none) {
        lv_free(instance->rare->reread);
        lv_free((void *)(uintptr_t)instance->rare);
    }
    instance->rare = &lv_rare_none;
}

/* Somebody may look at what was here before (lv_instance_look). */
static void clear(struct lv_instance *instance)
{
    atomic_store_explicit(&instance->class_id, 0, memory_order_relaxed);
    atomic_store_explicit(&instance->class_flags, 0, memory_order_relaxed);
    atomic_store_explicit(&instance->family, 0, memory_order_relaxed);
    atomic_store_explicit(&instance->marks, 0, memory_order_relaxed);
    atomic_store_explicit(&instance->born, 0, memory_order_relaxed);
    __atomic_store_n(&instance->seen, 0, __ATOMIC_RELAXED);
    instance->rare = &lv_rare_none;
    instance->pairs = NULL;
    instance->id = 0;
}

/* Readers know an instance by `lock`: all else is set before it. */
struct lv_instance *lv_instance_begin(uintptr_t lock)
{
    struct lv_instance *instance;

    if (!make_room() || (instance = lv_slab_take(&slots)) == NULL) {
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
    if (instance->pairs != NULL)
        lv_pairs_forget(instance);
    if (instance->id != 0)
        lv_order_forget(lv_engine.order, instance->id);
    instance->id = 0;
    if (instance->rare->exposed != NULL)
        lv_signal_forget(instance);
}

void lv_instance_end(struct lv_instance *instance)
{
    struct index *index = now();
    struct lv_instance **at = &index->bucket[bucket_of(index, instance->lock)];

    while (*at != instance)
        at = &(*at)->next;
    begin_change();
    __atomic_store_n(at, instance->next, __ATOMIC_RELEASE);
    end_change();
    forget(instance);
    filter_remove(instance->lock);
    drop_rare(instance);
    living--;
    atomic_store_explicit(&instance->life, 0, memory_order_relaxed);
    lv_slab_give(&slots, instance);
    shrink();
}

void lv_instance_renew(struct lv_instance *instance)
{
    forget(instance);
    atomic_store_explicit(
        &instance->marks,
        atomic_load_explicit(&instance->marks, memory_order_relaxed) &
            ~LV_INSTANCE_NAMED,
        memory_order_relaxed);
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

uint32_t lv_instance_number(struct lv_instance *instance)
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

uint32_t lv_instance_id(struct lv_instance *instance)
{
    if (!lv_instance_has(instance, LV_INSTANCE_NAMED))
        lv_pairs_name(instance);
    return lv_instance_number(instance);
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
                     (granule << GRANULE_SHIFT | IN_GRANULE) < last
                         ? granule << GRANULE_SHIFT | IN_GRANULE
                         : last,
                     visit, context);
}

static void visit_all(uintptr_t start, uintptr_t last,
                      void (*visit)(void *, struct lv_instance *),
                      void *context)
{
    uintptr_t page, end;
    size_t i;

    if ((last - start) >> GRANULE_SHIFT > 16 * (now()->mask + 1)) {
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

void lv_instance_each(uintptr_t start, size_t size,
                      void (*visit)(void *, struct lv_instance *),
                      void *context)
{
    uintptr_t last = start + size - 1;

    if (size == 0 || now() == NULL || last < start)
        return;
    visiting++;
    visit_all(start, last, visit, context);
    visiting--;
    shrink();
}
