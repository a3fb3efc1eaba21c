/* SPDX-License-Identifier: BSD-2-Clause */
/* newborn.c: see newborn.h. What was taken and is not held was released: so
 * releases are counted without a word from the fast path. */
#include "newborn.h"

#include "event.h"
#include "hash.h"

__thread struct lv_blocks lv_blocks;

/* A lock that its maker uses alone must come to the fast path some day. */
enum { USES = 16 };

static uint64_t releases(const struct lv_thread *thread)
{
    const struct lv_self *self = thread->self;

    return self->acquisitions - (uint64_t)(self->top - thread->base) -
           self->secrets;
}

/* The time between two releases in a thread's segment. That another is taken
 * for it has a chance of one in 2^31. */
static uint32_t moment(const struct lv_thread *thread)
{
    uint64_t place = (uint64_t)thread->id << 32 | thread->segment;

    return (uint32_t)lv_mix(lv_mix(0xb02b, place), releases(thread)) | 1;
}

void lv_newborn_begin(const struct lv_thread *thread,
                      struct lv_instance *instance)
{
    instance->born = moment(thread);
}

bool lv_newborn_held(const struct lv_thread *thread,
                     const struct lv_instance *instance)
{
    return instance->born != 0 && instance->born == moment(thread);
}

/* Without the engine's lock as well: another life has another moment. */
bool lv_newborn_is(const struct lv_thread *thread, struct lv_instance *instance)
{
    uint32_t born = atomic_load_explicit(&instance->born, memory_order_relaxed);

    if (born == 0)
        return false;
    if (born == moment(thread))
        return true;
    atomic_compare_exchange_strong_explicit(
        &instance->born, &born, 0, memory_order_relaxed, memory_order_relaxed);
    return false;
}

void lv_newborn_released(struct lv_thread *thread, struct lv_instance *instance)
{
    uint8_t uses =
        atomic_load_explicit(&instance->marks, memory_order_relaxed) /
        LV_INSTANCE_SECRET;

    if (uses == USES || !lv_newborn_held(thread, instance))
        return;
    atomic_fetch_add_explicit(&instance->marks, LV_INSTANCE_SECRET,
                              memory_order_relaxed);
    thread->self->secrets++;
}

bool lv_newborn_block(uintptr_t address)
{
    unsigned i;

    for (i = 0; i < LV_BLOCKS; i++)
        if (lv_blocks.block[i].moment == lv_blocks_moment() &&
            address - lv_blocks.block[i].start < lv_blocks.block[i].size)
            return true;
    return false;
}
