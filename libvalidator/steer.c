/* SPDX-License-Identifier: BSD-2-Clause */
/* steer.c: see steer.h. */
#include "steer.h"

#include <signal.h>
#include <time.h>

#include "circle.h"
#include "engine.h"
#include "event.h"
#include "meeting.h"
#include "observe.h"
#include "record.h"
#include "signals.h"
#include "steer_plan.h"

/* At one step: a program in a loop must come to its end. */
enum { PARKS = 40, SPENT_MS = 6000 }; /* of all threads; of one */

/* Until a writer that was about to wait does. */
enum { WRITER_MS = 200 };

bool lv_steering;

/* As the record has those of this process who stand at the steps. */
static struct {
    uint64_t who;
    struct lv_rec_party as;
} parties[LV_STEER_STEPS];
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
    return told;
}

void lv_steer_start(const char *path)
{
    if (path[0] == '\0' || !lv_plan_read(path))
        return;
    lv_meeting_open(path);
    lv_meeting_join();
    progress();
    lv_steering = true;
}

void lv_steer_forking(void)
{
    lv_meeting_join();
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

/* ---- who stands where ---------------------------------------------------- */

static unsigned before(unsigned i)
{
    return (i + lv_plan.count - 1) % lv_plan.count;
}

static unsigned behind(unsigned i)
{
    return (i + 1) % lv_plan.count;
}

/* What it holds is what the one before wants, and the other way round. */
static bool fits(unsigned i, const struct lv_meeting_step *new)
{
    if (lv_plan.count == 1)
        return true;
    return (!lv_meeting_has(before(i)) ||
            lv_circle_follows(lv_meeting_step(before(i)), new)) &&
           (!lv_meeting_has(behind(i)) ||
            lv_circle_follows(new, lv_meeting_step(behind(i))));
}

/* Who stands beside it with other locks goes on; `all`, or else who waits
 * there, and keeps nobody from standing there. */
static void displace(unsigned i, const struct lv_meeting_step *new, bool all)
{
    const struct lv_meeting_step *left = lv_meeting_step(before(i));
    const struct lv_meeting_step *right = lv_meeting_step(behind(i));

    if ((all || left->waits != 0) && !lv_circle_follows(left, new))
        lv_meeting_send(before(i));
    if ((all || right->waits != 0) && !lv_circle_follows(new, right))
        lv_meeting_send(behind(i));
}

static uint64_t who_is_here(void)
{
    uint64_t here = 0;
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (lv_meeting_has(i))
            here |= UINT64_C(1) << i;
    return here;
}

/* A step for who has come to `i`; the plan's count: none. */
static unsigned seat(unsigned i, const struct lv_meeting_step *new)
{
    unsigned at =
        lv_circle_seat(lv_meeting_step(0), lv_plan.count, who_is_here(), new);

    if (at < lv_plan.count)
        return at;
    displace(i, new, false);
    if ((lv_meeting_has(i) && lv_meeting_step(i)->waits == 0) ||
        (!lv_plan.displace && !fits(i, new)))
        return lv_plan.count;
    displace(i, new, true);
    return i;
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

static bool stands(uint64_t who)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (lv_meeting_step(i)->who == who)
            return true;
    return false;
}

static struct lv_rec_party *party_of(uint64_t who)
{
    unsigned i, free = 0;

    for (i = 0; i < LV_STEER_STEPS; i++) {
        if (parties[i].who == who)
            return &parties[i].as;
        if (parties[i].who == 0 || !stands(parties[i].who))
            free = i;
    }
    parties[free].who = who;
    return &parties[free].as;
}

/* ---- what it is when all are there --------------------------------------- */

/* A writer has no step, it is whoever comes. */
static bool needs_writer(unsigned i)
{
    return lv_plan.signal[i] == 0 && lv_plan.signal[behind(i)] == 0 &&
           lv_circle_needs_writer(lv_meeting_step(i),
                                  lv_meeting_step(behind(i)));
}

static bool has_writer(unsigned i)
{
    return lv_meeting_step(behind(i))->writer != 0;
}

static bool lacks_writer(void)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (lv_meeting_has(i) && needs_writer(i) && !has_writer(i))
            return true;
    return false;
}

/* Each holds a lock that keeps the next one's want away, or makes a writer
 * wait that does. */
static bool is_deadlock(void)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (lv_plan.signal[i] != 0 ||
            !((needs_writer(i) && has_writer(i)) ||
              (lv_plan.count > 1 &&
               lv_meeting_excludes(&lv_meeting_step(behind(i))->hold,
                                   &lv_meeting_step(i)->want))))
            return false;
    return true;
}

