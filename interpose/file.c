/* SPDX-License-Identifier: BSD-2-Clause */
/* file.c: locks on files: flock, lockf and those of fcntl; and what closes
 * descriptors, which ends them.
 *
 * A reader of a file waits for writers that have it, not for those that wait.
 * glibc's lockf is a fcntl of its own that no hook sees. What a call closes is
 * told before, while the descriptor still says which file it is. */
#include "hooks.h"

#include <stdarg.h>
#include <sys/stat.h>

#include "raw.h"

/* ---- flock --------------------------------------------------------------- */

static struct lv_file_lock whole(int fd)
{
    return (struct lv_file_lock){.fd = fd,
                                 .kind = LV_SHARED_FLOCK,
                                 .by_open_file = true,
                                 .end = UINT64_MAX};
}

/* Who waits with nothing in hand keeps nobody waiting. */
static void await(const struct lv_ticket *ticket, uintptr_t caller)
{
    if (ticket->instance != NULL && lv_holds_any())
        lv_hook_await(LV_WAIT_LOCK, LV_WAIT_FILE, (void *)ticket->lock, ticket,
                      caller);
}

static int flock_and_wait(int fd, int operation, uint32_t how, uintptr_t caller)
{
    struct lv_file_lock lock = whole(fd);
    struct lv_ticket ticket;
    int result;

    lv_file_wait(&lock, how, caller, &ticket);
    await(&ticket, caller);
    result = real.flock(fd, operation);
    lv_wait_end();
    if (result == 0)
        lv_file_taken(&ticket);
    return result;
}

/* One that is refused has lost what it had in another mode. */
static int flock_or_not(int fd, int operation, uint32_t how, uintptr_t caller)
{
    struct lv_file_lock lock = whole(fd);
    struct lv_ticket ticket;
    int result = real.flock(fd, operation);

    if (result == 0)
        lv_file_tried(&lock, how, caller);
    else if (errno == EWOULDBLOCK)
        lv_file_wait(&lock, how | LV_HOW_TRY, caller, &ticket);
    return result;
}

LV_HOOK int flock(int fd, int operation)
{
    uint32_t how = LV_HOW_WRITE;
    struct lv_file_lock lock = whole(fd);
    int result;

    lv_hook_ready();
    switch (operation & ~LOCK_NB) {
    case LOCK_SH:
        how = LV_HOW_READ_RECURSIVE;
        break;
    case LOCK_EX:
        break;
    case LOCK_UN:
        result = real.flock(fd, operation);
        if (result == 0)
            lv_file_released(&lock);
        return result;
    default:
        return real.flock(fd, operation);
    }
    return operation & LOCK_NB ? flock_or_not(fd, operation, how, LV_CALLER)
                               : flock_and_wait(fd, operation, how, LV_CALLER);
}

/* ---- ranges -------------------------------------------------------------- */

/* Where offsets count from; -1: unknown. */
static int64_t origin(int fd, int whence)
{
    struct stat about;
    int64_t at = -1;
    int saved = errno;

    if (whence == SEEK_SET)
        at = 0;
    else if (whence == SEEK_CUR)
        at = lseek(fd, 0, SEEK_CUR);
    else if (whence == SEEK_END && fstat(fd, &about) == 0)
        at = about.st_size;
    errno = saved;
    return at;
}

/* `length` bytes from `start` on; those before it, if negative; all, if 0.
 * False: what libc will refuse. */
static bool set_range(struct lv_file_lock *lock, int whence, int64_t start,
                      int64_t length)
{
    int64_t from = origin(lock->fd, whence);

    if (from < 0 || __builtin_add_overflow(from, start, &start) || start < 0)
        return false;
    if (length < 0 && start + length < 0)
        return false;
    lock->start = (uint64_t)start - (length < 0 ? 0 - (uint64_t)length : 0);
    lock->end = length > 0   ? (uint64_t)start + (uint64_t)length
                : length < 0 ? (uint64_t)start
                             : UINT64_MAX;
    return true;
}

/* What a call of fcntl or lockf is about. */
struct request {
    struct lv_file_lock lock;
    uint32_t how;
    bool release;
};

static bool waits(int command)
{
    return command == F_SETLKW || command == F_OFD_SETLKW;
}

static bool read_request(struct request *request, int fd, int command,
                         const struct flock *flock)
{
    bool ofd = command == F_OFD_SETLK || command == F_OFD_SETLKW;

    *request = (struct request){
        .lock = {.fd = fd, .kind = LV_SHARED_RANGE, .by_open_file = ofd},
        .how = waits(command) ? 0 : LV_HOW_TRY};
    request->release = flock->l_type == F_UNLCK;
    request->how |=
        flock->l_type == F_RDLCK ? LV_HOW_READ_RECURSIVE : LV_HOW_WRITE;
    return set_range(&request->lock, flock->l_whence, flock->l_start,
                     flock->l_len);
}

static bool is_lock(int command)
{
    return waits(command) || command == F_SETLK || command == F_OFD_SETLK;
}

/* A wrong pointer is the kernel's to tell. */
static bool is_there(const void *argument)
{
    uintptr_t first = (uintptr_t)argument,
              last = first + sizeof(struct flock) - 1;

    return lv_raw_readable(first & ~(uintptr_t)7) &&
           (first / 4096 == last / 4096 ||
            lv_raw_readable(last & ~(uintptr_t)7));
}

