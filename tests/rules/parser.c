/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of rules: what is read, what is refused and where. */
#include "check.h"
#include "rules.h"

static struct rule_set set;

static bool parse(const char *text)
{
    rules_free(&set);
    return rules_parse(&set, "", text, strlen(text));
}

/* The condition with all its parentheses. */
static void spell(const struct rule_node *node, char *to, size_t room)
{
    static const char *const modes[] = {"held", "read", "write"};
    char left[512] = "", right[512] = "";

    if (node->left != NULL)
        spell(node->left, left, sizeof(left));
    if (node->right != NULL)
        spell(node->right, right, sizeof(right));
    if (node->what <= RULE_CLASS)
        snprintf(to, room, "%s%.40s:%s", node->what == RULE_CLASS ? "*" : "",
                 node->name, modes[node->mode]);
    else if (node->what == RULE_NOT)
        snprintf(to, room, "!%.500s", left);
    else
        snprintf(to, room, "(%.200s%c%.200s)", left,
                 node->what == RULE_ALL ? '&' : '|', right);
}

static void check_tree(const char *condition, const char *wanted)
{
    char text[600], tree[512];

    snprintf(text, sizeof(text), "R1 do = %.500s", condition);
    CHECK(parse(text));
    CHECK(set.count == 1);
    spell(set.rule[0].root, tree, sizeof(tree));
    CHECK_TEXT(tree, wanted);
}

static void check_error(const char *text, const char *wanted)
{
    CHECK(!parse(text));
    CHECK_TEXT(set.error, wanted);
}

static void and_binds_tighter_than_or(void)
{
    check_tree("a:held | b:read & c:write", "(a:held|(b:read&c:write))");
    check_tree("(a:held | b:read) & c:write", "((a:held|b:read)&c:write)");
    check_tree("a:held & b:held & c:held", "((a:held&b:held)&c:held)");
}

static void not_binds_tightest(void)
{
    check_tree("!a:held & b:held", "(!a:held&b:held)");
    check_tree("!(a:held & !b:held)", "!(a:held&!b:held)");
    check_tree("!!a:held", "!!a:held");
}

static void star_names_a_class(void)
{
    check_tree("!*vma_lock:read", "!*vma_lock:read");
    check_tree("* mmap_lock/1 : write", "*mmap_lock/1:write");
}

static void lines_are_rules(void)
{
    CHECK(parse("# nothing\n\n  \t\r\n"
                "R1 one = a:held # why\n"
                "R1 two = b:read\r\n"
                "R2 one = c:write"));
    CHECK(set.count == 3);
    CHECK_TEXT(set.rule[0].name, "R1");
    CHECK_TEXT(set.rule[0].operation, "one");
    CHECK_TEXT(set.rule[0].condition, "a:held");
    CHECK_TEXT(set.rule[1].condition, "b:read");
    CHECK_TEXT(set.rule[2].name, "R2");
    CHECK(parse("") && set.count == 0);
}

static const char profiles[] = "R0 do = a:held\n"
                               "@profile 2019-spf, 2021\n"
                               "R1 do = a:held\n"
                               "@profile current\n"
                               "R2 do = a:held\n";

/* The names of the rules that apply. */
static const char *applying(const char *profile)
{
    static char names[64];
    size_t i;

    names[0] = '\0';
    CHECK(rules_choose(&set, profile));
    for (i = 0; i < set.count; i++)
        if (rules_applies(&set, &set.rule[i]))
            strcat(names, set.rule[i].name);
    return names;
}

static void profiles_choose_rules(void)
{
    CHECK(parse(profiles));
    CHECK_TEXT(applying(""), "R0R2");
    CHECK_TEXT(applying("current"), "R0R2");
    CHECK_TEXT(applying("2021"), "R0R1");
    CHECK_TEXT(applying("2019-spf"), "R0R1");
}

static void program_may_choose_its_profile(void)
{
    CHECK(parse(profiles));
    CHECK(rules_parse(&set, "", "@use 2021", 9));
    CHECK_TEXT(applying(""), "R0R1");
    CHECK_TEXT(applying("current"), "R0R2");
}

static void section_ends_with_its_text(void)
{
    CHECK(parse("@profile old\nR1 do = a:held\n"));
    CHECK(rules_parse(&set, "", "R2 do = a:held", 14));
    CHECK_TEXT(applying(""), "R2");
}

