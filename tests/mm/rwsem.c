/* SPDX-License-Identifier: BSD-2-Clause */
/* rwsem.c: the fair rwsem: who comes in, and in which order. */
#include "cmocka_all.h"

#include <pthread.h>
#include <sched.h>

#include "rwsem.h"

static const struct lockval_class cls = {"tested", 0};
static struct rw_semaphore sem;

/* Threads write their letter into the log while they hold the rwsem. */
static char logged[64];
static atomic_uint log_length;
static atomic_bool let_go;

struct contender {
    char letter;
    bool writer;
    pthread_t thread;
};

static void *contend(void *argument)
{
    struct contender *self = argument;

    if (self->writer)
        down_write(&sem);
    else
        down_read(&sem);
    logged[atomic_fetch_add(&log_length, 1)] = self->letter;
    while (!atomic_load(&let_go))
        sched_yield();
    if (self->writer)
        up_write(&sem);
    else
        up_read(&sem);
    return NULL;
}

static int waiters(void)
{
    struct list_head *at;
    int count = 0;

    arch_spin_lock(&sem.guard);
    list_for_each(at, &sem.waiters) count++;
    arch_spin_unlock(&sem.guard);
    return count;
}

/* Start one and return when it waits. */
static void start_waiting(struct contender *who)
{
    int before = waiters();

    assert_int_equal(pthread_create(&who->thread, NULL, contend, who), 0);
    while (waiters() == before)
        sched_yield();
}

static void await_log(unsigned length)
{
    while (atomic_load(&log_length) < length)
        sched_yield();
}

static void join(struct contender *who)
{
    assert_int_equal(pthread_join(who->thread, NULL), 0);
}

static int fresh(void **state)
{
    (void)state;
    init_rwsem(&sem, &cls);
    atomic_store(&log_length, 0);
    atomic_store(&let_go, false);
    for (size_t i = 0; i < sizeof(logged); i++)
        logged[i] = '\0';
    return 0;
}

static void readers_share_and_keep_writers_out(void **state)
{
    (void)state;
    down_read(&sem);
    assert_true(down_read_trylock(&sem));
    assert_false(down_write_trylock(&sem));
    up_read(&sem);
    assert_false(down_write_trylock(&sem));
    up_read(&sem);
    assert_true(down_write_trylock(&sem));
    up_write(&sem);
}

static void writer_keeps_everyone_out(void **state)
{
    (void)state;
    down_write(&sem);
    assert_false(down_read_trylock(&sem));
    assert_false(down_write_trylock(&sem));
    up_write(&sem);
    assert_true(down_read_trylock(&sem));
    up_read(&sem);
}

static void reader_does_not_pass_a_waiting_writer(void **state)
{
    struct contender writer = {.letter = 'W', .writer = true};

    (void)state;
    down_read(&sem);
    start_waiting(&writer);
    assert_false(down_read_trylock(&sem));
    atomic_store(&let_go, true);
    up_read(&sem);
    join(&writer);
    assert_true(down_read_trylock(&sem));
    up_read(&sem);
}

static void queue_is_served_in_order(void **state)
{
    struct contender queue[] = {
        {.letter = 'a', .writer = true},
        {.letter = 'b', .writer = false},
        {.letter = 'c', .writer = true},
        {.letter = 'd', .writer = false},
    };

    (void)state;
    down_write(&sem);
    for (int i = 0; i < 4; i++)
        start_waiting(&queue[i]);
    atomic_store(&let_go, true);
    up_write(&sem);
    for (int i = 0; i < 4; i++)
        join(&queue[i]);
    assert_string_equal(logged, "abcd");
}

static void neighbouring_readers_come_in_together(void **state)
{
    struct contender queue[] = {
        {.letter = 'r', .writer = false},
        {.letter = 'r', .writer = false},
        {.letter = 'W', .writer = true},
        {.letter = 'l', .writer = false},
    };

    (void)state;
    down_write(&sem);
    for (int i = 0; i < 4; i++)
        start_waiting(&queue[i]);
    up_write(&sem);
    await_log(2); /* both readers hold it at once: none lets go yet */
    assert_int_equal(waiters(), 2);
    atomic_store(&let_go, true);
    for (int i = 0; i < 4; i++)
        join(&queue[i]);
    assert_string_equal(logged, "rrWl");
}

static void downgrade_lets_first_readers_in_and_keeps_read(void **state)
{
    struct contender queue[] = {
        {.letter = 'r', .writer = false},
        {.letter = 'W', .writer = true},
    };

    (void)state;
    down_write(&sem);
    for (int i = 0; i < 2; i++)
        start_waiting(&queue[i]);
    downgrade_write(&sem);
    await_log(1);
    atomic_store(&let_go, true);
    join(&queue[0]);
    assert_int_equal(waiters(), 1); /* we still read */
    assert_string_equal(logged, "r");
    up_read(&sem);
    join(&queue[1]);
    assert_string_equal(logged, "rW");
}

/* Mutual exclusion under load: a torn pair would show. */
static unsigned long first_half, second_half, torn;

static void *hammer(void *argument)
{
    bool writer = argument != NULL;

    for (int i = 0; i < 20000; i++) {
        if (writer) {
            down_write(&sem);
            first_half++;
            second_half++;
            if (i % 2)
                downgrade_write(&sem);
        } else {
            down_read(&sem);
        }
        if (first_half != second_half)
            __atomic_fetch_add(&torn, 1, __ATOMIC_RELAXED);
        if (writer && i % 2 == 0)
            up_write(&sem);
        else
            up_read(&sem);
    }
    return NULL;
}

static void many_threads_exclude_each_other(void **state)
{
    pthread_t thread[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, hammer, i % 2 ? &sem : NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(torn, 0);
    assert_int_equal(first_half, 40000);
    assert_true(down_write_trylock(&sem));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(readers_share_and_keep_writers_out, fresh),
        cmocka_unit_test_setup(writer_keeps_everyone_out, fresh),
        cmocka_unit_test_setup(reader_does_not_pass_a_waiting_writer, fresh),
        cmocka_unit_test_setup(queue_is_served_in_order, fresh),
        cmocka_unit_test_setup(neighbouring_readers_come_in_together, fresh),
        cmocka_unit_test_setup(downgrade_lets_first_readers_in_and_keeps_read,
                               fresh),
        cmocka_unit_test_setup(many_threads_exclude_each_other, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
