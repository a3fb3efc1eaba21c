/* SPDX-License-Identifier: BSD-2-Clause */
/* once.c: pthread_once and call_once. std::call_once is pthread_once.
 *
 * Who initialises is known when the initialiser runs: a function of ours runs
 * it. It may end by an exception, by pthread_exit or by cancellation, after
 * which libc lets another thread try: what unwinds the stack then asks the
 * personality routine of each frame it passes (Itanium C++ ABI 1.6), and that
 * of ours forgets the hold. So nothing is linked or run for it otherwise. */
#include "once.h"

struct once {
    const void *control;
    void (*initialise)(void);
    struct lv_ticket ticket;
    struct once *outer;
};

/* The call that libc is about to answer; those whose initialisers run. */
static __thread struct once *asked, *running;

__thread const void *lv_once_passed_by[LV_ONCE_PASSED];

/* nptl/pthreadP.h: __PTHREAD_ONCE_DONE. Read from once_flag alike
 * (nptl/call_once.c). */
enum { DONE = 2 };

static inline bool is_done(const void *control)
{
    return __atomic_load_n((const int *)control, __ATOMIC_ACQUIRE) == DONE;
}

static void leave(void)
{
    struct once *once = running;

    running = once->outer;
    lv_once_over(once->control, 0);
}

/* Actions and results are numbers of that ABI: in the second phase (2) the
 * frame is about to go; 8: go on unwinding. */
__attribute__((used)) int lv_once_unwound(int version, int actions,
                                          uint64_t kind, void *exception,
                                          void *context);
int lv_once_unwound(int version, int actions, uint64_t kind, void *exception,
                    void *context)
{
    (void)version;
    (void)kind;
    (void)exception;
    (void)context;
    if (actions & 2)
        leave();
    return 8;
}

/* 0x1b: as the distance from there to here, in 32 bits. */
static __attribute__((noinline)) void run(void)
{
    struct once *once = asked;

    __asm__ volatile(".cfi_personality 0x1b, lv_once_unwound");
    asked = NULL;
    lv_wait_end();
    once->outer = running;
    running = once;
    lv_acquire_commit(&once->ticket);
    once->initialise();
    lv_once_done((uintptr_t)once->control);
    leave();
}

LV_HOOK int pthread_once(pthread_once_t *control, void (*initialise)(void))
{
    struct once *outer = asked, once = {control, initialise, {0}, NULL};
    bool news;
    int result;

    if (is_done(control)) {
        news = lv_once_late(control, LV_CALLER);
        result = real.pthread_once(control, initialise);
        if (news)
            lv_once_pass(control);
        return result;
    }
    lv_once_check(control, LV_CALLER, &once.ticket);
    asked = &once;
    lv_hook_await(LV_WAIT_LOCK, 0, control, &once.ticket, LV_CALLER);
    result = real.pthread_once(control, run);
    lv_wait_end();
    asked = outer;
    lv_once_pass(control);
    return result;
}

LV_HOOK void call_once(once_flag *flag, void (*initialise)(void))
{
    struct once *outer = asked, once = {flag, initialise, {0}, NULL};
    bool news;

    if (is_done(flag)) {
        news = lv_once_late(flag, LV_CALLER);
        real.call_once(flag, initialise);
        if (news)
            lv_once_pass(flag);
        return;
    }
    lv_once_check(flag, LV_CALLER, &once.ticket);
    asked = &once;
    lv_hook_await(LV_WAIT_LOCK, 0, flag, &once.ticket, LV_CALLER);
    real.call_once(flag, run);
    lv_wait_end();
    asked = outer;
    lv_once_pass(flag);
}
