/* SPDX-License-Identifier: BSD-2-Clause */
/* escape.c: what each form makes of what would be more than text in it, and of
 * nothing else. */
#include "escape.h"

#include <stdlib.h>

#include "check.h"

typedef void escape(FILE *out, const char *text);

/* Valid until the next call. */
static const char *escaped(escape *how, const char *text)
{
    static char *written;
    size_t size;
    FILE *out;

    free(written);
    out = open_memstream(&written, &size);
    how(out, text);
    fclose(out);
    return written;
}

#define TEXT "a lock, of é and 火\xf0\x9f\x94\x92"

static void plain_text_stays_what_it_is(void)
{
    CHECK_TEXT(escaped(escape_xml, TEXT "\n;:%\\"), TEXT "\n;:%\\");
    CHECK_TEXT(escaped(escape_message, TEXT "<&>\"'::"), TEXT "<&>\"'::");
    CHECK_TEXT(escaped(escape_property, "a lock <&>"), "a lock <&>");
    CHECK_TEXT(escaped(escape_dot, TEXT "<&>'{}"), TEXT "<&>'{}");
    CHECK_TEXT(escaped(escape_markdown, "a lock é 1"), "a lock é 1");
}

static void xml_has_no_markup_of_theirs(void)
{
    CHECK_TEXT(escaped(escape_xml, "</a>&lt;"), "&lt;/a&gt;&amp;lt;");
    CHECK_TEXT(escaped(escape_xml, "\" b='"), "&quot; b=&#39;");
}

static void xml_holds_no_character_that_it_may_not(void)
{
    CHECK_TEXT(escaped(escape_xml, "\x01\x1b\r|\t"),
               "\ufffd\ufffd\ufffd|\ufffd");
    CHECK_TEXT(escaped(escape_xml, "\xef\xbf\xbe|\xef\xbf\xbf|\xef\xbf\xbd"),
               "\ufffd|\ufffd|\ufffd");
}

static void workflow_command_ends_where_it_is_ended(void)
{
    CHECK_TEXT(escaped(escape_message, "a\r\n::error::b"), "a%0D%0A::error::b");
    CHECK_TEXT(escaped(escape_property, "a\r\n"), "a%0D%0A");
}

static void workflow_command_decodes_to_what_was_said(void)
{
    CHECK_TEXT(escaped(escape_message, "%0A"), "%250A");
    CHECK_TEXT(escaped(escape_property, "%2C"), "%252C");
}

static void property_begins_no_other(void)
{
    CHECK_TEXT(escaped(escape_property, "x,line=9"), "x%2Cline=9");
    CHECK_TEXT(escaped(escape_property, "x::y"), "x%3A%3Ay");
}

static void markdown_has_no_markup_of_theirs(void)
{
    CHECK_TEXT(escaped(escape_markdown, "<b>"), "&#60;b&#62;");
    CHECK_TEXT(escaped(escape_markdown, "[a](b)"), "&#91;a&#93;&#40;b&#41;");
    CHECK_TEXT(escaped(escape_markdown, "@a|`*_\\"),
               "&#64;a&#124;&#96;&#42;&#95;&#92;");
}

static void markdown_stays_on_its_line(void)
{
    CHECK_TEXT(escaped(escape_markdown, "a\nb\rc\td"), "a b c d");
}

static void dot_string_ends_where_it_is_ended(void)
{
    CHECK_TEXT(escaped(escape_dot, "\"; b"), "\\\"; b");
    CHECK_TEXT(escaped(escape_dot, "\\"), "\\\\");
    CHECK_TEXT(escaped(escape_dot, "a\n\x1b"), "a  ");
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(plain_text_stays_what_it_is),
        CHECK_TEST(xml_has_no_markup_of_theirs),
        CHECK_TEST(xml_holds_no_character_that_it_may_not),
        CHECK_TEST(workflow_command_ends_where_it_is_ended),
        CHECK_TEST(workflow_command_decodes_to_what_was_said),
        CHECK_TEST(property_begins_no_other),
        CHECK_TEST(markdown_has_no_markup_of_theirs),
        CHECK_TEST(markdown_stays_on_its_line),
        CHECK_TEST(dot_string_ends_where_it_is_ended),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
