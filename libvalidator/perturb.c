/* SPDX-License-Identifier: BSD-2-Clause */
/* perturb.c: see perturb.h. */
#include "perturb.h"

#include <time.h>

#include "hash.h"
#include "raw.h"

uint32_t lv_perturbing;

static __thread uint64_t drawn
    __attribute__((tls_model("initial-exec"))); /* by this thread */

void lv_perturb_start(uint32_t seed)
{
    lv_perturbing = seed;
}

void lv_perturb(const struct lv_thread *thread)
{
    uint64_t draw = lv_mix(lv_mix(lv_perturbing, thread->id), ++drawn);
    struct timespec delay = {0, (long)(draw >> 8 & 0xfffff)}; /* ~1 ms */

    if (draw % 8 == 0)
        lv_raw_call(SYS_nanosleep, (long)&delay, 0, 0, 0, 0, 0);
    else if (draw % 8 < 3)
        lv_raw_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}
