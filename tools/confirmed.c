/* SPDX-License-Identifier: BSD-2-Clause */
/* confirmed.c: see confirmed.h. */
#include "confirmed.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "postgres.h"
#include "store.h"

/* A record's directory, which is a directory's own. */
static char *beside(struct tool_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct stat about;

    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return tool_print(arena, "%s/" CONFIRMED, path);
    return slash == NULL ? tool_print(arena, CONFIRMED)
                         : tool_print(arena, "%.*s/" CONFIRMED,
                                      (int)(slash - path), path);
}

char *confirmed_of(struct tool_arena *arena, const char *path)
{
    char *name = beside(arena, path);

    return access(name, R_OK) == 0 ? name : NULL;
}

bool confirmed_keep(const char *path, const struct finding *finding)
{
    struct tool_arena arena = {0};
    bool remote = postgres_is(path);
    const char *name = remote || store_is(path) ? path : beside(&arena, path);
    struct store *store =
        store_open(name, remote ? STORE_SCRATCH : STORE_WRITE);
    bool good = store != NULL && store_begin(store) &&
                store_confirm(store, finding) && store_commit(store);

    if (good && remote)
        good = postgres_send(store, path);
    store_close(store);
    tool_arena_free(&arena);
    return good;
}

void confirmed_tell(const char *path, struct findings *findings)
{
    struct tool_arena arena = {0};
    const char *name = confirmed_of(&arena, path);
    struct store *store = name == NULL ? NULL : store_open(name, STORE_READ);

    if (store != NULL)
        store_confirmations(store, findings);
    store_close(store);
    tool_arena_free(&arena);
}
