/* SPDX-License-Identifier: BSD-2-Clause */
/* module.c: modules are found, learned and seen to go. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "module.h"

/* A library that neither this test nor libc loads; LATER from meson. */
static void *load_later(void)
{
    void *library = dlopen(LATER, RTLD_NOW | RTLD_LOCAL);

    assert_non_null(library);
    return library;
}

static int in_data = 1;

static void main_program_is_first(void **state)
{
    const struct lv_module *module = lv_module_at(0);
    char path[4096] = "";

    (void)state;
    assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
    assert_int_equal(module->id, 1);
    assert_string_equal(module->path, path);
    assert_ptr_equal(lv_module_find((uintptr_t)main_program_is_first), module);
    assert_false(module->ours);
}

static void data_range_holds_data_but_no_code(void **state)
{
    const struct lv_module *module = lv_module_at(0);

    (void)state;
    assert_in_range((uintptr_t)&in_data, module->data_start,
                    module->data_end - 1);
    assert_not_in_range((uintptr_t)data_range_holds_data_but_no_code,
                        module->data_start, module->data_end - 1);
}

static int compare_one(struct dl_phdr_info *info, size_t size, void *data)
{
    uintptr_t inside = 0;
    const struct lv_module *module;

    (void)size;
    (void)data;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            inside = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    module = lv_module_find(inside);
    assert_non_null(module);
    assert_int_equal(module->bias, info->dlpi_addr);
    assert_int_equal(module->phnum, info->dlpi_phnum);
    assert_memory_equal(module->phdr, info->dlpi_phdr,
                        info->dlpi_phnum * sizeof(*info->dlpi_phdr));
    return 0;
}

static void list_agrees_with_the_loader(void **state)
{
    (void)state;
    dl_iterate_phdr(compare_one, NULL);
}

static void libc_has_a_build_id(void **state)
{
    const struct lv_module *module =
        lv_module_find((uintptr_t)gnu_get_libc_version);

    (void)state;
    assert_non_null(module);
    assert_non_null(strstr(module->path, "libc.so"));
    assert_int_equal(module->build_id_size, 20);
}

static void heap_and_stack_are_in_no_module(void **state)
{
    char *heap = malloc(8);
    uint64_t offset = LV_PLACE_OFFSET((uintptr_t)heap);

    assert_null(lv_module_find((uintptr_t)heap));
    assert_null(lv_module_find((uintptr_t)&state));
    assert_null(lv_module_find(0));
    assert_null(lv_module_find(UINTPTR_MAX));
    assert_int_equal(lv_module_place((uintptr_t)heap), LV_PLACE(0, offset));
    free(heap);
}

static void places_name_module_and_offset(void **state)
{
    const struct lv_module *module = lv_module_at(0);
    lv_place place = lv_module_place((uintptr_t)&in_data);

    (void)state;
    assert_int_equal(LV_PLACE_MODULE(place), 1);
    assert_int_equal(LV_PLACE_OFFSET(place) + module->bias,
                     (uintptr_t)&in_data);
}

static size_t told;
static const struct lv_module *told_last;

static void count_gone(void *unused, const struct lv_module *module)
{
    (void)unused;
    told++;
    told_last = module;
}

static void later_loads_are_learned_and_reloads_are_new(void **state)
{
    size_t before = lv_module_count();
    const struct lv_module *first, *second;
    void *library = load_later();
    uintptr_t code = (uintptr_t)dlsym(library, "lzma_code");

    (void)state;
    first = lv_module_find(code);
    assert_non_null(first);
    assert_int_equal(first->id, before + 1);
    assert_int_equal(lv_module_count(), before + 1);
    assert_int_equal(first->path[0], '/');
    assert_int_equal(first->build_id_size, 20);
    assert_non_null(first->phdr);
    assert_true(first->data_start > code);

    told = 0;
    lv_module_drop_unloaded(count_gone, NULL);
    assert_int_equal(told, 0);
    dlclose(library);
    lv_module_drop_unloaded(count_gone, NULL);
    assert_int_equal(told, 1);
    assert_ptr_equal(told_last, first);
    assert_true(first->gone);
    assert_null(lv_module_find(code));

    library = load_later();
    second = lv_module_find((uintptr_t)dlsym(library, "lzma_code"));
    assert_non_null(second);
    assert_int_equal(second->id, before + 2);
    assert_false(second->gone);
    dlclose(library);
    lv_module_drop_unloaded(NULL, NULL);
}

/* As when libc unloads a character set on its own. */
static void unseen_unload_is_noticed(void **state)
{
    void *library = load_later();
    uintptr_t code = (uintptr_t)dlsym(library, "lzma_code");

    (void)state;
    assert_non_null(lv_module_find(code));
    dlclose(library);
    assert_null(lv_module_find(code));
}

static void claimed_modules_are_ours(void **state)
{
    const struct lv_module *module =
        lv_module_find((uintptr_t)gnu_get_libc_version);

    (void)state;
    assert_false(module->ours);
    lv_module_claim((uintptr_t)gnu_get_libc_version);
    assert_true(module->ours);
}

static int start(void **state)
{
    (void)state;
    lv_module_start(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(main_program_is_first),
        cmocka_unit_test(data_range_holds_data_but_no_code),
        cmocka_unit_test(list_agrees_with_the_loader),
        cmocka_unit_test(libc_has_a_build_id),
        cmocka_unit_test(heap_and_stack_are_in_no_module),
        cmocka_unit_test(places_name_module_and_offset),
        cmocka_unit_test(later_loads_are_learned_and_reloads_are_new),
        cmocka_unit_test(unseen_unload_is_noticed),
        cmocka_unit_test(claimed_modules_are_ours),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
