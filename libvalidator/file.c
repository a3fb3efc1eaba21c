/* SPDX-License-Identifier: BSD-2-Clause */
/* file.c: locks on files, event.h's part of them.
 *
 * Such a lock is not a thread's: flock and OFD locks are had by an open file
 * description, which dup and fork share; POSIX record locks by the process, and
 * go when it closes any descriptor of the file. Each pair of a lock and its
 * owner is an instance, whose "address" is the struct lv_shared that tells it
 * from all others; the tools bring the owners of one file together. It stands
 * in the held list of the thread that took it.
 *
 * Ranges are kept as the kernel keeps them: what is set inside a range that is
 * held leaves the parts before and behind it as they were.
 * Includes the engine's own headers. */
#include "event.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine.h"
#include "hash.h"
#include "life.h"
#include "memory.h"
#include "misuse.h"
#include "observe.h"
#include "raw.h"
#include "record.h"
#include "shared.h"
#include "stack.h"
#include "table.h"
#include "thread.h"

_Atomic uint64_t lv_file_bits[LV_FILE_BITS / 64];
_Atomic uint32_t lv_file_ranges;

/* What is known of a descriptor: which open file it stands for. */
struct descriptor {
    uint64_t device, inode;
    uint64_t description; /* 0: nothing */
    uint64_t generation;  /* how many had this number before */
};

static struct descriptor *table; /* by descriptor */
static uint32_t table_count, table_room;

/* ---- open files -----------------------------------------------------------
 */

static bool stat_file(int fd, struct stat *about)
{
    return lv_raw_call(SYS_fstat, fd, (long)about, 0, 0, 0, 0) == 0;
}

/* Where the kernel does not tell, descriptors are of different open files. */
static bool is_same_open_file(int a, int b)
{
    long pid = lv_raw_getpid();

    return lv_raw_call(SYS_kcmp, pid, pid, KCMP_FILE, a, b, 0) == 0;
}

static void mark(int fd, bool known)
{
    uint64_t bit = UINT64_C(1) << fd % 64;

    if (fd >= LV_FILE_BITS)
        return;
    if (known)
        atomic_fetch_or(&lv_file_bits[fd / 64], bit);
    else
        atomic_fetch_and(&lv_file_bits[fd / 64], ~bit);
}

static bool reserve_descriptor(int fd)
{
    if (!lv_vector_reserve(&table, &table_room, (uint64_t)fd + 1,
                           sizeof *table)) {
        lv_record_lost(LV_LOST_MEMORY);
        return false;
    }
    for (; table_count <= (uint32_t)fd; table_count++)
        table[table_count] = (struct descriptor){0};
    return true;
}

static uint64_t find_description(int fd, const struct stat *about)
{
    uint32_t i;

    for (i = 0; i < table_count; i++)
        if (table[i].description != 0 && table[i].device == about->st_dev &&
            table[i].inode == about->st_ino && is_same_open_file(fd, (int)i))
            return table[i].description;
    return 0;
}

/* The process that opened it first may have used it under this number only. */
static uint64_t number_of(uint64_t process, int fd)
{
    return lv_mix(lv_mix(process, (uint64_t)fd), table[fd].generation) | 1;
}

static bool is_parents(int fd)
{
    return lv_raw_call(SYS_kcmp, lv_raw_getppid(), lv_raw_getpid(), KCMP_FILE,
                       fd, fd, 0) == 0;
}

/* A number that forked children have for it too, and nobody else: where the
 * child locks it first, as long as the parent has it open. */
static uint64_t description_of(int fd, const struct stat *about)
{
    struct descriptor *known;

    if (!reserve_descriptor(fd))
        return 0;
    known = &table[fd];
    if (known->description != 0 && known->device == about->st_dev &&
        known->inode == about->st_ino)
        return known->description;
    known->description = 0;
    known->description = find_description(fd, about);
    if (known->description == 0)
        known->description = number_of(lv_shared_parent() != 0 && is_parents(fd)
                                           ? lv_shared_parent()
                                           : lv_shared_process(),
                                       fd);
    known->device = about->st_dev;
    known->inode = about->st_ino;
    mark(fd, true);
    return known->description;
}

static void read_path(int fd, char *path, size_t size)
{
    char link[32];
    ssize_t length;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = lv_raw_readlinkat(AT_FDCWD, link, path, size - 1);
    path[length > 0 ? length : 0] = '\0';
}

