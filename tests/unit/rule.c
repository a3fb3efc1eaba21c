/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules, rights and what else annotations bring into the engine, by its events:
 * what is written to the record. No lock is real here. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "event.h"
#include "include/lockval.h"
#include "record.h"
#include "right.h"
#include "rule.h"
#include "written.h"

enum { PLACE = 0x1000 }; /* a call site */

#define ANNOTATED LV_HOW_FAMILY(LV_FAMILY_ANNOTATED)
#define SEQCOUNT LV_HOW_FAMILY(LV_FAMILY_SEQCOUNT)

static const struct lockval_class mm_class = {"mmap_lock", 0};
static const struct lockval_class vma_class = {"vma_lock", 0};
static long lock[600]; /* addresses of locks, in this program's data */
static char directory[] = "/tmp/lockval-rule-XXXXXX";
static unsigned test_number;
static char name[48]; /* of the test's operation: none other has it */

static uintptr_t at(unsigned i)
{
    return (uintptr_t)&lock[i];
}

static void new_lock(unsigned i)
{
    lv_lock_init(at(i), ANNOTATED, PLACE, &mm_class);
}

static void take(unsigned i, uint32_t how)
{
    struct lv_ticket ticket;

    how |= ANNOTATED;
    if (!lv_acquire_known(at(i), how, PLACE, &ticket))
        lv_acquire_miss(at(i), how, PLACE, &ticket);
    lv_acquire_commit(&ticket);
}

static void let_go(unsigned i)
{
    if (!lv_release_newest(at(i)))
        lv_release_miss(at(i), ANNOTATED, PLACE, LV_OWNER_UNKNOWN);
}

static void operate(unsigned first, unsigned second)
{
    const struct lockval_role role[] = {{"mm", &lock[first]},
                                        {"vma", &lock[second]}};

    lv_operation(name, role, 2, PLACE);
}

static void begin_right(unsigned i, unsigned anchor, uint32_t how)
{
    lv_right_begin(at(i), &vma_class, at(anchor), how, PLACE);
}

/* ---- what was written ---------------------------------------------------- */

/* The newest operation. */
static const struct lv_rec_operation *operation(void)
{
    const struct lv_rec_operation *newest = newest_entry(LV_REC_OPERATION);

    assert_non_null(newest);
    return newest;
}

static const struct lv_rec_role *role(unsigned i)
{
    return &operation()->role[i];
}

static uint32_t misuse_kind(void)
{
    const struct lv_rec_misuse *misuse = only_entry(LV_REC_MISUSE);

    return misuse->kind;
}

static int begin(void **state)
{
    (void)state;
    snprintf(name, sizeof name, "operation_%u", test_number++);
    mark = lv_record_header()->committed;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    lv_memory_gone((uintptr_t)lock, sizeof lock, PLACE, LV_ENDING_SILENT);
    return 0;
}

/* ---- operations ---------------------------------------------------------- */

static void operation_is_written_once(void **state)
{
    unsigned i;

    (void)state;
    new_lock(0);
    for (i = 0; i < 1000; i++) {
        take(0, LV_HOW_WRITE);
        operate(0, 1);
        let_go(0);
    }
    assert_int_equal(count_entries(LV_REC_OPERATION), 1);
    assert_int_equal(operation()->count, 1);
    assert_int_not_equal(operation()->stack, 0);
    assert_string_equal(operation()->name, name);
}

static void new_objects_write_no_more(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < 500; i++) {
        new_lock(i);
        take(i, LV_HOW_WRITE);
        operate(i, 599);
        let_go(i);
        lv_lock_destroy(at(i), PLACE, LV_OWNER_NONE);
    }
    assert_int_equal(count_entries(LV_REC_OPERATION), 1);
}

static void another_held_set_is_another_operation(void **state)
{
    (void)state;
    new_lock(0);
    new_lock(1);
    operate(0, 1);
    take(0, LV_HOW_READ);
    operate(0, 1);
    let_go(0);
    take(0, LV_HOW_WRITE);
    operate(0, 1);
    let_go(0);
    assert_int_equal(count_entries(LV_REC_OPERATION), 3);
}

