/* SPDX-License-Identifier: BSD-2-Clause */
/* child.c: see child.h. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const int ignored[] = {SIGINT, SIGQUIT};
static const int passed_on[] = {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
enum { IGNORED = 2, PASSED_ON = 4 };

static volatile sig_atomic_t running; /* pid of the child, 0: none */

static void pass_on(int number)
{
    int saved = errno;

    if (running > 0)
        kill((pid_t)running, number);
    errno = saved;
}

/* What was ignored before us (nohup) stays ignored, here and in the child. */
static void set_handler(int number, void (*handler)(int),
                        struct sigaction *before)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    sigaction(number, NULL, before);
    if (before->sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

struct saved {
    struct sigaction ignored[IGNORED], passed_on[PASSED_ON];
};

static void guard(struct saved *saved)
{
    size_t i;

    for (i = 0; i < IGNORED; i++)
        set_handler(ignored[i], SIG_IGN, &saved->ignored[i]);
    for (i = 0; i < PASSED_ON; i++)
        set_handler(passed_on[i], pass_on, &saved->passed_on[i]);
}

static void restore(const struct saved *saved)
{
    size_t i;

    for (i = 0; i < IGNORED; i++)
        sigaction(ignored[i], &saved->ignored[i], NULL);
    for (i = 0; i < PASSED_ON; i++)
        sigaction(passed_on[i], &saved->passed_on[i], NULL);
}

/* In the child. `report` closes on a successful exec. */
static _Noreturn void execute(const char *path, char **argv, int report)
{
    int error;

    execv(path, argv);
    if (errno == ENOEXEC) { /* a script without #!, as execvp runs it */
        char *shell[64] = {(char *)(uintptr_t) "/bin/sh",
                           (char *)(uintptr_t)path};
        size_t i;

        for (i = 1; argv[i] != NULL && i < 61; i++)
            shell[i + 1] = argv[i];
        execv("/bin/sh", shell);
    }
    error = errno;
    if (write(report, &error, sizeof(error)) < 0)
        _exit(TOOL_FAILED);
    _exit(TOOL_FAILED);
}

/* Ask `watch` four times a second until the child has ended. Kernels before
 * 5.3 have no descriptor to wait for: then it is not asked. */
static void watch_over(pid_t pid, child_watch *watch, void *context)
{
    int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd ended = {.fd = descriptor, .events = POLLIN};

    if (descriptor < 0)
        return;
    while (poll(&ended, 1, 250) <= 0)
        watch(context);
    close(descriptor);
}

static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

static bool started(int report, const char *path)
{
    int error;

    if (read(report, &error, sizeof(error)) != (ssize_t)sizeof(error))
        return true;
    tool_error("%s: cannot be run: %s", path, strerror(error));
    return false;
}

int child_run(const char *path, char **argv, pid_t *pid, child_watch *watch,
              void *context)
{
    struct saved saved;
    int report[2], status;
    bool good;

    fflush(NULL);
    if (pipe2(report, O_CLOEXEC) != 0) {
        tool_error("no pipe: %s", strerror(errno));
        return -1;
    }
    guard(&saved);
    *pid = fork();
    if (*pid == 0) {
        restore(&saved);
        close(report[0]);
        execute(path, argv, report[1]);
    }
    close(report[1]);
    if (*pid < 0) {
        tool_error("cannot fork: %s", strerror(errno));
        close(report[0]);
        return -1;
    }
    running = *pid;
    good = started(report[0], path);
    close(report[0]);
    if (good)
        watch_over(*pid, watch, context);
    status = wait_for(*pid);
    running = 0;
    restore(&saved);
    return good ? status : -1;
}