/* In this process, and by themselves. */
static bool all_mine(void)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (lv_meeting_step(i)->who >> 32 != lv_meeting_self() >> 32 ||
            lv_meeting_step(i)->writer != 0)
            return false;
    return true;
}

static void tell_deadlock(void)
{
    struct lv_rec_deadlock *entry;
    unsigned i;

    entry = lv_record_append(LV_REC_DEADLOCK,
                             sizeof *entry +
                                 lv_plan.count * sizeof entry->party[0]);
    if (entry == NULL)
        return;
    entry->count = lv_plan.count;
    for (i = 0; i < lv_plan.count; i++)
        entry->party[i] = *party_of(lv_meeting_step(i)->who);
    lv_record_commit(entry);
}

/* Those of this process. */
static void note_who(void)
{
    uint64_t pid = lv_meeting_self() >> 32;
    unsigned i;

    for (i = 0; i < lv_plan.count; i++) {
        const struct lv_meeting_step *step = lv_meeting_step(i);

        if (step->who >> 32 == pid)
            progress()->step[i].thread = party_of(step->who)->thread;
        if (step->writer >> 32 == pid)
            progress()->step[i].writer = step->writer_id;
    }
}

static void prove(void)
{
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        lv_meeting_step(i)->proved = lv_meeting_step(i)->who;
    note_who();
    progress()->proved++;
    lv_record_header()->deadlocks++;
}

/* Who looks at a sequence count once may look again and again, and so wait; but
 * it must see that it is odd. So it goes to look when all the others are there,
 * and they stay. True: there was one. */
static bool send_lookers(void)
{
    bool any = false;
    unsigned i;

    for (i = 0; i < lv_plan.count; i++)
        if (lv_meeting_has(i) &&
            (lv_meeting_step(i)->want.how & LV_HOW_SEQ_ONCE)) {
            lv_meeting_send(i);
            any = true;
        }
    return any;
}

/* The last one has come. Who reads behind a writer must come behind it. */
static void let_go(void)
{
    uint64_t self = lv_meeting_self(), after_ms = 0;
    unsigned i;

    progress()->met++;
    if (is_deadlock()) {
        prove();
        if (all_mine())
            tell_deadlock();
    }
    for (i = 0; i < lv_plan.count; i++) {
        if (lv_meeting_step(i)->writer != 0)
            after_ms = WRITER_MS;
        if (lv_meeting_step(i)->proved == self)
            lv_meeting_step(i)->proved = 0;
    }
    lv_meeting_let_go(lv_plan.count, after_ms);
}

