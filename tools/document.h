/* SPDX-License-Identifier: BSD-2-Clause */
/* document.h: findings and exceptions as JSON for a database, and back.
 *
 * A stack is told by its id. What is read back is checked and cleaned: a
 * document that makes no sense is refused, not guessed at.
 * Includes findings.h, jansson; used by store_*.c. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "findings.h"

/* malloc'ed. Without what differs from run to run: counts, processes. */
char *document_of_finding(const struct finding *finding);
char *document_of_exception(const struct raw_exception *exception);

/* Call `visit` for each stack that the document refers to. */
typedef bool document_visit(void *context, const struct symbol_stack *stack);
bool document_stacks(const struct finding *finding, document_visit *visit,
                     void *context);
bool document_exception_stacks(const struct raw_exception *exception,
                               document_visit *visit, void *context);

struct document_source {
    struct tool_arena *arena; /* of the result */
    /* NULL: there is no such stack. Id 0 is an empty one. */
    const struct symbol_stack *(*stack)(void *context, uint64_t id);
    void *context;
};

/* False: the document is no good. */
bool document_to_finding(const struct document_source *source, const char *text,
                         struct finding *finding);
bool document_to_exception(const struct document_source *source,
                           const char *text, struct raw_exception *exception);

#endif
