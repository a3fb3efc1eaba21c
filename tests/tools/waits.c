/* SPDX-License-Identifier: BSD-2-Clause */
/* waits: which of those that wait will wait for ever. */
#include "waits.h"

#include "check.h"
#include "verdict.h"

/* Thread `thread` waits for lock `wanted` in mode `how`, or, 0, for an event,
 * and holds `held` (0: nothing). */
static void add(struct waits *waits, uint32_t thread, uint32_t wanted,
                uint32_t how, uint32_t held)
{
    struct wait *wait = TOOL_PUSH(waits->wait, waits->count, waits->room);

    *wait = (struct wait){
        .said = {
            .thread = thread,
            .tid = thread,
            .serial = 1,
            .self = 1000 + thread,
            .kind = wanted == 0 ? LV_WAIT_CONDITION : LV_WAIT_LOCK,
            .wanted = {.instance = wanted, .how = how},
            .count = held != 0,
            .hold = {{.instance = held, .how = how}},
        }};
}

static void add_join(struct waits *waits, uint32_t thread, uint32_t joined,
                     uint32_t held)
{
    add(waits, thread, 0, 0, held);
    waits->wait[waits->count - 1].said.kind = LV_WAIT_JOIN;
    waits->wait[waits->count - 1].said.address = 1000 + joined;
}

static void circle_of_locks_is_stuck(void)
{
    struct waits waits = {0};

    add(&waits, 1, 10, 0, 11);
    add(&waits, 2, 11, 0, 10);
    CHECK(waits_close(&waits, false) == 2);
    waits_free(&waits);
}

static void chain_of_locks_is_not(void)
{
    struct waits waits = {0};

    add(&waits, 1, 10, 0, 11);
    add(&waits, 2, 12, 0, 10);
    CHECK(waits_close(&waits, true) == 0);
    waits_free(&waits);
}

static void readers_do_not_keep_readers_out(void)
{
    struct waits waits = {0};

    add(&waits, 1, 10, LV_HOW_READ, 11);
    add(&waits, 2, 11, LV_HOW_READ, 10);
    CHECK(waits_close(&waits, true) == 0);
    waits.wait[0].said.wanted.how = LV_HOW_WRITE;
    waits.wait[1].said.wanted.how = LV_HOW_WRITE;
    CHECK(waits_close(&waits, true) == 2);
    waits_free(&waits);
}

static void join_of_who_wants_my_lock_is_stuck(void)
{
    struct waits waits = {0};
    struct lv_rec_hang *hang;

    add_join(&waits, 1, 2, 10);
    add(&waits, 2, 10, 0, 0);
    CHECK(waits_close(&waits, false) == 2);
    hang = verdict_make(&waits);
    CHECK(hang != NULL && hang->head.type == LV_REC_HANG && hang->count == 2);
    CHECK(hang->wait[0].joined == 2);
    free(hang);
    waits.wait[1].said.wanted.instance = 11;
    CHECK(waits_close(&waits, false) == 0);
    waits_free(&waits);
}

static void event_is_out_of_the_question_where_all_wait_alone(void)
{
    struct waits waits = {0};

    add(&waits, 1, 0, 0, 0);
    add_join(&waits, 2, 1, 0);
    CHECK(waits_close(&waits, false) == 0);
    CHECK(waits_close(&waits, true) == 2);
    add(&waits, 3, 99, 0, 0); /* its lock's holder is not among us */
    CHECK(waits_close(&waits, true) == 0);
    waits_free(&waits);
}

static void circle_beside_an_event_is_stuck(void)
{
    struct waits waits = {0};

    add(&waits, 1, 0, 0, 0);
    add(&waits, 2, 10, 0, 11);
    add(&waits, 3, 11, 0, 10);
    CHECK(waits_close(&waits, false) == 2);
    CHECK(!waits.wait[0].stuck && waits.wait[1].stuck && waits.wait[2].stuck);
    waits_free(&waits);
}

static void circle_is_told_without_who_waits_behind_it(void)
{
    struct waits waits = {0};
    struct lv_rec_deadlock *deadlock;

    add(&waits, 1, 10, 0, 12); /* waits behind the two */
    add(&waits, 2, 10, 0, 11);
    add(&waits, 3, 11, 0, 10);
    CHECK(waits_close(&waits, false) == 3);
    deadlock = verdict_make(&waits);
    CHECK(deadlock != NULL && deadlock->head.type == LV_REC_DEADLOCK);
    CHECK(deadlock->count == 2 && deadlock->party[0].thread == 2);
    CHECK(deadlock->party[0].held.instance == 11 &&
          deadlock->party[0].wanted.instance == 10);
    CHECK(deadlock->party[1].held.instance == 10 &&
          deadlock->party[1].wanted.instance == 11);
    free(deadlock);
    waits_free(&waits);
}

static void thread_that_waits_for_itself_was_told_before(void)
{
    struct waits waits = {0};

    add(&waits, 1, 10, 0, 10);
    CHECK(waits_close(&waits, false) == 1);
    CHECK(verdict_make(&waits) == NULL);
    waits.wait[0].said.wanted.how = LV_HOW_RELOCK;
    CHECK(waits_close(&waits, false) == 0);
    waits.wait[0].said.flags = LV_WAIT_ITSELF;
    CHECK(waits_close(&waits, false) == 1);
    CHECK(verdict_make(&waits) == NULL);
    waits_free(&waits);
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(circle_of_locks_is_stuck),
        CHECK_TEST(chain_of_locks_is_not),
        CHECK_TEST(readers_do_not_keep_readers_out),
        CHECK_TEST(join_of_who_wants_my_lock_is_stuck),
        CHECK_TEST(event_is_out_of_the_question_where_all_wait_alone),
        CHECK_TEST(circle_beside_an_event_is_stuck),
        CHECK_TEST(circle_is_told_without_who_waits_behind_it),
        CHECK_TEST(thread_that_waits_for_itself_was_told_before),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
