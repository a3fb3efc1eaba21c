/* SPDX-License-Identifier: BSD-2-Clause */
/* record.h: appending to the record (record_format.h).
 *
 * The file is mapped shared into a reserved range of addresses and grows there,
 * so that entries never move and may be used as the engine's own memory. No
 * descriptor is kept: growing opens the file again by its path. Space is
 * allocated on disk before it is mapped in, so a full disk costs events
 * (counted as lost), never a SIGBUS. A directory that is a link, or another
 * user's and not root's, is not written to. Where no file can be had the same
 * range is filled with anonymous memory: detection goes on, and LV_LOST_RECORD
 * says so.
 *
 * All functions: slow path only, with the engine's lock held.
 * Includes record_format.h, raw.h. */
#ifndef LV_RECORD_H
#define LV_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "record_format.h"

/* Open the record of this process in `directory` (created if missing, 0700);
 * `run` is what `lockval run` calls itself, or "", and `test` what its user
 * calls it, or "". From the constructor. False:
 * no file; anonymous memory is used. */
bool lv_record_open(const char *directory, const char *run, const char *test);

/* In a child that `thread` forked, in its `segment`: the next append opens a
 * file that continues the parent's. */
void lv_record_forked(uint32_t thread, uint32_t segment);

/* False in a forked child that has had nothing to say yet. */
bool lv_record_has_begun(void);

/* Room for an entry of `size` bytes (rounded up), zeroed but for head.size and
 * the type, which lv_record_commit publishes. NULL: none (counted). At most one
 * entry may be open at a time. */
void *lv_record_append(enum lv_rec_type type, size_t size);
void lv_record_commit(void *entry);

/* The process is about to become another user, or to see another root: it may
 * not open its record again. Room for what follows is taken now. */
void lv_record_reserve(void);

/* Another program is about to be executed, which will want a record of its own.
 * True: it cannot have one, and this record tells of the loss;
 * lv_record_foresaw_wrong takes that back where the exec fails. Any context,
 * without the lock. */
bool lv_record_foresee(void);
void lv_record_foresaw_wrong(void);

/* From now on no file may be opened, for the record or otherwise: the kernel
 * could end the process for it (seccomp). Children that are forked later find a
 * few files made now; one that finds none left is told of as a loss, in the
 * record of the nearest parent that has a file, when it has seen something that
 * should have been kept. */
void lv_record_seal(void);
bool lv_record_is_sealed(void);

/* Where an entry is in the file. */
uint64_t lv_record_offset(const void *entry);

/* The header, for totals; never NULL once lv_record_open returned. */
struct lv_rec_header *lv_record_header(void);

/* Path of the directory and file, "" if there is none. */
const char *lv_record_directory(void);
const char *lv_record_path(void);

/* Count something that was not kept. Any context. */
void lv_record_lost(enum lv_lost what);

#endif
