/* SPDX-License-Identifier: BSD-2-Clause */
/* option.c: the rules of the keys that users set. */
#include "option.h"

#include "check.h"

static char told[512];
static unsigned told_count;

static void tell(void *context, const char *message)
{
    (void)context;
    snprintf(told, sizeof(told), "%s", message);
    told_count++;
}

static struct lv_options from_environment(const char *text)
{
    struct lv_options options;

    lv_options_default(&options);
    lv_options_environment(&options, text, tell, NULL);
    return options;
}

static void no_environment_is_the_default(void)
{
    struct lv_options options = from_environment(NULL);

    CHECK_TEXT(options.record, "lockval.d");
    CHECK(options.children && !options.quiet && !options.require_locks);
    CHECK(options.fail_on == LV_FAIL_DEFAULT);
    CHECK(told_count == 0);
}

static void environment_sets_each_key(void)
{
    struct lv_options options = from_environment(
        "record=/tmp/a b:max-stack=7:quiet=1:no-children:require-locks:"
        "fail-on=deadlock,misuse:format=json");

    CHECK_TEXT(options.record, "/tmp/a b");
    CHECK(options.max_stack == 7);
    CHECK(options.quiet && !options.children && options.require_locks);
    CHECK(options.fail_on == (LV_FAIL_DEADLOCK | LV_FAIL_MISUSE));
    CHECK(options.format == LV_FORMAT_JSON);
    CHECK(told_count == 0);
}

static void backslash_keeps_a_colon(void)
{
    struct lv_options options = from_environment("record=/a\\:b\\\\c:quiet");

    CHECK_TEXT(options.record, "/a:b\\c");
    CHECK(options.quiet);
}

static void rendered_options_read_back_the_same(void)
{
    struct lv_options options = from_environment(
        "record=/a\\:b\\\\c:max-stack=512:fail-on=none:no-children:quiet");
    struct lv_options again;
    char text[3 * LV_OPTION_PATH];

    CHECK(lv_options_render(&options, text, sizeof(text)) == strlen(text));
    again = from_environment(text);
    CHECK(told_count == 0);
    CHECK(memcmp(&options, &again, sizeof(options)) == 0);
    CHECK(lv_options_render(&options, text, 40) == 0);
}

static void unknown_key_names_the_nearest(void)
{
    struct lv_options options = from_environment("recrod=x:quiet=1");

    CHECK_TEXT(told, "unknown option 'recrod'; did you mean record");
    CHECK(told_count == 1);
    CHECK(options.quiet);
    CHECK_TEXT(options.record, "lockval.d");
}

static void unknown_key_far_from_all_names_them(void)
{
    from_environment("zzzzzzzz=x");
    CHECK(strstr(told, "; known: record, ") != NULL);
}

static void unknown_grade_names_the_nearest(void)
{
    struct lv_options options = from_environment("fail-on=deadlok");

    CHECK_TEXT(
        told,
        "fail-on: unknown grade or family 'deadlok'; did you mean deadlock");
    CHECK(options.fail_on == LV_FAIL_DEFAULT);
}

static void unknown_format_names_the_nearest(void)
{
    from_environment("format=jsn");
    CHECK_TEXT(told, "format: unknown format 'jsn'; did you mean json");
}

static void numbers_out_of_range_are_refused(void)
{
    static const char *const bad[] = {"0",  "513", "-1",
                                      "4x", "",    "99999999999999999999"};
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct lv_options options;

        lv_options_default(&options);
        CHECK(!lv_options_set(&options, "max-stack", 9, bad[i], strlen(bad[i]),
                              tell, NULL));
        CHECK(options.max_stack == 64);
    }
}

static void control_characters_are_not_echoed(void)
{
    from_environment("re\033[31mcord=x");
    CHECK(strchr(told, '\033') == NULL);
}

static void overlong_path_is_refused(void)
{
    char text[3 * LV_OPTION_PATH] = "record=";
    struct lv_options options;

    memset(text + 7, 'a', LV_OPTION_PATH);
    options = from_environment(text);
    CHECK(told_count == 1);
    CHECK_TEXT(options.record, "lockval.d");
}

static void file_has_comments_and_line_numbers(void)
{
    static const char text[] = "# for all tests\n\n"
                               "max-stack = 9 # deep\r\n"
                               "chlidren = no\n"
                               "record = out/records";
    struct lv_options options;

    lv_options_default(&options);
    CHECK(!lv_options_file(&options, text, strlen(text), tell, NULL));
    CHECK_TEXT(told, "line 4: unknown option 'chlidren'; did you mean "
                     "children");
    CHECK(options.max_stack == 9);
    CHECK_TEXT(options.record, "out/records");
}

static void no_sink_is_silence(void)
{
    struct lv_options options;

    lv_options_default(&options);
    CHECK(!lv_options_environment(&options, "nope", NULL, NULL));
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(no_environment_is_the_default),
        CHECK_TEST(environment_sets_each_key),
        CHECK_TEST(backslash_keeps_a_colon),
        CHECK_TEST(rendered_options_read_back_the_same),
        CHECK_TEST(unknown_key_names_the_nearest),
        CHECK_TEST(unknown_key_far_from_all_names_them),
        CHECK_TEST(unknown_grade_names_the_nearest),
        CHECK_TEST(unknown_format_names_the_nearest),
        CHECK_TEST(numbers_out_of_range_are_refused),
        CHECK_TEST(control_characters_are_not_echoed),
        CHECK_TEST(overlong_path_is_refused),
        CHECK_TEST(file_has_comments_and_line_numbers),
        CHECK_TEST(no_sink_is_silence),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
