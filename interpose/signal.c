/* SPDX-License-Identifier: BSD-2-Clause */
/* signal.c: what gives a signal a handler.
 *
 * An asynchronous signal's handler is replaced by a function of ours, which
 * tells the engine, calls the program's with what the kernel gave, and tells
 * that it returned. Flags and mask are the program's: the kernel treats the
 * signal as it would have. A program that asks gets its own function back.
 *
 * Two functions, one for each form of handler, each with a place for the
 * program's of every signal. A place is never emptied: a signal that was
 * delivered before its handler changed finds a function, of the right form.
 *
 * Signals that an instruction raises, and abort's, are left alone: their
 * handlers look at registers and stacks, and live from being the first. A vfork
 * child changes what the kernel does for it, not what its parent's memory says.
 */
#include "hooks.h"

#include <string.h>

#include "raw.h"

enum { SIGNALS = 64, PLAIN = 0, INFO = 1 };

typedef void function(int, siginfo_t *, void *);

static function *_Atomic place[2][SIGNALS + 1];
static _Atomic uint64_t key[SIGNALS + 1]; /* as told; 0: none installed */
static _Atomic uint64_t once;             /* reset when they come */

static void run(int form, int number, siginfo_t *info, void *context)
{
    function *handler = atomic_load(&place[form][number]);
    struct lv_signal_frame frame;

    lv_signal_enter(&frame, number);
    if (LV_UNLIKELY(atomic_load(&once) & LV_SIGNAL(number)) &&
        atomic_fetch_and(&once, ~LV_SIGNAL(number)) & LV_SIGNAL(number)) {
        atomic_store(&key[number], 0);
        lv_signal_handler(number, 0, 0);
    }
    handler(number, info, context);
    lv_signal_exit(&frame);
}

/* A handler without SA_SIGINFO ignores what else is in the registers. */
static void plain(int number, siginfo_t *info, void *context)
{
    run(PLAIN, number, info, context);
}

static void with_info(int number, siginfo_t *info, void *context)
{
    run(INFO, number, info, context);
}

static function *const ours[2] = {plain, with_info};

/* The two that are not between SIGSYS and SIGRTMIN are libc's own. */
static bool is_watched(int number)
{
    const uint64_t never = LV_SIGNALS_SYNCHRONOUS | LV_SIGNAL(SIGABRT) |
                           LV_SIGNAL(SIGKILL) | LV_SIGNAL(SIGSTOP) |
                           LV_SIGNAL(32) | LV_SIGNAL(33);

    return number > 0 && number <= SIGNALS && !(never & LV_SIGNAL(number));
}

static bool is_function(__sighandler_t handler)
{
    return handler != SIG_DFL && handler != SIG_IGN && handler != SIG_ERR &&
           handler != SIG_HOLD;
}

static bool in_vfork_child(void)
{
    return atomic_load_explicit(&lv_hook_home, memory_order_relaxed) != 0 &&
           !lv_hook_at_home();
}

/* A change of one signal's handler, on its way through libc. */
struct change {
    int number;
    bool tell;           /* the signal is watched, and it is our process */
    function *before[2]; /* what our functions stood for */
    function *handler;   /* the program's new one, NULL: none */
    int form;
};

static uint64_t identify(function *handler, uint64_t mask, uint64_t flags)
{
    uint64_t sum = (uintptr_t)handler;

    sum = (sum ^ mask) * 0x9e3779b97f4a7c15ULL;
    sum = (sum ^ sum >> 29 ^ flags) * 0xbf58476d1ce4e5b9ULL;
    return sum | 1;
}

static struct change begin(int number)
{
    struct change change = {.number = number};

    lv_hook_ready();
    if (number == SIGABRT) /* it may come from outside, too */
        atomic_fetch_or(&lv_signals_handled, LV_SIGNAL(SIGABRT));
    if (!is_watched(number))
        return change;
    change.tell = !in_vfork_child();
    change.before[PLAIN] = atomic_load(&place[PLAIN][number]);
    change.before[INFO] = atomic_load(&place[INFO][number]);
    return change;
}

/* The program installs `handler`: what is to be installed in its place. */
static function *enter(struct change *change, function *handler, int form,
                       uint64_t mask, uint64_t flags, uintptr_t caller)
{
    uint64_t id = identify(handler, mask, flags & SA_NODEFER);

    change->handler = handler;
    change->form = form;
    if (handler == plain || handler == with_info) { /* it asked the kernel */
        change->form = handler == plain ? PLAIN : INFO;
        return handler;
    }
    atomic_store(&key[change->number], id);
    lv_signal_handler(change->number, id, caller);
    atomic_store(&place[form][change->number], handler);
    return ours[form];
}

