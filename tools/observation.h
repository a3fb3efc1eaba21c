/* SPDX-License-Identifier: BSD-2-Clause */
/* observation.h: which dependencies the model's observations draw, and how one
 * reads. Includes findings.h; used by order_*.c and describe.c. */
#ifndef OBSERVATION_H
#define OBSERVATION_H

#include "findings.h"

/* Does the observation draw a dependency from its hold `i`? What
 * record_format.h says of struct lv_rec_observation. */
bool observation_draws(const struct lv_rec_observation *seen, uint32_t i);

/* An observation that drew the dependency, and which hold of it (from 1); NULL
 * where there is none after `*at` (begin with {0}). */
struct observation_at {
    size_t family, seen;
    uint32_t hold;
};
const struct lv_rec_observation *observation_next(const struct model *model,
                                                  uint32_t from, uint32_t to,
                                                  struct observation_at *at);

/* The kind of the dependency. */
enum lv_dep_kind observation_kind(const struct lv_rec_hold *hold,
                                  const struct lv_rec_hold *wanted);

/* The dependency out of hold `i`, in words. */
struct finding_step observation_step(struct findings *findings, size_t family,
                                     const struct lv_rec_observation *seen,
                                     uint32_t i);

#endif
