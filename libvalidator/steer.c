/* SPDX-License-Identifier: BSD-2-Clause */
/* steer.c: see steer.h. */
#include "steer.h"

#include <signal.h>
#include <time.h>

#include "engine.h"
#include "event.h"
#include "meeting.h"
#include "observe.h"
#include "record.h"
#include "signals.h"
#include "steer_plan.h"

/* At one step: a program in a loop must come to its end. */
enum { PARKS = 40, SPENT_MS = 6000 }; /* of all threads; of one */

bool lv_steering;

/* As the record has those of this process who stand at the steps. */
static struct lv_rec_party party[LV_STEER_STEPS];
static __thread uint64_t spent_ms __attribute__((tls_model("initial-exec")));
static struct lv_rec_steer *told;
static pid_t told_by;

/* Of a forked child's own. */
static struct lv_rec_steer *progress(void)
{
    static struct lv_rec_steer lost;

    if (told_by == lv_raw_getpid())
        return told;
    told = lv_record_append(LV_REC_STEER, sizeof *told);
    if (told == NULL) {
        told = &lost;
    } else {
        told->count = lv_plan.count;
        lv_record_commit(told);
    }
    told_by = lv_raw_getpid();
    lv_meeting_join();
    return told;
}

void lv_steer_start(const char *path)
{
    if (path[0] == '\0' || !lv_plan_read(path))
        return;
    lv_meeting_open(path);
    progress();
    lv_steering = true;
}

/* The calling thread does something: it waits no longer where it stood. */
static void go_on(void)
{
    uint64_t self = lv_meeting_self();
    unsigned i;

    lv_meeting_enter();
    for (i = 0; i < lv_plan.count; i++)
        if (lv_meeting_step(i)->who == self && lv_meeting_step(i)->waits != 0)
            lv_meeting_step(i)->who = 0;
    lv_meeting_leave();
}

/* Each release is to be seen: it may send a signal, and it shows that a wait is
 * over. */
void lv_steer_note(struct lv_thread *thread, struct lv_ticket *ticket)
{
    lv_plan_note(&thread->stack, lv_stack_intern(&thread->stack));
    go_on();
    if (ticket != NULL && ticket->instance != NULL)
        ticket->lock |= LV_HELD_WATCHED;
}

/* ---- parking ------------------------------------------------------------- */

/* Could the two be side by side in the circle, the one before the other? */
static bool follows(const struct lv_meeting_step *before,
                    const struct lv_meeting_step *behind)
{
    return lv_meeting_agree(&before->want, &behind->hold);
}

/* What it holds is what the one before wants, and the other way round. */
static bool fits(unsigned i, const struct lv_meeting_step *new)
{
    unsigned before = (i + lv_plan.count - 1) % lv_plan.count;
    unsigned behind = (i + 1) % lv_plan.count;

    if (lv_plan.count == 1)
        return true;
    return (!lv_meeting_has(before) || follows(lv_meeting_step(before), new)) &&
           (!lv_meeting_has(behind) || follows(new, lv_meeting_step(behind)));
}

/* All but `except`, and but those that a signal meets. */
static bool all_here(unsigned except)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (i != except && lv_plan.signal[i] == 0 && !lv_meeting_has(i))
            return false;
    return true;
}

/* Each holds a lock that keeps the next one's want away. */
static bool is_deadlock(void)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++) {
        unsigned next = (i + 1) % lv_plan.count;

        if (lv_plan.count < 2 || lv_plan.signal[i] != 0 ||
            !lv_meeting_excludes(&lv_meeting_step(next)->hold,
                                 &lv_meeting_step(i)->want))
            return false;
    }
    return true;
}

static bool all_mine(void)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (lv_meeting_step(i)->who >> 32 != lv_meeting_self() >> 32)
            return false;
    return true;
}

