/* SPDX-License-Identifier: BSD-2-Clause */
/* semaphore.c: sem_* give what libc gives; when one counts as a lock. */
#include "case.h"

#include <fcntl.h>
#include <semaphore.h>

static sem_t semaphore;

static void use(int times)
{
    while (times-- > 0) {
        CHECK(sem_wait(&semaphore) == 0);
        CHECK(sem_post(&semaphore) == 0);
    }
}

static void *post(void *unused)
{
    CHECK(sem_post(&semaphore) == 0);
    return unused;
}

static void semaphore_used_as_a_mutex_is_held(void)
{
    struct timespec until = ahead(CLOCK_REALTIME, 10000);

    CHECK(sem_init(&semaphore, 0, 1) == 0);
    use(1);
    CHECK(sem_wait(&semaphore) == 0);
    CHECK_HELD(&semaphore, 1);
    CHECK(sem_post(&semaphore) == 0);
    CHECK(sem_wait(&semaphore) == 0);
    CHECK_HELD(&semaphore, 1);
    CHECK(sem_post(&semaphore) == 0);
    CHECK_HELD(&semaphore, 0);
    CHECK(sem_trywait(&semaphore) == 0);
    CHECK_HELD(&semaphore, 1);
    CHECK(sem_post(&semaphore) == 0);
    CHECK(sem_timedwait(&semaphore, &until) == 0);
    CHECK_HELD(&semaphore, 1);
    CHECK(sem_post(&semaphore) == 0);
    CHECK(sem_clockwait(&semaphore, CLOCK_REALTIME, &until) == 0);
    CHECK_HELD(&semaphore, 1);
    CHECK(sem_post(&semaphore) == 0);
    CHECK(sem_destroy(&semaphore) == 0);
}

static void semaphore_posted_by_another_is_no_lock(void)
{
    CHECK(sem_init(&semaphore, 0, 1) == 0);
    use(3);
    CHECK(sem_wait(&semaphore) == 0);
    CHECK_HELD(&semaphore, 1);
    in_thread(post, NULL);
    CHECK_HELD(&semaphore, 0);
    use(3);
    CHECK(sem_wait(&semaphore) == 0);
    CHECK_HELD(&semaphore, 0);
    CHECK(sem_init(&semaphore, 0, 1) == 0); /* another life */
    use(3);
    CHECK(sem_wait(&semaphore) == 0);
    CHECK_HELD(&semaphore, 1);
}

static void semaphore_of_two_is_no_lock(void)
{
    CHECK(sem_init(&semaphore, 0, 2) == 0);
    use(3);
    CHECK(sem_wait(&semaphore) == 0);
    CHECK_HELD(&semaphore, 0);
    CHECK(sem_wait(&semaphore) == 0);
    CHECK_HELD(&semaphore, 0);
}

static void failed_wait_holds_no_semaphore(void)
{
    struct timespec past = ahead(CLOCK_REALTIME, -10);

    CHECK(sem_init(&semaphore, 0, 1) == 0);
    use(3);
    CHECK(sem_wait(&semaphore) == 0);
    SHOW(sem_trywait(&semaphore));
    CHECK_HELD(&semaphore, 1);
    SHOW(sem_timedwait(&semaphore, &past)); /* a second wait: an event */
    CHECK_HELD(&semaphore, 0);
}

static void named_semaphore_is_held_as_well(void)
{
    char name[64];
    sem_t *named, *again;
    int i;

    snprintf(name, sizeof(name), "/lockval-test-%d", getpid());
    named = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    CHECK(named != SEM_FAILED);
    CHECK(sem_open(name, O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED);
    CHECK(errno == EEXIST);
    again = sem_open(name, 0);
    CHECK(again == named);
    CHECK(sem_close(again) == 0);
    CHECK(sem_unlink(name) == 0);
    for (i = 0; i < 4; i++) {
        CHECK(sem_wait(named) == 0);
        CHECK_HELD(named, 1);
        CHECK(sem_post(named) == 0);
        CHECK_HELD(named, 0);
    }
    CHECK(sem_close(named) == 0);
    errno = 0;
    CHECK(sem_open("/no/such", 0) == SEM_FAILED && errno != 0);
}

static const struct test_case cases[] = {
    CASE(semaphore_used_as_a_mutex_is_held),
    CASE(semaphore_posted_by_another_is_no_lock),
    CASE(semaphore_of_two_is_no_lock),
    CASE(failed_wait_holds_no_semaphore),
    CASE(named_semaphore_is_held_as_well),
};

CASE_MAIN(cases)
