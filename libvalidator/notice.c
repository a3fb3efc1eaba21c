/* SPDX-License-Identifier: BSD-2-Clause */
/* notice.c: see notice.h. */
#include "notice.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "class.h"
#include "module.h"
#include "raw.h"
#include "record.h"

enum { LEAST_DESCRIPTOR = 200 };

static int descriptor = -1;
static struct stat opened; /* what it was: programs close what they do not know
                              and may open something else in its place */

/* One finding's text; what does not fit is cut at the end. Under the engine's
 * lock, so one buffer serves all, and small stacks are spared. */
static struct {
    size_t length;
    char text[4096];
} out;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    size_t room = sizeof out.text - out.length;
    va_list list;
    int n;

    va_start(list, format);
    n = vsnprintf(out.text + out.length, room, format, list);
    va_end(list);
    if (n > 0)
        out.length += (size_t)n < room ? (size_t)n : room - 1;
}

/* Names are the program's, and must not steer a terminal: what is not plain
 * ASCII is shown by a report alone. */
static void say_name(const char *name)
{
    size_t i = out.length;

    say("%s", name);
    for (; i < out.length; i++)
        if (out.text[i] < ' ' || out.text[i] > '~')
            out.text[i] = '?';
}

/* Writing must neither wait (a pipe that nobody empties) nor raise SIGPIPE (one
 * that nobody reads any more): POLLOUT says that a pipe takes PIPE_BUF bytes,
 * which is more than we have. What cannot be written is in the record. */
static bool can_write(void)
{
    struct pollfd out_now = {.fd = descriptor, .events = POLLOUT};
    struct timespec at_once = {0};

    return lv_raw_call(SYS_ppoll, (long)&out_now, 1, (long)&at_once, 0, 0, 0) ==
               1 &&
           out_now.revents == POLLOUT;
}

static void flush(void)
{
    struct stat now;

    if (descriptor >= 0 && fstat(descriptor, &now) == 0 &&
        now.st_dev == opened.st_dev && now.st_ino == opened.st_ino &&
        can_write())
        lv_raw_write(descriptor, out.text, out.length);
    out.length = 0;
}

void lv_notice_start(void)
{
    descriptor = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, LEAST_DESCRIPTOR);
    if (descriptor >= 0 && fstat(descriptor, &opened) != 0)
        descriptor = -1;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static void say_place(lv_place place)
{
    uint32_t id = LV_PLACE_MODULE(place);
    size_t i;

    for (i = 0; id != 0 && i < lv_module_count(); i++) {
        const struct lv_module *module = lv_module_at(i);

        if (module->id != id)
            continue;
        say_name(base_name(module->path));
        say("+0x%llx", (unsigned long long)LV_PLACE_OFFSET(place));
        return;
    }
    say("0x%llx", (unsigned long long)LV_PLACE_OFFSET(place));
}

static void say_class(uint32_t id)
{
    const struct lv_rec_class *class = lv_class_get(id)->entry;

    if (class->name[0] != '\0') {
        say_name(class->name);
        if (class->subclass != 0)
            say("/%u", class->subclass);
        return;
    }
    if (class->kind == LV_CLASS_STATIC || class->kind == LV_CLASS_FRAME) {
        say("lock at ");
        say_place(class->site);
        return;
    }
    say("lock class %u", id);
}

static void say_hint(void)
{
    if (lv_record_path()[0] == '\0')
        return;
    say("  both stacks, names and lines: lockval report '");
    say_name(lv_record_directory());
    say("'\n");
}

/* Later evidence can unmake it; the report tells. */
static bool is_preliminary(const struct lv_cycle *cycle)
{
    uint32_t i;

    for (i = 0; i < cycle->count; i++)
        if (lv_class_get(cycle->step[i].to_class)->family ==
            LV_FAMILY_SEMAPHORE)
            return true;
    return false;
}

void lv_notice_cycle(void *unused, const struct lv_cycle *cycle)
{
    uint32_t i;

    (void)unused;
    if (descriptor < 0 || cycle->grade > LV_GRADE_CLASS ||
        is_preliminary(cycle))
        return;
    say("lockval: possible deadlock: locks are taken in opposite orders: ");
    for (i = 0; i < cycle->count; i++) {
        say_class(cycle->step[i].from_class);
        say(" -> ");
    }
    say_class(cycle->step[0].from_class);
    say("\n");
    say_hint();
    flush();
}