/* NULL: no such file, or no memory. */
static const struct lv_shared *identify(const struct lv_file_lock *lock)
{
    static char path[4096];
    struct lv_shared shared = {.kind = (enum lv_shared_kind)lock->kind,
                               .start = lock->start,
                               .end = lock->end,
                               .inherited = lock->by_open_file,
                               .path = path};
    const struct lv_shared *known;
    struct stat about;

    if (lock->fd < 0 || !stat_file(lock->fd, &about))
        return NULL;
    shared.device = about.st_dev;
    shared.inode = about.st_ino;
    shared.owner = lock->by_open_file ? description_of(lock->fd, &about)
                                      : lv_shared_process();
    if (shared.owner == 0)
        return NULL;
    known = lv_shared_known(&shared);
    if (known != NULL)
        return known;
    read_path(lock->fd, path, sizeof path);
    return lv_shared_intern(&shared);
}

/* ---- holds ----------------------------------------------------------------
 */

static bool is_file_hold(const struct lv_thread *thread,
                         const struct lv_held *held)
{
    return lv_hold_valid(thread, held) && held->instance->life != 0 &&
           held->instance->family == LV_FAMILY_FILE;
}

static bool is_of_file(const struct lv_shared *a, const struct lv_shared *b)
{
    return a->kind == b->kind && a->device == b->device && a->inode == b->inode;
}

static bool overlap(const struct lv_shared *a, const struct lv_shared *b)
{
    return is_of_file(a, b) && a->start < b->end && b->start < a->end;
}

/* What is left of holds that were cut; they go on as if they were taken. */
struct rest {
    struct lv_ticket ticket[32];
    uint32_t count;
};

static void keep_part(struct lv_thread *thread, struct rest *rest,
                      const struct lv_held *held, uint64_t start, uint64_t end)
{
    struct lv_shared part = *held->instance->rare->shared;
    const struct lv_shared *shared;
    struct lv_instance *instance;

    if (start >= end || rest->count == 32)
        return;
    part.start = start;
    part.end = end;
    shared = lv_shared_intern(&part);
    instance = shared == NULL
                   ? NULL
                   : lv_life_find(thread, (uintptr_t)shared, held->how);
    if (instance == NULL || instance->class_id == 0)
        return;
    rest->ticket[rest->count++] = (struct lv_ticket){
        .instance = instance,
        .lock = instance->lock,
        .stack = held->stack,
        .how = held->how,
    };
}

/* One hold that `set` takes the place of, in part or all; of any thread: what
 * another thread has of it is void. */
static void cut(struct lv_thread *thread, struct lv_thread *holder,
                struct lv_held *held, const struct lv_shared *set,
                struct rest *rest)
{
    const struct lv_shared *shared = held->instance->rare->shared;

    keep_part(thread, rest, held, shared->start, set->start);
    keep_part(thread, rest, held, set->end, shared->end);
    if (holder == thread)
        lv_thread_remove(thread, held);
    else
        lv_hold_void(held);
}

/* What this owner has in the range of `set` is replaced by it. */
static void clear(struct lv_thread *thread, const struct lv_shared *set,
                  struct rest *rest)
{
    struct lv_thread *holder;
    struct lv_held *held;

    for (holder = lv_thread_first(); holder != NULL; holder = holder->next)
        for (held = holder->self->top; held > holder->base; held--)
            if (is_file_hold(holder, held) &&
                held->instance->rare->shared->owner == set->owner &&
                overlap(held->instance->rare->shared, set))
                cut(thread, holder, held, set, rest);
}

/* The hold of this very lock, by any thread; NULL: none. */
static struct lv_held *find_hold(const struct lv_shared *shared)
{
    struct lv_thread *holder;
    struct lv_held *held;

    for (holder = lv_thread_first(); holder != NULL; holder = holder->next)
        for (held = holder->self->top; held > holder->base; held--)
            if (is_file_hold(holder, held) &&
                held->instance->rare->shared == shared)
                return held;
    return NULL;
}