static void role_is_an_instance_not_a_class(void **state)
{
    (void)state;
    new_lock(0);
    new_lock(1);
    take(0, LV_HOW_WRITE);
    operate(0, 1);
    assert_int_equal(role(0)->state, LV_ROLE_LOCK);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    assert_int_equal(role(0)->class_id, role(1)->class_id);
    operate(1, 0);
    assert_int_equal(role(0)->state, LV_ROLE_FREE);
    assert_int_equal(role(1)->state, LV_ROLE_LOCK);
    let_go(0);
}

static void role_without_an_object_is_none(void **state)
{
    const struct lockval_role none = {"file", NULL};

    (void)state;
    lv_operation(name, &none, 1, PLACE);
    assert_int_equal(role(0)->state, LV_ROLE_NONE);
    assert_string_equal(role(0)->name, "file");
}

static void text_of_rules_is_written_once(void **state)
{
    (void)state;
    lv_rules("R1 text_of_rules = a:held\n");
    lv_rules("R1 text_of_rules = a:held\n");
    lv_rules("R2 text_of_rules = a:held\n");
    assert_int_equal(count_entries(LV_REC_RULES), 2);
}

/* ---- losses -------------------------------------------------------------- */

static void loss_of_a_watched_lock_is_remembered(void **state)
{
    (void)state;
    new_lock(0);
    take(0, LV_HOW_WRITE);
    operate(0, 1);
    assert_int_equal(role(0)->lost, 0);
    let_go(0);
    operate(0, 1);
    assert_int_not_equal(role(0)->lost, 0);
    take(0, LV_HOW_READ);
    operate(0, 1);
    assert_int_equal(role(0)->lost, 0);
    let_go(0);
}

static void downgrade_is_a_loss(void **state)
{
    (void)state;
    new_lock(0);
    take(0, LV_HOW_WRITE);
    operate(0, 1);
    lv_downgrade(at(0), PLACE);
    operate(0, 1);
    assert_int_equal(role(0)->state, LV_ROLE_LOCK);
    assert_int_equal(role(0)->how & LV_HOW_MODE, LV_HOW_READ);
    assert_int_not_equal(role(0)->lost, 0);
    let_go(0);
}

static void only_watched_locks_leave_the_fast_path(void **state)
{
    struct lv_ticket ticket;

    (void)state;
    new_lock(0);
    new_lock(1);
    take(0, LV_HOW_WRITE);
    let_go(0);
    assert_true(lv_acquire_known(at(0), ANNOTATED, PLACE, &ticket));
    operate(0, 2);
    assert_false(lv_acquire_known(at(0), ANNOTATED, PLACE, &ticket));
    take(0, LV_HOW_WRITE);
    let_go(0);
    assert_false(lv_acquire_known(at(0), ANNOTATED, PLACE, &ticket));
    take(1, LV_HOW_WRITE);
    let_go(1);
    assert_true(lv_acquire_known(at(1), ANNOTATED, PLACE, &ticket));
}

/* ---- rights -------------------------------------------------------------- */

static void right_lasts_as_long_as_its_anchor(void **state)
{
    (void)state;
    new_lock(0);
    take(0, LV_HOW_WRITE);
    begin_right(1, 0, LV_HOW_WRITE);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_RIGHT);
    let_go(0);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    assert_int_not_equal(role(1)->lost, 0);
    assert_int_not_equal(role(1)->class_id, 0);
    take(0, LV_HOW_WRITE);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    begin_right(1, 0, LV_HOW_READ);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_RIGHT);
    assert_int_equal(role(1)->lost, 0);
    let_go(0);
}

static void right_ends_from_any_place_in_the_list(void **state)
{
    (void)state;
    new_lock(0);
    new_lock(2);
    take(2, LV_HOW_WRITE);
    take(0, LV_HOW_READ);
    begin_right(1, 0, LV_HOW_READ);
    take(3, LV_HOW_WRITE);
    let_go(0);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    let_go(3);
    let_go(2);
}

