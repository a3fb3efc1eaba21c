/* SPDX-License-Identifier: BSD-2-Clause */
/* record.c: what the reader makes of records that are cut, damaged or hostile:
 * one line, the part before the damage, and never a crash. */
#include "record_append.h"
#include "record_read.h"

#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "maker.h"
#include "outcome.h"

/* Read the one record that is in the scratch directory; what was said. */
static char *read_and_tell(struct model **model)
{
    catch_errors();
    *model = read_records(scratch());
    return caught_errors();
}

static void expect_damage(const char *reason)
{
    struct model *model;
    char *said = read_and_tell(&model);

    if (!contains(said, reason))
        fprintf(stderr, "said: %s\n", said);
    CHECK(contains(said, reason));
    CHECK(contains(said, ".lvr: byte "));
    CHECK(count_lines(said) == 1);
    CHECK(model->damaged == 1);
    free(as_json(model));
    free(said);
    drop_records(model);
}

static void save(const struct maker *maker, size_t size)
{
    maker_save(maker, in_scratch("prog.7.0.lvr"), size);
}

static void good_record_reads_in_silence(void)
{
    struct maker maker;
    struct model *model;
    char *said;

    maker_abba(&maker, 7);
    save(&maker, 0);
    said = read_and_tell(&model);
    CHECK_TEXT(said, "");
    CHECK(model->process_count == 1 && model->damaged == 0);
    CHECK(model->family[0].seen_count == 2);
    CHECK(model->family[0].instance_count == 1 + 2);
    CHECK_TEXT(model->process[0].command, "prog --all");
    free(said);
    drop_records(model);
}

static void every_truncation_is_told_once(void)
{
    struct maker maker;
    size_t size, whole;

    maker_abba(&maker, 7);
    free(maker_bytes(&maker, &whole));
    for (size = 1; size < whole; size += size < LV_REC_HEADER_SIZE ? 509 : 1) {
        save(&maker, size);
        expect_damage("");
    }
}

static void what_is_before_the_damage_stays(void)
{
    struct maker maker;
    struct model *model;
    size_t whole;
    char *said;

    maker_abba(&maker, 7);
    free(maker_bytes(&maker, &whole));
    save(&maker, whole - 1);
    said = read_and_tell(&model);
    CHECK(contains(said, "the file is cut short"));
    CHECK(model->family[0].seen_count == 1);
    free(said);
    drop_records(model);
}

static void flip(uint8_t *bytes, size_t size, size_t bit)
{
    FILE *file = fopen(in_scratch("prog.7.0.lvr"), "wb");

    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size);
    fclose(file);
    bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void no_flipped_bit_crashes(void)
{
    struct maker maker;
    size_t size, bit;
    uint8_t *bytes;

    maker_abba(&maker, 7);
    bytes = maker_bytes(&maker, &size);
    for (bit = 0; bit < 8 * size; bit++) {
        struct model *model;
        char *said;

        if (bit >= 8 * 64 && bit < 8 * LV_REC_HEADER_SIZE && bit % 1021 != 0)
            continue;
        flip(bytes, size, bit);
        said = read_and_tell(&model);
        CHECK(count_lines(said) <= 1);
        if (model->damaged == 0)
            free(as_json(model));
        free(said);
        drop_records(model);
    }
    free(bytes);
}

/* ---- headers ------------------------------------------------------------- */

static void newer_version_is_told(void)
{
    struct maker maker;

    maker_abba(&maker, 7);
    maker.header.version = LV_REC_VERSION + 1;
    save(&maker, 0);
    expect_damage("written by a newer lockval");
}

static void other_byte_order_is_told(void)
{
    struct maker maker;

    maker_abba(&maker, 7);
    maker.header.magic = __builtin_bswap64(LV_REC_MAGIC);
    save(&maker, 0);
    expect_damage("other byte order");
}

static void other_files_are_no_records(void)
{
    struct maker maker;

    maker_abba(&maker, 7);
    maker.header.magic = 42;
    save(&maker, 0);
    expect_damage("not a lockval record");
}

