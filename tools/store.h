/* SPDX-License-Identifier: BSD-2-Clause */
/* store.h: a database of lock orders, in SQLite.
 *
 * What is written, is written in transactions: killed anywhere, all that was
 * committed is there. What is read is trusted in nothing: text is cleaned, ids
 * that lead nowhere are damage, and a file that is not ours, or is a newer
 * lockval's, is left alone. Errors are told in one line that names the file.
 * Includes store_schema.h, findings.h, sqlite3; used by what merges and
 * reports. */
#ifndef STORE_H
#define STORE_H

#include <sqlite3.h>

#include "evidence.h"
#include "store_schema.h"

struct store;

enum store_mode {
    STORE_READ,
    STORE_WRITE,   /* made if it is not there */
    STORE_SCRATCH, /* path does not matter: gone when closed */
};

/* Is it what store_open reads, rather than a record? */
bool store_is(const char *path);

/* NULL: told. */
struct store *store_open(const char *path, enum store_mode mode);

/* Rolls back what was not committed. */
void store_close(struct store *store);

/* All false where it failed, which was told. */
bool store_begin(struct store *store);
bool store_commit(struct store *store);

/* Of a run that store_add gets. `id` is of what it recorded. */
struct store_run {
    uint64_t id, started;
    const char *test, *program;
};

bool store_has(struct store *store, uint64_t run);

/* Add what one run showed: the findings have a model of one family and are
 * described. Between begin and commit. */
bool store_add(struct store *store, struct findings *findings,
               const struct store_run *run);

/* Add all that the database at `path` holds, in a transaction of its own. */
bool store_unite(struct store *store, const char *path);

/* Add what reruns showed of a finding that has a confirmation. Between begin
 * and commit. */
bool store_confirm(struct store *store, const struct finding *finding);

/* Tell findings, whoever has them, what is kept here of their reruns. False:
 * told. */
bool store_confirmations(struct store *store, struct findings *findings);

/* How many runs there are. */
uint64_t store_runs(struct store *store);

/* All of it as findings, those across runs included. NULL: told. To be freed
 * before the store. */
struct findings *store_findings(struct store *store);

/* ---- for store_*.c ------------------------------------------------------- */

struct store {
    sqlite3 *db;
    char *path;
    bool failed, writing;
    struct store_statement {
        const char *text;
        sqlite3_stmt *statement;
    } * statement; /* by the address of the text */
    size_t statement_count, statement_room;
    struct tool_arena arena;
    struct intern written; /* ids that are there, for sure */
};

/* A statement with its arguments bound: 'i' an int64_t, 't' a text. `sql` must
 * be a constant: it is prepared once. NULL: told. */
sqlite3_stmt *store_query(struct store *store, const char *sql,
                          const char *types, ...);

/* The next row. False: there is none, or it failed (store->failed). */
bool store_row(struct store *store, sqlite3_stmt *statement);

/* Run it to its end. */
bool store_do(struct store *store, const char *sql, const char *types, ...);

/* Tell the error of SQLite, once. Returns false. */
bool store_fail(struct store *store);

/* Tell that what is read makes no sense, once. Returns false. */
bool store_damaged(struct store *store, const char *what);

#endif
