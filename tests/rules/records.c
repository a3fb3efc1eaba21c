/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations and rules in records that are damaged or hostile: one line each,
 * and never a crash. */
#include "check.h"
#include "judge.h"
#include "maker.h"
#include "outcome.h"

static struct maker maker;

/* `first` holds a for reading and does `act` to a and to a lock nobody knows.
 */
static struct lv_rec_operation *add_operation(void)
{
    struct lv_rec_operation *seen;

    maker_abba(&maker, 7);
    seen = maker_entry(&maker, LV_REC_OPERATION,
                       sizeof(*seen) + 2 * sizeof(seen->role[0]) +
                           sizeof(struct lv_rec_hold));
    seen->kind = LV_OPERATION;
    seen->thread = 2;
    seen->role_count = 2;
    seen->count = 1;
    strcpy(seen->name, "act");
    seen->role[0] = (struct lv_rec_role){.name = "mm",
                                         .instance = 1,
                                         .class_id = 1,
                                         .state = LV_ROLE_LOCK,
                                         .how = LV_HOW_READ};
    seen->role[1] = (struct lv_rec_role){.name = "vma", .state = LV_ROLE_FREE};
    *lv_rec_operation_holds(seen) =
        (struct lv_rec_hold){.instance = 1, .class_id = 1, .how = LV_HOW_READ};
    return seen;
}

static void add_rules(const char *text)
{
    struct lv_rec_rules *rules = maker_entry(
        &maker, LV_REC_RULES, (sizeof(*rules) + strlen(text) + 8) / 8 * 8);

    strcpy(rules->text, text);
}

static const char *save(void)
{
    const char *path = in_scratch("prog.7.0.lvr");

    maker_save(&maker, path, 0);
    return path;
}

static void expect_damage(const char *reason)
{
    struct model *model;
    const char *path = save();
    char *told;

    catch_errors();
    model = read_records(path);
    told = caught_errors();
    CHECK(model->damaged == 1);
    CHECK(count_lines(told) == 1);
    CHECK(contains(told, reason));
    drop_records(model);
    free(told);
}

/* The text of the report, judged by the record's rules. */
static char *judged(void)
{
    struct model *model = read_records(save());
    struct rule_set set;
    char *text;

    CHECK(model->damaged == 0);
    CHECK(judge_load(&set, model, "", ""));
    model->rule_set = &set;
    text = as_text(model);
    drop_records(model);
    rules_free(&set);
    return text;
}

static void good_operation_is_judged(void)
{
    char *text;

    add_operation();
    add_rules("R1 act = mm:write | vma:held\n");
    text = judged();
    CHECK(contains(text, "R1 act: needs mm:write | vma:held; held: a(R)"));
    free(text);
    add_operation();
    add_rules("R1 act = mm:read\n");
    text = judged();
    CHECK(!contains(text, "R1"));
    free(text);
}

/* Whether the operation of add_operation breaks `condition`. */
static bool breaks(const char *condition, const char *second_role)
{
    char rule[128], *text;
    bool broken;

    strcpy(add_operation()->role[1].name, second_role);
    snprintf(rule, sizeof(rule), "R1 act = %s\n", condition);
    add_rules(rule);
    text = judged();
    broken = contains(text, "R1 act: needs ");
    free(text);
    return broken;
}

static void conditions_are_what_they_say(void)
{
    static const struct {
        const char *condition;
        bool broken;
    } cases[] = {
        {"mm:held", false},
        {"mm:read", false},
        {"mm:write", true},
        {"vma:held", true},
        {"nobody:held", true},
        {"*a:held", false},
        {"*a:write", true},
        {"*b:held", true},
        {"!mm:read", true},
        {"!mm:write", false},
        {"!!mm:read", false},
        {"!nobody:held", false},
        {"mm:read & vma:held", true},
        {"mm:read | vma:held", false},
        {"!(mm:read & vma:held)", false},
        {"!(mm:read | vma:held)", true},
        {"mm:read & (vma:held | *a:read)", false},
        {"mm:write & mm:read | !vma:held", false},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (breaks(cases[i].condition, "vma") != cases[i].broken)
            fprintf(stderr, "%s\n", cases[i].condition);
        CHECK(breaks(cases[i].condition, "vma") == cases[i].broken);
    }
}

static void each_object_of_a_role_counts(void)
{
    CHECK(!breaks("mm:read", "vma"));
    CHECK(breaks("mm:read", "mm"));
    CHECK(!breaks("!mm:read", "mm"));
}

static void counts_must_fit(void)
{
    add_operation()->role_count = UINT32_MAX;
    expect_damage("role count does not match");
    add_operation()->role_count = 1;
    expect_damage("does not match its size");
    add_operation()->count = 2;
    expect_damage("hold count does not match");
}

static void names_must_end(void)
{
    memset(add_operation()->name, 'x',
           sizeof(((struct lv_rec_operation *)0)->name));
    expect_damage("operation's name has no end");
    memset(add_operation()->role[1].name, 'x',
           sizeof(((struct lv_rec_role *)0)->name));
    expect_damage("role's name has no end");
}

static void numbers_must_be_known(void)
{
    add_operation()->kind = 9;
    expect_damage("operation is of no known kind");
    add_operation()->role[0].state = 9;
    expect_damage("role is in no known state");
    add_operation()->role[0].how = 3;
    expect_damage("no known mode");
    add_operation()->role[0].instance = 99;
    expect_damage("unknown lock 99");
    add_operation()->role[0].class_id = 99;
    expect_damage("unknown class 99");
    add_operation()->role[0].lost = 9999;
    expect_damage("unknown stack 9999");
    add_operation()->stack = 9999;
    expect_damage("unknown stack 9999");
    add_operation()->thread = 99;
    expect_damage("unknown thread 99");
}

static void assertion_without_a_lock_is_told(void)
{
    struct lv_rec_operation *seen;
    char *text;

    maker_abba(&maker, 7);
    seen = maker_entry(&maker, LV_REC_OPERATION, sizeof(*seen));
    seen->kind = LV_ASSERT_HELD;
    seen->thread = 2;
    text = judged();
    CHECK(
        contains(text, "assert_held: needs a lock that was never used:write"));
    free(text);
}

static void no_flipped_bit_crashes(void)
{
    size_t size = add_operation()->head.size, from = maker.used - size, bit;

    add_rules("R1 act = mm:write | vma:held | *a:write\n");
    for (bit = 0; bit < 8 * size; bit++) {
        uint8_t *at = &maker.bytes[from + bit / 8];
        struct model *model;
        struct rule_set set;

        *at ^= (uint8_t)(1u << bit % 8);
        catch_errors();
        model = read_records(save());
        judge_load(&set, model, "", "");
        model->rule_set = &set;
        free(as_json(model));
        drop_records(model);
        rules_free(&set);
        free(caught_errors());
        *at ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(good_operation_is_judged),
        CHECK_TEST(conditions_are_what_they_say),
        CHECK_TEST(each_object_of_a_role_counts),
        CHECK_TEST(counts_must_fit),
        CHECK_TEST(names_must_end),
        CHECK_TEST(numbers_must_be_known),
        CHECK_TEST(assertion_without_a_lock_is_told),
        CHECK_TEST(no_flipped_bit_crashes),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
