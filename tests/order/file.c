/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of order files: what is read, and that anything may be. */
#include "../tools/check.h"
#include "order_file.h"

static struct order_file file;

static bool parse(const char *text)
{
    order_file_free(&file);
    return order_file_parse(&file, "text", text, strlen(text));
}

static bool before(const char *from, const char *to)
{
    return order_file_before(&file, order_file_find(&file, from, false),
                             order_file_find(&file, to, false));
}

static void order_is_transitive(void)
{
    CHECK(parse("a < b < c # one\n\nd < a\n"));
    CHECK(file.name_count == 4 && file.pair_count == 3);
    CHECK(before("a", "b") && before("a", "c") && before("d", "c"));
    CHECK(!before("b", "a") && !before("c", "d") && !before("a", "a"));
    CHECK(!before("a", "nobody"));
}

static void pair_is_kept_once(void)
{
    CHECK(parse("a < b\na < b < c\n"));
    CHECK(file.pair_count == 2 && file.pair[0].line == 1);
}

static void names_may_hold_anything_in_quotes(void)
{
    CHECK(parse("\"lock at cache.c:42\" < leaf < \"a, b\"\n"));
    CHECK(before("lock at cache.c:42", "a, b"));
    CHECK(before("leaf", "a, b"));
}

static void name_stands_for_its_subclasses(void)
{
    CHECK(parse("a < b\na/2 < c\n"));
    CHECK(order_file_find(&file, "a/1", true) ==
          order_file_find(&file, "a", false));
    CHECK(order_file_find(&file, "a/1", false) == ORDER_NONE);
    CHECK(order_file_find(&file, "a/2", true) !=
          order_file_find(&file, "a", false));
}

static void leaves_and_nesting_are_kept(void)
{
    CHECK(parse("leaf: a , b\nsame-class c: by address\nsame-class d:nested"));
    CHECK(file.name[0].leaf == 1 && file.name[1].leaf == 1);
    CHECK(file.name[2].same == ORDER_BY_ADDRESS);
    CHECK(file.name[3].same == ORDER_NESTED && file.name[3].same_line == 3);
}

static void names_are_bounded(void)
{
    char text[40000] = "leaf: n";
    size_t used = strlen(text);
    unsigned i;

    for (i = 0; i < 3000; i++)
        used += (size_t)sprintf(text + used, ", n%u", i);
    CHECK(freopen("/dev/null", "w", stderr) != NULL);
    CHECK(!parse(text));
    CHECK(file.name_count == ORDER_NAMES);
}

static void any_bytes_end_in_peace(void)
{
    static const char bytes[] = "abc<<<,:\" \t\n\n#/\0\xff"
                                "leaf:same-class by address nested";
    uint32_t seed = 1;
    char text[120];
    unsigned round;
    size_t i;

    CHECK(freopen("/dev/null", "w", stderr) != NULL);
    for (round = 0; round < 3000; round++) {
        for (i = 0; i < sizeof(text); i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
        }
        order_file_free(&file);
        order_file_parse(&file, "text", text, sizeof(text));
    }
    order_file_free(&file);
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(order_is_transitive),
        CHECK_TEST(pair_is_kept_once),
        CHECK_TEST(names_may_hold_anything_in_quotes),
        CHECK_TEST(name_stands_for_its_subclasses),
        CHECK_TEST(leaves_and_nesting_are_kept),
        CHECK_TEST(names_are_bounded),
        CHECK_TEST(any_bytes_end_in_peace),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
