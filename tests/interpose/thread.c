/* SPDX-License-Identifier: BSD-2-Clause */
/* thread.c: threads begin, are joined, are named and end as without us. */
#include "case.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#if __GLIBC_PREREQ(2, 35)
#include <sys/rseq.h>
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *lock_once(void *argument)
{
    CHECK(errno == 0); /* as a new thread finds it */
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK_HELD(&mutex, 1);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    return argument;
}

static void two_thousand_threads_come_and_go(void)
{
    pthread_t thread[20];
    void *value;
    long i, j;

    for (i = 0; i < 100; i++) {
        for (j = 0; j < 20; j++)
            CHECK(pthread_create(&thread[j], NULL, lock_once, (void *)j) == 0);
        for (j = 0; j < 20; j++)
            CHECK(pthread_join(thread[j], &value) == 0 && value == (void *)j);
    }
}

static void *sleep_a_little(void *argument)
{
    usleep(100000);
    return argument;
}

static void every_join_returns_what_libc_returns(void)
{
    struct timespec wall, steady;
    pthread_t thread;
    void *value = NULL;

    CHECK(pthread_join(pthread_self(), &value) == EDEADLK);
    CHECK(pthread_create(&thread, NULL, sleep_a_little, &mutex) == 0);
    CHECK(pthread_tryjoin_np(thread, &value) == EBUSY);
    wall = ahead(CLOCK_REALTIME, 5);
    CHECK(pthread_timedjoin_np(thread, &value, &wall) == ETIMEDOUT);
    steady = ahead(CLOCK_MONOTONIC, 5);
    CHECK(pthread_clockjoin_np(thread, &value, CLOCK_MONOTONIC, &steady) ==
          ETIMEDOUT);
    CHECK(value == NULL);
    CHECK(pthread_join(thread, &value) == 0 && value == &mutex);

    wall = ahead(CLOCK_REALTIME, 10000);
    CHECK(pthread_create(&thread, NULL, lock_once, &wall) == 0);
    CHECK(pthread_timedjoin_np(thread, &value, &wall) == 0 && value == &wall);
    steady = ahead(CLOCK_MONOTONIC, 10000);
    CHECK(pthread_create(&thread, NULL, lock_once, &steady) == 0);
    CHECK(pthread_clockjoin_np(thread, &value, CLOCK_MONOTONIC, &steady) == 0);
    CHECK(value == &steady);
    CHECK(pthread_create(&thread, NULL, lock_once, NULL) == 0);
    while (pthread_tryjoin_np(thread, NULL) == EBUSY)
        usleep(1000);
    CHECK(pthread_create(&thread, NULL, sleep_a_little, NULL) == 0);
    CHECK(pthread_detach(thread) == 0);
    CHECK(pthread_detach(thread) == EINVAL);
    CHECK(pthread_join(thread, NULL) == EINVAL);
}

static void failed_create_fails_as_before(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    CHECK(pthread_attr_init(&attr) == 0);
    CHECK(pthread_attr_setstacksize(&attr, (size_t)1 << 46) == 0);
    CHECK(pthread_create(&thread, &attr, lock_once, NULL) == EAGAIN);
    CHECK(pthread_attr_setstacksize(&attr, 1 << 20) == 0);
    CHECK(pthread_create(&thread, &attr, lock_once, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void smallest_stack_suffices(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    CHECK(pthread_attr_init(&attr) == 0);
    CHECK(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN) == 0);
    CHECK(pthread_create(&thread, &attr, lock_once, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void *show_mask(void *set)
{
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, set) == 0);
    return NULL;
}

static void signal_mask_is_inherited(void)
{
    sigset_t set, inherited;
    int i;

    CHECK(sigemptyset(&set) == 0 && sigaddset(&set, SIGUSR2) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &set, NULL) == 0);
    in_thread(show_mask, &inherited);
    for (i = 1; i < 32; i++)
        CHECK(sigismember(&inherited, i) == (i == SIGUSR2));
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &inherited) == 0);
    for (i = 1; i < 32; i++)
        CHECK(sigismember(&inherited, i) == (i == SIGUSR2));
}

/* ---- the ways a thread ends -----------------------------------------------
 */

static void *leave(void *value)
{
    pthread_exit(value);
}

