/* SPDX-License-Identifier: BSD-2-Clause */
/* exception.c: tests of the verdicts on raw sequence-count writes.
 * Includes see.h, which explains the notation. Here m is mmap_lock, s
 * vm_sequence, i i_mmap_rwsem, f fs_reclaim, q irqs_off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exception.h"
#include "see.h"

static char told[4096];

static int forget(void **state)
{
    (void)state;
    forget_seen();
    return 0;
}

static void see(uint32_t thread, const char *text)
{
    make_seen(thread, 0, text);
}

static char letter(uint32_t class_id)
{
    return (char)(class_id - 1 + 'a');
}

static void add(const char *text)
{
    size_t end = strlen(told);

    snprintf(told + end, sizeof told - end, "%s", text);
}

static void add_letter(char c)
{
    char text[] = {c, '\0'};

    add(text);
}

/* "s'1 proved ms si cycles is refuted-by i", a line each. */
static void note(void *context, const struct lv_exception *e)
{
    static const char *const verdict[] = {"proved", "refuted", "unneeded"};
    char text[64];
    uint32_t i, j, first;

    (void)context;
    snprintf(text, sizeof text, "%c'%u %s", letter(e->class_id), e->stack,
             verdict[e->verdict]);
    add(text);
    for (i = 0; i < e->suppressed_count; i++) {
        add(" ");
        add_letter(letter(e->suppressed[i].from_class));
        add_letter(letter(e->suppressed[i].to_class));
    }
    add(" |");
    for (i = 0; i < e->cycle_count; i++) {
        const struct lv_cycle *cycle = &e->cycle[i];

        first = 0;
        for (j = 1; j < cycle->count; j++)
            if (cycle->step[j].from_class < cycle->step[first].from_class)
                first = j;
        add(" ");
        for (j = 0; j < cycle->count; j++)
            add_letter(
                letter(cycle->step[(first + j) % cycle->count].from_class));
    }
    assert_int_equal(e->reader != NULL, e->verdict == LV_REFUTED);
    if (e->reader != NULL) {
        snprintf(text, sizeof text, " | thread %u holds ", e->reader->thread);
        add(text);
        add_letter(letter(e->reader_lock));
    }
    add("\n");
}

static void expect(const char *text)
{
    told[0] = '\0';
    assert_true(lv_exceptions(all_seen, seen_count, note, NULL));
    assert_string_equal(told, text);
}

static void see_raw_both(void)
{
    see(1, "s:x'1 <- m1");
    see(1, "f:p <- m1 s:x'1");
    see(1, "i <- m1 s:x'1");
    see(2, "s1:x'2 <- m2");
    see(2, "f:p <- m2 s1:x'2");
    see(3, "i <- f:p");
    see(4, "s <- i");
    see(4, "s1 <- i");
    see(4, "p <- i s");
}

static void no_raw_write_no_exception(void **state)
{
    (void)state;
    see(1, "s <- m");
    see(2, "s:s <- i");
    expect("");
}

static void s1_raw_both_is_proved(void **state)
{
    (void)state;
    see_raw_both();
    expect("s'1 proved ms sf si | is fis\n"
           "s'2 proved ms sf | fis\n");
}

static void s1_raw_adjust_is_proved(void **state)
{
    (void)state;
    see(1, "s:x'1 <- m1");
    see(1, "i <- m1 s:x'1");
    see(2, "s1 <- m2");
    see(2, "f:p <- m2 s1");
    see(3, "i <- f:p");
    see(4, "s <- i");
    expect("s'1 proved ms si | is\n");
}

static void single_shot_readers_leave_it_proved(void **state)
{
    (void)state;
    see_raw_both();
    see(5, "s:o <- i");
    expect("s'1 proved ms sf si | is fis\n"
           "s'2 proved ms sf | fis\n");
}

static void waiting_reader_that_holds_nothing_leaves_it_proved(void **state)
{
    (void)state;
    see_raw_both();
    see(5, "s:s");
    expect("s'1 proved ms sf si | is fis\n"
           "s'2 proved ms sf | fis\n");
}

static void waiting_reader_under_i_mmap_refutes(void **state)
{
    (void)state;
    see_raw_both();
    see(5, "s:s <- m3");
    see(6, "s:s <- i");
    expect("s'1 refuted ms sf si | is fis | thread 6 holds i\n"
           "s'2 refuted ms sf | fis | thread 6 holds i\n");
}

