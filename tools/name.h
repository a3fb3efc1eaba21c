/* SPDX-License-Identifier: BSD-2-Clause */
/* name.h: what a lock class and a thread are called, for people.
 *
 * Never only an address. In this order: the declared name; the variable, with
 * members and indices; the expression in the source where the lock was made or
 * first taken; the function that did so. Two classes never share a name.
 * Includes model.h, symbols.h; used by findings.c. */
#ifndef NAME_H
#define NAME_H

#include "model.h"
#include "symbols.h"

struct name {
    const char *text;  /* to print; unique among classes */
    const char *key;   /* for fingerprints: no line numbers, no addresses */
    const char *own;   /* `text` before it was told apart from others */
    const char *place; /* where it is declared or made; "" */
    struct model_place site;
    uint32_t stack; /* where it was made or first taken; 0: unknown */
    uint32_t alike; /* the lowest class that the same line of the program made
                       or took first, as a member of an object: the paths to
                       that line differ, the kind of object does not */
};

struct names;

struct names *names_new(struct model *model, struct symbols *symbols);
void names_free(struct names *names);

/* The name of a class; lives as long as `names`, until names_next. The first
 * call names all, and tells those apart that are `here`. */
const struct name *names_class(struct names *names, uint32_t class_id);

/* After model_next: what is equal is told apart anew, among those classes that
 * are `here`. */
void names_next(struct names *names);

/* The innermost frame that is not the C or C++ library's, nor inlined from a
 * system header. The innermost of all where there is none such; NULL for an
 * empty stack. */
const struct symbol_frame *name_own_frame(const struct symbol_stack *stack);

/* "cache.c:42", or "libfoo.so+0x1234" where no source is known. */
char *name_position(struct tool_arena *arena, const struct symbol_frame *frame);

/* The function, or "libfoo.so+0x1234"; a merely nearest one is said to be. */
char *name_function(struct tool_arena *arena, const struct symbol_frame *frame);

#endif
