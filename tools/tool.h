/* SPDX-License-Identifier: BSD-2-Clause */
/* tool.h: what every part of the command `lockval` leans on: exit statuses,
 * error lines, memory that is given back all at once, and text that is safe to
 * print.
 *
 * Running out of memory ends the tool with TOOL_FAILED and one line; so none of
 * the functions here returns NULL. Includes nothing of ours. */
#ifndef TOOL_H
#define TOOL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum tool_status {
    TOOL_OK = 0,
    TOOL_FINDINGS = 66, /* findings gate */
    TOOL_FAILED = 99,   /* the validator itself failed */
};

/* "lockval: …" and a newline to standard error; control characters that the
 * arguments bring along are shown as \xNN. */
void tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tool_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line of progress, overwritten by the next and wiped by `done`; nothing
 * before two seconds have passed or where standard error is no terminal. */
void tool_progress(const char *what, size_t at, size_t of);
void tool_progress_done(void);

/* ---- memory -------------------------------------------------------------- */

_Noreturn void tool_out_of_memory(void);

/* Memory that lives until the arena is freed. Zeroed by {0}. */
struct tool_arena {
    struct tool_block *newest;
};

void *tool_take(struct tool_arena *arena, size_t size); /* zeroed */
char *tool_copy(struct tool_arena *arena, const char *text, size_t size);
char *tool_print(struct tool_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tool_arena_free(struct tool_arena *arena);

/* Make room in `array` (malloc'ed, NULL at first) for one more than `count`
 * things of `size` bytes. The caller frees the result. */
void *tool_grow(void *array, size_t count, size_t *room, size_t size);
#define TOOL_PUSH(array, count, room)                                  \
    ((array) = tool_grow((array), (count), &(room), sizeof(*(array))), \
     &(array)[(count)++])

/* ---- text ---------------------------------------------------------------- */

/* A copy that is valid UTF-8 without control or direction-changing characters,
 * which are spelled \xNN. At most `size` bytes of `text` are read. All names
 * and paths that come from a record or a module pass through here, so what is
 * printed later needs no second thought. */
char *tool_clean(struct tool_arena *arena, const char *text, size_t size);

/* What follows the last '/'. */
const char *tool_base(const char *path);

/* FNV-1a over `size` bytes, going on from `hash` (begin with TOOL_HASH). */
#define TOOL_HASH 0xcbf29ce484222325ULL
uint64_t tool_hash(uint64_t hash, const void *bytes, size_t size);

#endif
