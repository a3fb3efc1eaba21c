/* SPDX-License-Identifier: BSD-2-Clause */
/* exec.c: another program is about to take this process over.
 *
 * libc's exec functions call each other by internal names, so that each has its
 * wrapper; those with a list of arguments build the array that libc would.
 * In the child of a vfork the memory is the parent's, who lives on: nothing is
 * told there but of a next program that cannot be recorded. */
#include "hooks.h"

#include <alloca.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

struct exec {
    bool told, foreseen;
};

/* Will the next program load this library? */
static bool is_passed_on(char *const envp[])
{
    static const char name[] = "LD_PRELOAD=";

    for (; envp != NULL && *envp != NULL; envp++)
        if (strncmp(*envp, name, sizeof name - 1) == 0)
            return strstr(*envp, "libvalidator") != NULL;
    return false;
}

static struct exec prepare(char *const envp[])
{
    struct exec exec = {false, false};

    lv_hook_ready();
    if (!atomic_load_explicit(&lv_hook_started, memory_order_acquire))
        return exec;
    exec.told = lv_hook_at_home();
    if (exec.told)
        lv_exec_prepare();
    exec.foreseen = is_passed_on(envp) && lv_exec_foresee();
    return exec;
}

static int failed(struct exec exec, int result)
{
    if (exec.foreseen)
        lv_exec_foresaw_wrong();
    if (exec.told)
        lv_exec_failed();
    return result;
}

LV_HOOK int execve(const char *path, char *const argv[], char *const envp[])
{
    struct exec exec = prepare(envp);

    return failed(exec, real.execve(path, argv, envp));
}

LV_HOOK int execv(const char *path, char *const argv[])
{
    struct exec exec = prepare(environ);

    return failed(exec, real.execv(path, argv));
}

LV_HOOK int execvp(const char *file, char *const argv[])
{
    struct exec exec = prepare(environ);

    return failed(exec, real.execvp(file, argv));
}

LV_HOOK int execvpe(const char *file, char *const argv[], char *const envp[])
{
    struct exec exec = prepare(envp);

    return failed(exec, real.execvpe(file, argv, envp));
}

LV_HOOK int fexecve(int fd, char *const argv[], char *const envp[])
{
    struct exec exec = prepare(envp);

    return failed(exec, real.fexecve(fd, argv, envp));
}

LV_HOOK int execveat(int fd, const char *path, char *const argv[],
                     char *const envp[], int flags)
{
    struct exec exec = prepare(envp);

    return failed(exec, real.execveat(fd, path, argv, envp, flags));
}

/* How many arguments come before the NULL. Both walk the caller's list on:
 * where a va_list is a structure it must not be passed by value. */
static size_t count(va_list *list)
{
    size_t n = 0;

    while (va_arg(*list, char *) != NULL)
        n++;
    return n;
}

static void copy(char **argv, const char *first, va_list *list)
{
    argv[0] = (char *)(uintptr_t)first;
    while (*argv != NULL)
        *++argv = va_arg(*list, char *);
}

/* Makes `argv`, on this frame's stack, of `first` and what follows; leaves
 * `list` behind its NULL. */
#define GATHER(argv, first, list)                                            \
    va_start(list, first);                                                   \
    argv = alloca(((first) == NULL ? 1 : count(&list) + 2) * sizeof(*argv)); \
    va_end(list);                                                            \
    va_start(list, first);                                                   \
    copy(argv, first, &list)

LV_HOOK int execl(const char *path, const char *first, ...)
{
    struct exec exec = prepare(environ);
    va_list list;
    char **argv;

    GATHER(argv, first, list);
    va_end(list);
    return failed(exec, real.execv(path, argv));
}

LV_HOOK int execlp(const char *file, const char *first, ...)
{
    struct exec exec = prepare(environ);
    va_list list;
    char **argv;

    GATHER(argv, first, list);
    va_end(list);
    return failed(exec, real.execvp(file, argv));
}

LV_HOOK int execle(const char *path, const char *first, ...)
{
    char *const *envp;
    struct exec exec;
    va_list list;
    char **argv;

    GATHER(argv, first, list);
    envp = va_arg(list, char *const *);
    va_end(list);
    exec = prepare(envp);
    return failed(exec, real.execve(path, argv, envp));
}
