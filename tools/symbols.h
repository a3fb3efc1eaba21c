/* SPDX-License-Identifier: BSD-2-Clause */
/* symbols.h: from a place in a module to what a person calls it.
 *
 * Done after the run, in this process, with libdw; modules are opened once and
 * their answers kept. A module whose build id is not the recorded one was
 * rebuilt since: it then gives no names rather than wrong ones. debuginfod is
 * asked only where DEBUGINFOD_URLS is set. The model may grow meanwhile.
 * Strings live as long as the symbols and are clean. Includes model.h; used by
 * name.c and the renderers. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include "model.h"

struct symbols;

struct symbols *symbols_new(struct model *model);
void symbols_free(struct symbols *symbols);

/* One level of a call; an inlined call shares its place with its caller. */
struct symbol_frame {
    const char *function; /* "" if unknown */
    const char *file;     /* as compiled, "" if unknown */
    int line;             /* 0 if unknown */
    const char *module;   /* path, "" if none */
    uint64_t offset;      /* in the module: the return address */
    bool inlined;         /* into the next frame */
    bool near;            /* only the nearest symbol: may be another one */
};

struct symbol_stack {
    uint64_t id; /* of what it says; 0: empty */
    size_t count;
    const struct symbol_frame *frame; /* innermost first */
};

/* The id of a frame, and of a stack whose innermost frame has id `frame` and
 * whose rest has id `callers` (0: there is none). */
uint64_t symbols_frame_id(const struct symbol_frame *frame);
uint64_t symbols_stack_id(uint64_t frame, uint64_t callers);

/* A stack with its inlined calls, but for what <lockval.h> put there; stack 0
 * is empty. */
const struct symbol_stack *symbols_stack(struct symbols *symbols,
                                         uint32_t stack);

/* The function, file and line of one address of code; `back` is 1 for a return
 * address, 0 for an address that is the place itself. */
const struct symbol_stack *symbols_code(struct symbols *symbols,
                                        struct model_place place, int back);

/* The variable at an address of static data, with members and indices down to
 * the lock: `table[3].lock`. `family` (enum lv_family) tells where to stop;
 * `*where` is set to the file:line that declares it, or "". NULL: nothing
 * known; "*near" true: no more than the nearest symbol. */
const char *symbols_data(struct symbols *symbols, struct model_place place,
                         uint32_t family, const char **where, bool *near);

/* The variable `below` bytes under the CFA of the function at `code`, spelled
 * likewise; NULL: unknown. */
const char *symbols_local(struct symbols *symbols, struct model_place code,
                          int64_t below, uint32_t family);

/* Did any module differ from the recorded one? Told once by the report. */
size_t symbols_changed(const struct symbols *symbols);

#endif
