/* SPDX-License-Identifier: BSD-2-Clause */
/* step.h: up the calling thread's stack with libunwind, which knows every form
 * of frame. One thread at a time; slow: 35 us at depth 22. Where libunwind is
 * missing nothing is visited. Includes walk.h. Used by unwind.c. */
#ifndef LV_STEP_H
#define LV_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "walk.h"

/* Load libunwind and let it do now what it does once; see lv_unwind_start. */
bool lv_step_start(void);

/* Visit the frames of the calling thread, lv_step_up's own among them. Not
 * from inside a visit. */
void lv_step_up(lv_frame_visitor *visit, void *data);

/* Some address in libunwind's code; 0: not loaded. */
uintptr_t lv_step_code(void);

/* Around fork; see lv_unwind_fork_prepare. */
void lv_step_fork_prepare(void);
void lv_step_fork_parent(void);
void lv_step_fork_child(void);

/* Code was unloaded. */
void lv_step_flush(void);

#endif
