/* SPDX-License-Identifier: BSD-2-Clause */
/* postgres_none.c: in the place of postgres.c in a build without libpq. */
#include <string.h>

#include "postgres.h"

bool postgres_is(const char *path)
{
    return strncmp(path, "postgresql://", 13) == 0 ||
           strncmp(path, "postgres://", 11) == 0;
}

static bool refuse(void)
{
    tool_error("this lockval was built without PostgreSQL");
    return false;
}

bool postgres_send(struct store *store, const char *url)
{
    (void)store;
    (void)url;
    return refuse();
}

bool postgres_fetch(struct store *store, const char *url)
{
    (void)store;
    (void)url;
    return refuse();
}
