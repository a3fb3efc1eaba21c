/* SPDX-License-Identifier: BSD-2-Clause */
/* Who stands where while a cycle is steered into (circle.h, meeting.h): seats,
 * which locks keep which away, and that no wait is without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "circle.h"
#include "steer_plan.h"

enum { RING = 40, ALL = -1 };

static struct lv_meeting_step step[LV_STEER_STEPS];

static struct lv_meeting_lock lock(unsigned id, uint32_t how)
{
    return (struct lv_meeting_lock){
        .kind = LV_SHARED_MEMORY, .inode = id + 1, .how = how};
}

static struct lv_meeting_step one(unsigned who, unsigned holds, unsigned wants,
                                  uint64_t may)
{
    return (struct lv_meeting_step){.who = who + 1,
                                    .may = may,
                                    .hold = lock(holds, 0),
                                    .want = lock(wants, 0)};
}

static uint64_t here(unsigned count)
{
    uint64_t bits = 0;
    unsigned i;

    for (i = 0; i < count; i++)
        if (step[i].who != 0)
            bits |= UINT64_C(1) << i;
    return bits;
}

static unsigned come(unsigned count, struct lv_meeting_step new)
{
    return lv_circle_seat(step, count, here(count), &new);
}

static void clear(void)
{
    memset(step, 0, sizeof step);
}

static void shuffle(unsigned *order, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        order[i] = i;
    for (i = count - 1; i > 0; i--) {
        unsigned j = (unsigned)random() % (i + 1), was = order[i];

        order[i] = order[j];
        order[j] = was;
    }
}

static void a_ring_is_seated_in_whatever_order_it_comes(void **state)
{
    unsigned order[RING], run, i;

    (void)state;
    srandom(1);
    for (run = 0; run < 50; run++) {
        clear();
        shuffle(order, RING);
        for (i = 0; i < RING; i++)
            assert_true(come(RING, one(order[i], order[i],
                                       (order[i] + 1) % RING, (uint64_t)ALL)) <
                        RING);
        for (i = 0; i < RING; i++)
            assert_true(lv_circle_follows(&step[i], &step[(i + 1) % RING]));
    }
}

static void who_fits_to_nobody_there_has_no_seat_and_moves_nobody(void **state)
{
    (void)state;
    clear();
    assert_int_equal(come(2, one(0, 0, 1, 3)), 0);
    assert_int_equal(come(2, one(1, 2, 3, 3)), 2);
    assert_int_equal(come(2, one(2, 0, 1, 3)), 2);
    assert_int_equal(step[0].who, 1);
    assert_int_equal(step[1].who, 0);
    assert_int_equal(come(2, one(3, 1, 0, 3)), 1);
}

static void nobody_sits_where_another_place_is(void **state)
{
    (void)state;
    clear();
    assert_int_equal(come(3, one(0, 0, 1, 1 << 1)), 1);
    assert_int_equal(come(3, one(1, 1, 2, 1 << 0)), 3); /* it follows at 2 */
    assert_int_equal(come(3, one(2, 1, 2, 1 << 1)), 3); /* taken */
    assert_int_equal(come(3, one(3, 1, 2, 1 << 2)), 2);
    assert_int_equal(come(3, one(4, 2, 0, 1 << 0)), 0);
    assert_int_equal(come(3, one(5, 2, 0, 7)), 3); /* full */
}

static void who_may_move_makes_room(void **state)
{
    (void)state;
    clear();
    assert_int_equal(come(3, one(0, 0, 1, 1 << 0 | 1 << 1)), 0);
    assert_int_equal(come(3, one(1, 2, 0, 1 << 0)), 0);
    assert_int_equal(step[1].who, 1);
    assert_int_equal(come(3, one(2, 1, 2, 1 << 2)), 2);
}

static void what_is_no_lock_goes_with_any(void **state)
{
    struct lv_meeting_step event = one(0, 0, 0, 1);

    (void)state;
    clear();
    event.want = (struct lv_meeting_lock){0};
    assert_int_equal(come(2, event), 0);
    assert_int_equal(come(2, one(1, 7, 0, 2)), 1);
}

