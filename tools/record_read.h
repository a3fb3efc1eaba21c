/* SPDX-License-Identifier: BSD-2-Clause */
/* record_read.h: one record file, trusted in nothing.
 *
 * A record may come from another machine, from a process that was killed while
 * it wrote, or from someone who means harm. Here every header field, every
 * entry's type, size, count, string and enumeration is checked against the
 * file; whether ids exist is the model's to check, which knows the parent's.
 * Damage is told once, with offset and reason; what is before it stays usable.
 * Includes record_format.h and tool.h; used by model.c. */
#ifndef RECORD_READ_H
#define RECORD_READ_H

#include "record_format.h"
#include "tool.h"

/* What is wrong, and where; reason[0] == 0: nothing. */
struct record_damage {
    uint64_t offset;
    char reason[160];
};

struct record {
    char *path; /* as it was opened */
    const uint8_t *bytes;
    uint64_t size;               /* of the file */
    struct lv_rec_header header; /* a checked copy */
    struct record_damage damage;
    bool unbegun; /* its process ended before it wrote a header: no damage, and
                     nothing to read */
};

/* Open and check the header. False: unusable, `damage` or `unbegun` says why.
 * In both cases the caller closes. */
bool record_open(struct record *record, const char *path);
void record_close(struct record *record);

/* The entry at `*offset`, checked, with `*offset` moved behind it; begin with
 * record->header.header_size. NULL at the end of what was written, and where
 * damage begins: `damage` is then set. The entry lives as long as the record is
 * open. */
const struct lv_rec_head *record_next(struct record *record, uint64_t *offset);

/* Note damage at `offset`, unless some was noted before. Returns false. */
bool record_damaged(struct record *record, uint64_t offset, const char *format,
                    ...) __attribute__((format(printf, 3, 4)));

/* While records are mapped, one that shrinks would kill us with SIGBUS: end
 * with one line and TOOL_FAILED instead. Call once. */
void record_guard(void);

#endif