static void waiting_reader_in_reclaim_refutes(void **state)
{
    (void)state;
    see_raw_both();
    see(5, "s:s <- f:p");
    expect("s'1 refuted ms sf si | fs is fis | thread 5 holds f\n"
           "s'2 refuted ms sf | fs fis | thread 5 holds f\n");
}

static void waiting_reader_with_irqs_off_refutes(void **state)
{
    (void)state;
    see(1, "s:x'1");
    see(1, "q:p <- s:x'1"); /* the zap waits for the IPI */
    see(2, "s:s <- q:p");
    expect("s'1 refuted sq | qs | thread 2 holds q\n");
}

static void fallback_that_holds_what_the_writer_wants_refutes(void **state)
{
    (void)state;
    see_raw_both();
    see(5, "s:f <- i");
    expect("s'1 refuted ms sf si | is fis | thread 5 holds i\n"
           "s'2 refuted ms sf | fis | thread 5 holds i\n");
}

static void fallback_that_holds_nothing_leaves_it_proved(void **state)
{
    (void)state;
    see(1, "s:x'1 <- m");
    see(1, "i <- m s:x'1");
    see(2, "s <- i");
    see(3, "s:f");
    expect("s'1 proved ms si | is\n");
}

static void reader_that_holds_the_count_itself_refutes(void **state)
{
    (void)state;
    see(1, "s:x'1");
    see(1, "s2:s <- s1:x'1");
    expect("s'1 refuted ss | | thread 1 holds s\n");
}

static void reader_that_shares_what_the_writer_reads_is_no_refutal(void **state)
{
    (void)state;
    see(1, "s:x'1");
    see(1, "i:R <- s:x'1");
    see(2, "s:s <- i:R");
    expect("s'1 unneeded si |\n");
    see(3, "s:s <- i");
    expect("s'1 refuted si | is | thread 3 holds i\n");
}

static void raw_write_without_order_is_unneeded(void **state)
{
    (void)state;
    see(1, "s:x'1");
    expect("s'1 unneeded |\n");
    see(1, "s:x'1 <- m");
    see(1, "i <- m s:x'1");
    expect("s'1 unneeded ms si |\n");
}

/* A site is judged by what its own writers wait for. */
static void refutal_stays_with_its_site(void **state)
{
    (void)state;
    see(1, "s:x'1");
    see(1, "i <- s:x'1");
    see(2, "s:x'2");
    see(2, "n <- s:x'2");
    see(3, "s:s <- i");
    expect("s'1 refuted si | is | thread 3 holds i\n"
           "s'2 unneeded sn |\n");
}

static void try_inside_a_raw_write_is_not_suppressed(void **state)
{
    (void)state;
    see(1, "s:x'1");
    see(1, "i:t <- s:x'1");
    see(2, "s <- i");
    expect("s'1 unneeded |\n");
}

/* The writer never waits, but who interrupts it does, for ever. */
static void waiting_reader_in_a_handler_refutes(void **state)
{
    (void)state;
    see(1, "s:x'1 <- m");
    see(1, "h:c <- m s:x'1");
    see(1, "s:s <- h:c");
    expect("s'1 refuted ms sh | hs | thread 1 holds h\n");
}

static void handler_that_cannot_come_does_not_refute(void **state)
{
    (void)state;
    see(1, "s:x'1 <- m");
    see(1, "s:s <- h:c");
    expect("s'1 unneeded ms |\n");
}

int main(void)
{
#define RULE(name) cmocka_unit_test_teardown(name, forget)
    const struct CMUnitTest tests[] = {
        RULE(waiting_reader_in_a_handler_refutes),
        RULE(handler_that_cannot_come_does_not_refute),
        RULE(no_raw_write_no_exception),
        RULE(s1_raw_both_is_proved),
        RULE(s1_raw_adjust_is_proved),
        RULE(single_shot_readers_leave_it_proved),
        RULE(waiting_reader_that_holds_nothing_leaves_it_proved),
        RULE(waiting_reader_under_i_mmap_refutes),
        RULE(waiting_reader_in_reclaim_refutes),
        RULE(waiting_reader_with_irqs_off_refutes),
        RULE(fallback_that_holds_what_the_writer_wants_refutes),
        RULE(fallback_that_holds_nothing_leaves_it_proved),
        RULE(reader_that_holds_the_count_itself_refutes),
        RULE(reader_that_shares_what_the_writer_reads_is_no_refutal),
        RULE(raw_write_without_order_is_unneeded),
        RULE(refutal_stays_with_its_site),
        RULE(try_inside_a_raw_write_is_not_suppressed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
