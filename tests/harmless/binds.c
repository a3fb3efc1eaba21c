/* SPDX-License-Identifier: BSD-2-Clause */
/* binds.c: a C main that tells what its names bind to, in a global scope that
 * nothing of ours may have changed: which library has what surrounds malloc,
 * which is hooked, and which names are found at all. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tell(const char *name)
{
    void *address = dlsym(RTLD_DEFAULT, name);
    Dl_info info;

    if (address == NULL || dladdr(address, &info) == 0)
        printf("%s: none\n", name);
    else
        printf("%s: %s\n", name, info.dli_fname);
}

static void tell_all(void)
{
    static const char *const names[] = {
        "malloc_usable_size",
        "sbrk",
        "memalign",
        "reallocarray",
        /* jemalloc's, libunwind's, liblzma's, libgcc_s's and libstdc++'s */
        "mallctl",
        "mallocx",
        "sdallocx",
        "malloc_stats_print",
        "malloc_conf",
        "je_malloc",
        "lv_je_calloc",
        "lv_calloc",
        "backtrace",
        "unw_backtrace",
        "_ULx86_64_step",
        "_ULaarch64_step",
        "_Unwind_RaiseException",
        "_Unwind_Resume",
        "_Unwind_Backtrace",
        "__register_frame",
        "lzma_code",
        "_Znwm",
        "_ZdlPv",
        "_ZdlPvm",
        "__cxa_throw",
        "__gxx_personality_v0",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        tell(names[i]);
}

/* Thread keys (1024 of them) are a program's to use up; we may take a few. */
static int leaves_keys(void)
{
    pthread_key_t key;
    int count = 0;

    while (pthread_key_create(&key, NULL) == 0)
        count++;
    return count > 1000;
}

int main(void)
{
    void *blocks[100];
    void *library;

    tell_all();
    for (int i = 0; i < 100; i++)
        blocks[i] = malloc((size_t)i * 10);
    printf("usable %zu %zu\n", malloc_usable_size(blocks[7]),
           malloc_usable_size(blocks[99]));
    for (int i = 0; i < 100; i++)
        free(blocks[i]);
    printf("descriptor %d\n", dup(0));

    library = dlopen(LIBRARY, RTLD_NOW | RTLD_GLOBAL);
    printf("loaded %d\n", library != NULL);
    tell_all();
    printf("keys %d\n", leaves_keys());
    return 0;
}
