/* SPDX-License-Identifier: BSD-2-Clause */
/* store_schema.h: the tables of a database of lock orders.
 *
 * The same in SQLite and PostgreSQL, where they lie in the schema `lockval`.
 * Ids are hashes of what a row says, so a union of databases is a union of
 * rows, in whatever order and however often; the few columns that are no part
 * of an id keep the smallest or the largest of what was said (`conflict`).
 * store_schema.c tells what each column means. Includes nothing. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

struct store_table {
    const char *name;
    const char *columns;    /* "id, test, …" */
    const char *definition; /* columns, and the key */
    const char *key;        /* "run, dependency" */
    const char *conflict;   /* what an equal key does */
};

/* Ends with a row whose name is NULL. */
extern const struct store_table store_tables[];

enum { STORE_VERSION = 1 };

/* The kind of a row of `finding` that tells of reruns: store_schema.c. */
#define STORE_CONFIRMATION "confirmation"

/* "LKVL": SQLite's application_id. */
enum { STORE_APPLICATION = 0x4c4b564c };

/* Keeps EVIDENCE_MOST witnesses of each dependency that the table `touched`
 * names. */
extern const char store_trim[];

#endif
