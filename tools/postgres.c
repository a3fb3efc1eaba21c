/* SPDX-License-Identifier: BSD-2-Clause */
/* postgres.c: see postgres.h.
 *
 * libpq is opened when it is needed: it brings two dozen libraries along, which
 * no other command should wait for. */
#include "postgres.h"

#include <dlfcn.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/* One job writes at a time; the number is arbitrary, and ours. */
#define LOCK "SELECT pg_advisory_xact_lock(1280005708)"

/* ---- libpq --------------------------------------------------------------- */

#define FUNCTIONS(X)       \
    X(PQconnectdb)         \
    X(PQstatus)            \
    X(PQerrorMessage)      \
    X(PQfinish)            \
    X(PQexec)              \
    X(PQresultStatus)      \
    X(PQclear)             \
    X(PQntuples)           \
    X(PQgetvalue)          \
    X(PQputCopyData)       \
    X(PQputCopyEnd)        \
    X(PQgetCopyData)       \
    X(PQgetResult)         \
    X(PQfreemem)           \
    X(PQsetClientEncoding) \
    X(PQsetNoticeProcessor)

#define POINTER(name) __typeof__(&name) name;
static struct {
    FUNCTIONS(POINTER)
} pq;

static bool find_function(void *library, const char *name, void *pointer)
{
    void *found = dlsym(library, name);

    memcpy(pointer, &found, sizeof(found));
    return found != NULL;
}

static bool open_library(void)
{
    void *library;

    if (pq.PQconnectdb != NULL)
        return true;
    library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        tool_error("PostgreSQL needs libpq5, which is not installed");
        return false;
    }
#define FIND(name) find_function(library, #name, &pq.name) &&
    return FUNCTIONS(FIND) true;
}

/* ---- a connection -------------------------------------------------------- */

struct server {
    PGconn *connection;
    struct store *store;
    struct tool_arena arena;
};

/* The first line of libpq's message: the rest is advice. */
static bool fail(struct server *server)
{
    const char *message = pq.PQerrorMessage(server->connection);

    tool_error("PostgreSQL: %.*s", (int)strcspn(message, "\n"), message);
    return false;
}

static bool complain(const char *what)
{
    tool_error("PostgreSQL: %s", what);
    return false;
}