static void *wait_for_cancel(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void exit_and_cancel_give_their_values(void)
{
    pthread_t thread;
    void *value;

    CHECK(in_thread(leave, &mutex) == &mutex);
    CHECK(pthread_create(&thread, NULL, wait_for_cancel, NULL) == 0);
    CHECK(pthread_cancel(thread) == 0);
    CHECK(pthread_join(thread, &value) == 0 && value == PTHREAD_CANCELED);
}

static pthread_key_t key;
static int rounds;

static void lock_late(void *value)
{
    lock_once(value);
    rounds++;
}

static void *lock_at_the_end(void *value)
{
    CHECK(pthread_setspecific(key, value) == 0);
    return value;
}

static void *quiet_lock(void *unused)
{
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    return unused;
}

static void destroy_late(void *value)
{
    quiet_lock(value);
    rounds++;
    if (rounds % PTHREAD_DESTRUCTOR_ITERATIONS != 0)
        CHECK(pthread_setspecific(key, value) == 0);
}

static void late_destructors_may_lock(void)
{
    int i;

    CHECK(pthread_key_create(&key, destroy_late) == 0);
    for (i = 0; i < 10; i++)
        in_thread(lock_at_the_end, &mutex);
    CHECK(rounds == 10 * PTHREAD_DESTRUCTOR_ITERATIONS);
}

/* Our key asks for rounds; the program's is called no oftener for that. */
static void destructors_run_no_oftener(void)
{
    CHECK(pthread_key_create(&key, lock_late) == 0);
    in_thread(lock_at_the_end, &mutex);
    CHECK(rounds == 1);
}

static void *end_of_main(void *main_thread)
{
    CHECK(pthread_join(*(pthread_t *)main_thread, NULL) == 0);
    puts("main ended first");
    exit(0);
}

static void main_may_end_first(void)
{
    static pthread_t self;
    pthread_t thread;

    self = pthread_self();
    CHECK(pthread_create(&thread, NULL, end_of_main, &self) == 0);
    pthread_exit(NULL);
}

/* ---- names ----------------------------------------------------------------
 */

static void *show_name(void *unused)
{
    char name[16];

    CHECK(pthread_getname_np(pthread_self(), name, sizeof(name)) == 0);
    puts(name);
    return unused;
}

static void names_are_set_and_inherited(void)
{
    char name[16];

    CHECK(pthread_setname_np(pthread_self(), "a name too long for it") ==
          ERANGE);
    CHECK(pthread_setname_np(pthread_self(), "first") == 0);
    show_name(NULL);
    in_thread(show_name, NULL);
    errno = 4711;
    CHECK(prctl(PR_SET_NAME, "second") == 0 && errno == 4711);
    in_thread(show_name, NULL);
    CHECK(prctl(PR_GET_NAME, name) == 0);
    CHECK(strcmp(name, "second") == 0);
    CHECK(prctl(-1, 0, 0, 0, 0) == -1 && errno == EINVAL);
}

/* ---- cancellation --------------------------------------------------------
 */

static pthread_mutex_t nested[64][2];
static _Atomic int spinning;

/* Goes over locks that it has not seen, ready to be cancelled anywhere else. */
static void *spin_until_cancelled(void *unused)
{
    int old, i;

    CHECK(pthread_setcanceltype(-1, &old) == EINVAL);
    for (i = 0; i < 64; i++) {
        pthread_mutex_init(&nested[i][0], NULL);
        pthread_mutex_init(&nested[i][1], NULL);
        pthread_mutex_lock(&nested[i][0]);
        pthread_mutex_lock(&nested[i][1]);
        pthread_mutex_unlock(&nested[i][1]);
        pthread_mutex_unlock(&nested[i][0]);
    }
    CHECK(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old) == 0 &&
          old == PTHREAD_CANCEL_DEFERRED);
    spinning = 1;
    for (;;)
        ;
    return unused;
}

static void asynchronous_cancellation_works(void)
{
    pthread_t thread;
    void *result;

    CHECK(pthread_create(&thread, NULL, spin_until_cancelled, NULL) == 0);
    while (spinning == 0)
        ;
    CHECK(pthread_cancel(thread) == 0);
    CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
}

/* ---- signals --------------------------------------------------------------
 */

static pthread_mutex_t handlers = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t handled;

static void lock_in_handler(int signal)
{
    (void)signal;
    pthread_mutex_lock(&handlers);
    pthread_mutex_unlock(&handlers);
    handled = handled + 1;
}

