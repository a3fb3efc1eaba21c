/* SPDX-License-Identifier: BSD-2-Clause */
/* resolve.c: finds libc's own functions behind ours.
 *
 * Who comes first does it: our constructor, or a library's constructor that
 * locks before it, or the dynamic linker that frees. There is no lock here and
 * no state "in progress" that another thread would wait for (a double start
 * hung two programs): every caller looks up what is still missing, and all
 * store the same addresses.
 *
 * dlsym calls no hooked function for a name that exists, but free of an old
 * error's text, which memory.c lets pass. For a name that is missing it
 * allocates, and the program's malloc may lock; so what is required comes
 * before what is optional. */
#include "hooks.h"

#include <string.h>

/* dlsym before glibc 2.36 gave RTLD_NEXT the oldest version of a symbol. The
 * condition variables of GLIBC_2.2.5 are another object altogether; a binary
 * that was linked against them, in 2002, is not served. */
#if defined(__x86_64__)
#define LV_COND_VERSION "GLIBC_2.3.2"
#else
#define LV_COND_VERSION NULL /* there was never a second one */
#endif

struct row {
    const char *name;
    const char *version;
    void **slot;
    enum need { REQUIRED, OPTIONAL, FOREIGN } need;
};

#define HOOK(name, version, need) {#name, version, (void **)&real.name, need},
#define ONLY(name, version, need) HOOK(name, version, need)

struct lv_real real;
atomic_bool lv_hook_resolved;
bool lv_hook_slices;
bool lv_hook_sanitized;

static const struct row row[] = {
#include "hooks.def"
};

/* Stands for an OPTIONAL function; all of them return an error number. */
static int absent(void)
{
    return ENOSYS;
}

/* The library that a function is in: dladdr tells as well, but looks through
 * all of its symbols for the nearest one (two thirds of our start-up, once).
 * False: not known. */
#if __GLIBC_PREREQ(2, 35)
#pragma weak _dl_find_object
static bool ask_loader(void *function, Dl_info *library)
{
    struct dl_find_object object;

    if (_dl_find_object == NULL || _dl_find_object(function, &object) != 0)
        return false;
    library->dli_fbase = object.dlfo_map_start;
    library->dli_fname = object.dlfo_link_map->l_name;
    return true;
}
#else
static bool ask_loader(void *function, Dl_info *library)
{
    return false;
}
#endif

static bool find_library(void *function, Dl_info *library)
{
    return (ask_loader(function, library) || dladdr(function, library) != 0) &&
           library->dli_fname != NULL;
}

static bool is_of_one_library(void *function, void *other)
{
    Dl_info one, two;

    return find_library(function, &one) && find_library(other, &two) &&
           one.dli_fbase == two.dli_fbase;
}

/* A version is libc's: a library between us and it that has the function
 * without one (a sanitizer's) comes first all the same. */
static void *find_in(void *handle, const struct row *r)
{
    void *found = dlsym(handle, r->name), *versioned;

    if (found == NULL || r->version == NULL)
        return found;
    versioned = dlvsym(handle, r->name, r->version);
    return versioned != NULL && is_of_one_library(found, versioned) ? versioned
                                                                    : found;
}

static void *find(const struct row *r)
{
    void *found = find_in(RTLD_NEXT, r);

    if (found == NULL && r->need == OPTIONAL)
        found = (void *)absent;
    return found;
}

/* False: one of them is nowhere. */
static bool find_all(enum need need)
{
    bool all = true;
    size_t i;

    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        void *found;

        if (row[i].need != need ||
            __atomic_load_n(row[i].slot, __ATOMIC_RELAXED) != NULL)
            continue;
        found = find(&row[i]);
        __atomic_store_n(row[i].slot, found, __ATOMIC_RELAXED);
        all = all && found != NULL;
    }
    return all;
}

/* malloc_usable_size reads what stands before a block: never hand it one of
 * another allocator, such as that of a library which brings malloc and free
 * but not this function. */
static size_t size_unknown(void *block)
{
    return block != NULL;
}

static void pair_allocator(void)
{
    if (real.malloc_usable_size != size_unknown &&
        !is_of_one_library((void *)real.free, (void *)real.malloc_usable_size))
        real.malloc_usable_size = size_unknown;
}

/* By its name: to look for a function that is not there would allocate. */
static void look_for_sanitizer(void)
{
    static const char *const names[] = {"libasan.", "liblsan.",
                                        "libclang_rt.asan"};
    Dl_info info;
    size_t i;

    if (!find_library((void *)real.malloc, &info))
        return;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strstr(info.dli_fname, names[i]) != NULL)
            lv_hook_sanitized = true;
}

static void pair_waits(void)
{
    lv_hook_slices = is_of_one_library((void *)real.pthread_mutex_lock,
                                       (void *)real.pthread_mutex_clocklock) &&
                     is_of_one_library((void *)real.pthread_rwlock_wrlock,
                                       (void *)real.pthread_rwlock_clockwrlock);
}

bool lv_hook_resolve(void)
{
    int saved = errno;
    uint8_t depth = lv_hook_thread.depth++;
    bool all = true;

    if (depth < 2)
        all = find_all(REQUIRED);
    if (depth == 0) {
        pair_allocator();
        look_for_sanitizer();
        find_all(OPTIONAL);
        pair_waits();
        atomic_store_explicit(&lv_hook_resolved, true, memory_order_release);
    }
    lv_hook_thread.depth = depth;
    errno = saved;
    return all;
}

/* ---- other libraries ------------------------------------------------------
 */

static int nothing(void)
{
    return 0;
}

/* A library that was loaded for its users alone (RTLD_LOCAL) is not among
 * those that follow us, but in the scope of the caller. */
static void *find_for(const struct row *r, uintptr_t caller)
{
    Dl_info info;
    void *handle, *found;

    if (!find_library((void *)caller, &info))
        return NULL;
    handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == NULL)
        return NULL;
    found = find_in(handle, r);
    real.dlclose(handle);
    return found;
}

/* What we remember must not be unloaded. */
static bool pin(void *function)
{
    Dl_info info;

    return find_library(function, &info) &&
           dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) !=
               NULL;
}

static const struct row *row_of(void **slot)
{
    size_t i = 0;

    while (row[i].slot != slot)
        i++;
    return &row[i];
}

void *lv_hook_foreign(void **slot, uintptr_t caller)
{
    const struct row *r = row_of(slot);
    int saved = errno;
    void *found;

    lv_hook_ready();
    found = find_in(RTLD_NEXT, r);
    if (found == NULL)
        found = find_for(r, caller);
    if (found == NULL)
        found = (void *)nothing;
    else if (pin(found))
        __atomic_store_n(slot, found, __ATOMIC_RELEASE);
    errno = saved;
    return found;
}