static void steps_of_the_same_places_are_twins(void **state)
{
    char path[] = "/tmp/lockval-circle-XXXXXX";
    FILE *plan = fdopen(mkstemp(path), "w");
    bool good;

    (void)state;
    assert_non_null(plan);
    fputs("lockval-steer 1\nwait 5\nskip 0\n"
          "step\nheld 1 2 p\nwanted 3 4 p\n"
          "step\nheld 1 2 p\nwanted 3 5 p\n"
          "step\nheld 1 2 p\nwanted 3 4 p\n"
          "step\nheld 1 2 p\nwanted 3 4 p\nwanted-under 7 8 p\n"
          "step signal 10\nheld 1 2 p\n"
          "step signal 10\nheld 1 2 p\n",
          plan);
    fclose(plan);
    good = lv_plan_read(path);
    unlink(path);
    assert_true(good);
    assert_int_equal(lv_plan.count, 6);
    assert_int_equal(lv_plan.twins[0], 1 << 0 | 1 << 2);
    assert_int_equal(lv_plan.twins[1], 1 << 1);
    assert_int_equal(lv_plan.twins[2], 1 << 0 | 1 << 2);
    assert_int_equal(lv_plan.twins[3], 1 << 3);
    assert_int_equal(lv_plan.twins[4], 1 << 4); /* each is met in its way */
}

/* ---- locks --------------------------------------------------------------- */

static bool excludes(uint32_t held, uint32_t wanted)
{
    struct lv_meeting_lock a = lock(0, held), b = lock(0, wanted);

    return lv_meeting_excludes(&a, &b);
}

static void a_writer_keeps_all_away_and_readers_a_writer(void **state)
{
    struct lv_meeting_lock a = lock(0, LV_HOW_WRITE), b = lock(1, LV_HOW_WRITE);

    (void)state;
    assert_true(excludes(LV_HOW_WRITE, LV_HOW_WRITE));
    assert_true(excludes(LV_HOW_WRITE, LV_HOW_READ));
    assert_true(excludes(LV_HOW_READ, LV_HOW_WRITE));
    assert_false(excludes(LV_HOW_READ, LV_HOW_READ));
    assert_false(lv_meeting_excludes(&a, &b));
}

static void what_is_not_waited_for_is_kept_from_nobody(void **state)
{
    struct lv_meeting_lock held = lock(0, LV_HOW_WRITE), wanted = held, none;

    (void)state;
    assert_false(excludes(LV_HOW_WRITE, LV_HOW_WRITE | LV_HOW_TIMED));
    assert_false(excludes(LV_HOW_WRITE, LV_HOW_WRITE | LV_HOW_RAW));
    assert_false(excludes(LV_HOW_WRITE, LV_HOW_WRITE | LV_HOW_SEQ_WRITE));
    assert_false(excludes(LV_HOW_WRITE, LV_HOW_READ | LV_HOW_SEQ_FALLBACK));
    assert_false(excludes(LV_HOW_WRITE, LV_HOW_READ | LV_HOW_SEQ_ONCE));
    assert_true(excludes(LV_HOW_WRITE, LV_HOW_READ | LV_HOW_SEQ_WAIT));
    none = (struct lv_meeting_lock){0};
    assert_false(lv_meeting_excludes(&none, &none));
    wanted.pseudo = 1;
    assert_false(lv_meeting_excludes(&held, &wanted));
    wanted.how |= LV_HOW_SYNC; /* a grace period */
    assert_true(lv_meeting_excludes(&held, &wanted));
    held.owner = wanted.owner = 5; /* one open file */
    assert_false(lv_meeting_excludes(&held, &wanted));
}

static void ranges_are_one_where_they_overlap(void **state)
{
    struct lv_meeting_lock a = {.kind = LV_SHARED_RANGE, .start = 0, .end = 8};
    struct lv_meeting_lock b = {.kind = LV_SHARED_RANGE, .start = 7, .end = 9};

    (void)state;
    assert_true(lv_meeting_excludes(&a, &b));
    b.start = 8;
    assert_false(lv_meeting_excludes(&a, &b));
}

