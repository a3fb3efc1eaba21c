/* SPDX-License-Identifier: BSD-2-Clause */
/* file.c: locks on files give what they gave, and so do the calls that close.
 */
#include "case.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>

static int make_file(void)
{
    int fd = memfd_create("file", 0);

    CHECK(fd >= 0 && ftruncate(fd, 100) == 0);
    return fd;
}

static int open_again(int fd)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    fd = open(path, O_RDWR);
    CHECK(fd >= 0);
    return fd;
}

static struct flock range(short type, short whence, off_t start, off_t length)
{
    return (struct flock){
        .l_type = type, .l_whence = whence, .l_start = start, .l_len = length};
}

/* As another process sees it: the type of lock that keeps it out. */
static int seen_by_another(int fd, off_t start, off_t length)
{
    struct flock flock = range(F_WRLCK, SEEK_SET, start, length);
    pid_t child = fork();
    int status;

    if (child == 0) {
        CHECK(fcntl(fd, F_GETLK, &flock) == 0);
        _exit(flock.l_type);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void flock_converts_and_excludes(void)
{
    int a = make_file(), b = open_again(a), c = dup(a);

    CHECK(flock(a, LOCK_SH) == 0);
    CHECK(flock(b, LOCK_SH | LOCK_NB) == 0);
    CHECK(flock(a, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    CHECK(flock(b, LOCK_EX | LOCK_NB) == 0); /* a has lost its own */
    CHECK(flock(b, LOCK_UN) == 0);
    CHECK(flock(a, LOCK_EX) == 0);
    CHECK(flock(a, LOCK_EX) == 0);
    CHECK(flock(c, LOCK_EX | LOCK_NB) == 0);
    CHECK(close(a) == 0);
    CHECK(flock(b, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    CHECK(close(c) == 0);
    CHECK(flock(b, LOCK_SH | LOCK_NB) == 0);
    CHECK(flock(-1, LOCK_SH) == -1 && errno == EBADF);
    CHECK(flock(b, 0) == -1 && errno == EINVAL);
    errno = 4711;
    CHECK(flock(b, LOCK_UN) == 0 && errno == 4711);
}

static void ranges_are_set_and_cleared(void)
{
    int fd = make_file(), again;
    struct flock flock = range(F_WRLCK, SEEK_SET, 10, 20);

    CHECK(fcntl(fd, F_SETLKW, &flock) == 0);
    CHECK(seen_by_another(fd, 0, 10) == F_UNLCK);
    CHECK(seen_by_another(fd, 29, 1) == F_WRLCK);
    flock = range(F_RDLCK, SEEK_END, -80, 5); /* 20 to 25 */
    CHECK(fcntl(fd, F_SETLK, &flock) == 0);
    CHECK(seen_by_another(fd, 21, 1) == F_RDLCK);
    CHECK(lseek(fd, 15, SEEK_SET) == 15);
    flock = range(F_UNLCK, SEEK_CUR, 0, -5); /* 10 to 15 */
    CHECK(fcntl(fd, F_SETLK, &flock) == 0);
    CHECK(seen_by_another(fd, 10, 5) == F_UNLCK);
    CHECK(lockf(fd, F_LOCK, 0) == 0);
    CHECK(seen_by_another(fd, 1000, 1) == F_WRLCK);
    CHECK(lockf64(fd, F_TLOCK, 10) == 0);
    CHECK(lockf(fd, F_TEST, 10) == 0);
    CHECK(lockf(fd, F_ULOCK, 0) == 0);
    again = open_again(fd);
    flock = range(F_WRLCK, SEEK_SET, 0, 0);
    CHECK(fcntl64(fd, F_SETLK, &flock) == 0);
    CHECK(seen_by_another(fd, 0, 1) == F_WRLCK);
    CHECK(close(again) == 0);
    CHECK(seen_by_another(fd, 0, 1) == F_UNLCK);
}

static void open_file_has_its_ranges(void)
{
    int fd = make_file(), again = open_again(fd);
    struct flock flock = range(F_WRLCK, SEEK_SET, 0, 0);

    CHECK(fcntl(fd, F_OFD_SETLKW, &flock) == 0);
    CHECK(fcntl(again, F_OFD_SETLK, &flock) == -1 && errno == EAGAIN);
    CHECK(fcntl(again, F_SETLK, &flock) == -1 && errno == EAGAIN);
    CHECK(close(fd) == 0);
    CHECK(fcntl(again, F_OFD_SETLK, &flock) == 0);
}

static void refused_ranges_tell_why(void)
{
    int fd = make_file();
    struct flock flock = range(7, SEEK_SET, 0, 0);

    CHECK(fcntl(fd, F_SETLK, &flock) == -1 && errno == EINVAL);
    flock = range(F_WRLCK, SEEK_SET, 0, -1);
    CHECK(fcntl(fd, F_SETLK, &flock) == -1 && errno == EINVAL);
    flock = range(F_WRLCK, SEEK_SET, 0, 0);
    CHECK(fcntl(-1, F_SETLKW, &flock) == -1 && errno == EBADF);
    CHECK(fcntl(fd, F_SETLKW, (void *)8) == -1 && errno == EFAULT);
    CHECK(lockf(fd, 77, 0) == -1 && errno == EINVAL);
    CHECK(lockf(-1, F_LOCK, 0) == -1 && errno == EBADF);
    CHECK(fcntl(fd, F_GETFD) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
}

/* Each of them ends the process's lock on the file. */
static void every_close_closes(void)
{
    int fd = make_file(), way, again;
    struct flock flock = range(F_WRLCK, SEEK_SET, 0, 0);
    FILE *stream;

    for (way = 0; way < 6; way++) {
        CHECK(fcntl(fd, F_SETLK, &flock) == 0);
        again = open_again(fd);
        if (way == 0)
            CHECK(dup2(0, again) == again && close(again) == 0);
        else if (way == 1)
            CHECK(dup3(0, again, O_CLOEXEC) == again && close(again) == 0);
        else if (way == 2)
            CHECK(close_range((unsigned)again, (unsigned)again, 0) == 0);
        else if (way == 3)
            closefrom(again);
        else if (way == 4)
            CHECK((stream = fdopen(again, "r")) != NULL && fclose(stream) == 0);
        else
            CHECK(close(again) == 0);
        CHECK(fcntl(again, F_GETFD) == -1 && errno == EBADF);
        CHECK(seen_by_another(fd, 0, 0) == F_UNLCK);
    }
    CHECK(fcntl(fd, F_SETLK, &flock) == 0);
    CHECK(dup2(-1, fd) == -1 && errno == EBADF);
    CHECK(close(-1) == -1 && errno == EBADF);
    CHECK(seen_by_another(fd, 0, 0) == F_WRLCK);
    CHECK(dup2(fd, fd) == fd);
    CHECK(dup3(fd, fd, 0) == -1 && errno == EINVAL);
    CHECK(seen_by_another(fd, 0, 0) == F_WRLCK);
}

static const struct test_case cases[] = {
    CASE(flock_converts_and_excludes), CASE(ranges_are_set_and_cleared),
    CASE(open_file_has_its_ranges),    CASE(refused_ranges_tell_why),
    CASE(every_close_closes),
};
CASE_MAIN(cases)
