/* SPDX-License-Identifier: BSD-2-Clause */
/* pairs.c: see pairs.h.
 *
 * A pair is in two lists, of its tail's pairs and of its head's, of which each
 * begins at `pairs` of the instance. Older evidence for the same two hangs off
 * it, in structures like it. */
#include "pairs.h"

#include "hash.h"
#include "slab.h"

enum {
    EVIDENCE = 8,    /* kept of a pair; with more the order chooses */
    FIRST = 4,       /* of a thread's segment, written at once */
    WITNESSES = 512, /* of all threads: as observe.c does of a chain */
};

/* What of `how` makes evidence of another kind. */
#define FLAVOUR ((uint32_t)(LV_HOW_MODE | 0xff << LV_HOW_SUBCLASS_SHIFT))

struct links {
    struct lv_pair *next, *before;
};

struct lv_pair {
    struct lv_instance *tail, *head;
    struct links of_tail, of_head;
    struct lv_pair *older;
    uint32_t thread, segment;
    uint32_t tail_stack, head_stack;
    uint32_t tail_how;
    uint32_t head_how : 24, written : 1, ordered : 1; /* the order knows it */
};
_Static_assert(sizeof(struct lv_pair) == 96 - 16, "a pair has grown");

static struct lv_slab slots = {.size = sizeof(struct lv_pair)};
static struct lv_hash ordinals; /* of a thread's segment, and of all */
static uint64_t unordered;

uint64_t lv_pairs_count(void)
{
    return unordered;
}

/* ---- lists ---------------------------------------------------------------
 */

static bool is_tail(const struct lv_instance *instance)
{
    return instance->pairs != NULL && instance->pairs->tail == instance;
}

static bool is_head(const struct lv_instance *instance)
{
    return instance->pairs != NULL && instance->pairs->head == instance;
}

static bool same_class(const struct lv_instance *a, const struct lv_instance *b)
{
    return a->class_id == b->class_id;
}

static struct links *links_of(struct lv_pair *pair,
                              const struct lv_instance *end)
{
    return pair->tail == end ? &pair->of_tail : &pair->of_head;
}

static void link_in(struct lv_pair *pair, struct lv_instance *end)
{
    struct links *links = links_of(pair, end);

    links->before = NULL;
    links->next = end->pairs;
    if (end->pairs != NULL)
        links_of(end->pairs, end)->before = pair;
    end->pairs = pair;
}

static void unlink_from(struct lv_pair *pair, struct lv_instance *end)
{
    const struct links *links = links_of(pair, end);

    if (links->before != NULL)
        links_of(links->before, end)->next = links->next;
    else
        end->pairs = links->next;
    if (links->next != NULL)
        links_of(links->next, end)->before = links->before;
}

static void drop(struct lv_pair *pair)
{
    struct lv_pair *older;

    unordered -= !pair->ordered;
    unlink_from(pair, pair->tail);
    unlink_from(pair, pair->head);
    for (; pair != NULL; pair = older) {
        older = pair->older;
        lv_slab_give(&slots, pair);
    }
}

/* One of the two lists is often short: both are looked through by turns. */
static struct lv_pair *find(const struct lv_instance *tail,
                            const struct lv_instance *head)
{
    struct lv_pair *out = is_tail(tail) ? tail->pairs : NULL;
    struct lv_pair *in = is_head(head) ? head->pairs : NULL;

    while (out != NULL && in != NULL) {
        if (out->head == head)
            return out;
        if (in->tail == tail)
            return in;
        out = out->of_tail.next;
        in = in->of_head.next;
    }
    return NULL;
}

/* ---- writing ------------------------------------------------------------- */

static void write_evidence(struct lv_pair *pair, struct lv_pair *evidence)
{
    struct lv_rec_hold hold =
        lv_pairs_describe(pair->tail, evidence->tail_how, evidence->tail_stack);
    struct lv_rec_hold wanted =
        lv_pairs_describe(pair->head, evidence->head_how, evidence->head_stack);

    evidence->written = true;
    unordered -= !pair->ordered;
    pair->ordered = true;
    lv_pairs_write(
        evidence->thread, evidence->segment, &hold, &wanted,
        lv_order_locate(lv_engine.order, hold.instance, wanted.instance));
}

void lv_pairs_name(struct lv_instance *instance)
{
    struct lv_pair *evidence;

    lv_instance_mark(instance, LV_INSTANCE_NAMED);
    if (is_tail(instance) && same_class(instance, instance->pairs->head))
        lv_pairs_name(instance->pairs->head);
    while (is_head(instance)) {
        struct lv_pair *pair = instance->pairs;

        for (evidence = pair; evidence != NULL; evidence = evidence->older)
            if (!evidence->written)
                write_evidence(pair, evidence);
        lv_instance_mark(pair->tail, LV_INSTANCE_NAMED); /* it is a tail */
        drop(pair);
    }
}

void lv_pairs_forget(struct lv_instance *instance)
{
    while (instance->pairs != NULL)
        drop(instance->pairs);
}

/* ---- which are written at once ------------------------------------------- */

/* The ordinal of what has this key; 0: no memory. */
static uint64_t next_ordinal(uint64_t key)
{
    uint64_t *ordinal = lv_hash_put(&ordinals, key);

    if (ordinal == NULL)
        lv_record_lost(LV_LOST_MEMORY);
    return ordinal == NULL ? 0 : ++*ordinal;
}