static void unknown_profile_is_refused(void)
{
    CHECK(parse(profiles));
    CHECK(!rules_choose(&set, "2020"));
    CHECK_TEXT(set.error, "no rule is in the profile 2020");
    CHECK(parse("R0 do = a:held"));
    CHECK(rules_choose(&set, "2020"));
}

static void mistakes_have_a_place(void)
{
    check_error("R1", "line 1, column 3: expected the name of an operation");
    check_error("R1 do", "line 1, column 6: expected '='");
    check_error("\n\nR1 do = ",
                "line 3, column 9: expected role:mode, *class:mode, ! or (");
    check_error("R1 do = a", "line 1, column 10: expected ':' and a mode");
    check_error("R1 do = a:",
                "line 1, column 11: expected a mode: held, read or write");
    check_error("R1 do = a:writ",
                "line 1, column 11: expected a mode: held, read or write");
    check_error("R1 do = (a:held", "line 1, column 16: expected & | or )");
    check_error("R1 do = a:held b:held",
                "line 1, column 16: expected & | or the end of the line");
    check_error("R1 do = a:held &",
                "line 1, column 17: expected role:mode, *class:mode, ! or (");
    check_error("R1 do = a:held)",
                "line 1, column 15: expected & | or the end of the line");
    check_error("@prof a", "line 1, column 2: expected profile or use after @");
    check_error("@profile a b",
                "line 1, column 12: expected ',' or the end of the line");
    check_error("@profile a,",
                "line 1, column 12: expected the name of a profile");
    check_error("@use", "line 1, column 5: expected the name of a profile");
    check_error("= a", "line 1, column 1: expected the name of a rule");
}

static void first_mistake_is_told_and_the_rest_counts(void)
{
    check_error("R1 do\nR2 do = a:held\nR3\n",
                "line 1, column 6: expected '='");
    CHECK(set.count == 1);
    CHECK_TEXT(set.rule[0].name, "R2");
}

static void depth_and_length_are_bounded(void)
{
    char text[70000];

    memset(text, '(', sizeof(text));
    memcpy(text, "R1 do = ", 8);
    text[sizeof(text) - 1] = '\0';
    CHECK(!parse(text));
    CHECK(strstr(set.error, "nested deeper") != NULL);
    memset(text + 8, '!', sizeof(text) - 9);
    CHECK(!parse(text));
    CHECK(strstr(set.error, "nested deeper") != NULL);
    memset(text + 8, 'a', sizeof(text) - 9);
    CHECK(!parse(text));
    CHECK(strstr(set.error, "longer than 47") != NULL);
}

static void parts_are_bounded(void)
{
    char text[16384] = "R1 do = a:held";
    size_t used = strlen(text);

    while (used + 8 < sizeof(text)) {
        memcpy(text + used, "|a:held", 8);
        used += 7;
    }
    CHECK(!parse(text));
    CHECK(strstr(set.error, "more than 1000 parts") != NULL);
}

/* Bytes of the grammar in any order, from a generator of our own, so that each
 * run is the same. */
static void any_bytes_end_in_peace(void)
{
    static const char bytes[] = "aR:=&|!()*#@,\n \t\0\xff"
                                "@use @profile a:read ";
    uint32_t seed = 1;
    char text[200];
    unsigned round;
    size_t i;

    for (round = 0; round < 100000; round++) {
        for (i = 0; i < sizeof(text); i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
        }
        rules_free(&set);
        rules_parse(&set, "", text, sizeof(text));
        rules_choose(&set, "a");
    }
    rules_free(&set);
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(and_binds_tighter_than_or),
        CHECK_TEST(not_binds_tightest),
        CHECK_TEST(star_names_a_class),
        CHECK_TEST(lines_are_rules),
        CHECK_TEST(profiles_choose_rules),
        CHECK_TEST(program_may_choose_its_profile),
        CHECK_TEST(section_ends_with_its_text),
        CHECK_TEST(unknown_profile_is_refused),
        CHECK_TEST(mistakes_have_a_place),
        CHECK_TEST(first_mistake_is_told_and_the_rest_counts),
        CHECK_TEST(depth_and_length_are_bounded),
        CHECK_TEST(parts_are_bounded),
        CHECK_TEST(any_bytes_end_in_peace),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
