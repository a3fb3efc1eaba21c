/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c: what is said of records: the whole text, compared with golden/, and
 * the JSON that programs rely on. UPDATE_GOLDEN=1 writes the texts anew. */
#include <jansson.h>

#include "check.h"
#include "maker.h"
#include "option.h"
#include "outcome.h"

static struct maker maker;

static void save(void)
{
    char name[64];

    snprintf(name, sizeof(name), "prog.%u.0.lvr", maker.header.pid);
    maker_save(&maker, in_scratch(name), 0);
}

static char *text_of_scratch(void)
{
    struct model *model = read_records(scratch());
    char *text = as_text(model);

    drop_records(model);
    return text;
}

static void compare(const char *name)
{
    char path[4096], golden[65536] = "";
    char *text = text_of_scratch();
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s.txt", GOLDEN, name);
    if (getenv("UPDATE_GOLDEN") != NULL) {
        file = fopen(path, "w");
        CHECK(file != NULL && fputs(text, file) >= 0);
        fclose(file);
    }
    file = fopen(path, "r");
    CHECK(file != NULL);
    golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
    fclose(file);
    CHECK_TEXT(text, golden);
    free(text);
}

static json_t *json_of_scratch(void)
{
    struct model *model = read_records(scratch());
    char *text = as_json(model);
    json_t *json = json_loads(text, 0, NULL);

    CHECK(json != NULL);
    drop_records(model);
    free(text);
    return json;
}

