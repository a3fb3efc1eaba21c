/* SPDX-License-Identifier: BSD-2-Clause */
/* rerun.c: see rerun.h. */
#include "rerun.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OWN = 16 }; /* words in front of the program's */

static void close_off(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), i;

    for (i = 0; i < 3 && null >= 0; i++)
        dup2(null, i);
}

static void start(const struct rerun *rerun, const char *out, size_t count)
{
    const char **word = calloc(count + OWN + 1, sizeof(*word));
    struct tool_arena arena = {0};
    size_t n = 0, i;

    if (word == NULL)
        _exit(TOOL_FAILED);
    word[n++] = "lockval";
    word[n++] = "run";
    word[n++] = "--format=json";
    word[n++] = tool_print(&arena, "--output=%s", out);
    word[n++] = tool_print(&arena, "--record=%s", rerun->record);
    word[n++] = "--on-deadlock=report";
    word[n++] = "--no-confirm";
    word[n++] = "--perturb=0";
    word[n++] = "--fail-on=none";
    if (rerun->steer != NULL)
        word[n++] = tool_print(&arena, "--steer=%s", rerun->steer);
    if (rerun->run != NULL)
        word[n++] = tool_print(&arena, "--run=%s", rerun->run);
    if (rerun->seed != 0)
        word[n++] = tool_print(&arena, "--seed=%u", rerun->seed);
    word[n++] = "--";
    for (i = 0; i < count; i++)
        word[n++] = rerun->argv[i];
    setpgid(0, 0);
    close_off();
    execv("/proc/self/exe", (char **)(uintptr_t)word);
    _exit(TOOL_FAILED);
}

static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* Until it ends, or the limit. */
static enum rerun_end wait_for(pid_t pid, unsigned limit)
{
    struct timespec tick = {0, 20000000};
    time_t end = now() + (time_t)limit + 1;
    int status;

    while (limit == 0 || now() < end) {
        pid_t got = waitpid(pid, &status, limit == 0 ? 0 : WNOHANG);

        if (got == pid)
            return RERUN_DONE;
        if (got < 0 && errno != EINTR)
            return RERUN_FAILED;
        if (limit != 0)
            nanosleep(&tick, NULL);
    }
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    return RERUN_LATE;
}

enum rerun_end rerun(const struct rerun *rerun)
{
    struct tool_arena arena = {0};
    size_t count = 0;
    enum rerun_end end = RERUN_FAILED;
    pid_t pid;

    while (rerun->argv[count] != NULL)
        count++;
    pid = fork();
    if (pid == 0)
        start(rerun, tool_print(&arena, "%s/report.json", rerun->record),
              count);
    if (pid > 0)
        end = wait_for(pid, rerun->limit);
    else
        tool_error("cannot start the program again: %s", strerror(errno));
    tool_arena_free(&arena);
    return end;
}
