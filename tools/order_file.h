/* SPDX-License-Identifier: BSD-2-Clause */
/* order_file.h: a lock order that people declared.
 *
 *   file  = line { newline line }                 '#' begins a comment
 *   line  = [ chain | leaf | same ]
 *   chain = NAME "<" NAME { "<" NAME }            taken in this order
 *   leaf  = "leaf" ":" NAME { "," NAME }          nothing is waited for inside
 *   same  = "same-class" NAME ":" ( "by address" | "nested" )
 *   NAME  = a word without blanks and " # < , :, or "anything in quotes"
 *
 * The order is transitive, and a pair that contradicts those above it is a
 * mistake. A name stands for all subclasses of its class that have no line of
 * their own ("mmap_lock" for "mmap_lock/1"). `same-class`: locks of that class
 * may be taken inside each other, lower addresses first; or each subclass
 * inside lower ones. Without it, nothing is said of a class inside itself.
 * Includes map.h. Used by order_check.c. */
#ifndef ORDER_FILE_H
#define ORDER_FILE_H

#include "map.h"

enum order_same { ORDER_UNSAID, ORDER_BY_ADDRESS, ORDER_NESTED };

struct order_name {
    const char *text;
    size_t leaf; /* line that makes it one; 0: none */
    enum order_same same;
    size_t same_line;
};

struct order_pair {
    uint32_t from, to; /* indices of names */
    size_t line;
};

struct order_file {
    struct tool_arena arena;
    const char *path;
    struct intern words;
    struct order_name *name;
    size_t name_count, name_room;
    struct order_pair *pair; /* as written, each once */
    size_t pair_count, pair_room;
    uint64_t *reach; /* [from][to], ORDER_WORDS words a row */
};

enum { ORDER_NAMES = 2048, ORDER_WORDS = ORDER_NAMES / 64 };
#define ORDER_NONE UINT32_MAX

/* Read `path`. False: it cannot be read or a line is no good, told in one line
 * with its number. Freed in any case. */
bool order_file_read(struct order_file *file, const char *path);

/* The same of text, for tests; `path` names it in messages. */
bool order_file_parse(struct order_file *file, const char *path,
                      const char *text, size_t size);

/* The name that stands for a class, or ORDER_NONE: `text` itself, or its part
 * before the last '/' where that is a subclass (`base` true). */
uint32_t order_file_find(const struct order_file *file, const char *text,
                         bool base);

/* Whether `from` is declared to come before `to`, by whatever steps. */
bool order_file_before(const struct order_file *file, uint32_t from,
                       uint32_t to);

void order_file_free(struct order_file *file);

#endif
