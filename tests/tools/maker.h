/* SPDX-License-Identifier: BSD-2-Clause */
/* maker.h: write records for tests, without the engine.
 *
 * A maker is a record in memory, to which entries are appended in short calls;
 * maker_save writes it. Ids are the caller's, so that a test can also write
 * nonsense. Includes record_format.h. */
#ifndef MAKER_H
#define MAKER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record_format.h"

struct maker {
    struct lv_rec_header header;
    uint8_t bytes[1 << 16]; /* entries */
    size_t used;
};

/* An empty record of process `pid`, running /bin/prog. */
void maker_start(struct maker *maker, uint32_t pid);

/* The forked child of `parent`, whose record is `name`. */
void maker_fork(struct maker *maker, uint32_t pid, const struct maker *parent,
                const char *name);

/* Room for an entry, its head filled; to be filled before the next call. */
void *maker_entry(struct maker *maker, unsigned type, size_t size);

void maker_module(struct maker *maker, uint32_t id, const char *path);
void maker_stack(struct maker *maker, uint32_t id, uint32_t count,
                 const lv_place *frame);
/* A stack of one frame. */
void maker_call(struct maker *maker, uint32_t id, lv_place place);
/* The entry, to be changed for other kinds. */
struct lv_rec_class *maker_class(struct maker *maker, uint32_t id,
                                 const char *name);
void maker_lock(struct maker *maker, uint32_t id, uint32_t class_id);
void maker_thread(struct maker *maker, uint32_t id, const char *name);

/* Thread `thread` held locks and wanted another; every lock of a hold is of
 * the class of the same id, unless it is changed in what is returned. `held`
 * ends in 0. Stacks are 10 * thread + lock. */
struct lv_rec_observation *maker_seen(struct maker *maker, uint32_t thread,
                                      const uint32_t *held, uint32_t wanted);
/* Thread `thread` signalled `event`, on the way to which it needed these locks,
 * as above. */
void maker_signal(struct maker *maker, uint32_t thread, uint32_t event,
                  const uint32_t *need);
void maker_guess(struct maker *maker, uint32_t lock, enum lv_guess guess);
struct lv_rec_misuse *maker_misuse(struct maker *maker, uint32_t kind,
                                   uint32_t thread, uint32_t lock);

/* Into directory/name, with the header's totals filled; aborts on failure.
 * `size` 0: all of it, else cut there. */
void maker_save(const struct maker *maker, const char *path, size_t size);

/* The whole file as it would be saved; its size. To be freed. */
uint8_t *maker_bytes(const struct maker *maker, size_t *size);

/* Two threads, `first` and `second`, that take `a` and `b` in opposite orders;
 * module 1 is /lib/prog. */
void maker_abba(struct maker *maker, uint32_t pid);

#endif