static void mark_once(const struct change *change, bool is_once)
{
    if (is_once)
        atomic_fetch_or(&once, LV_SIGNAL(change->number));
    else
        atomic_fetch_and(&once, ~LV_SIGNAL(change->number));
}

/* libc did it, or `failed`. */
static void end(const struct change *change, bool failed)
{
    if (failed && change->handler != NULL)
        atomic_store(&place[change->form][change->number],
                     change->before[change->form]);
    if (!failed && change->handler == NULL) {
        atomic_store(&key[change->number], 0);
        lv_signal_handler(change->number, 0, 0);
    }
}

/* What libc says was there, as the program knows it. */
static function *reveal(const struct change *change, function *old)
{
    if (old == plain)
        return change->before[PLAIN];
    return old == with_info ? change->before[INFO] : old;
}

LV_HOOK int sigaction(int number, const struct sigaction *action,
                      struct sigaction *old)
{
    struct change change = begin(number);
    bool sets = action != NULL && change.tell;
    struct sigaction mine;
    uint64_t mask;
    int result;

    if (sets && is_function(action->sa_handler)) {
        mine = *action;
        memcpy(&mask, &mine.sa_mask, sizeof(mask));
        mine.sa_sigaction = enter(&change, action->sa_sigaction,
                                  action->sa_flags & SA_SIGINFO ? INFO : PLAIN,
                                  mask, (uint64_t)action->sa_flags, LV_CALLER);
        mark_once(&change, action->sa_flags & SA_RESETHAND);
        action = &mine;
    }
    result = real.sigaction(number, action, old);
    if (sets)
        end(&change, result != 0);
    if (result == 0 && old != NULL)
        old->sa_sigaction = reveal(&change, old->sa_sigaction);
    return result;
}

union form {
    __sighandler_t plain;
    function *info;
};

/* The older ones: `flags` are what libc installs it with. */
static __sighandler_t change_handler(__sighandler_t (*set)(int, __sighandler_t),
                                     int number, __sighandler_t handler,
                                     int flags, uintptr_t caller)
{
    struct change change = begin(number);
    union form new = {handler}, old;

    if (change.tell && is_function(handler)) {
        new.info = enter(&change, new.info, PLAIN, 0, (uint64_t)flags, caller);
        mark_once(&change, flags & SA_RESETHAND);
    }
    old.plain = set(number, new.plain);
    if (change.tell && handler != SIG_HOLD)
        end(&change, old.plain == SIG_ERR);
    old.info = reveal(&change, old.info);
    return old.plain;
}

LV_HOOK __sighandler_t signal(int number, __sighandler_t handler)
{
    lv_hook_ready();
    return change_handler(real.signal, number, handler, 0, LV_CALLER);
}

LV_HOOK __sighandler_t bsd_signal(int number, __sighandler_t handler)
{
    lv_hook_ready();
    return change_handler(real.bsd_signal, number, handler, 0, LV_CALLER);
}

LV_HOOK __sighandler_t ssignal(int number, __sighandler_t handler)
{
    lv_hook_ready();
    return change_handler(real.ssignal, number, handler, 0, LV_CALLER);
}

LV_HOOK __sighandler_t sysv_signal(int number, __sighandler_t handler)
{
    lv_hook_ready();
    return change_handler(real.sysv_signal, number, handler,
                          (int)SA_RESETHAND | SA_NODEFER, LV_CALLER);
}

LV_HOOK __sighandler_t __sysv_signal(int number, __sighandler_t handler)
{
    lv_hook_ready();
    return change_handler(real.__sysv_signal, number, handler,
                          (int)SA_RESETHAND | SA_NODEFER, LV_CALLER);
}

/* It blocks or unblocks the signal as well. */
LV_HOOK __sighandler_t sigset(int number, __sighandler_t handler)
{
    __sighandler_t old;

    lv_hook_ready();
    old = change_handler(real.sigset, number, handler, 0, LV_CALLER);
    lv_hook_mask_changed(LV_CALLER);
    return old;
}

static uint64_t installed(void)
{
    uint64_t set = 0;
    int number;

    for (number = 1; number <= SIGNALS; number++)
        if (atomic_load(&key[number]) != 0)
            set |= LV_SIGNAL(number);
    return set;
}

void lv_hook_tell_signals(void)
{
    int number;

    atomic_store(&lv_signals_handled, installed());
    for (number = 1; number <= SIGNALS; number++)
        if (atomic_load(&key[number]) != 0)
            lv_signal_handler(number, atomic_load(&key[number]), 0);
}
