/* SPDX-License-Identifier: BSD-2-Clause */
/* exec.c: another program is about to take this process over.
 *
 * libc's exec functions call each other by internal names, so that each has its
 * wrapper; those with a list of arguments build the array that libc would.
 * In the child of a vfork the memory is the parent's, who lives on: nothing is
 * told there. */
#include "hooks.h"

#include <alloca.h>
#include <stdarg.h>

static bool prepare(void)
{
    bool told;

    lv_hook_ready();
    told = atomic_load_explicit(&lv_hook_started, memory_order_acquire) &&
           lv_hook_at_home();
    if (told)
        lv_exec_prepare();
    return told;
}

static int failed(bool told, int result)
{
    if (told)
        lv_exec_failed();
    return result;
}

LV_HOOK int execve(const char *path, char *const argv[], char *const envp[])
{
    bool told = prepare();

    return failed(told, real.execve(path, argv, envp));
}

LV_HOOK int execv(const char *path, char *const argv[])
{
    bool told = prepare();

    return failed(told, real.execv(path, argv));
}

LV_HOOK int execvp(const char *file, char *const argv[])
{
    bool told = prepare();

    return failed(told, real.execvp(file, argv));
}

LV_HOOK int execvpe(const char *file, char *const argv[], char *const envp[])
{
    bool told = prepare();

    return failed(told, real.execvpe(file, argv, envp));
}

LV_HOOK int fexecve(int fd, char *const argv[], char *const envp[])
{
    bool told = prepare();

    return failed(told, real.fexecve(fd, argv, envp));
}

LV_HOOK int execveat(int fd, const char *path, char *const argv[],
                     char *const envp[], int flags)
{
    bool told = prepare();

    return failed(told, real.execveat(fd, path, argv, envp, flags));
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
    bool told = prepare();
    va_list list;
    char **argv;

    GATHER(argv, first, list);
    va_end(list);
    return failed(told, real.execv(path, argv));
}

LV_HOOK int execlp(const char *file, const char *first, ...)
{
    bool told = prepare();
    va_list list;
    char **argv;

    GATHER(argv, first, list);
    va_end(list);
    return failed(told, real.execvp(file, argv));
}

LV_HOOK int execle(const char *path, const char *first, ...)
{
    bool told = prepare();
    char *const *envp;
    va_list list;
    char **argv;

    GATHER(argv, first, list);
    envp = va_arg(list, char *const *);
    va_end(list);
    return failed(told, real.execve(path, argv, envp));
}
