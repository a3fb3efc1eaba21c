/* SPDX-License-Identifier: BSD-2-Clause */
/* signal.c: handlers and masks are what the program made them. */
#include "case.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
__sighandler_t bsd_signal(int number, __sighandler_t handler);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t came, last;
static sigjmp_buf out;

static void count(int number)
{
    came++;
    last = number;
}

static void other(int number)
{
    came += 100;
    last = number;
}

static void count_info(int number, siginfo_t *info, void *context)
{
    ucontext_t *interrupted = context;

    CHECK(number == SIGUSR1 && info->si_signo == SIGUSR1);
    CHECK(info->si_code == SI_QUEUE && info->si_value.sival_int == 42);
    CHECK(sigismember(&interrupted->uc_sigmask, SIGHUP) == 1);
    came++;
}

/* ---- what a program asks is what it set ---------------------------------- */

static void old_action_is_the_programs(void)
{
    struct sigaction set = {.sa_flags = SA_RESTART}, old;
    struct sigaction info = {.sa_flags = SA_SIGINFO | SA_NODEFER};
    struct sigaction *volatile same = &old;

    set.sa_handler = count;
    sigaddset(&set.sa_mask, SIGUSR2);
    info.sa_sigaction = count_info;
    CHECK(sigaction(SIGUSR1, &set, &old) == 0 && old.sa_handler == SIG_DFL);
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0);
    CHECK(old.sa_handler == count && (old.sa_flags & SA_RESTART));
    CHECK(!(old.sa_flags & SA_SIGINFO) && sigismember(&old.sa_mask, SIGUSR2));
    CHECK(sigaction(SIGUSR1, &info, &old) == 0 && old.sa_handler == count);
    CHECK(sigaction(SIGUSR1, &set, &old) == 0);
    CHECK(old.sa_sigaction == count_info && (old.sa_flags & SA_NODEFER));
    CHECK(sigaction(SIGUSR1, &old, same) == 0 && old.sa_handler == count);
    CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
    CHECK(raise(SIGUSR1) == 0 && came == 0);
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == SIG_IGN);
}

static void every_way_to_set_a_handler_works(void)
{
    CHECK(signal(SIGUSR1, count) == SIG_DFL);
    CHECK(bsd_signal(SIGUSR1, other) == count);
    CHECK(raise(SIGUSR1) == 0 && came == 100);
    CHECK(ssignal(SIGUSR1, count) == other);
    CHECK(raise(SIGUSR1) == 0 && raise(SIGUSR1) == 0 && came == 102);
    CHECK(sysv_signal(SIGUSR1, other) == count);
    CHECK(raise(SIGUSR1) == 0 && came == 202);
    CHECK(__sysv_signal(SIGUSR1, count) == SIG_DFL);
    CHECK(sigset(SIGUSR1, other) == count);
    CHECK(raise(SIGUSR1) == 0 && came == 302);
    CHECK(sigset(SIGUSR1, SIG_HOLD) == other);
    CHECK(raise(SIGUSR1) == 0 && came == 302);
    CHECK(sigset(SIGUSR1, count) == SIG_HOLD && came == 303);
    CHECK(signal(SIGUSR1, SIG_DFL) == count);
}

static void refused_handler_changes_nothing(void)
{
    struct sigaction set = {.sa_handler = count}, old;

    SHOW(sigaction(SIGKILL, &set, NULL));
    SHOW(sigaction(65, &set, NULL));
    SHOW(sigaction(0, &set, NULL));
    SHOW(sigaction(33, &set, NULL));
    SHOW(signal(SIGSTOP, count) == SIG_ERR);
    SHOW(signal(-1, count) == SIG_ERR);
    CHECK(sigaction(SIGKILL, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
}

/* ---- what a handler gets ------------------------------------------------- */

static void handler_gets_what_the_kernel_gave(void)
{
    struct sigaction set = {.sa_flags = SA_SIGINFO};
    sigset_t hup;

    sigemptyset(&hup);
    sigaddset(&hup, SIGHUP);
    CHECK(pthread_sigmask(SIG_BLOCK, &hup, NULL) == 0);
    set.sa_sigaction = count_info;
    CHECK(sigaction(SIGUSR1, &set, NULL) == 0);
    CHECK(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42}) == 0);
    CHECK(came == 1);
}

