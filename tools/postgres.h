/* SPDX-License-Identifier: BSD-2-Clause */
/* postgres.h: a database of lock orders on a PostgreSQL server, with the same
 * tables as store_schema.h, in the schema `lockval`.
 *
 * Everything is worked out in SQLite and then sent, or fetched before. Rows go
 * in one transaction, which waits for those of other jobs: however many send
 * at once, the result is as if they had come one by one. Errors are told in
 * one line, never with the password. Includes store.h; used by merge.c and
 * input.c. */
#ifndef POSTGRES_H
#define POSTGRES_H

#include "store.h"

/* "postgresql://…" or "postgres://…" */
bool postgres_is(const char *path);

/* Add all that is in `store`. False: told; nothing was added. */
bool postgres_send(struct store *store, const char *url);

/* Add to `store` all that is there. False: told. */
bool postgres_fetch(struct store *store, const char *url);

#endif