/* The process's own ranges, and `more` that it is about to hold. */
static void count_ranges(uint32_t more)
{
    struct lv_thread *holder;
    struct lv_held *held;
    uint32_t count = more;

    for (holder = lv_thread_first(); holder != NULL; holder = holder->next)
        for (held = holder->self->top; held > holder->base; held--)
            count += is_file_hold(holder, held) &&
                     !held->instance->rare->shared->inherited;
    atomic_store_explicit(&lv_file_ranges, count, memory_order_relaxed);
}

/* ---- taking ---------------------------------------------------------------
 */

/* Another open file of its own keeps the thread from it: for ever. */
static void check_own(struct lv_thread *thread, const struct lv_shared *wanted,
                      uint32_t how)
{
    struct lv_rec_hold mine, hold;
    struct lv_instance *instance;
    struct lv_held *held;

    for (held = thread->self->top; held > thread->base; held--) {
        if (!is_file_hold(thread, held) ||
            held->instance->rare->shared->owner == wanted->owner ||
            !overlap(held->instance->rare->shared, wanted) ||
            !lv_how_excludes(held->how, how))
            continue;
        instance = lv_life_find(thread, (uintptr_t)wanted, how);
        if (instance == NULL || instance->class_id == 0)
            return;
        mine = lv_describe(instance, how, lv_stack_intern(&thread->stack));
        hold = lv_describe(held->instance, held->how, held->stack);
        lv_misuse_write(thread, LV_MISUSE_SELF_DEADLOCK, &mine, &hold,
                        thread->id);
        return;
    }
}

/* Conversion by flock lets go of what there was before it waits, and where it
 * does not succeed that is lost. */
static void let_go(struct lv_thread *thread, const struct lv_shared *shared,
                   uint32_t how)
{
    struct lv_held *held = find_hold(shared);
    struct rest none = {.count = 0};

    if (shared->kind == LV_SHARED_FLOCK && held != NULL &&
        (held->how & LV_HOW_MODE) != (how & LV_HOW_MODE))
        clear(thread, shared, &none);
}

enum { FILE_LOCK = LV_HOW_FAMILY(LV_FAMILY_FILE) | LV_HOW_RELOCK };

/* The lock that the call is about. */
static const struct lv_shared *prepare(const struct lv_file_lock *lock,
                                       uint32_t how, uintptr_t caller)
{
    const struct lv_shared *shared;
    struct lv_guard guard;
    struct lv_thread *thread;

    thread = lv_slow_enter(&guard, caller);
    if (thread == NULL)
        return NULL;
    shared = identify(lock);
    if (shared != NULL) {
        let_go(thread, shared, how);
        if (!(how & LV_HOW_TRY))
            check_own(thread, shared, how);
    }
    lv_slow_leave(&guard);
    return shared;
}

void lv_file_wait(const struct lv_file_lock *lock, uint32_t how,
                  uintptr_t caller, struct lv_ticket *ticket)
{
    const struct lv_shared *shared;

    ticket->instance = NULL;
    how |= FILE_LOCK;
    shared = prepare(lock, how, caller);
    if (shared != NULL &&
        !lv_acquire_known((uintptr_t)shared, how, caller, ticket))
        lv_acquire_miss((uintptr_t)shared, how, caller, ticket);
}

/* The chain may have changed since the check: it is keyed anew. */
static void commit(struct lv_ticket ticket)
{
    if (ticket.instance == NULL)
        return;
    ticket.next = lv_chain_next(lv_self.key, ticket.instance, ticket.how);
    lv_acquire_commit(&ticket);
}

/* What others took from the thread. */
static void drop_void(struct lv_thread *thread)
{
    const struct lv_held *held;

    for (held = thread->self->top; held > thread->base; held--)
        if (held->lock & LV_HELD_VOID) {
            lv_thread_remove(thread, NULL);
            return;
        }
}

/* `set` takes the place of what there was, of which `rest` is to be held on;
 * with the engine's lock held. */
static void replace(const struct lv_shared *set, bool taken, struct rest *rest)
{
    drop_void(lv_self.thread);
    clear(lv_self.thread, set, rest);
    count_ranges(set->inherited ? 0 : rest->count + taken);
}

static void commit_rest(const struct rest *rest)
{
    uint32_t i;

    for (i = 0; i < rest->count; i++)
        commit(rest->ticket[i]);
}