static void be_quiet(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static bool is_good(PGresult *result)
{
    ExecStatusType status = pq.PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
           status == PGRES_COPY_IN || status == PGRES_COPY_OUT;
}

static bool execute(struct server *server, const char *sql)
{
    PGresult *result = pq.PQexec(server->connection, sql);
    bool good = is_good(result);

    pq.PQclear(result);
    return good || fail(server);
}

/* The first value as a number; -1 where there is none. */
static long number(struct server *server, const char *sql)
{
    PGresult *result = pq.PQexec(server->connection, sql);
    long found = -1;

    if (!is_good(result))
        fail(server);
    else if (pq.PQntuples(result) > 0)
        found = atol(pq.PQgetvalue(result, 0, 0));
    pq.PQclear(result);
    return found;
}

static bool connect_to(struct server *server, const char *url)
{
    if (!open_library())
        return complain("libpq lacks a function");
    server->connection = pq.PQconnectdb(url);
    if (server->connection == NULL)
        tool_out_of_memory();
    if (pq.PQstatus(server->connection) != CONNECTION_OK)
        return fail(server);
    pq.PQsetNoticeProcessor(server->connection, be_quiet, NULL);
    return pq.PQsetClientEncoding(server->connection, "UTF8") == 0 ||
           fail(server);
}

/* Ends the transaction, if it was not committed. */
static void leave(struct server *server)
{
    if (server->connection != NULL)
        pq.PQfinish(server->connection);
    tool_arena_free(&server->arena);
}

/* ---- tables -------------------------------------------------------------- */

/* Texts compare by their bytes, as in SQLite. */
static const char *spell(struct tool_arena *arena,
                         const struct store_table *table)
{
    const char *rest = table->definition, *at, *text = "";

    while ((at = strstr(rest, " TEXT")) != NULL) {
        text = tool_print(arena, "%s%.*s TEXT COLLATE \"C\"", text,
                          (int)(at - rest), rest);
        rest = at + strlen(" TEXT");
    }
    return tool_print(arena, "CREATE TABLE %s (%s%s)", table->name, text, rest);
}

static bool make_tables(struct server *server)
{
    const struct store_table *table;
    bool good = execute(server, "CREATE TABLE meta (version INTEGER)") &&
                execute(server, tool_print(&server->arena,
                                           "INSERT INTO meta VALUES (%d)",
                                           STORE_VERSION));

    for (table = store_tables; good && table->name != NULL; table++)
        good = execute(server, spell(&server->arena, table));
    return good;
}

static bool check_version(struct server *server)
{
    long version = number(server, "SELECT version FROM meta");

    if (version == STORE_VERSION)
        return true;
    return complain(version > STORE_VERSION
                        ? "written by a newer lockval; use that one"
                        : "its schema lockval is not one of lockval");
}

static bool has_schema(struct server *server)
{
    return number(server, "SELECT count(*) FROM information_schema.schemata "
                          "WHERE schema_name = 'lockval'") == 1;
}

/* ---- sending ------------------------------------------------------------- */

/* As COPY wants it: a backslash before what it would take for its own. */
static const char *escape(struct tool_arena *arena, const char *text)
{
    char *out = tool_take(arena, 2 * strlen(text) + 1), *end = out;

    for (; *text != '\0'; text++) {
        const char *special = strchr("\\\t\n\r", *text);

        if (special != NULL)
            *end++ = '\\';
        *end++ = special == NULL ? *text : "\\tnr"[special - "\\\t\n\r"];
    }
    return out;
}

static bool send_row(struct server *server, sqlite3_stmt *row)
{
    struct tool_arena arena = {0};
    const char *line = "";
    int i, count = sqlite3_column_count(row);
    bool good;

    for (i = 0; i < count; i++) {
        const char *text = (const char *)sqlite3_column_text(row, i);

        line = tool_print(&arena, "%s%s%s", line, i == 0 ? "" : "\t",
                          escape(&arena, text == NULL ? "" : text));
    }
    line = tool_print(&arena, "%s\n", line);
    good = pq.PQputCopyData(server->connection, line, (int)strlen(line)) == 1;
    tool_arena_free(&arena);
    return good || fail(server);
}

static bool end_copy(struct server *server, const char *error)
{
    PGresult *result;
    bool good = pq.PQputCopyEnd(server->connection, error) == 1;

    while ((result = pq.PQgetResult(server->connection)) != NULL) {
        good = good && is_good(result);
        pq.PQclear(result);
    }
    return good || (error == NULL && fail(server));
}

static bool send_rows(struct server *server, const struct store_table *table)
{
    const char *sql = tool_print(&server->store->arena, "SELECT %s FROM %s",
                                 table->columns, table->name);
    sqlite3_stmt *row = store_query(server->store, sql, "");
    bool good = true;

    while (good && store_row(server->store, row))
        good = send_row(server, row);
    if (row != NULL)
        sqlite3_reset(row);
    good = good && !server->store->failed;
    return end_copy(server, good ? NULL : "given up") && good;
}

static bool send_table(struct server *server, const struct store_table *table)
{
    struct tool_arena *arena = &server->arena;

    return execute(server, tool_print(arena,
                                      "CREATE TEMP TABLE new_%s (LIKE %s) ON "
                                      "COMMIT DROP",
                                      table->name, table->name)) &&
           execute(server, tool_print(arena, "COPY new_%s (%s) FROM STDIN",
                                      table->name, table->columns)) &&
           send_rows(server, table) &&
           execute(server,
                   tool_print(arena,
                              "INSERT INTO %s (%s) SELECT %s FROM new_%s "
                              "ON CONFLICT (%s) %s",
                              table->name, table->columns, table->columns,
                              table->name, table->key, table->conflict));
}

static bool prepare(struct server *server)
{
    bool there;

    if (!execute(server, "BEGIN") || !execute(server, LOCK))
        return false;
    there = has_schema(server);
    if (!there && !execute(server, "CREATE SCHEMA lockval"))
        return false;
    if (!execute(server, "SET LOCAL search_path = lockval"))
        return false;
    return there ? check_version(server) : make_tables(server);
}

static bool send_all(struct server *server)
{
    const struct store_table *table;

    if (!prepare(server))
        return false;
    for (table = store_tables; table->name != NULL; table++) {
        tool_progress("sending tables", (size_t)(table - store_tables), 12);
        if (!send_table(server, table))
            return false;
    }
    return execute(server, "CREATE TEMP TABLE touched ON COMMIT DROP AS "
                           "SELECT DISTINCT dependency FROM new_witness") &&
           execute(server, store_trim) && execute(server, "COMMIT");
}

bool postgres_is(const char *path)
{
    return strncmp(path, "postgresql://", 13) == 0 ||
           strncmp(path, "postgres://", 11) == 0;
}

bool postgres_send(struct store *store, const char *url)
{
    struct server server = {.store = store};
    bool good = connect_to(&server, url) && send_all(&server);

    leave(&server);
    return good;
}

/* ---- fetching ------------------------------------------------------------ */

/* The next column of a row as COPY writes it, undone in place; NULL: SQL's. */
static char *cut_column(char **rest)
{
    char *begin = *rest, *in = begin, *out = begin;
    bool null = in[0] == '\\' && in[1] == 'N';

    for (; *in != '\0' && *in != '\t' && *in != '\n'; in++) {
        const char *special = "tnrbfv";
        const char *at;

        if (*in != '\\' || in[1] == '\0') {
            *out++ = *in;
            continue;
        }
        in++;
        at = strchr(special, *in);
        *out++ = at == NULL ? *in : "\t\n\r\b\f\v"[at - special];
    }
    *rest = *in == '\t' ? in + 1 : in;
    *out = '\0';
    return null ? NULL : begin;
}

static bool keep_row(struct server *server, sqlite3_stmt *insert, char *line)
{
    int i, count = sqlite3_bind_parameter_count(insert);

    sqlite3_reset(insert);
    for (i = 1; i <= count; i++)
        sqlite3_bind_text(insert, i, cut_column(&line), -1, SQLITE_TRANSIENT);
    store_row(server->store, insert);
    return !server->store->failed;
}

static const char *marks(struct tool_arena *arena, const char *columns)
{
    const char *text = "?", *at;

    for (at = columns; *at != '\0'; at++)
        if (*at == ',')
            text = tool_print(arena, "%s, ?", text);
    return text;
}

static bool fetch_rows(struct server *server, sqlite3_stmt *insert)
{
    char *line;
    bool good = insert != NULL;
    int size;

    while ((size = pq.PQgetCopyData(server->connection, &line, 0)) > 0) {
        good = good && keep_row(server, insert, line);
        pq.PQfreemem(line);
    }
    return size == -1 ? good : fail(server);
}

static bool fetch_table(struct server *server, const struct store_table *table)
{
    struct tool_arena *arena = &server->arena;
    /* Prepared statements are known by where their text lies. */
    const char *sql =
        tool_print(&server->store->arena,
                   "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) %s",
                   table->name, table->columns, marks(arena, table->columns),
                   table->key, table->conflict);
    PGresult *result;
    bool good = execute(server, tool_print(arena, "COPY %s (%s) TO STDOUT",
                                           table->name, table->columns)) &&
                fetch_rows(server, store_query(server->store, sql, ""));

    while ((result = pq.PQgetResult(server->connection)) != NULL) {
        if (!is_good(result) && good)
            good = fail(server);
        pq.PQclear(result);
    }
    return good;
}

static bool fetch_all(struct server *server)
{
    const struct store_table *table;

    if (!execute(server, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        return false;
    if (!has_schema(server))
        return complain("nothing was merged into it yet");
    if (!execute(server, "SET LOCAL search_path = lockval") ||
        !check_version(server) || !store_begin(server->store))
        return false;
    for (table = store_tables; table->name != NULL; table++)
        if (!fetch_table(server, table))
            return false;
    return store_do(server->store,
                    "INSERT INTO touched SELECT DISTINCT dependency FROM "
                    "witness WHERE true ON CONFLICT DO NOTHING",
                    "") &&
           store_commit(server->store);
}

bool postgres_fetch(struct store *store, const char *url)
{
    struct server server = {.store = store};
    bool good = connect_to(&server, url) && fetch_all(&server);

    leave(&server);
    return good;
}