static void handler_that_resets_runs_once(void)
{
    struct sigaction set = {.sa_flags = (int)SA_RESETHAND}, old;

    set.sa_handler = count;
    CHECK(sigaction(SIGCHLD, &set, NULL) == 0);
    CHECK(raise(SIGCHLD) == 0 && raise(SIGCHLD) == 0 && came == 1);
    CHECK(sigaction(SIGCHLD, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
    CHECK(sigaction(SIGCHLD, &set, NULL) == 0);
    CHECK(raise(SIGCHLD) == 0 && came == 2);
}

static void set_errno(int number)
{
    (void)number;
    CHECK(errno == ENOTTY);
    errno = EXDEV;
}

static void errno_is_the_handlers(void)
{
    CHECK(signal(SIGUSR1, set_errno) == SIG_DFL);
    errno = ENOTTY;
    CHECK(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1) == 0);
    CHECK(errno == EXDEV);
}

/* A handler that locks nothing needs no more stack than it did. */
static void *stand_on_little(void *stack)
{
    stack_t small = {.ss_sp = stack, .ss_size = (size_t)MINSIGSTKSZ};

    CHECK(sigaltstack(&small, NULL) == 0);
    CHECK(pthread_kill(pthread_self(), SIGUSR1) == 0);
    return NULL;
}

static void smallest_signal_stack_suffices(void)
{
    struct sigaction set = {.sa_flags = SA_ONSTACK, .sa_handler = count};
    size_t page = 4096, least = ((size_t)MINSIGSTKSZ + page - 1) & -page;
    char *stack = mmap(NULL, least + page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(stack != MAP_FAILED && mprotect(stack, page, PROT_NONE) == 0);
    CHECK(sigaction(SIGUSR1, &set, NULL) == 0);
    in_thread(stand_on_little, stack + page);
    CHECK(came == 1);
}

/* ---- locks in handlers --------------------------------------------------- */

static void lock_inner(int number)
{
    pthread_mutex_lock(&inner);
    CHECK_HELD(&inner, 1);
    last = number;
    pthread_mutex_unlock(&inner);
    came++;
}

static void lock_and_raise(int number)
{
    (void)number;
    pthread_mutex_lock(&lock);
    raise(SIGUSR2);
    pthread_mutex_unlock(&lock);
}

static void handlers_nest(void)
{
    CHECK(signal(SIGUSR1, lock_and_raise) != SIG_ERR);
    CHECK(signal(SIGUSR2, lock_inner) != SIG_ERR);
    CHECK(raise(SIGUSR1) == 0 && came == 1);
    CHECK_HELD(&lock, 0);
    CHECK_HELD(&inner, 0);
}

static void lock_and_jump(int number)
{
    (void)number;
    pthread_mutex_lock(&inner);
    pthread_mutex_unlock(&inner);
    came++;
    siglongjmp(out, 1);
}

static void handler_may_jump_out(void)
{
    struct sigaction set = {.sa_handler = lock_and_jump};
    char stack[65536];
    stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
    volatile int i;

    CHECK(sigaltstack(&own, NULL) == 0);
    for (i = 0; i < 2000; i++) {
        set.sa_flags = i % 2 ? SA_ONSTACK : 0;
        CHECK(sigaction(SIGUSR1, &set, NULL) == 0);
        CHECK(pthread_mutex_lock(&lock) == 0);
        if (sigsetjmp(out, 1) == 0)
            raise(SIGUSR1);
        CHECK_HELD(&lock, 1);
        CHECK(pthread_mutex_unlock(&lock) == 0);
        CHECK_HELD(&lock, 0);
        CHECK_HELD(&inner, 0);
    }
    CHECK(came == 2000);
}

static void lock_for_good(int number)
{
    (void)number;
    pthread_mutex_lock(&inner);
}

static void what_a_handler_took_stays_held(void)
{
    CHECK(signal(SIGUSR1, lock_for_good) != SIG_ERR);
    CHECK(pthread_mutex_lock(&lock) == 0);
    CHECK(raise(SIGUSR1) == 0);
    CHECK_HELD(&inner, 1);
    CHECK_HELD(&lock, 1);
    CHECK(pthread_mutex_unlock(&lock) == 0);
    CHECK_HELD(&inner, 1);
    CHECK(pthread_mutex_unlock(&inner) == 0);
    CHECK_HELD(&inner, 0);
}

static volatile bool busy;

static void *use_locks(void *unused)
{
    while (busy) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void signals_may_come_at_any_rate(void)
{
    struct itimerval often = {{0, 50}, {0, 50}}, never = {0};
    sigset_t prof;
    pthread_t thread;
    int i;

    sigemptyset(&prof);
    sigaddset(&prof, SIGPROF);
    busy = true;
    CHECK(signal(SIGPROF, lock_inner) != SIG_ERR);
    CHECK(pthread_create(&thread, NULL, use_locks, NULL) == 0);
    CHECK(setitimer(ITIMER_PROF, &often, NULL) == 0);
    for (i = 0; came < 50 || i < 20000; i++) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        if (i % 16 == 0) {
            pthread_sigmask(SIG_BLOCK, &prof, NULL);
            pthread_mutex_lock(&inner);
            pthread_mutex_unlock(&inner);
            pthread_sigmask(SIG_UNBLOCK, &prof, NULL);
        }
    }
    CHECK(setitimer(ITIMER_PROF, &never, NULL) == 0);
    busy = false;
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_HELD(&lock, 0);
    CHECK_HELD(&inner, 0);
}

/* ---- processes ----------------------------------------------------------- */

static void child_has_its_parents_handlers(void)
{
    struct sigaction old;
    int status;
    pid_t child;

    CHECK(signal(SIGUSR1, lock_inner) != SIG_ERR);
    child = fork();
    if (child == 0) {
        CHECK(raise(SIGUSR1) == 0 && came == 1);
        CHECK(sigaction(SIGUSR1, NULL, &old) == 0);
        CHECK(old.sa_handler == lock_inner);
        _exit(7);
    }
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
}

static void vfork_child_changes_its_own_alone(void)
{
    struct sigaction old;
    int status;
    pid_t child;

    CHECK(signal(SIGUSR1, count) != SIG_ERR);
    child = vfork();
    if (child == 0) {
        signal(SIGUSR1, SIG_DFL);
        signal(SIGUSR2, other);
        _exit(signal(SIGUSR2, SIG_DFL) == other ? 7 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    CHECK(raise(SIGUSR1) == 0 && came == 1);
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == count);
    CHECK(sigaction(SIGUSR2, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
}

/* ---- masks --------------------------------------------------------------- */

static bool is_blocked(int number)
{
    sigset_t now;

    CHECK(sigprocmask(SIG_SETMASK, NULL, &now) == 0);
    return sigismember(&now, number) == 1;
}

static void every_way_to_block_works(void)
{
    sigset_t set, old;
    sigset_t *volatile same = &set;
    int bit = 1 << (SIGUSR1 - 1);

    CHECK(signal(SIGUSR1, count) != SIG_ERR);
    CHECK(pthread_mutex_lock(&lock) == 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0 && is_blocked(SIGUSR1));
    CHECK(sigismember(&old, SIGUSR1) == 0);
    CHECK(pthread_sigmask(SIG_UNBLOCK, &set, same) == 0);
    CHECK(!is_blocked(SIGUSR1) && sigismember(&set, SIGUSR1) == 1);
    CHECK(sigblock(bit) == 0 && is_blocked(SIGUSR1));
    CHECK(sigsetmask(0) == bit && !is_blocked(SIGUSR1));
    CHECK(sighold(SIGUSR1) == 0 && is_blocked(SIGUSR1));
    CHECK(sigrelse(SIGUSR1) == 0 && !is_blocked(SIGUSR1));
    errno = 0;
    SHOW(sigprocmask(77, &set, NULL));
    errno = 0;
    SHOW(pthread_sigmask(77, &set, NULL));
    SHOW(sighold(99));
    CHECK(sigprocmask(SIG_SETMASK, &set, NULL) == 0 && is_blocked(SIGUSR1));
    CHECK(raise(SIGUSR1) == 0 && came == 0);
    CHECK(sigrelse(SIGUSR1) == 0 && came == 1);
    CHECK_HELD(&lock, 1);
}

/* SIGUSR1 waits, blocked, for each of them to let it in. */
static void masks_of_waits_are_theirs_alone(void)
{
    struct timespec day = {86400, 0};
    struct epoll_event event;
    int set = epoll_create1(0);
    struct pollfd *volatile nowhere = (struct pollfd *)8;
    sigset_t usr1, before;

    CHECK(signal(SIGUSR1, count) != SIG_ERR);
    CHECK(pthread_mutex_lock(&lock) == 0);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &usr1, &before) == 0);
    CHECK(raise(SIGUSR1) == 0 && came == 0);
    CHECK(sigsuspend(&before) == -1 && errno == EINTR && came == 1);
    CHECK(raise(SIGUSR1) == 0 && came == 1);
    CHECK(ppoll(NULL, 0, &day, &before) == -1 && errno == EINTR && came == 2);
    CHECK(raise(SIGUSR1) == 0 && came == 2);
    CHECK(pselect(0, NULL, NULL, NULL, &day, &before) == -1);
    CHECK(errno == EINTR && came == 3);
    CHECK(raise(SIGUSR1) == 0 && came == 3);
    CHECK(epoll_pwait(set, &event, 1, -1, &before) == -1);
    CHECK(errno == EINTR && came == 4 && is_blocked(SIGUSR1));
    day.tv_sec = 0;
    CHECK(ppoll(NULL, 0, &day, NULL) == 0);
    CHECK(pselect(0, NULL, NULL, NULL, &day, &before) == 0);
    CHECK(ppoll(nowhere, 1, &day, &before) == -1);
    SHOW(errno);
    CHECK_HELD(&lock, 1);
}

static const struct test_case cases[] = {
    CASE(old_action_is_the_programs),
    CASE(every_way_to_set_a_handler_works),
    CASE(refused_handler_changes_nothing),
    CASE(handler_gets_what_the_kernel_gave),
    CASE(handler_that_resets_runs_once),
    CASE(errno_is_the_handlers),
    CASE(smallest_signal_stack_suffices),
    CASE(handlers_nest),
    CASE(handler_may_jump_out),
    CASE(what_a_handler_took_stays_held),
    CASE(signals_may_come_at_any_rate),
    CASE(child_has_its_parents_handlers),
    CASE(vfork_child_changes_its_own_alone),
    CASE(every_way_to_block_works),
    CASE(masks_of_waits_are_theirs_alone),
};
CASE_MAIN(cases)