void lv_notice_deadlock(const struct lv_rec_deadlock *deadlock)
{
    uint32_t i;

    if (descriptor < 0)
        return;
    say("lockval: deadlock: %u threads wait for each other for ever:",
        deadlock->count);
    for (i = 0; i < deadlock->count; i++) {
        const struct lv_rec_party *party = &deadlock->party[i];

        say(" thread %u holds ", party->thread);
        say_class(party->held.class_id);
        say(" and waits for ");
        say_class(party->wanted.class_id);
        say(i + 1 < deadlock->count ? ";" : "\n");
    }
    say_hint();
    flush();
}

static const char *misuse_text(uint32_t kind)
{
    switch ((enum lv_misuse)kind) {
    case LV_MISUSE_SELF_DEADLOCK:
        return "deadlock: a thread waits for a lock that it holds";
    case LV_MISUSE_UNLOCK_NOT_HELD:
        return "unlock of a lock that is not held";
    case LV_MISUSE_UNLOCK_OTHER_THREAD:
        return "unlock of a lock that another thread holds";
    case LV_MISUSE_DESTROY_HELD:
        return "a lock is destroyed while it is held";
    case LV_MISUSE_REINIT_HELD:
        return "a lock is initialised while it is held";
    case LV_MISUSE_FREE_HELD:
        return "memory is freed with a held lock inside";
    case LV_MISUSE_LEFT_HELD:
        return "a function returns with a lock of its own frame held";
    case LV_MISUSE_EXIT_HELD:
        return "a thread ends while it holds a lock";
    case LV_MISUSE_SEQ_NESTED:
        return "a sequence count's write begins inside itself";
    case LV_MISUSE_SEQ_UNBALANCED:
        return "a sequence count's write ends that did not begin";
    case LV_MISUSE_SEQ_WRITERS:
        return "two writers of one sequence count at once";
    case LV_MISUSE_SEQ_UNLOCKED:
        return "a sequence count is written without its lock";
    case LV_MISUSE_FREED:
        return "a lock in freed memory is used";
    case LV_MISUSE_DESTROYED:
        return "a destroyed lock is used";
    case LV_MISUSE_UNINITIALISED:
        return "a lock is used that was never initialised";
    case LV_MISUSE_READ_TWICE:
        return "possible deadlock: a second read of a lock blocks behind a "
               "writer that waits for the first";
    case LV_MISUSE_TWO_MUTEXES:
        return "a condition variable is waited for with two mutexes at once";
    case LV_MISUSE_FORK_HELD:
        return "deadlock: a forked child waits for a lock that another thread "
               "held at the fork";
    case LV_MISUSE_RCU:
        return "deadlock: a grace period is waited for inside a read section";
    case LV_MISUSE_SAME_CLASS:
        return "possible deadlock: two locks of a class are nested in no order "
               "that is known";
    case LV_MISUSE_UNSAFE_CALL:
    case LV_MISUSE_UNSAFE_INSIDE:
        return "a signal handler makes a call that is not async-signal-safe";
    case LV_MISUSE_CONTEXT:
        return "a wait that is not allowed here";
    }
    return "misuse";
}

void lv_notice_misuse(const struct lv_rec_misuse *misuse)
{
    if (descriptor < 0)
        return;
    say("lockval: %s: ", misuse_text(misuse->kind));
    say_class(misuse->lock.class_id);
    say("\n");
    say_hint();
    flush();
}

void lv_notice_operation(const struct lv_rec_operation *operation)
{
    if (descriptor < 0 || operation->kind == LV_OPERATION)
        return;
    say("lockval: a lock that %s be held is%s: ",
        operation->kind == LV_ASSERT_HELD ? "must" : "must not",
        operation->kind == LV_ASSERT_HELD ? " not" : "");
    if (operation->role[0].class_id != 0)
        say_class(operation->role[0].class_id);
    else
        say("one never used");
    say("\n");
    say_hint();
    flush();
}