static void tell_deadlock(void)
{
    struct lv_rec_deadlock *entry;
    unsigned i;

    entry = lv_record_append(LV_REC_DEADLOCK,
                             sizeof *entry + lv_plan.count * sizeof party[0]);
    if (entry == NULL)
        return;
    entry->count = lv_plan.count;
    for (i = 0; i < lv_plan.count; i++)
        entry->party[i] = party[i];
    lv_record_commit(entry);
}

static void prove(void)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        lv_meeting_step(i)->proved = lv_meeting_step(i)->who;
    progress()->proved++;
    lv_record_header()->deadlocks++;
}

/* The last one has come, to step `last`. */
static void let_go(unsigned last)
{
    progress()->met++;
    if (is_deadlock()) {
        prove();
        if (all_mine())
            tell_deadlock();
    }
    lv_meeting_step(last)->proved = 0;
    lv_meeting_let_go(lv_plan.count);
}

/* A reader that reads again behind a waiting writer: the writer has no step, it
 * is whoever comes. */
static bool needs_writer(unsigned i)
{
    const struct lv_meeting_step *step = lv_meeting_step(i);

    return lv_plan.count == 1 && lv_plan.signal[i] == 0 &&
           (step->want.how & LV_HOW_MODE) == LV_HOW_READ &&
           (step->hold.how & LV_HOW_MODE) != LV_HOW_WRITE &&
           step->want.kind != 0 && lv_meeting_agree(&step->want, &step->hold);
}

/* The writer waits for the reader's first lock, and would the second read
 * behind it. */
static bool is_writer(const struct lv_ticket *ticket)
{
    struct lv_meeting_lock want;

    if (ticket == NULL || !lv_meeting_has(0) || !needs_writer(0) ||
        lv_meeting_step(0)->who == lv_meeting_self())
        return false;
    want = lv_meeting_describe(ticket->instance, ticket->how);
    return lv_meeting_excludes(&lv_meeting_step(0)->hold, &want);
}

static void describe(struct lv_rec_party *as, const struct lv_thread *thread,
                     const struct lv_held *hold, const struct lv_ticket *ticket)
{
    *as = (struct lv_rec_party){.thread = thread->id};
    if (hold != NULL)
        as->held = lv_describe(hold->instance, hold->how, hold->stack);
    if (ticket != NULL && ticket->instance != NULL)
        as->wanted = lv_describe(ticket->instance, ticket->how, ticket->stack);
}

static bool is_passed(unsigned i)
{
    unsigned *skip = lv_meeting_skip(lv_plan.skip);

    if (i != 0 || *skip == 0)
        return false;
    --*skip;
    return true;
}

/* Who stands beside it with other locks goes on. */
static void displace(unsigned i, const struct lv_meeting_step *new)
{
    unsigned before = (i + lv_plan.count - 1) % lv_plan.count;
    unsigned behind = (i + 1) % lv_plan.count;

    if (!follows(lv_meeting_step(before), new))
        lv_meeting_send(before);
    if (!follows(new, lv_meeting_step(behind)))
        lv_meeting_send(behind);
}

/* Who waits beside it for other locks keeps nobody from standing there. */
static void send_waiting(unsigned i, const struct lv_meeting_step *new)
{
    unsigned before = (i + lv_plan.count - 1) % lv_plan.count;
    unsigned behind = (i + 1) % lv_plan.count;

    if (lv_meeting_step(before)->waits &&
        !follows(lv_meeting_step(before), new))
        lv_meeting_send(before);
    if (lv_meeting_step(behind)->waits &&
        !follows(new, lv_meeting_step(behind)))
        lv_meeting_send(behind);
}

/* May the thread stand at step `i` with this hold, or without one? */
static bool try_hold(struct lv_meeting_step *new, unsigned i,
                     const struct lv_held *hold)
{
    new->hold = lv_meeting_describe(hold == NULL ? NULL : hold->instance,
                                    hold == NULL ? 0 : hold->how);
    return fits(i, new);
}

/* The newest of the holds for the step with which it fits to who is there; with
 * none that does, the newest. False: it has none. A step that names no place of
 * its hold needs none. */