void lv_file_taken(const struct lv_ticket *ticket)
{
    struct rest rest = {.count = 0};
    struct lv_guard guard;

    if (ticket->instance == NULL || !lv_enter(&guard))
        return;
    lv_engine_take();
    replace(ticket->instance->rare->shared, true, &rest);
    lv_engine_give();
    lv_leave(&guard);
    commit_rest(&rest);
    commit(*ticket);
}

/* The range of `lock` is another's, or taken anew, from now on; NULL: it is no
 * file's, or nobody looks. */
static const struct lv_shared *set(const struct lv_file_lock *lock, bool taken)
{
    struct rest rest = {.count = 0};
    const struct lv_shared *shared;
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return NULL;
    lv_engine_take();
    shared = identify(lock);
    if (shared != NULL)
        replace(shared, taken, &rest);
    lv_engine_give();
    lv_leave(&guard);
    commit_rest(&rest);
    return shared;
}

void lv_file_tried(const struct lv_file_lock *lock, uint32_t how,
                   uintptr_t caller)
{
    uintptr_t shared = (uintptr_t)set(lock, true);
    struct lv_ticket ticket = {.instance = NULL};

    how |= LV_HOW_TRY | FILE_LOCK;
    if (shared != 0 && !lv_acquire_known(shared, how, caller, &ticket))
        lv_acquire_miss(shared, how, caller, &ticket);
    commit(ticket);
}

void lv_file_released(const struct lv_file_lock *lock)
{
    set(lock, false);
}

/* ---- closing --------------------------------------------------------------
 */

/* Another descriptor of the same open file; -1: none. */
static int find_other(int fd)
{
    static char buffer[4096];
    int directory, found = -1;
    long got, at;

    if (lv_record_is_sealed())
        return -1;
    directory = lv_raw_openat(AT_FDCWD, "/proc/self/fd",
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (directory < 0)
        return -1;
    while (found < 0 &&
           (got = lv_raw_call(SYS_getdents64, directory, (long)buffer,
                              sizeof buffer, 0, 0, 0)) > 0)
        for (at = 0; at < got && found < 0;) {
            uint16_t size;
            const char *name = buffer + at + 19; /* struct linux_dirent64 */
            int other = 0;

            memcpy(&size, buffer + at + 16, sizeof size);
            at += size;
            if (*name < '0' || *name > '9')
                continue;
            for (; *name >= '0' && *name <= '9'; name++)
                other = other * 10 + (*name - '0');
            if (other != fd && other != directory &&
                is_same_open_file(fd, other))
                found = other;
        }
    lv_raw_close(directory);
    return found;
}

/* The open file of `fd` goes on in another descriptor, or ends, and its locks
 * with it. */
static void close_open_file(struct lv_thread *thread, int fd)
{
    struct descriptor gone;
    struct lv_thread *holder;
    struct lv_held *held;
    int other;

    if ((uint32_t)fd >= table_count || table[fd].description == 0)
        return;
    gone = table[fd];
    table[fd].description = 0;
    table[fd].generation++;
    mark(fd, false);
    other = find_other(fd);
    if (other >= 0 && reserve_descriptor(other)) {
        gone.generation = table[other].generation;
        table[other] = gone;
        mark(other, true);
        return;
    }
    for (holder = lv_thread_first(); holder != NULL; holder = holder->next)
        for (held = holder->self->top; held > holder->base; held--)
            if (is_file_hold(holder, held) &&
                held->instance->rare->shared->owner == gone.description) {
                if (holder == thread)
                    lv_thread_remove(thread, held);
                else
                    lv_hold_void(held);
            }
}

/* The process's record locks on the file end, whatever descriptor it was that
 * took them. */
static void close_ranges(struct lv_thread *thread, int fd)
{
    struct lv_shared whole = {.kind = LV_SHARED_RANGE,
                              .end = UINT64_MAX,
                              .owner = lv_shared_process(),
                              .path = ""};
    struct rest none = {.count = 0};
    struct stat about;

    if (!stat_file(fd, &about))
        return;
    whole.device = about.st_dev;
    whole.inode = about.st_ino;
    clear(thread, &whole, &none);
    count_ranges(0);
}

void lv_file_closing(int fd)
{
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_engine_take();
    close_open_file(lv_self.thread, fd);
    if (atomic_load_explicit(&lv_file_ranges, memory_order_relaxed) != 0)
        close_ranges(lv_self.thread, fd);
    lv_engine_give();
    lv_leave(&guard);
}