static bool is_among(uint64_t ordinal, uint64_t first)
{
    return ordinal <= first || (ordinal & (ordinal - 1)) == 0;
}

bool lv_pairs_is_sample(uint64_t key, uint32_t thread, uint32_t segment)
{
    uint64_t place = (uint64_t)thread << 32 | segment;

    return is_among(next_ordinal(lv_mix(key, place)), FIRST) &&
           is_among(next_ordinal(key), WITNESSES);
}

static bool is_sample(const struct lv_pair *pair)
{
    bool up = pair->tail->lock < pair->head->lock;
    uint64_t key =
        lv_mix((uint64_t)pair->tail->class_id << 32 | pair->head->class_id,
               (uint64_t)pair->tail_stack << 32 | pair->head_stack);

    key = lv_mix(key, (uint64_t)(pair->tail_how & FLAVOUR) << 32 |
                          (pair->head_how & FLAVOUR) << 1 | up);
    return lv_pairs_is_sample(key, pair->thread, pair->segment);
}

/* ---- keeping ------------------------------------------------------------- */

/* Two of one class have nothing but each other; and who has one of its class
 * has no others. */
static bool may_begin(const struct lv_instance *tail,
                      const struct lv_instance *head)
{
    if (same_class(tail, head))
        return tail->pairs == NULL && head->pairs == NULL && tail->id == 0 &&
               head->id == 0;
    return tail->pairs == NULL || !same_class(tail, tail->pairs->head);
}

static struct lv_pair *begin_pair(struct lv_instance *tail,
                                  struct lv_instance *head)
{
    struct lv_pair *pair = lv_slab_take(&slots);

    if (pair == NULL)
        return NULL;
    *pair = (struct lv_pair){.tail = tail, .head = head};
    link_in(pair, tail);
    link_in(pair, head);
    unordered++;
    return pair;
}

/* The newest evidence lies in the pair itself. */
static void push_older(struct lv_pair *pair)
{
    struct lv_pair *older = lv_slab_take(&slots);

    if (older == NULL)
        return; /* it makes room */
    *older = *pair;
    pair->older = older;
}

static bool is_shown(const struct lv_pair *pair, const struct lv_pair *like)
{
    for (; pair != NULL; pair = pair->older)
        if (pair->thread == like->thread && pair->segment == like->segment &&
            ((pair->tail_how ^ like->tail_how) & FLAVOUR) == 0 &&
            ((pair->head_how ^ like->head_how) & FLAVOUR) == 0)
            return true;
    return false;
}

static bool is_full(const struct lv_pair *pair)
{
    unsigned count = 0;

    for (; pair != NULL; pair = pair->older)
        count++;
    return count == EVIDENCE;
}

static void add_evidence(struct lv_pair *pair, const struct lv_pair *new,
                         bool first)
{
    if (!first)
        push_older(pair);
    pair->thread = new->thread;
    pair->segment = new->segment;
    pair->tail_stack = new->tail_stack;
    pair->head_stack = new->head_stack;
    pair->tail_how = new->tail_how;
    pair->head_how = new->head_how;
    pair->written = false;
    if (is_sample(pair))
        write_evidence(pair, pair);
}

bool lv_pairs_keep(struct lv_thread *thread, struct lv_instance *wanted,
                   uint32_t how, uint32_t stack)
{
    const struct lv_held *held = thread->self->top;
    struct lv_instance *tail = held->instance;
    struct lv_pair new = {.thread = thread->id,
                          .segment = thread->segment,
                          .tail_stack = held->stack,
                          .head_stack = stack,
                          .tail_how = held->how,
                          .head_how = how & 0x00ffffff};
    struct lv_pair *pair;
    bool first;

    if (lv_instance_has(wanted, LV_INSTANCE_NAMED) || is_tail(wanted))
        return false;
    if (is_head(tail))
        lv_pairs_name(tail);
    pair = find(tail, wanted);
    first = pair == NULL;
    if (!first && is_shown(pair, &new))
        return true;
    if (!first && is_full(pair)) {
        lv_pairs_name(wanted);
        return false;
    }
    if (first &&
        (!may_begin(tail, wanted) || (pair = begin_pair(tail, wanted)) == NULL))
        return false;
    if (first)
        lv_record_header()->chains++;
    lv_thread_refresh_name(thread);
    thread->observed = thread->segment + 1;
    add_evidence(pair, &new, first);
    return true;
}

/* Nothing else was held by anybody, and in a thread's present segment there is
 * one of a flavour. */
bool lv_pairs_is_saturated(const struct lv_instance *tail,
                           const struct lv_instance *head,
                           const struct lv_order_asked *asked)
{
    const struct lv_pair *pair = find(tail, head);
    uint32_t count = 0;

    for (; pair != NULL && count < asked->enough; pair = pair->older)
        if (((pair->tail_how ^ asked->from_how) & FLAVOUR) == 0 &&
            ((pair->head_how ^ asked->to_how) & FLAVOUR) == 0 &&
            asked->is_current(pair->thread, pair->segment))
            asked->thread[count++] = pair->thread;
    return count == asked->enough;
}