/* ---- parking ------------------------------------------------------------- */

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
    unsigned i, at;

    new.last = new.who;
    if (ticket != NULL)
        new.want = lv_meeting_describe(ticket->instance, ticket->how);
    for (i = 0; i < lv_plan.count; i++) {
        if (!lv_plan_wants(i, stack) || lv_plan.signal[i] != 0 ||
            !find_hold(thread, i, &new, &hold))
            continue;
        progress()->step[i].arrived++;
        new.may = lv_plan.twins[i];
        if (is_enough(i) || (at = seat(i, &new)) == lv_plan.count)
            continue;
        *lv_meeting_step(at) = new;
        if (is_passed(i)) {
            lv_meeting_step(at)->who = 0;
            continue;
        }
        describe(party_of(new.who), thread, hold, ticket);
        return at;
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

/* It is about to wait for what who stands at a step reads, and a reader of it
 * would wait behind it. True: that was missing. */
static bool come_to_write(const struct lv_thread *thread,
                          const struct lv_ticket *ticket)
{
    struct lv_meeting_lock want;
    bool lacked = lacks_writer();
    unsigned i;

    if (ticket == NULL || !lacked)
        return false;
    want = lv_meeting_describe(ticket->instance, ticket->how);
    for (i = 0; i < lv_plan.count; i++) {
        struct lv_meeting_step *step = lv_meeting_step(i);

        if (lv_meeting_has(i) &&
            (step->hold.how & LV_HOW_MODE) != LV_HOW_WRITE &&
            lv_meeting_excludes(&step->hold, &want)) {
            step->writer = lv_meeting_self();
            step->writer_id = thread->id;
        }
    }
    return !lacks_writer();
}

enum arrival { PASSES, STAYS, LEAVES }; /* the last: with all the others */

static enum arrival park(unsigned at)
{
    progress()->step[at].parked++;
    return STAYS;
}

/* With the meeting's lock. */
static enum arrival arrive(struct lv_thread *thread,
                           const struct lv_ticket *ticket)
{
    unsigned at = come_to(thread, ticket, lv_stack_intern(&thread->stack));
    bool is_step = at < lv_plan.count;

    if (is_step && all_here(at) && send_lookers())
        return lv_meeting_where(lv_plan.count) == at ? park(at) : PASSES;
    if (is_step ? all_here(at) && !lacks_writer()
                : come_to_write(thread, ticket) && all_here(lv_plan.count)) {
        let_go();
        return is_step ? LEAVES : PASSES;
    }
    if (!is_step)
        return PASSES;
    if (is_alone(thread)) {
        lv_meeting_send(at);
        return PASSES;
    }
    return park(at);
}

/* It still stands there when it waits: as long as it does nothing else, whoever
 * holds what it wants keeps it there. A grace period may be over, though, and
 * who gives up is gone. */
static bool stays_waiting(const struct lv_meeting_step *step)
{
    return step->want.kind != 0 && !step->want.pseudo &&
           !(step->want.how & (LV_HOW_SYNC | LV_HOW_TIMED | LV_HOW_SEQ_ONCE));
}

/* Its time is over. */
static void give_up(const struct lv_thread *thread, unsigned at)
{
    struct lv_meeting_step *step = lv_meeting_step(at);

    if (all_here(at) && lacks_writer())
        progress()->writerless++;
    step->waits = stays_waiting(step);
    step->who = step->waits ? step->who : 0;
    spent_ms += lv_plan.wait_ms;
    note_guard(thread);
    note_finished(at);
}

static enum arrival depart(const struct lv_thread *thread)
{
    uint64_t self = lv_meeting_self();
    unsigned i, at = lv_meeting_where(lv_plan.count);

    if (at < lv_plan.count) {
        give_up(thread, at);
        return PASSES;
    }
    for (i = 0; i < lv_plan.count; i++)
        if (lv_meeting_step(i)->proved == self) {
            lv_meeting_step(i)->proved = 0;
            progress()->step[i].thread = thread->id;
            lv_record_header()->deadlocks++;
        }
    return LEAVES;
}

/* For as long as a plan may hold a thread back. */
static bool wait_for(bool (*are_here)(unsigned), unsigned step)
{
    uint64_t end = lv_meeting_now_ms() + lv_plan.wait_ms;
    struct timespec tick = {0, 1000000};
    bool here;

    do {
        lv_meeting_enter();
        here = are_here(step);
        lv_meeting_leave();
        if (!here)
            lv_raw_call(SYS_nanosleep, (long)&tick, 0, 0, 0, 0, 0);
    } while (!here && lv_meeting_now_ms() < end);
    return here;
}

/* Of a lock for readers and writers, by who holds nothing that they may want.
 */
static bool is_writer(const struct lv_thread *thread,
                      const struct lv_ticket *ticket)
{
    return lv_plan.writers && ticket != NULL && ticket->instance != NULL &&
           (ticket->how & LV_HOW_MODE) == LV_HOW_WRITE &&
           ticket->how >> 24 == LV_FAMILY_RWLOCK &&
           thread->self->top == thread->base && spent_ms < SPENT_MS;
}

static bool readers_here(unsigned unused)
{
    (void)unused;
    return all_here(lv_plan.count);
}

static enum arrival wait_here(const struct lv_thread *thread)
{
    enum arrival how;

    lv_meeting_wait(lv_plan.count, lv_meeting_now_ms() + lv_plan.wait_ms);
    lv_engine_take();
    lv_meeting_enter();
    how = depart(thread);
    lv_meeting_leave();
    lv_engine_give();
    return how;
}

void lv_steer_park(struct lv_thread *thread, const struct lv_ticket *ticket)
{
    enum arrival arrival;

    if (is_writer(thread, ticket) && !wait_for(readers_here, 0))
        spent_ms += lv_plan.wait_ms;
    lv_engine_take();
    lv_meeting_enter();
    arrival = arrive(thread, ticket);
    lv_meeting_leave();
    lv_engine_give();
    if (arrival == STAYS)
        arrival = wait_here(thread);
    if (arrival == LEAVES)
        lv_meeting_settle();
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
    lv_engine_take();
    go_on();
    trigger = find_trigger(lv_self.thread, lock);
    if (trigger < lv_plan.count) {
        progress()->step[trigger].arrived++;
        progress()->step[trigger].parked++;
    }
    lv_engine_give();
    send = trigger < lv_plan.count && wait_for(others_here, trigger);
    lv_leave(&guard);
    if (send)
        send_signal(lv_plan.signal[trigger]);
}
