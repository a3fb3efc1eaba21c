/* SPDX-License-Identifier: BSD-2-Clause */
/* text.h: what other forms borrow of the text, so that all use the same words.
 * Includes render.h; used by the forms. */
#ifndef TEXT_H
#define TEXT_H

#include "render.h"

/* One finding in full: the sentence, both stacks, how it meets, what next. */
void text_finding(const struct render *render, const struct finding *finding);

void text_exception(const struct render *render,
                    const struct raw_exception *exception);

/* " for reading" and the like, from LV_HOW_*; "" for writing. */
const char *text_mode(uint32_t how);

/* "wanted", "waited for", "could be interrupted by". */
const char *text_wish(uint32_t how);

/* What to do about it, as one sentence or two. */
const char *text_advice(const struct finding *finding);

/* What reruns showed, as sentences; NULL: there were none. */
const char *text_confirmation(struct tool_arena *arena,
                              const struct finding *finding);

/* How many frames say something: not those that the C library puts around main
 * and the functions of threads. */
size_t text_useful(const struct symbol_stack *stack);

#endif
