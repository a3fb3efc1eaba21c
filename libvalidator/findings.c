/* SPDX-License-Identifier: BSD-2-Clause */
/* findings.c: see findings.h. */
#include "findings.h"

#include <stdatomic.h>

#include "hash.h"
#include "notice.h"
#include "record.h"
#include "saturated.h"

static _Atomic uint64_t count;
static struct lv_hash told; /* cycles, by their dependencies */

/* A cycle is told from whichever step closed it: the sum knows no first. */
static uint64_t key_of(const struct lv_cycle *cycle)
{
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i < cycle->count; i++)
        sum += lv_mix(cycle->step[i].from, cycle->step[i].to);
    return lv_mix(sum, cycle->count);
}

void lv_findings_cycle(void *unused, const struct lv_cycle *cycle)
{
    uint64_t *seen = lv_hash_put(&told, key_of(cycle));

    if (seen == NULL)
        lv_record_lost(LV_LOST_MEMORY);
    if (seen == NULL || (*seen)++ == 0)
        lv_findings_add();
    lv_saturated_end_epoch(); /* its steps are to be seen again */
    lv_notice_cycle(unused, cycle);
}

void lv_findings_add(void)
{
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
}

uint64_t lv_findings_count(void)
{
    return atomic_load_explicit(&count, memory_order_relaxed);
}