static void strings_of_the_header_must_end(void)
{
    struct maker maker;

    maker_abba(&maker, 7);
    memset(maker.header.program, 'x', sizeof(maker.header.program));
    save(&maker, 0);
    expect_damage("program's path has no end");
}

static void command_may_be_cut(void)
{
    struct maker maker;
    struct model *model;
    char *said;

    maker_abba(&maker, 7);
    memset(maker.header.command, 'x', sizeof(maker.header.command));
    save(&maker, 0);
    said = read_and_tell(&model);
    CHECK_TEXT(said, "");
    CHECK(strlen(model->process[0].command) == sizeof(maker.header.command));
    free(said);
    drop_records(model);
}

static void pipe_in_place_of_a_record_does_not_hang(void)
{
    CHECK(mkfifo(in_scratch("prog.7.0.lvr"), 0600) == 0);
    expect_damage("not a regular file");
}

/* What is told of a dead process goes behind its record's last entry. */
static void nothing_is_appended_through_a_link(void)
{
    struct lv_rec_join entry = {
        .head = {LV_REC_JOIN, 0, sizeof(entry)}, .joiner = 1, .joined = 2};
    struct maker maker;
    struct model *model;

    maker_abba(&maker, 7);
    save(&maker, 0);
    CHECK(symlink("prog.7.0.lvr", in_scratch("link")) == 0);
    CHECK(!record_append(in_scratch("link"), &entry));
    CHECK(record_append(in_scratch("prog.7.0.lvr"), &entry));
    free(read_and_tell(&model));
    CHECK(model->damaged == 0);
    drop_records(model);
}

/* ---- entries ------------------------------------------------------------- */

static void holes_are_told(void)
{
    struct maker maker;

    maker_abba(&maker, 7);
    maker_entry(&maker, 0, 64); /* its size is written, its type is not */
    save(&maker, 0);
    expect_damage("bytes more were written");
}

static void unknown_types_are_told(void)
{
    struct maker maker;

    maker_abba(&maker, 7);
    maker_entry(&maker, 77, 64);
    save(&maker, 0);
    expect_damage("unknown type 77");
}

static void huge_counts_are_refused(void)
{
    static const uint32_t none[] = {0};
    struct maker maker;

    maker_abba(&maker, 7);
    maker_seen(&maker, 2, none, 1)->count = UINT32_MAX;
    save(&maker, 0);
    expect_damage("hold count does not match");
}

static void huge_sizes_are_refused(void)
{
    struct maker maker;
    struct lv_rec_head *head;

    maker_abba(&maker, 7);
    head = maker_entry(&maker, LV_REC_STACK, 64);
    head->size = 0xfffffff8;
    save(&maker, 0);
    expect_damage("cut short");
}

static void unknown_ids_are_refused(void)
{
    static const uint32_t none[] = {0};
    struct maker maker;

    maker_abba(&maker, 7);
    maker_seen(&maker, 2, none, 1)->wanted.instance = 99;
    save(&maker, 0);
    expect_damage("refers to the unknown lock 99");
    maker_abba(&maker, 7);
    maker_seen(&maker, 2, none, 1)->wanted.class_id = 0;
    save(&maker, 0);
    expect_damage("refers to the unknown class 0");
    maker_abba(&maker, 7);
    maker_seen(&maker, 2, none, 1)->wanted.stack = 0xffffffff;
    save(&maker, 0);
    expect_damage("refers to the unknown stack 4294967295");
    maker_abba(&maker, 7);
    maker_seen(&maker, 0, none, 1);
    save(&maker, 0);
    expect_damage("refers to the unknown thread 0");
}

static void ids_are_defined_once(void)
{
    struct maker maker;

    maker_abba(&maker, 7);
    maker_lock(&maker, 2, 2);
    save(&maker, 0);
    expect_damage("defines again the lock 2");
    maker_abba(&maker, 7);
    maker_class(&maker, 1, "again");
    save(&maker, 0);
    expect_damage("defines again the class 1");
}