static void *bombard(void *target)
{
    while (handled < 2000)
        pthread_kill(*(pthread_t *)target, SIGUSR1);
    return NULL;
}

static void handlers_may_lock_at_any_moment(void)
{
    struct sigaction action = {.sa_handler = lock_in_handler};
    static pthread_mutex_t nest[3] = {PTHREAD_MUTEX_INITIALIZER,
                                      PTHREAD_MUTEX_INITIALIZER,
                                      PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread, self = pthread_self();
    unsigned round = 0, i;

    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, bombard, &self) == 0);
    while (handled < 2000) {
        for (i = 0; i < 3; i++)
            pthread_mutex_lock(&nest[i]);
        for (i = 0; i < 3; i++)
            pthread_mutex_unlock(&nest[round % 2 ? 2 - i : i]);
        round++;
        for (i = 0; i < 3; i++)
            pthread_mutex_trylock(&nest[i]);
        for (i = 0; i < 3; i++)
            pthread_mutex_unlock(&nest[i]);
    }
    CHECK(pthread_join(thread, NULL) == 0);
    for (i = 0; i < 3; i++)
        CHECK_HELD(&nest[i], 0);
    CHECK_HELD(&handlers, 0);
}

enum { OWN_STACK = 256 << 10 };

static void *own_stack;
static _Atomic pid_t leaver;

/* libc has the kernel write to a place on the stack (rseq), whenever it moves
 * the thread to another core: without this the program dies of that, seldom,
 * alone as well. */
static void leave_rseq(void)
{
#if __GLIBC_PREREQ(2, 35)
    enum { SIZE = 32 };

    if (__rseq_size > 0)
        CHECK(syscall(SYS_rseq,
                      (char *)__builtin_thread_pointer() + __rseq_offset, SIZE,
                      RSEQ_FLAG_UNREGISTER, RSEQ_SIG) == 0);
#endif
}

/* As a runtime does that keeps no thread's stack: system calls alone. */
static void *leave_without_a_stack(void *unused)
{
    (void)unused;
    leave_rseq();
    CHECK(pthread_detach(pthread_self()) == 0);
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    leaver = (pid_t)syscall(SYS_gettid);
#if defined(__x86_64__)
    __asm__ volatile("syscall\n\t"
                     "movl %2, %%eax\n\t"
                     "xorl %%edi, %%edi\n\t"
                     "syscall" ::"a"(SYS_munmap),
                     "D"(own_stack), "i"(SYS_exit), "S"(OWN_STACK)
                     : "rcx", "r11", "memory");
#else
    __asm__ volatile("mov x0, %0\n\t"
                     "mov x1, %1\n\t"
                     "mov x8, %2\n\t"
                     "svc 0\n\t"
                     "mov x0, xzr\n\t"
                     "mov x8, %3\n\t"
                     "svc 0" ::"r"(own_stack),
                     "r"((size_t)OWN_STACK), "i"(SYS_munmap), "i"(SYS_exit)
                     : "x0", "x1", "x8", "memory");
#endif
    return NULL;
}

static void thread_may_take_its_stack_with_it(void)
{
    pthread_attr_t attributes;
    pthread_t thread;

    own_stack = mmap(NULL, OWN_STACK, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(own_stack != MAP_FAILED);
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstack(&attributes, own_stack, OWN_STACK) == 0);
    CHECK(pthread_create(&thread, &attributes, leave_without_a_stack, NULL) ==
          0);
    while (leaver == 0 || syscall(SYS_tgkill, getpid(), leaver, 0) == 0)
        sched_yield();
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    exit(0); /* where all threads are counted */
}

static const struct test_case cases[] = {
    CASE(two_thousand_threads_come_and_go),
    CASE(every_join_returns_what_libc_returns),
    CASE(failed_create_fails_as_before),
    CASE(smallest_stack_suffices),
    CASE(signal_mask_is_inherited),
    CASE(exit_and_cancel_give_their_values),
    CASE(late_destructors_may_lock),
    CASE(destructors_run_no_oftener),
    CASE(main_may_end_first),
    CASE(names_are_set_and_inherited),
    CASE(asynchronous_cancellation_works),
    CASE(handlers_may_lock_at_any_moment),
    CASE(thread_may_take_its_stack_with_it),
};
CASE_MAIN(cases)
