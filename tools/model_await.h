/* SPDX-License-Identifier: BSD-2-Clause */
/* model_await.h: what a family's signals and guesses come to in the end.
 *
 * Each dependency of an event on a lock (record_format.h, lv_rec_signal) that
 * no later signal made void becomes an observation like others. What names a
 * lock that was none (lv_rec_guess) goes. Includes model.h. Used by model.c. */
#ifndef MODEL_AWAIT_H
#define MODEL_AWAIT_H

#include "model.h"

/* Once, before families are merged and learned. */
void model_await(struct model *model, struct model_family *family);

#endif