static const char *text_at(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static json_t *first_finding(json_t *json)
{
    return json_array_get(json_object_get(json, "findings"), 0);
}

/* ---- texts --------------------------------------------------------------- */

static void opposite_orders_are_told_in_full(void)
{
    maker_abba(&maker, 7);
    save();
    compare("abba");
}

static void circle_of_four_is_told_in_lines(void)
{
    static const uint32_t held[][2] = {{1, 0}, {2, 0}, {3, 0}, {4, 0}};
    static const char *const name[] = {"a", "b", "c", "d"};
    uint32_t i;

    maker_start(&maker, 7);
    maker_module(&maker, 1, "/lib/prog");
    for (i = 1; i <= 4; i++) {
        char thread[16];

        snprintf(thread, sizeof(thread), "worker %u", i);
        maker_thread(&maker, i, thread);
        maker_class(&maker, i, name[i - 1]);
        maker_lock(&maker, i, i);
        maker_call(&maker, 10 * i + i, LV_PLACE(1, 0x100 * i));
        maker_call(&maker, 10 * i + i % 4 + 1, LV_PLACE(1, 0x100 * i + 8));
    }
    for (i = 1; i <= 4; i++)
        maker_seen(&maker, i, held[i - 1], i % 4 + 1);
    save();
    compare("circle");
}

static void common_gate_makes_it_a_hint(void)
{
    static const uint32_t a[] = {3, 1, 0}, b[] = {3, 2, 0};

    maker_abba(&maker, 7);
    maker.used -=
        2 * (sizeof(struct lv_rec_observation) + sizeof(struct lv_rec_hold));
    maker_class(&maker, 3, "gate");
    maker_lock(&maker, 3, 3);
    maker_call(&maker, 23, LV_PLACE(1, 0x230));
    maker_call(&maker, 33, LV_PLACE(1, 0x330));
    maker_seen(&maker, 2, a, 2);
    maker_seen(&maker, 3, b, 1);
    save();
    compare("gate");
}

static void each_misuse_has_its_words(void)
{
    uint32_t kind;

    maker_abba(&maker, 7);
    maker.used -=
        2 * (sizeof(struct lv_rec_observation) + sizeof(struct lv_rec_hold));
    for (kind = LV_MISUSE_SELF_DEADLOCK; kind <= LV_MISUSE_LAST; kind++) {
        struct lv_rec_misuse *misuse = maker_misuse(&maker, kind, 2, 1);

        if (kind == LV_MISUSE_UNLOCK_NOT_HELD)
            continue;
        misuse->other = (struct lv_rec_hold){1, 1, 0, 31};
        misuse->other_thread = 3;
    }
    save();
    compare("misuse");
}

static void raw_write_is_listed_with_its_verdict(void)
{
    static const uint32_t held[] = {1, 0};
    struct lv_rec_class *class;
    struct lv_rec_observation *seen;

    maker_start(&maker, 7);
    maker_module(&maker, 1, "/lib/prog");
    maker_thread(&maker, 1, "prog");
    maker_thread(&maker, 2, "writer");
    maker_thread(&maker, 3, "walker");
    maker_class(&maker, 1, "map");
    class = maker_class(&maker, 2, "seq");
    class->family = LV_FAMILY_SEQCOUNT;
    class->flags = LV_CLASS_SEQCOUNT;
    maker_lock(&maker, 1, 1);
    maker_lock(&maker, 2, 2);
    maker_call(&maker, 22, LV_PLACE(1, 0x220));
    maker_call(&maker, 21, LV_PLACE(1, 0x210));
    maker_call(&maker, 31, LV_PLACE(1, 0x310));
    maker_call(&maker, 32, LV_PLACE(1, 0x320));
    /* writer: raw write of seq, then map; walker: map, then waits for seq */
    seen = maker_seen(&maker, 2, (const uint32_t[]){0}, 2);
    seen->wanted.how = LV_HOW_RAW;
    seen = maker_seen(&maker, 2, (const uint32_t[]){2, 0}, 1);
    seen->hold[0].how = LV_HOW_RAW;
    seen = maker_seen(&maker, 3, held, 2);
    seen->wanted.how = LV_HOW_SEQ_WAIT;
    save();
    compare("refuted");
}

static void losses_are_told(void)
{
    char *text;

    maker_abba(&maker, 7);
    maker.header.lost[LV_LOST_RECORD] = 3;
    save();
    text = text_of_scratch();
    CHECK(contains(text, ", 3 events lost\n"));
    free(text);
}

static void terminal_codes_in_names_are_spelled_out(void)
{
    char *text;

    maker_abba(&maker, 7);
    maker_thread(&maker, 9, "\033]0;x\a");
    maker_class(&maker, 9, "c\033[31m");
    maker_lock(&maker, 9, 9);
    maker_call(&maker, 99, LV_PLACE(1, 0x99));
    maker_misuse(&maker, LV_MISUSE_EXIT_HELD, 9, 9);
    save();
    text = text_of_scratch();
    CHECK(strchr(text, '\033') == NULL && strchr(text, '\a') == NULL);
    CHECK(contains(text, "c\\x1b[31m"));
    free(text);
}

/* ---- JSON ---------------------------------------------------------------- */

static void json_has_what_the_interface_fixes(void)
{
    json_t *json, *finding, *step, *frame;

    maker_abba(&maker, 7);
    save();
    json = json_of_scratch();
    CHECK(json_integer_value(json_object_get(json, "version")) == 1);
    finding = first_finding(json);
    CHECK_TEXT(text_at(finding, "kind"), "inversion");
    CHECK_TEXT(text_at(finding, "grade"), "inversion");
    CHECK_TEXT(text_at(finding, "baseline"), "new");
    CHECK(json_is_null(json_object_get(finding, "suppressed")));
    CHECK(json_array_size(json_object_get(finding, "locks")) == 2);
    step = json_array_get(json_object_get(finding, "dependencies"), 0);
    CHECK_TEXT(text_at(step, "from"), "a");
    CHECK_TEXT(text_at(step, "to"), "b");
    CHECK_TEXT(text_at(step, "kind"), "EN");
    CHECK_TEXT(text_at(step, "thread"), "first");
    CHECK(json_is_array(json_object_get(step, "gates")));
    frame = json_array_get(json_object_get(step, "held_at"), 0);
    CHECK_TEXT(text_at(frame, "module"), "/lib/prog");
    CHECK_TEXT(text_at(frame, "offset"), "0x201");
    CHECK(json_is_null(json_object_get(frame, "function")));
    CHECK(json_is_false(json_object_get(frame, "inlined")));
    CHECK(json_array_size(json_object_get(json, "dependencies")) == 2);
    CHECK(json_array_size(json_object_get(json, "classes")) == 2);
    CHECK(json_is_array(json_object_get(json, "exceptions")));
    json_decref(json);
}

static void invalid_utf8_does_not_break_json(void)
{
    maker_abba(&maker, 7);
    maker_class(&maker, 9, "\xc3\x28\xed\xa0\x80\xf8");
    save();
    json_decref(json_of_scratch());
}

static void misuse_has_no_grade(void)
{
    json_t *json;

    maker_abba(&maker, 7);
    maker.used -=
        2 * (sizeof(struct lv_rec_observation) + sizeof(struct lv_rec_hold));
    maker_misuse(&maker, LV_MISUSE_EXIT_HELD, 2, 1);
    save();
    json = json_of_scratch();
    CHECK_TEXT(text_at(first_finding(json), "kind"), "exit-held");
    CHECK(json_is_null(json_object_get(first_finding(json), "grade")));
    json_decref(json);
}

/* ---- findings ------------------------------------------------------------ */

static void same_finding_of_two_processes_is_told_once(void)
{
    json_t *json;

    maker_abba(&maker, 7);
    save();
    maker_abba(&maker, 8);
    save();
    json = json_of_scratch();
    CHECK(json_array_size(json_object_get(json, "findings")) == 1);
    CHECK(json_integer_value(json_object_get(first_finding(json), "count")) ==
          2);
    json_decref(json);
}

static void fingerprint_survives_a_rebuild(void)
{
    char before[32];
    json_t *json;
    size_t i;

    maker_abba(&maker, 7);
    save();
    json = json_of_scratch();
    snprintf(before, sizeof(before), "%s",
             text_at(first_finding(json), "fingerprint"));
    json_decref(json);
    for (i = 0; i < maker.used;) { /* every offset moves */
        struct lv_rec_head *head = (void *)(maker.bytes + i);

        if (head->type == LV_REC_STACK)
            ((struct lv_rec_stack *)head)->frame[0] += 0x40;
        i += head->size;
    }
    save();
    json = json_of_scratch();
    CHECK_TEXT(text_at(first_finding(json), "fingerprint"), before);
    json_decref(json);
}

static size_t failing(unsigned fail_on)
{
    struct model *model = read_records(scratch());
    struct findings *findings = findings_new(model);
    size_t count = findings_failing(findings, fail_on);

    findings_free(findings);
    drop_records(model);
    return count;
}

static void fail_on_chooses_what_gates(void)
{
    maker_abba(&maker, 7);
    maker_misuse(&maker, LV_MISUSE_EXIT_HELD, 2, 1);
    maker_misuse(&maker, LV_MISUSE_SEQ_NESTED, 2, 1);
    save();
    CHECK(failing(LV_FAIL_DEFAULT) == 3);
    CHECK(failing(LV_FAIL_INVERSION) == 1);
    CHECK(failing(LV_FAIL_MISUSE | LV_FAIL_RULE) == 2);
    CHECK(failing(LV_FAIL_GUARDED | LV_FAIL_DEADLOCK) == 0);
    CHECK(failing(0) == 0);
}

/* ---- waits that are no locks --------------------------------------------- */

static const uint32_t nothing[] = {0}, the_lock[] = {1, 0};

/* Thread 2 holds `a` and waits for `e`, which thread 3 needs `a` to bring
 * about. */
static void start_event(uint8_t family)
{
    struct lv_rec_observation *seen;

    maker_start(&maker, 7);
    maker_module(&maker, 1, "/lib/prog");
    maker_thread(&maker, 1, "prog");
    maker_thread(&maker, 2, "waiter");
    maker_thread(&maker, 3, "signaller");
    maker_class(&maker, 1, "a");
    maker_class(&maker, 2, "e")->family = family;
    maker_lock(&maker, 1, 1);
    maker_lock(&maker, 2, 2);
    maker_call(&maker, 21, LV_PLACE(1, 0x210));
    maker_call(&maker, 22, LV_PLACE(1, 0x220));
    maker_call(&maker, 31, LV_PLACE(1, 0x310));
    maker_call(&maker, 32, LV_PLACE(1, 0x320));
    seen = maker_seen(&maker, 2, the_lock, 2);
    seen->wanted.how = LV_HOW_EVENT;
    maker_signal(&maker, 3, 2, the_lock);
}

static void wait_for_a_signal_is_told_in_full(void)
{
    start_event(LV_FAMILY_COND);
    save();
    compare("signal");
}

static void signal_without_the_lock_unmakes_it(void)
{
    start_event(LV_FAMILY_COND);
    maker_signal(&maker, 3, 2, the_lock);
    save();
    CHECK(failing(LV_FAIL_INVERSION) == 1);
    start_event(LV_FAMILY_COND);
    maker_signal(&maker, 3, 2, nothing);
    save();
    CHECK(failing(~0u) == 0);
    start_event(LV_FAMILY_COND);
    maker_signal(&maker, 2, 2, nothing);
    maker_signal(&maker, 3, 2, the_lock);
    save();
    CHECK(failing(~0u) == 0);
}

static void all_must_come_to_a_barrier(void)
{
    start_event(LV_FAMILY_BARRIER);
    maker_signal(&maker, 2, 2, nothing);
    save();
    CHECK(failing(LV_FAIL_INVERSION) == 1);
}

/* Opposite orders of two semaphores. */
static void start_guess(void)
{
    uint32_t i;

    maker_start(&maker, 7);
    maker_module(&maker, 1, "/lib/prog");
    maker_thread(&maker, 1, "prog");
    for (i = 1; i <= 2; i++) {
        maker_class(&maker, i, i == 1 ? "s" : "t")->family =
            LV_FAMILY_SEMAPHORE;
        maker_lock(&maker, i, i);
        maker_thread(&maker, i + 1, "");
        maker_call(&maker, 10 * (i + 1) + 1, LV_PLACE(1, 0x100 * i));
        maker_call(&maker, 10 * (i + 1) + 2, LV_PLACE(1, 0x100 * i + 8));
    }
    maker_seen(&maker, 2, (const uint32_t[]){1, 0}, 2);
    maker_seen(&maker, 3, (const uint32_t[]){2, 0}, 1);
}

static void semaphores_are_mutexes_by_evidence(void)
{
    start_guess();
    save();
    CHECK(failing(LV_FAIL_INVERSION) == 0);
    CHECK(failing(LV_FAIL_CLASS_INFERRED) == 1);
    maker_guess(&maker, 1, LV_GUESS_HOLDS);
    save();
    CHECK(failing(LV_FAIL_INVERSION) == 0);
    maker_guess(&maker, 2, LV_GUESS_HOLDS);
    save();
    CHECK(failing(LV_FAIL_INVERSION) == 1);
    CHECK(failing(LV_FAIL_CLASS_INFERRED) == 0);
    maker_guess(&maker, 2, LV_GUESS_FAILS);
    save();
    CHECK(failing(~0u) == 0);
}

/* A semaphore that was none keeps nothing apart. */
static void gate_that_was_none_is_no_gate(void)
{
    static const uint32_t first[] = {3, 1, 0}, second[] = {3, 2, 0};

    maker_start(&maker, 7);
    maker_module(&maker, 1, "/lib/prog");
    maker_thread(&maker, 1, "prog");
    maker_thread(&maker, 2, "");
    maker_thread(&maker, 3, "");
    maker_class(&maker, 1, "a");
    maker_class(&maker, 2, "b");
    maker_class(&maker, 3, "s")->family = LV_FAMILY_SEMAPHORE;
    maker_lock(&maker, 1, 1);
    maker_lock(&maker, 2, 2);
    maker_lock(&maker, 3, 3);
    maker_call(&maker, 21, LV_PLACE(1, 0x210));
    maker_call(&maker, 22, LV_PLACE(1, 0x220));
    maker_call(&maker, 23, LV_PLACE(1, 0x230));
    maker_call(&maker, 31, LV_PLACE(1, 0x310));
    maker_call(&maker, 32, LV_PLACE(1, 0x320));
    maker_call(&maker, 33, LV_PLACE(1, 0x330));
    maker_seen(&maker, 2, first, 2);
    maker_seen(&maker, 3, second, 1);
    save();
    CHECK(failing(LV_FAIL_INVERSION) == 0);
    maker_guess(&maker, 3, LV_GUESS_FAILS);
    save();
    CHECK(failing(LV_FAIL_INVERSION) == 1);
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(opposite_orders_are_told_in_full),
        CHECK_TEST(circle_of_four_is_told_in_lines),
        CHECK_TEST(common_gate_makes_it_a_hint),
        CHECK_TEST(each_misuse_has_its_words),
        CHECK_TEST(raw_write_is_listed_with_its_verdict),
        CHECK_TEST(losses_are_told),
        CHECK_TEST(terminal_codes_in_names_are_spelled_out),
        CHECK_TEST(json_has_what_the_interface_fixes),
        CHECK_TEST(invalid_utf8_does_not_break_json),
        CHECK_TEST(misuse_has_no_grade),
        CHECK_TEST(same_finding_of_two_processes_is_told_once),
        CHECK_TEST(fingerprint_survives_a_rebuild),
        CHECK_TEST(fail_on_chooses_what_gates),
        CHECK_TEST(wait_for_a_signal_is_told_in_full),
        CHECK_TEST(signal_without_the_lock_unmakes_it),
        CHECK_TEST(all_must_come_to_a_barrier),
        CHECK_TEST(semaphores_are_mutexes_by_evidence),
        CHECK_TEST(gate_that_was_none_is_no_gate),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