static void names_must_end(void)
{
    struct maker maker;
    struct lv_rec_class *class;

    maker_abba(&maker, 7);
    class = maker_class(&maker, 9, "1234567");
    memset(class->name, 'x', 8);
    save(&maker, 0);
    expect_damage("name has no end");
}

static void misuse_of_unknown_kind_is_refused(void)
{
    struct maker maker;

    maker_abba(&maker, 7);
    maker_misuse(&maker, 99, 2, 1);
    save(&maker, 0);
    expect_damage("no known kind");
}

/* ---- forked children ----------------------------------------------------- */

static void impossible_signals_and_guesses_are_refused(void)
{
    static const uint32_t need[] = {1, 0};
    struct lv_rec_signal *signal;
    struct maker maker;

    maker_abba(&maker, 7);
    signal = (void *)(maker.bytes + maker.used);
    maker_signal(&maker, 2, 2, need);
    signal->count = 2;
    save(&maker, 0);
    expect_damage("lock count does not match");
    signal->count = 1;
    signal->need[0].lock.how = 3;
    save(&maker, 0);
    expect_damage("no known mode");
    signal->need[0].lock.how = 0;
    signal->need[0].lock.instance = 99;
    save(&maker, 0);
    expect_damage("refers to the unknown lock 99");
    maker_abba(&maker, 7);
    maker_guess(&maker, 1, LV_GUESS_FAILS + 1);
    save(&maker, 0);
    expect_damage("no known way");
    maker_abba(&maker, 7);
    maker_guess(&maker, 99, LV_GUESS_HOLDS);
    save(&maker, 0);
    expect_damage("refers to the unknown lock 99");
}

static void child_goes_on_from_its_parent(void)
{
    static const uint32_t a[] = {1, 0};
    struct maker parent, child;
    struct model *model;
    char *said;

    maker_abba(&parent, 7);
    maker_fork(&child, 8, &parent, "prog.7.0.lvr");
    maker_lock(&parent, 3, 1); /* the same id means another lock */
    maker_save(&parent, in_scratch("prog.7.0.lvr"), 0);
    maker_lock(&child, 3, 2);
    maker_seen(&child, 2, a, 3)->wanted = (struct lv_rec_hold){3, 2, 0, 21};
    maker_save(&child, in_scratch("prog.8.0.lvr"), 0);
    said = read_and_tell(&model);
    CHECK_TEXT(said, "");
    CHECK(model->process_count == 2 && model->family_count == 1);
    CHECK(model->family[0].seen_count == 3);
    /* a, b and 3 of the parent; 3 and its own a of the child */
    CHECK(model->family[0].instance_count == 1 + 5);
    CHECK(model->class_count == 1 + 2);
    free(said);
    drop_records(model);
}

static void child_without_its_parent_is_told(void)
{
    struct maker parent, child;

    maker_abba(&parent, 7);
    maker_fork(&child, 8, &parent, "gone.7.0.lvr");
    maker_save(&child, in_scratch("prog.8.0.lvr"), 0);
    expect_damage("forked from is no good: gone.7.0.lvr");
}

static void fork_in_the_middle_of_an_entry_is_told(void)
{
    struct maker parent, child;
    struct model *model;
    char *said;

    maker_abba(&parent, 7);
    maker_fork(&child, 8, &parent, "prog.7.0.lvr");
    child.header.parent_committed -= 8;
    maker_save(&parent, in_scratch("prog.7.0.lvr"), 0);
    maker_save(&child, in_scratch("prog.8.0.lvr"), 0);
    said = read_and_tell(&model);
    CHECK(contains(said, "in the middle of an entry"));
    CHECK(count_lines(said) == 1);
    CHECK(model->damaged == 1);
    free(said);
    drop_records(model);
}