static void last_hold_of_the_anchor_counts(void **state)
{
    (void)state;
    new_lock(0);
    take(0, LV_HOW_READ_RECURSIVE);
    begin_right(1, 0, LV_HOW_READ);
    take(0, LV_HOW_READ_RECURSIVE);
    let_go(0);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_RIGHT);
    let_go(0);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
}

static void downgrade_ends_rights_to_write(void **state)
{
    (void)state;
    new_lock(0);
    take(0, LV_HOW_WRITE);
    begin_right(1, 0, LV_HOW_WRITE);
    begin_right(2, 0, LV_HOW_READ);
    lv_downgrade(at(0), PLACE);
    operate(2, 1);
    assert_int_equal(role(0)->state, LV_ROLE_RIGHT);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    let_go(0);
}

static void right_needs_its_anchor(void **state)
{
    (void)state;
    new_lock(0);
    begin_right(1, 0, LV_HOW_READ);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    take(0, LV_HOW_READ);
    begin_right(1, 0, LV_HOW_WRITE);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    let_go(0);
}

static void right_dies_with_its_anchors_life(void **state)
{
    (void)state;
    new_lock(0);
    take(0, LV_HOW_WRITE);
    begin_right(1, 0, LV_HOW_WRITE);
    lv_memory_gone(at(0), sizeof lock[0], PLACE, LV_ENDING_SILENT);
    new_lock(0);
    take(0, LV_HOW_WRITE);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    let_go(0);
}

static void right_ends_when_told(void **state)
{
    (void)state;
    new_lock(0);
    take(0, LV_HOW_WRITE);
    begin_right(1, 0, LV_HOW_WRITE);
    operate(0, 1);
    lv_right_end(at(1), PLACE);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    assert_int_not_equal(role(1)->lost, 0);
    let_go(0);
}

static void right_without_an_anchor_stands_alone(void **state)
{
    (void)state;
    lv_right_begin(at(1), &vma_class, 0, LV_HOW_READ, PLACE);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_RIGHT);
    lv_right_end(at(1), PLACE);
    operate(0, 1);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
}

/* A thread runs a body and ends, which the interposer would tell. */
struct errand {
    void (*body)(unsigned times);
    unsigned times;
};

static void *go(void *argument)
{
    const struct errand *errand = argument;

    errand->body(errand->times);
    lv_thread_end();
    return NULL;
}

static void run_beside(void (*body)(unsigned), unsigned times)
{
    struct errand errand = {body, times};
    pthread_t other;

    assert_int_equal(pthread_create(&other, NULL, go, &errand), 0);
    pthread_join(other, NULL);
}

static void operate_elsewhere(unsigned unused)
{
    (void)unused;
    operate(0, 1);
}

static void right_belongs_to_its_thread(void **state)
{
    (void)state;
    new_lock(0);
    take(0, LV_HOW_WRITE);
    begin_right(1, 0, LV_HOW_WRITE);
    run_beside(operate_elsewhere, 0);
    assert_int_equal(role(1)->state, LV_ROLE_FREE);
    let_go(0);
}

static void rights_have_no_ceiling(void **state)
{
    unsigned i;

    (void)state;
    new_lock(0);
    take(0, LV_HOW_WRITE);
    for (i = 1; i < 600; i++)
        begin_right(i, 0, LV_HOW_WRITE);
    for (i = 1; i < 600; i++)
        assert_non_null(lv_right_find(lv_self.thread, at(i)));
    let_go(0);
    for (i = 1; i < 600; i++)
        assert_null(lv_right_find(lv_self.thread, at(i)));
}

static void right_is_no_lock(void **state)
{
    (void)state;
    new_lock(0);
    take(0, LV_HOW_WRITE);
    begin_right(1, 0, LV_HOW_WRITE);
    assert_int_equal(count_entries(LV_REC_OBSERVATION), 0);
    assert_false(lv_is_held(at(1)));
    assert_true(lv_is_held(at(0)));
    let_go(0);
    assert_false(lv_is_held(at(0)));
}

