/* SPDX-License-Identifier: BSD-2-Clause */
/* store_unite.c: one database into another; see store.h. */
#include "store.h"

static bool execute(struct store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           store_fail(store);
}

static bool copy_table(struct store *store, const struct store_table *table)
{
    struct tool_arena arena = {0};
    bool good = execute(
        store,
        tool_print(&arena,
                   "INSERT INTO main.%s (%s) SELECT %s FROM other.%s WHERE "
                   "true ON CONFLICT (%s) %s",
                   table->name, table->columns, table->columns, table->name,
                   table->key, table->conflict));

    tool_arena_free(&arena);
    return good;
}

static bool copy_all(struct store *store)
{
    const struct store_table *table;

    if (!store_begin(store))
        return false;
    for (table = store_tables; table->name != NULL; table++)
        if (!copy_table(store, table))
            return false;
    return execute(store, "INSERT INTO touched SELECT DISTINCT dependency FROM "
                          "other.witness WHERE true ON CONFLICT DO NOTHING") &&
           store_commit(store);
}

/* Looked at by itself first: what is wrong with it is its own. */
static bool is_good(const char *path)
{
    struct store *other = store_open(path, STORE_READ);
    struct findings *findings = other == NULL ? NULL : store_findings(other);
    bool good = findings != NULL;

    findings_free(findings);
    store_close(other);
    return good;
}

bool store_unite(struct store *store, const char *path)
{
    if (!is_good(path))
        return false;
    return store_do(store, "ATTACH ?1 AS other", "t", path) &&
           copy_all(store) && execute(store, "DETACH other");
}
