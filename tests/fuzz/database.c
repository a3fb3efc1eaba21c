/* SPDX-License-Identifier: BSD-2-Clause */
/* database.c: whatever rows a database holds, it is read and rendered without a
 * crash, a leak or a hang; and so is any file that says it is one.
 *
 * SQLite itself refuses nearly all damaged files, behind which nothing of ours
 * would be reached. So the input is mostly INSERT statements, which fill empty
 * tables: the corpus holds those of real databases. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "render_all.h"
#include "store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct store *store)
{
    struct findings *findings = store == NULL ? NULL : store_findings(store);

    if (findings != NULL)
        render_all(findings);
    findings_free(findings);
    store_close(store);
}

/* Rows may be written, and nothing else done. */
static int allow(void *context, int action, const char *a, const char *b,
                 const char *c, const char *d)
{
    (void)context;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return action == SQLITE_INSERT ? SQLITE_OK : SQLITE_DENY;
}

/* Statement by statement: one that is no good must not hide the next. */
static void fill(struct store *store, char *text)
{
    char *line, *rest = text;

    sqlite3_set_authorizer(store->db, allow, NULL);
    while ((line = strsep(&rest, "\n")) != NULL)
        sqlite3_exec(store->db, line, NULL, NULL, NULL);
    sqlite3_set_authorizer(store->db, NULL, NULL);
}

static void read_rows(const uint8_t *data, size_t size)
{
    struct store *store = store_open("rows", STORE_SCRATCH);
    char *text = strndup((const char *)data, size);

    if (store == NULL || text == NULL)
        abort();
    fill(store, text);
    free(text);
    read_all(store);
}

static void read_file(const uint8_t *data, size_t size)
{
    int file = memfd_create("database", 0);
    char path[64];

    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    read_all(store_open(path, STORE_READ));
    close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 6 && memcmp(data, "SQLite", 6) == 0)
        read_file(data, size);
    else
        read_rows(data, size);
    return 0;
}