/* Before and after the call. */
static void begin(const struct request *request, uintptr_t caller,
                  struct lv_ticket *ticket)
{
    ticket->instance = NULL;
    if (request->release || request->how & LV_HOW_TRY)
        return;
    lv_file_wait(&request->lock, request->how, caller, ticket);
    await(ticket, caller);
}

static int end(const struct request *request, uintptr_t caller,
               struct lv_ticket *ticket, int result)
{
    lv_wait_end();
    if (result != 0)
        return result;
    if (request->release)
        lv_file_released(&request->lock);
    else if (request->how & LV_HOW_TRY)
        lv_file_tried(&request->lock, request->how, caller);
    else
        lv_file_taken(ticket);
    return result;
}

/* `call` is fcntl or fcntl64: one and the same where off_t has 64 bits. What
 * does not wait is looked at when it has succeeded. */
static int lock_range(int (*call)(int, int, ...), int fd, int command,
                      void *argument, uintptr_t caller)
{
    struct lv_ticket ticket;
    struct request request;
    int result = 0;

    if (!waits(command))
        result = call(fd, command, argument);
    else if (!is_there(argument))
        return call(fd, command, argument);
    if (result != 0)
        return result;
    if (!read_request(&request, fd, command, argument))
        return waits(command) ? call(fd, command, argument) : result;
    begin(&request, caller, &ticket);
    if (waits(command))
        result = call(fd, command, argument);
    return end(&request, caller, &ticket, result);
}

LV_HOOK int fcntl(int fd, int command, ...)
{
    void *argument;
    va_list list;

    va_start(list, command);
    argument = va_arg(list, void *);
    va_end(list);
    lv_hook_ready();
    if (LV_UNLIKELY(is_lock(command)))
        return lock_range(real.fcntl, fd, command, argument, LV_CALLER);
    return real.fcntl(fd, command, argument);
}

LV_HOOK int fcntl64(int fd, int command, ...)
{
    void *argument;
    va_list list;

    va_start(list, command);
    argument = va_arg(list, void *);
    va_end(list);
    lv_hook_ready();
    if (LV_UNLIKELY(is_lock(command)))
        return lock_range(real.fcntl64, fd, command, argument, LV_CALLER);
    return real.fcntl64(fd, command, argument);
}

static int lock_here(int (*call)(int, int, off_t), int fd, int command,
                     off_t length, uintptr_t caller)
{
    struct lv_ticket ticket;
    struct request request = {.lock = {.fd = fd, .kind = LV_SHARED_RANGE},
                              .how = command == F_TLOCK ? LV_HOW_TRY : 0,
                              .release = command == F_ULOCK};

    if ((command != F_LOCK && command != F_TLOCK && command != F_ULOCK) ||
        !set_range(&request.lock, SEEK_CUR, 0, length))
        return call(fd, command, length);
    begin(&request, caller, &ticket);
    return end(&request, caller, &ticket, call(fd, command, length));
}

LV_HOOK int lockf(int fd, int command, off_t length)
{
    lv_hook_ready();
    return lock_here(real.lockf, fd, command, length, LV_CALLER);
}

LV_HOOK int lockf64(int fd, int command, off64_t length)
{
    lv_hook_ready();
    return lock_here(real.lockf64, fd, command, length, LV_CALLER);
}

/* ---- closing ------------------------------------------------------------- */

/* A child of vfork has descriptors of its own, but our memory. */
static void closing(int fd)
{
    if (lv_hook_at_home())
        lv_file_closing(fd);
}

LV_HOOK int close(int fd)
{
    lv_hook_ready();
    if (LV_UNLIKELY(lv_file_may_end(fd)))
        closing(fd);
    return real.close(fd);
}

/* The other is closed only where the first is open. */
static void replaced(int fd, int other)
{
    int saved = errno;

    if (LV_UNLIKELY(lv_file_may_end(other)) && fd != other &&
        real.fcntl(fd, F_GETFD) != -1)
        closing(other);
    errno = saved;
}

LV_HOOK int dup2(int fd, int other)
{
    lv_hook_ready();
    replaced(fd, other);
    return real.dup2(fd, other);
}

LV_HOOK int dup3(int fd, int other, int flags)
{
    lv_hook_ready();
    replaced(fd, other);
    return real.dup3(fd, other, flags);
}

static void closing_all(unsigned first, unsigned last)
{
    int saved = errno;
    unsigned fd;

    for (fd = first; fd <= last && fd < LV_FILE_BITS; fd++)
        if (LV_UNLIKELY(lv_file_may_end((int)fd)) &&
            real.fcntl((int)fd, F_GETFD) != -1)
            closing((int)fd);
    errno = saved;
}

LV_HOOK int close_range(unsigned first, unsigned last, int flags)
{
    lv_hook_ready();
    if (!(flags & (int)CLOSE_RANGE_CLOEXEC) && first <= last)
        closing_all(first, last);
    return real.close_range(first, last, flags);
}

LV_HOOK void closefrom(int first)
{
    lv_hook_ready();
    closing_all(first < 0 ? 0 : (unsigned)first, UINT32_MAX);
    real.closefrom(first);
}