/* ---- assertions ---------------------------------------------------------- */

static void assertion_that_holds_writes_nothing(void **state)
{
    (void)state;
    new_lock(0);
    lv_assert(at(0), LV_HOW_READ, false, PLACE);
    take(0, LV_HOW_WRITE);
    lv_assert(at(0), LV_HOW_WRITE, true, PLACE);
    lv_assert(at(0), LV_HOW_READ, true, PLACE);
    begin_right(1, 0, LV_HOW_READ);
    lv_assert(at(1), LV_HOW_READ, true, PLACE);
    let_go(0);
    assert_int_equal(count_entries(LV_REC_OPERATION), 0);
}

static void assertion_that_fails_is_written_once(void **state)
{
    unsigned i;

    (void)state;
    new_lock(0);
    take(0, LV_HOW_READ);
    for (i = 0; i < 100; i++)
        lv_assert(at(0), LV_HOW_WRITE, true, PLACE);
    assert_int_equal(count_entries(LV_REC_OPERATION), 1);
    assert_int_equal(operation()->kind, LV_ASSERT_HELD);
    assert_int_equal(role(0)->state, LV_ROLE_LOCK);
    lv_assert(at(0), LV_HOW_READ, false, PLACE);
    assert_int_equal(operation()->kind, LV_ASSERT_NOT_HELD);
    let_go(0);
    lv_assert(at(0), LV_HOW_READ, true, PLACE);
    assert_int_equal(role(0)->state, LV_ROLE_FREE);
}

/* ---- freed memory -------------------------------------------------------- */

static void lock_in_freed_memory_is_told(void **state)
{
    (void)state;
    new_lock(0);
    lv_memory_told_freed(at(0), sizeof lock[0], PLACE);
    take(0, LV_HOW_WRITE | LV_HOW_TRY);
    let_go(0);
    assert_int_equal(misuse_kind(), LV_MISUSE_FREED);
}

static void lock_that_began_anew_is_not(void **state)
{
    (void)state;
    new_lock(0);
    lv_memory_told_freed(at(0), sizeof lock[0], PLACE);
    new_lock(0);
    take(0, LV_HOW_WRITE);
    let_go(0);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
}

/* Memory that went back without a word may hold a lock that begins so. */
static void memory_that_was_not_told_is_not(void **state)
{
    (void)state;
    new_lock(0);
    lv_memory_gone(at(0), sizeof lock[0], PLACE, LV_ENDING_TOLD);
    take(0, LV_HOW_WRITE);
    let_go(0);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
}

/* ---- sequence counts ----------------------------------------------------- */

static void new_seq(unsigned i)
{
    lv_lock_init(at(i), SEQCOUNT, PLACE, &vma_class);
}

static void writers_hold_the_named_lock(void **state)
{
    (void)state;
    new_lock(0);
    new_seq(1);
    lv_seq_set_lock(at(1), at(0), PLACE);
    take(0, LV_HOW_WRITE);
    lv_seq_write_begin(at(1), 0, PLACE);
    lv_seq_write_end(at(1), PLACE);
    let_go(0);
    assert_int_equal(count_entries(LV_REC_MISUSE), 0);
    lv_seq_write_begin(at(1), 0, PLACE);
    lv_seq_write_end(at(1), PLACE);
    assert_int_equal(misuse_kind(), LV_MISUSE_SEQ_UNLOCKED);
}

/* The other thread's reads, while this one writes. */
static void read_often(unsigned times)
{
    unsigned i;

    for (i = 0; i < times; i++)
        lv_seq_read(at(1), LV_HOW_SEQ_ONCE, PLACE);
}

static void read_with_work_between(unsigned times)
{
    unsigned i;

    for (i = 0; i < times; i++) {
        lv_seq_read(at(1), LV_HOW_SEQ_ONCE, PLACE);
        lv_seq_read(at(1), LV_HOW_SEQ_ONCE, PLACE);
        take(2, LV_HOW_WRITE | LV_HOW_TRY);
        let_go(2);
    }
}

