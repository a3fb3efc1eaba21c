/* SPDX-License-Identifier: BSD-2-Clause */
/* newborn.c: see newborn.h. What was taken and is not held was released: so
 * releases are counted without a word from the fast path. */
#include "newborn.h"

/* A lock that its maker uses alone must come to the fast path some day. */
enum { USES = 16 };

static uint64_t releases(const struct lv_thread *thread)
{
    const struct lv_self *self = thread->self;

    return self->acquisitions - (uint64_t)(self->top - thread->base) -
           thread->kept_secret;
}

void lv_newborn_begin(const struct lv_thread *thread,
                      struct lv_instance *instance)
{
    instance->maker = thread->id;
    instance->maker_segment = thread->segment;
    instance->maker_released = releases(thread);
}

bool lv_newborn_held(const struct lv_thread *thread,
                     const struct lv_instance *instance)
{
    return instance->maker == thread->id &&
           instance->maker_segment == thread->segment &&
           instance->maker_released == releases(thread);
}

bool lv_newborn_is(const struct lv_thread *thread, struct lv_instance *instance)
{
    if (instance->maker != 0 && !lv_newborn_held(thread, instance))
        instance->maker = 0;
    return instance->maker != 0;
}

void lv_newborn_released(struct lv_thread *thread, struct lv_instance *instance)
{
    if (lv_newborn_held(thread, instance) && instance->maker_uses++ < USES)
        thread->kept_secret++;
}