static void fork_beyond_the_parents_end_is_told(void)
{
    struct maker parent, child;
    struct model *model;
    char *said;

    maker_abba(&parent, 7);
    maker_fork(&child, 8, &parent, "prog.7.0.lvr");
    child.header.parent_committed = UINT64_MAX - 7;
    maker_save(&parent, in_scratch("prog.7.0.lvr"), 0);
    maker_save(&child, in_scratch("prog.8.0.lvr"), 0);
    said = read_and_tell(&model);
    CHECK(contains(said, "ends before the fork"));
    free(said);
    drop_records(model);
}

static void loop_of_parents_is_told(void)
{
    struct maker one, two;
    struct model *model;
    char *said;

    maker_abba(&one, 7);
    maker_abba(&two, 8);
    strcpy(one.header.parent, "prog.8.0.lvr");
    strcpy(two.header.parent, "prog.7.0.lvr");
    maker_save(&one, in_scratch("prog.7.0.lvr"), 0);
    maker_save(&two, in_scratch("prog.8.0.lvr"), 0);
    said = read_and_tell(&model);
    CHECK(contains(said, "is its own ancestor"));
    CHECK(count_lines(said) == 2);
    CHECK(model->damaged == 2 && model->process_count == 0);
    free(said);
    drop_records(model);
}

static void parent_elsewhere_is_refused(void)
{
    struct maker maker;

    maker_abba(&maker, 7);
    strcpy(maker.header.parent, "../../etc/x.lvr");
    save(&maker, 0);
    expect_damage("impossible name");
}

/* The one word that is read then is in no page of the file any more. */
static void record_that_shrinks_ends_the_reader_with_a_line(void)
{
    struct maker maker;
    struct record record;
    const char *path = in_scratch("prog.7.0.lvr");
    uint64_t offset;
    int status = 0;
    pid_t child;
    char *said;

    maker_abba(&maker, 7);
    save(&maker, 0);
    catch_errors();
    child = fork();
    if (child == 0) {
        record_guard();
        if (!record_open(&record, path) || truncate(record.path, 0) != 0)
            _exit(1);
        offset = record.header.header_size;
        record_next(&record, &offset);
        _exit(2);
    }
    waitpid(child, &status, 0);
    said = caught_errors();
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == TOOL_FAILED);
    CHECK(contains(said, "a record became shorter while it was read"));
    CHECK(count_lines(said) == 1);
    free(said);
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(good_record_reads_in_silence),
        CHECK_TEST(every_truncation_is_told_once),
        CHECK_TEST(what_is_before_the_damage_stays),
        CHECK_TEST(no_flipped_bit_crashes),
        CHECK_TEST(newer_version_is_told),
        CHECK_TEST(other_byte_order_is_told),
        CHECK_TEST(other_files_are_no_records),
        CHECK_TEST(strings_of_the_header_must_end),
        CHECK_TEST(command_may_be_cut),
        CHECK_TEST(pipe_in_place_of_a_record_does_not_hang),
        CHECK_TEST(nothing_is_appended_through_a_link),
        CHECK_TEST(holes_are_told),
        CHECK_TEST(unknown_types_are_told),
        CHECK_TEST(huge_counts_are_refused),
        CHECK_TEST(huge_sizes_are_refused),
        CHECK_TEST(unknown_ids_are_refused),
        CHECK_TEST(ids_are_defined_once),
        CHECK_TEST(names_must_end),
        CHECK_TEST(misuse_of_unknown_kind_is_refused),
        CHECK_TEST(impossible_signals_and_guesses_are_refused),
        CHECK_TEST(child_goes_on_from_its_parent),
        CHECK_TEST(child_without_its_parent_is_told),
        CHECK_TEST(fork_in_the_middle_of_an_entry_is_told),
        CHECK_TEST(fork_beyond_the_parents_end_is_told),
        CHECK_TEST(loop_of_parents_is_told),
        CHECK_TEST(parent_elsewhere_is_refused),
        CHECK_TEST(record_that_shrinks_ends_the_reader_with_a_line),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