static void read_and_give_up(unsigned times)
{
    unsigned i;

    for (i = 0; i < times; i++) {
        lv_seq_read(at(1), LV_HOW_SEQ_ONCE, PLACE);
        lv_seq_read(at(1), LV_HOW_SEQ_ONCE, PLACE);
        lv_seq_read(at(1), LV_HOW_SEQ_FALLBACK, PLACE);
    }
}

/* How many of the observations are of a reader that loops. */
static unsigned loops_seen(void)
{
    const struct lv_rec_head *head;
    size_t from = mark;
    unsigned count = 0;

    while ((head = next_entry(LV_REC_OBSERVATION, &from)) != NULL)
        count += (((const struct lv_rec_observation *)head)->wanted.how &
                  LV_HOW_SEQ_LOOP) == LV_HOW_SEQ_LOOP;
    return count;
}

static void third_single_read_in_a_row_is_a_wait(void **state)
{
    (void)state;
    new_seq(1);
    lv_seq_write_begin(at(1), 0, PLACE);
    run_beside(read_often, 2);
    assert_int_equal(loops_seen(), 0);
    run_beside(read_often, 3);
    assert_int_equal(loops_seen(), 1);
    lv_seq_write_end(at(1), PLACE);
}

static void even_counts_may_be_read_for_ever(void **state)
{
    (void)state;
    new_seq(1);
    run_beside(read_often, 100);
    assert_int_equal(loops_seen(), 0);
}

static void reads_with_something_between_are_single(void **state)
{
    (void)state;
    new_seq(1);
    new_lock(2);
    lv_seq_write_begin(at(1), 0, PLACE);
    run_beside(read_with_work_between, 10);
    run_beside(read_and_give_up, 10);
    assert_int_equal(loops_seen(), 0);
    lv_seq_write_end(at(1), PLACE);
}

#define RULE(rule) cmocka_unit_test_setup_teardown(rule, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(operation_is_written_once),
        RULE(new_objects_write_no_more),
        RULE(another_held_set_is_another_operation),
        RULE(role_is_an_instance_not_a_class),
        RULE(role_without_an_object_is_none),
        RULE(text_of_rules_is_written_once),
        RULE(loss_of_a_watched_lock_is_remembered),
        RULE(downgrade_is_a_loss),
        RULE(only_watched_locks_leave_the_fast_path),
        RULE(right_lasts_as_long_as_its_anchor),
        RULE(right_ends_from_any_place_in_the_list),
        RULE(last_hold_of_the_anchor_counts),
        RULE(downgrade_ends_rights_to_write),
        RULE(right_needs_its_anchor),
        RULE(right_dies_with_its_anchors_life),
        RULE(right_ends_when_told),
        RULE(right_without_an_anchor_stands_alone),
        RULE(right_belongs_to_its_thread),
        RULE(rights_have_no_ceiling),
        RULE(right_is_no_lock),
        RULE(assertion_that_holds_writes_nothing),
        RULE(assertion_that_fails_is_written_once),
        RULE(lock_in_freed_memory_is_told),
        RULE(lock_that_began_anew_is_not),
        RULE(memory_that_was_not_told_is_not),
        RULE(writers_hold_the_named_lock),
        RULE(third_single_read_in_a_row_is_a_wait),
        RULE(even_counts_may_be_read_for_ever),
        RULE(reads_with_something_between_are_single),
    };
    char options[128];
    int failed;

    if (mkdtemp(directory) == NULL)
        return 1;
    snprintf(options, sizeof options, "record=%s:quiet", directory);
    setenv("LOCKVAL_OPTIONS", options, 1);
    lv_engine_start();
    if (lv_record_header() == NULL || lv_record_path()[0] == '\0')
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(options, sizeof options, "rm -rf %s", directory);
    if (system(options) != 0)
        return 1;
    return failed;
}
