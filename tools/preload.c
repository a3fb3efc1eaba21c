/* SPDX-License-Identifier: BSD-2-Clause */
/* preload.c: see preload.h. */
#include "preload.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Relative to the directory of the command; the first that is there wins. */
static const char *const places[] = {
    "../interpose/libvalidator.so", /* build tree */
    LOCKVAL_RELATIVE,               /* where it was installed, or moved to */
};

/* Where /proc is not mounted, by what we were executed as. */
static bool find_self(char self[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", self, PATH_MAX - 1);
    const char *name = (const char *)(uintptr_t)getauxval(AT_EXECFN);

    if (size > 0)
        self[size] = '\0';
    else if (name == NULL || realpath(name, self) == NULL)
        return false;
    *strrchr(self, '/') = '\0';
    return true;
}

const char *preload_find(struct tool_arena *arena)
{
    char self[PATH_MAX], real[PATH_MAX];
    size_t i;

    if (!find_self(self)) {
        tool_error("cannot tell where I am: /proc is not mounted");
        return NULL;
    }
    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *path = tool_print(arena, "%s/%s", self, places[i]);

        if (realpath(path, real) != NULL && access(real, R_OK) == 0)
            return tool_copy(arena, real, strlen(real));
    }
    if (access(LOCKVAL_LIBRARY, R_OK) == 0)
        return LOCKVAL_LIBRARY;
    tool_error("libvalidator.so is not where it belongs (%s/%s); build it with "
               "`ninja -C build`",
               self, places[0]);
    return NULL;
}

int preload_command(int argc, char **argv)
{
    struct tool_arena arena = {0};
    const char *path;

    if (argc == 1 && strcmp(argv[0], "--help") == 0) {
        printf("lockval preload: print the path of libvalidator.so, for\n"
               "LD_PRELOAD=$(lockval preload) ./test\n");
        return TOOL_OK;
    }
    if (argc > 0) {
        tool_error("preload takes no arguments, so not %s", argv[0]);
        return TOOL_FAILED;
    }
    path = preload_find(&arena);
    if (path != NULL)
        printf("%s\n", path);
    tool_arena_free(&arena);
    return path == NULL ? TOOL_FAILED : TOOL_OK;
}
