/* SPDX-License-Identifier: BSD-2-Clause */
/* tasks.c: see tasks.h; from proc(5): task/, task/TID/syscall, .../status. */
#include "tasks.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of a lock or the like; of glibc's thread descriptor, for joins. */
enum { OBJECT = 64, DESCRIPTOR = 4096 };

static bool read_file(char *to, size_t size, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, to, size - 1);

    if (file >= 0)
        close(file);
    to[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static bool read_task(char *to, size_t size, pid_t pid, long tid,
                      const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/task/%ld/%s", (int)pid, tid, name);
    return read_file(to, size, path);
}

/* ---- one thread ---------------------------------------------------------- */

/* "State:\tS (sleeping)"; '?' if it cannot be read. */
static char state_of(const char *status)
{
    const char *state = strstr(status, "\nState:\t");

    return state == NULL ? '?' : state[8];
}

static bool has_ended(const char *status)
{
    return state_of(status) == 'Z' || state_of(status) == 'X';
}

struct sleep {
    uint64_t futex, operation, limit;
};

/* The call of the kernel that it is in, -1: in none; its arguments follow. */
static long call_of(pid_t pid, long tid, char *text, size_t size, char **end)
{
    long number;

    if (!read_task(text, size, pid, tid, "syscall"))
        return -1;
    number = strtol(text, end, 10);
    return *end == text ? -1 : number;
}

static bool waits_for_file(pid_t pid, long tid)
{
    char text[256], *end;
    long call = call_of(pid, tid, text, sizeof(text), &end);

    return call == SYS_flock || call == SYS_fcntl;
}

static bool sleeps(pid_t pid, long tid, struct sleep *sleep)
{
    char text[256], *end;
    uint64_t argument[4];
    size_t i;

    if (call_of(pid, tid, text, sizeof(text), &end) != SYS_futex)
        return false;
    for (i = 0; i < 4; i++)
        argument[i] = strtoull(end, &end, 16);
    *sleep = (struct sleep){argument[0], argument[1], argument[3]};
    return true;
}

static bool waits_for_ever(const struct sleep *sleep)
{
    uint64_t command = sleep->operation & FUTEX_CMD_MASK;

    return sleep->limit == 0 &&
           (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET ||
            command == FUTEX_LOCK_PI || command == FUTEX_WAIT_REQUEUE_PI);
}

static bool is_inside(uint64_t address, uint64_t object, uint64_t size)
{
    return address >= object && address - object < size;
}

/* True: asleep for what it says, of which `said` is now the last word. */
static bool is_so(const struct sleep *sleep, struct lv_rec_wait *said)
{
    if (!waits_for_ever(sleep))
        return false;
    if (said->kind == LV_WAIT_CONDITION && said->mutex != 0 &&
        is_inside(sleep->futex, said->mutex, OBJECT) &&
        !is_inside(sleep->futex, said->address, OBJECT)) {
        said->kind = LV_WAIT_LOCK;
        return true;
    }
    /* Another process may end a wait for what is shared with it. */
    if (waits_is_event(said) && !(sleep->operation & FUTEX_PRIVATE_FLAG))
        return false;
    return said->flags & LV_WAIT_ELSEWHERE ||
           is_inside(sleep->futex, said->address,
                     said->kind == LV_WAIT_JOIN ? DESCRIPTOR : OBJECT);
}

static bool check(pid_t pid, struct lv_rec_wait *said)
{
    char status[4096];
    struct sleep sleep;

    if (said->flags & LV_WAIT_SLICED)
        return true; /* it says so again every second */
    if (said->flags & LV_WAIT_FILE)
        return waits_for_file(pid, said->tid);
    return read_task(status, sizeof(status), pid, said->tid, "status") &&
           state_of(status) == 'S' && sleeps(pid, said->tid, &sleep) &&
           is_so(&sleep, said);
}

/* ---- the process --------------------------------------------------------- */

/* Signals whose handlers nobody sends from outside: what the program's own code
 * raises by what it does wrong, and glibc's two (nptl/pthreadP.h). */
static uint64_t own_signals(void)
{
    static const int own[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL, SIGTRAP,
                              SIGABRT, SIGPIPE, SIGSYS, 32,     33};
    uint64_t set = 0;
    size_t i;

    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        set |= (uint64_t)1 << (own[i] - 1);
    return set;
}

static bool has_handlers(const char *status)
{
    const char *caught = strstr(status, "\nSigCgt:\t");

    return caught == NULL || (strtoull(caught + 9, NULL, 16) & ~own_signals());
}

static bool is_among(const struct waits *waits, long tid)
{
    size_t i;

    for (i = 0; i < waits->count; i++)
        if (waits->wait[i].said.tid == (uint64_t)tid)
            return true;
    return false;
}

typedef bool each_task(void *context, long tid, const char *status);

/* Call `visit` for each thread that has not ended, as long as it says true. */
static bool visit_tasks(pid_t pid, each_task *visit, void *context)
{
    char path[32], status[4096];
    struct dirent *entry;
    bool good = true;
    DIR *tasks;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    tasks = opendir(path);
    if (tasks == NULL)
        return false;
    while (good && (entry = readdir(tasks)) != NULL) {
        long tid = strtol(entry->d_name, NULL, 10);

        if (tid <= 0)
            continue;
        good = read_task(status, sizeof(status), pid, tid, "status") &&
               (has_ended(status) || visit(context, tid, status));
    }
    closedir(tasks);
    return good;
}

static bool waits_too(void *waits, long tid, const char *status)
{
    return is_among(waits, tid) && !has_handlers(status);
}

bool tasks_check_one(pid_t pid, struct lv_rec_wait *said)
{
    return check(pid, said);
}

void tasks_check(pid_t pid, struct waits *waits, bool *all)
{
    size_t i, kept = 0;

    for (i = 0; i < waits->count; i++)
        if (check(pid, &waits->wait[i].said))
            waits->wait[kept++] = waits->wait[i];
    waits->count = kept;
    *all = visit_tasks(pid, waits_too, waits);
}

size_t tasks_count(pid_t pid)
{
    char path[32];
    struct stat about;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    return stat(path, &about) == 0 && about.st_nlink > 2 ? about.st_nlink - 2
                                                         : 0;
}

static bool is_alive(void *alive, long tid, const char *status)
{
    (void)tid;
    (void)status;
    *(bool *)alive = true;
    return false;
}

bool tasks_ended(pid_t pid)
{
    bool alive = false;

    visit_tasks(pid, is_alive, &alive);
    return !alive;
}

/* ---- stillness ----------------------------------------------------------- */

struct still {
    const struct waits *waits;
    uint64_t sum;
};

static bool is_sliced(const struct waits *waits, long tid)
{
    size_t i;

    for (i = 0; i < waits->count; i++)
        if (waits->wait[i].said.tid == (uint64_t)tid)
            return waits->wait[i].said.flags & LV_WAIT_SLICED;
    return false;
}

static uint64_t number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);

    return at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10);
}

static bool add_task(void *context, long tid, const char *status)
{
    struct still *still = context;
    uint64_t ran[3];

    if (is_sliced(still->waits, tid))
        return true;
    if (state_of(status) == 'R')
        return false;
    ran[0] = (uint64_t)tid;
    ran[1] = number_after(status, "\nvoluntary_ctxt_switches:\t");
    ran[2] = number_after(status, "\nnonvoluntary_ctxt_switches:\t");
    still->sum += tool_hash(TOOL_HASH, ran, sizeof(ran));
    return true;
}

uint64_t tasks_stillness(pid_t pid, const struct waits *waits)
{
    struct still still = {waits, 0};
    size_t i;

    if (!visit_tasks(pid, add_task, &still))
        return 0;
    for (i = 0; i < waits->count; i++) {
        uint32_t wait[2] = {waits->wait[i].said.tid,
                            waits->wait[i].said.serial};

        still.sum += tool_hash(TOOL_HASH, wait, sizeof(wait));
    }
    return still.sum | 1;
}
