/* SPDX-License-Identifier: BSD-2-Clause */
/* store.c: opening, statements and transactions; see store.h. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATIENCE = 10 * 60 * 1000, /* ms to wait for another writer */
    WRITTEN_MOST = 4000000,
};

/* ---- errors -------------------------------------------------------------- */

bool store_fail(struct store *store)
{
    if (!store->failed)
        tool_error("%s: %s", store->path, sqlite3_errmsg(store->db));
    store->failed = true;
    return false;
}

bool store_damaged(struct store *store, const char *what)
{
    if (!store->failed)
        tool_error("%s: damaged: %s", store->path, what);
    store->failed = true;
    return false;
}

static bool refuse(struct store *store, const char *why)
{
    if (!store->failed)
        tool_error("%s: %s", store->path, why);
    store->failed = true;
    return false;
}

/* ---- statements ---------------------------------------------------------- */

static sqlite3_stmt *prepare(struct store *store, const char *sql)
{
    struct store_statement new = {sql, NULL};
    size_t i;

    for (i = 0; i < store->statement_count; i++)
        if (store->statement[i].text == sql)
            return store->statement[i].statement;
    if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &new.statement, NULL) != SQLITE_OK) {
        store_fail(store);
        return NULL;
    }
    *TOOL_PUSH(store->statement, store->statement_count,
               store->statement_room) = new;
    return new.statement;
}

static void bind(sqlite3_stmt *statement, const char *types, va_list list)
{
    int at;

    for (at = 1; types[at - 1] != '\0'; at++)
        if (types[at - 1] == 'i')
            sqlite3_bind_int64(statement, at, va_arg(list, int64_t));
        else
            sqlite3_bind_text(statement, at, va_arg(list, const char *), -1,
                              SQLITE_STATIC);
}

sqlite3_stmt *store_query(struct store *store, const char *sql,
                          const char *types, ...)
{
    sqlite3_stmt *statement = store->failed ? NULL : prepare(store, sql);
    va_list list;

    if (statement == NULL)
        return NULL;
    sqlite3_reset(statement);
    va_start(list, types);
    bind(statement, types, list);
    va_end(list);
    return statement;
}

bool store_row(struct store *store, sqlite3_stmt *statement)
{
    int got;

    if (statement == NULL)
        return false;
    got = sqlite3_step(statement);
    if (got == SQLITE_ROW)
        return true;
    if (got != SQLITE_DONE)
        store_fail(store);
    sqlite3_reset(statement);
    return false;
}

bool store_do(struct store *store, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement = store->failed ? NULL : prepare(store, sql);
    va_list list;

    if (statement == NULL)
        return false;
    va_start(list, types);
    bind(statement, types, list);
    va_end(list);
    while (store_row(store, statement))
        ;
    return !store->failed;
}

/* ---- transactions -------------------------------------------------------- */

static bool execute(struct store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           store_fail(store);
}

bool store_begin(struct store *store)
{
    if (store->failed)
        return false;
    if (store->written.count > WRITTEN_MOST) {
        intern_free(&store->written);
        tool_arena_free(&store->arena);
    }
    store->writing = execute(store, "BEGIN IMMEDIATE");
    return store->writing;
}

bool store_commit(struct store *store)
{
    bool good = store_do(store, store_trim, "") &&
                execute(store, "DELETE FROM touched") &&
                execute(store, "COMMIT");

    store->writing = store->writing && !good;
    return good;
}

/* ---- opening ------------------------------------------------------------- */

