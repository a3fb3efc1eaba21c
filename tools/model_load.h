/* SPDX-License-Identifier: BSD-2-Clause */
/* model_load.h: one record into the model. Used by model.c alone. */
#ifndef MODEL_LOAD_H
#define MODEL_LOAD_H

#include "model.h"

/* Read the record at `path` and, for their definitions, those of the processes
 * it was forked from. False: nothing of it could be used; damage of either kind
 * was told and counted. */
bool model_load(struct model *model, const char *path);

#endif
