/* SPDX-License-Identifier: BSD-2-Clause */
/* private.c: a library that is not there, and one that a module brings along
 * for itself alone. */
#include "case.h"

#include <dlfcn.h>

static bool has_glib(void)
{
    void *glib = dlopen("libglib-2.0.so.0", RTLD_LAZY | RTLD_NOLOAD);

    if (glib != NULL)
        dlclose(glib);
    return glib != NULL;
}

static void nobody_loads_glib_for_us(void)
{
    CHECK(!has_glib());
}

static void glib_of_a_private_module_is_found(void)
{
    void *module = dlopen(GLIB_MODULE, RTLD_NOW | RTLD_LOCAL);
    int (*use)(void);

    CHECK(module != NULL && has_glib());
    use = (int (*)(void))dlsym(module, "use_glib");
    CHECK(use != NULL && use() && use());
    CHECK(dlclose(module) == 0);
}

static const struct test_case cases[] = {
    CASE(nobody_loads_glib_for_us),
    CASE(glib_of_a_private_module_is_found),
};

CASE_MAIN(cases)