bool store_is(const char *path)
{
    char magic[16] = "";
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is;

    if (file < 0)
        return false;
    is = read(file, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
         memcmp(magic, "SQLite format 3", 16) == 0;
    close(file);
    return is;
}

/* The first column of the first row; `otherwise` where there is none. */
static int64_t number(struct store *store, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *statement = store_query(store, sql, "");
    int64_t found = otherwise;

    if (store_row(store, statement))
        found = sqlite3_column_int64(statement, 0);
    if (statement != NULL)
        sqlite3_reset(statement);
    return found;
}

uint64_t store_runs(struct store *store)
{
    return (uint64_t)number(store, "SELECT count(*) FROM run", 0);
}

static char *spell(struct tool_arena *arena, const struct store_table *table)
{
    return tool_print(arena, "CREATE TABLE %s (%s) WITHOUT ROWID", table->name,
                      table->definition);
}

static bool make_tables(struct store *store)
{
    struct tool_arena arena = {0};
    const struct store_table *table;
    bool good = execute(store, "BEGIN EXCLUSIVE");

    /* Another may have been faster. */
    if (good && number(store, "SELECT count(*) FROM main.sqlite_schema", 0) > 0)
        return execute(store, "COMMIT");
    good = good &&
           execute(store, tool_print(&arena, "PRAGMA application_id = %d",
                                     STORE_APPLICATION)) &&
           execute(store, tool_print(&arena, "PRAGMA user_version = %d",
                                     STORE_VERSION));
    for (table = store_tables; good && table->name != NULL; table++)
        good = execute(store, spell(&arena, table));
    good = good && execute(store, "COMMIT");
    tool_arena_free(&arena);
    return good;
}

/* Word for word as we make them: nothing else can be hidden there. */
static bool has_table(struct store *store, const struct store_table *table)
{
    struct tool_arena arena = {0};
    sqlite3_stmt *statement = store_query(
        store,
        "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND "
        "name = ?1 AND sql = ?2",
        "tt", table->name, spell(&arena, table));
    bool has =
        store_row(store, statement) && sqlite3_column_int64(statement, 0) == 1;

    if (statement != NULL)
        sqlite3_reset(statement);
    tool_arena_free(&arena);
    return has;
}

static bool check_tables(struct store *store)
{
    const struct store_table *table;

    for (table = store_tables; table->name != NULL; table++)
        if (!has_table(store, table))
            return refuse(store, "damaged: its tables are not lockval's");
    if (number(store,
               "SELECT count(*) FROM main.sqlite_schema WHERE type = 'trigger' "
               "OR type = 'view'",
               0) != 0)
        return refuse(store, "has triggers or views, which are not lockval's");
    return !store->failed;
}

static bool check(struct store *store)
{
    int64_t application = number(store, "PRAGMA main.application_id", 0);
    int64_t version = number(store, "PRAGMA main.user_version", 0);

    if (store->failed)
        return false;
    if (application != STORE_APPLICATION)
        return refuse(store, "a database, but not one of lockval");
    if (version > STORE_VERSION)
        return refuse(store, "written by a newer lockval; use that one");
    if (version < STORE_VERSION)
        return refuse(store, "format 0 is none");
    return check_tables(store);
}

/* SQLite finds what is torn or not where its index says. */
static bool check_pages(struct store *store)
{
    sqlite3_stmt *statement = store_query(store, "PRAGMA quick_check(1)", "");
    bool good =
        store_row(store, statement) &&
        strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;

    if (statement != NULL)
        sqlite3_reset(statement);
    return good || store_damaged(store, "its pages contradict each other");
}

static bool prepare_to_write(struct store *store)
{
    return execute(store, "PRAGMA cache_size = -131072") &&
           execute(store,
                   "CREATE TEMP TABLE touched (dependency BIGINT PRIMARY KEY) "
                   "WITHOUT ROWID");
}

/* What a file tells SQLite to do is not done. */
static void distrust(struct store *store)
{
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_busy_timeout(store->db, PATIENCE);
}

static bool is_new(struct store *store, enum store_mode mode)
{
    return mode != STORE_READ &&
           number(store, "SELECT count(*) FROM main.sqlite_schema", 1) == 0 &&
           number(store, "PRAGMA main.application_id", 1) == 0;
}

static bool set_up(struct store *store, enum store_mode mode)
{
    distrust(store);
    if (is_new(store, mode) && !make_tables(store))
        return false;
    if (!check(store))
        return false;
    if (mode == STORE_READ)
        return check_pages(store) && execute(store, "PRAGMA query_only = 1");
    return prepare_to_write(store);
}

/* A directory, a pipe or a device is not for SQLite to look at. */
static bool check_file(struct store *store, enum store_mode mode)
{
    struct stat about;

    if (mode == STORE_SCRATCH)
        return true;
    if (stat(store->path, &about) != 0)
        return (mode == STORE_WRITE && errno == ENOENT) ||
               refuse(store, strerror(errno));
    return S_ISREG(about.st_mode) || refuse(store, "not a regular file");
}

static bool open_file(struct store *store, enum store_mode mode)
{
    /* Who reads must write too: what a killed writer left half done is undone
     * first. A file that may not be written is opened all the same. */
    int flags =
        SQLITE_OPEN_READWRITE | (mode == STORE_READ ? 0 : SQLITE_OPEN_CREATE);

    if (!check_file(store, mode))
        return false;
    if (sqlite3_open_v2(mode == STORE_SCRATCH ? "" : store->path, &store->db,
                        flags, NULL) != SQLITE_OK)
        return store_fail(store);
    return set_up(store, mode);
}

struct store *store_open(const char *path, enum store_mode mode)
{
    struct store *store = calloc(1, sizeof(*store));

    if (store == NULL || (store->path = strdup(path)) == NULL)
        tool_out_of_memory();
    if (open_file(store, mode))
        return store;
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    size_t i;

    if (store == NULL)
        return;
    for (i = 0; i < store->statement_count; i++)
        sqlite3_finalize(store->statement[i].statement);
    if (store->writing)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(store->db);
    free(store->statement);
    intern_free(&store->written);
    tool_arena_free(&store->arena);
    free(store->path);
    free(store);
}