static void a_reader_needs_a_writer_to_wait_for_a_reader(void **state)
{
    struct lv_meeting_step wants = one(0, 0, 1, 1), holds = one(1, 1, 0, 2);

    (void)state;
    wants.want.how = LV_HOW_READ;
    assert_false(lv_circle_needs_writer(&wants, &holds)); /* it is one */
    holds.hold.how = LV_HOW_READ;
    assert_true(lv_circle_needs_writer(&wants, &holds));
    wants.want.how = LV_HOW_READ_RECURSIVE;
    assert_false(lv_circle_needs_writer(&wants, &holds)); /* goes before it */
    wants.want = lock(2, LV_HOW_READ);
    assert_false(lv_circle_needs_writer(&wants, &holds));
}

/* ---- time ---------------------------------------------------------------- */

static void stand(unsigned i, uint64_t until_ms)
{
    *lv_meeting_step(i) = (struct lv_meeting_step){.who = lv_meeting_self(),
                                                   .last = lv_meeting_self(),
                                                   .until_ms = until_ms};
}

static void no_wait_is_longer_than_it_may_be(void **state)
{
    uint64_t begin = lv_meeting_now_ms();

    (void)state;
    stand(0, begin + 60);
    assert_int_equal(lv_meeting_where(2), 0);
    alarm(20);
    lv_meeting_wait(2, begin + 60);
    alarm(0);
    assert_true(lv_meeting_now_ms() >= begin + 60);
    assert_int_equal(lv_meeting_where(2), 0);
    lv_meeting_let_go(2, 0);
    assert_int_equal(lv_meeting_where(2), 2);
    lv_meeting_wait(2, begin + 60000); /* it stands nowhere */
    assert_true(lv_meeting_now_ms() < begin + 20000);
}

static void those_who_were_let_go_leave_when_they_may(void **state)
{
    uint64_t begin = lv_meeting_now_ms();

    (void)state;
    lv_meeting_let_go(1, 60);
    lv_meeting_settle();
    assert_true(lv_meeting_now_ms() >= begin + 60);
    lv_meeting_let_go(1, 0);
    lv_meeting_settle();
}

static void nobody_stands_there_for_ever(void **state)
{
    uint64_t now = lv_meeting_now_ms();

    (void)state;
    stand(0, now + 60000);
    assert_true(lv_meeting_has(0));
    stand(0, now - 60000); /* killed, perhaps */
    assert_false(lv_meeting_has(0));
    lv_meeting_step(0)->waits = 1; /* it said that it would */
    assert_true(lv_meeting_has(0));
}

static void who_has_ended_waits_no_longer(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, &status, 0), child);
    stand(0, lv_meeting_now_ms());
    lv_meeting_step(0)->waits = 1;
    assert_false(lv_meeting_ended(0));
    lv_meeting_step(0)->last = (uint64_t)child << 32 | (uint32_t)child;
    assert_true(lv_meeting_ended(0));
    assert_false(lv_meeting_has(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_seated_in_whatever_order_it_comes),
        cmocka_unit_test(who_fits_to_nobody_there_has_no_seat_and_moves_nobody),
        cmocka_unit_test(nobody_sits_where_another_place_is),
        cmocka_unit_test(who_may_move_makes_room),
        cmocka_unit_test(what_is_no_lock_goes_with_any),
        cmocka_unit_test(steps_of_the_same_places_are_twins),
        cmocka_unit_test(a_writer_keeps_all_away_and_readers_a_writer),
        cmocka_unit_test(what_is_not_waited_for_is_kept_from_nobody),
        cmocka_unit_test(ranges_are_one_where_they_overlap),
        cmocka_unit_test(a_reader_needs_a_writer_to_wait_for_a_reader),
        cmocka_unit_test(no_wait_is_longer_than_it_may_be),
        cmocka_unit_test(those_who_were_let_go_leave_when_they_may),
        cmocka_unit_test(nobody_stands_there_for_ever),
        cmocka_unit_test(who_has_ended_waits_no_longer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
