/* SPDX-License-Identifier: BSD-2-Clause */
/* meeting.c: see meeting.h. */
#include "meeting.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "option.h"
#include "raw.h"
#include "shared.h"

enum {
    OWN = 15, /* kind: a lock of one process alone */
    SPINS = 100,
    STALE = 1000, /* looks of a millisecond until a lock counts as orphaned */
    GRACE_MS = 1000, /* a thread that may stand here still, on a busy machine */
};

struct meeting {
    _Atomic uint32_t lock, round, skip_known, processes;
    unsigned skip;
    _Atomic uint64_t leave_ms; /* not before */
    struct lv_meeting_step step[LV_STEER_STEPS];
};

static struct meeting own;
static struct meeting *meeting = &own;

void lv_meeting_open(const char *path)
{
    char name[LV_OPTION_PATH + 8];
    size_t size = strlen(path);
    void *map;
    int fd;

    if (size + sizeof ".meet" > sizeof name)
        return;
    memcpy(name, path, size);
    memcpy(name + size, ".meet", sizeof ".meet");
    fd = lv_raw_openat(AT_FDCWD, name,
                       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    map = lv_raw_ftruncate(fd, sizeof *meeting) != 0
              ? NULL
              : lv_raw_mmap(NULL, sizeof *meeting, PROT_READ | PROT_WRITE,
                            MAP_SHARED, fd, 0);
    lv_raw_close(fd);
    if (map != NULL)
        meeting = map;
}

/* ---- lock ---------------------------------------------------------------- */

static void nap(void)
{
    struct timespec tick = {0, 1000000};

    lv_raw_call(SYS_nanosleep, (long)&tick, 0, 0, 0, 0, 0);
}

/* Held for a few stores; one that is held for a second was its holder's last.
 */
void lv_meeting_enter(void)
{
    uint32_t looks = 0, nobody = 0;

    while (!atomic_compare_exchange_weak(&meeting->lock, &nobody, 1)) {
        nobody = 0;
        if (++looks > SPINS)
            nap();
        if (looks > SPINS + STALE)
            return;
    }
}

void lv_meeting_leave(void)
{
    atomic_store(&meeting->lock, 0);
}

/* ---- who ----------------------------------------------------------------- */

uint64_t lv_meeting_now_ms(void)
{
    struct timespec now = {0};

    lv_raw_clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t lv_meeting_self(void)
{
    return (uint64_t)lv_raw_getpid() << 32 | (uint32_t)lv_raw_gettid();
}

struct lv_meeting_step *lv_meeting_step(unsigned i)
{
    return &meeting->step[i];
}

bool lv_meeting_has(unsigned i)
{
    const struct lv_meeting_step *step = &meeting->step[i];

    if (step->who == 0)
        return false;
    return step->waits != 0 ? !lv_meeting_ended(i)
                            : lv_meeting_now_ms() < step->until_ms + GRACE_MS;
}

unsigned lv_meeting_where(unsigned count)
{
    uint64_t self = lv_meeting_self();
    unsigned i;

    for (i = 0; i < count && meeting->step[i].who != self; i++)
        ;
    return i;
}

void lv_meeting_join(void)
{
    atomic_fetch_add(&meeting->processes, 1);
}

bool lv_meeting_alone(void)
{
    return atomic_load(&meeting->processes) <= 1;
}

bool lv_meeting_ended(unsigned i)
{
    uint64_t last = meeting->step[i].last;

    return last != 0 &&
           lv_raw_call(SYS_tgkill, (long)(last >> 32),
                       (long)(last & UINT32_MAX), 0, 0, 0, 0) == -ESRCH;
}

unsigned *lv_meeting_skip(unsigned first)
{
    if (atomic_exchange(&meeting->skip_known, 1) == 0)
        meeting->skip = first;
    return &meeting->skip;
}

/* ---- locks --------------------------------------------------------------- */

struct lv_meeting_lock lv_meeting_describe(const struct lv_instance *instance,
                                           uint32_t how)
{
    const struct lv_shared *shared =
        instance == NULL ? NULL : instance->rare->shared;
    struct lv_meeting_lock lock = {.how = how & 0xffff};

    if (instance == NULL)
        return lock;
    lock.pseudo = (instance->class_flags & LV_CLASS_PSEUDO) != 0;
    if (shared == NULL) {
        lock.kind = OWN;
        lock.device = lv_shared_process();
        lock.inode = instance->life;
        return lock;
    }
    lock.kind = shared->kind;
    lock.device = shared->device;
    lock.inode = shared->inode;
    lock.start = shared->start;
    lock.end = shared->end;
    lock.owner = shared->owner;
    return lock;
}

static bool is_one(const struct lv_meeting_lock *a,
                   const struct lv_meeting_lock *b)
{
    if (a->kind != b->kind || a->device != b->device || a->inode != b->inode)
        return false;
    if (a->kind != LV_SHARED_RANGE)
        return a->start == b->start;
    return a->start < b->end && b->start < a->end;
}

bool lv_meeting_agree(const struct lv_meeting_lock *a,
                      const struct lv_meeting_lock *b)
{
    return a->kind == 0 || b->kind == 0 || is_one(a, b);
}

/* Contexts are entered, and sequence counts written, without waiting; but a
 * grace period waits for who is inside. A reader that falls back waits, but for
 * another lock; one that looks once does not. */
static bool is_waited_for(const struct lv_meeting_lock *wanted)
{
    return wanted->kind != 0 &&
           !(wanted->how & (LV_HOW_TIMED | LV_HOW_RAW | LV_HOW_SEQ_WRITE |
                            LV_HOW_SEQ_ONCE | LV_HOW_SEQ_FALLBACK)) &&
           (!wanted->pseudo || (wanted->how & LV_HOW_SYNC));
}

bool lv_meeting_excludes(const struct lv_meeting_lock *held,
                         const struct lv_meeting_lock *wanted)
{
    return is_waited_for(wanted) && is_one(held, wanted) &&
           (held->owner == 0 || held->owner != wanted->owner) &&
           lv_how_excludes(held->how, wanted->how);
}

/* ---- waiting ------------------------------------------------------------- */

static void wake(void)
{
    atomic_fetch_add(&meeting->round, 1);
    lv_raw_futex(&meeting->round, FUTEX_WAKE, INT32_MAX, NULL);
}

void lv_meeting_send(unsigned i)
{
    if (meeting->step[i].who == 0)
        return;
    meeting->step[i].who = 0;
    wake();
}

void lv_meeting_let_go(unsigned count, uint64_t after_ms)
{
    unsigned i;

    for (i = 0; i < count; i++)
        meeting->step[i].who = meeting->step[i].writer = 0;
    atomic_store(&meeting->leave_ms, lv_meeting_now_ms() + after_ms);
    wake();
}

static bool stands(unsigned count)
{
    bool here;

    lv_meeting_enter();
    here = lv_meeting_where(count) < count;
    lv_meeting_leave();
    return here;
}

void lv_meeting_wait(unsigned count, uint64_t until_ms)
{
    uint64_t now;

    for (;;) {
        uint32_t round = atomic_load(&meeting->round);
        struct timespec left;

        now = lv_meeting_now_ms();
        if (now >= until_ms || !stands(count))
            return;
        left.tv_sec = (time_t)((until_ms - now) / 1000);
        left.tv_nsec = (long)((until_ms - now) % 1000) * 1000000;
        lv_raw_futex(&meeting->round, FUTEX_WAIT, round, &left);
    }
}

void lv_meeting_settle(void)
{
    while (lv_meeting_now_ms() < atomic_load(&meeting->leave_ms))
        nap();
}