static bool find_hold(const struct lv_thread *thread, unsigned i,
                      struct lv_meeting_step *new, const struct lv_held **hold)
{
    const struct lv_held *held, *newest = NULL;

    *hold = NULL;
    try_hold(new, i, NULL);
    if (!lv_plan_names_hold(i))
        return true;
    for (held = thread->self->top; held > thread->base; held--) {
        if (!lv_plan_holds(i, held->stack) || !lv_hold_valid(thread, held))
            continue;
        *hold = held;
        if (try_hold(new, i, held))
            return true;
        if (newest == NULL)
            newest = held;
    }
    *hold = newest;
    if (newest != NULL)
        try_hold(new, i, newest);
    return newest != NULL;
}

static bool is_enough(unsigned i)
{
    return progress()->step[i].parked >= PARKS || spent_ms >= SPENT_MS;
}

/* Nobody is there whom it could meet. */
static bool is_alone(const struct lv_thread *thread)
{
    return lv_thread_first() == thread && thread->next == NULL &&
           lv_meeting_alone();
}

/* The step that the thread has come to, and now stands at; the plan's count:
 * none that is free and fits. */
static unsigned come_to(const struct lv_thread *thread,
                        const struct lv_ticket *ticket, uint32_t stack)
{
    struct lv_meeting_step new = {.who = lv_meeting_self(),
                                  .until_ms =
                                      lv_meeting_now_ms() + lv_plan.wait_ms};
    const struct lv_held *hold;
    unsigned i;

    if (ticket != NULL)
        new.want = lv_meeting_describe(ticket->instance, ticket->how);
    for (i = 0; i < lv_plan.count; i++) {
        if (!lv_plan_wants(i, stack) || lv_plan.signal[i] != 0 ||
            !find_hold(thread, i, &new, &hold))
            continue;
        progress()->step[i].arrived++;
        send_waiting(i, &new);
        if ((lv_meeting_has(i) && !lv_meeting_step(i)->waits) || is_enough(i) ||
            (!lv_plan.displace && !fits(i, &new)) || is_passed(i))
            continue;
        displace(i, &new);
        new.last = new.who;
        *lv_meeting_step(i) = new;
        describe(&party[i], thread, hold, ticket);
        return i;
    }
    return lv_plan.count;
}

static bool is_of_plan(uint32_t stack)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (lv_plan_holds(i, stack))
            return true;
    return false;
}

/* The time is over: somebody may wait for a lock that the thread holds and
 * that is none of the cycle's: that one keeps them apart. */
static void note_guard(const struct lv_thread *thread)
{
    const struct lv_thread *other;
    const struct lv_held *held;

    for (other = lv_thread_first(); other != NULL; other = other->next) {
        if (other == thread || other->waited_ns == 0)
            continue;
        for (held = thread->base + 1; held <= thread->self->top; held++)
            if (held->instance == other->waiting.instance &&
                !is_of_plan(held->stack))
                progress()->guard = held->instance->class_id;
    }
}

static void note_finished(unsigned at)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (i != at && lv_meeting_ended(i))
            progress()->finished++;
}

/* With the meeting's lock. True: to be waited for. */
static bool arrive(struct lv_thread *thread, const struct lv_ticket *ticket,
                   unsigned *at)
{
    if (is_writer(ticket)) {
        progress()->met++;
        prove();
        lv_meeting_let_go(lv_plan.count);
        return false;
    }
    *at = come_to(thread, ticket, lv_stack_intern(&thread->stack));
    if (*at == lv_plan.count)
        return false;
    if (all_here(*at) && !needs_writer(*at)) {
        let_go(*at);
        return false;
    }
    if (is_alone(thread)) {
        lv_meeting_send(*at);
        return false;
    }
    progress()->step[*at].parked++;
    return true;
}

/* It still stands there when it waits: as long as it does nothing else, whoever
 * holds what it wants keeps it there. A grace period may be over, though, and
 * who gives up is gone. */
