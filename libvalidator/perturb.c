/* SPDX-License-Identifier: BSD-2-Clause */
/* perturb.c: see perturb.h. */
#include "perturb.h"

#include <time.h>

#include "hash.h"
#include "raw.h"
#include "steer.h"

uint32_t lv_perturbing;

static __thread uint64_t drawn
    __attribute__((tls_model("initial-exec"))); /* by this thread */

void lv_perturb_start(uint32_t seed)
{
    lv_perturbing = seed;
}

static void sleep_ns(uint64_t ns)
{
    struct timespec delay = {0, (long)ns};

    lv_raw_call(SYS_nanosleep, (long)&delay, 0, 0, 0, 0, 0);
}

/* Which thread comes first is half of what a steered rerun can change: with
 * even seeds it is the youngest, with odd ones any. */
static uint64_t first_ns(const struct lv_thread *thread, uint64_t draw)
{
    uint64_t place = lv_perturbing % 2 == 0 ? ~(uint64_t)thread->id : draw;

    return place % 8 * 20000000;
}

void lv_perturb(const struct lv_thread *thread)
{
    uint64_t draw = lv_mix(lv_mix(lv_perturbing, thread->id), ++drawn);

    if (lv_steering && drawn == 1)
        sleep_ns(first_ns(thread, draw));
    else if (draw % 8 == 0)
        sleep_ns(draw >> 8 & 0xfffff); /* ~1 ms */
    else if (draw % 8 < 3)
        lv_raw_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}
