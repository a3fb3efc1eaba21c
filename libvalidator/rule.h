/* SPDX-License-Identifier: BSD-2-Clause */
/* rule.h: rules and operations: which locks a place in the program needs.
 *
 * Nothing is judged here. The text of rules and each distinct operation go to
 * the record (record_format.h): the operation's name, its roles, which of them
 * the caller holds and how, all that it holds, its stack, and where it lost
 * what it has no more. The tools hold the two against each other. Operations
 * are distinct by name, call path, the classes and modes of what is held, and
 * which hold serves which role: not by instance, so that a program that makes
 * new objects for ever writes no more than one that does not.
 *
 * An assertion that holds costs a walk over the thread's own held list; one
 * that fails is written like an operation.
 *
 * All from any context; see event.h. Includes right.h. Used by annotate.c. */
#ifndef LV_RULE_H
#define LV_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lockval_role; /* include/lockval.h */

/* `text` is copied; a text seen before is not written again. */
void lv_rules(const char *text);

void lv_operation(const char *name, const struct lockval_role *role,
                  size_t count, uintptr_t caller);

/* The thread must (`held`) or must not hold `lock`, or have the right to it, in
 * the mode of `how` or a stronger one. */
void lv_assert(uintptr_t lock, uint32_t how, bool held, uintptr_t caller);

#endif