static bool stays_waiting(const struct lv_meeting_step *step)
{
    return step->want.kind != 0 && !step->want.pseudo &&
           !(step->want.how & (LV_HOW_SYNC | LV_HOW_TIMED));
}

/* Its time is over, or it was let go. */
static void depart(const struct lv_thread *thread, unsigned at)
{
    struct lv_meeting_step *step = lv_meeting_step(at);
    uint64_t self = lv_meeting_self();

    if (step->who == self) {
        step->waits = stays_waiting(step);
        step->who = step->waits ? self : 0;
        spent_ms += lv_plan.wait_ms;
        note_guard(thread);
        note_finished(at);
    } else if (step->proved == self) {
        step->proved = 0;
        lv_record_header()->deadlocks++;
    }
}

void lv_steer_park(struct lv_thread *thread, const struct lv_ticket *ticket)
{
    unsigned at;
    bool stays;

    lv_lock_take(&lv_engine.lock);
    lv_meeting_enter();
    stays = arrive(thread, ticket, &at);
    lv_meeting_leave();
    lv_lock_give(&lv_engine.lock);
    if (!stays)
        return;
    lv_meeting_wait(at);
    lv_lock_take(&lv_engine.lock);
    lv_meeting_enter();
    depart(thread, at);
    lv_meeting_leave();
    lv_lock_give(&lv_engine.lock);
}

/* ---- signals ------------------------------------------------------------- */

/* The step whose lock, about to be given back, a signal is to find held; the
 * plan's count: none. */
static unsigned find_trigger(const struct lv_thread *thread, uintptr_t lock)
{
    const struct lv_held *held;
    unsigned i;

    for (held = thread->self->top; held > thread->base; held--)
        if (lv_held_lock(held) == lock)
            break;
    for (i = 0; held > thread->base && i < lv_plan.count; i++)
        if (lv_plan.signal[i] != 0 && progress()->step[i].parked < PARKS &&
            lv_plan_holds(i, held->stack))
            return i;
    return lv_plan.count;
}

/* The handler's own step is met inside the handler, by this thread. */
static bool others_here(unsigned trigger)
{
    unsigned i, handler = (trigger + 1) % lv_plan.count;

    for (i = 0; i < lv_plan.count; i++)
        if (i != handler && lv_plan.signal[i] == 0 && !lv_meeting_has(i))
            return false;
    return true;
}

static bool wait_for_others(unsigned trigger)
{
    uint64_t end = lv_meeting_now_ms() + lv_plan.wait_ms;
    struct timespec tick = {0, 1000000};
    bool here;

    do {
        lv_meeting_enter();
        here = others_here(trigger);
        lv_meeting_leave();
        if (!here)
            lv_raw_call(SYS_nanosleep, (long)&tick, 0, 0, 0, 0, 0);
    } while (!here && lv_meeting_now_ms() < end);
    return here;
}

/* In a handler its own signal is blocked; another may have the same one. */
static void send_signal(int planned)
{
    lv_signals blocked = 0;
    int signal;

    lv_raw_sigprocmask(SIG_SETMASK, NULL, &blocked);
    signal = lv_signal_like(planned, blocked);
    if (signal != 0)
        lv_raw_call(SYS_tgkill, lv_raw_getpid(), lv_raw_gettid(), signal, 0, 0,
                    0);
}

void lv_steer_release(uintptr_t lock)
{
    struct lv_guard guard;
    unsigned trigger;
    bool send;

    if (!lv_enter(&guard))
        return;
    lv_lock_take(&lv_engine.lock);
    go_on();
    trigger = find_trigger(lv_self.thread, lock);
    if (trigger < lv_plan.count) {
        progress()->step[trigger].arrived++;
        progress()->step[trigger].parked++;
    }
    lv_lock_give(&lv_engine.lock);
    send = trigger < lv_plan.count && wait_for_others(trigger);
    lv_leave(&guard);
    if (send)
        send_signal(lv_plan.signal[trigger]);
}
