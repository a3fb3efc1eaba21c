/* SPDX-License-Identifier: BSD-2-Clause */
/* output.c: see output.h. */
#include "output.h"

#include <errno.h>
#include <string.h>

#include "tool.h"

static void tell(const char *path)
{
    tool_error("cannot write %s: %s", path == NULL ? "the output" : path,
               strerror(errno));
}

FILE *output_open(const char *path)
{
    FILE *out = path == NULL ? stdout : fopen(path, "we");

    if (out == NULL)
        tell(path);
    return out;
}

bool output_close(FILE *out, const char *path)
{
    bool good = fflush(out) == 0 && !ferror(out);

    if (!good)
        tell(path);
    if (path == NULL)
        return good;
    if (fclose(out) != 0 && good) {
        tell(path);
        good = false;
    }
    return good;
}
