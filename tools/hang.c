/* SPDX-License-Identifier: BSD-2-Clause */
/* hang.c: see hang.h. */
#include "hang.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "record_format.h"

bool hang_ended(const struct hang *hang, pid_t pid)
{
    size_t i;

    for (i = 0; i < hang->count && i < sizeof(hang->ended) / sizeof(pid_t); i++)
        if (hang->ended[i] == pid)
            return true;
    return false;
}

/* The record's process if it is one that hangs now; 0: it is not. */
static pid_t hanging(const char *path)
{
    struct lv_rec_header header;
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : pread(file, &header, sizeof(header), 0);

    if (file >= 0)
        close(file);
    if (got != (ssize_t)sizeof(header) || header.magic != LV_REC_MAGIC ||
        header.version != LV_REC_VERSION || header.deadlocks == 0 ||
        header.state != LV_STATE_RUNNING || header.pid <= 1)
        return 0;
    return (pid_t)header.pid;
}

static void end(struct hang *hang, pid_t pid)
{
    if (hang_ended(hang, pid) || kill(pid, SIGKILL) != 0)
        return;
    if (hang->count < sizeof(hang->ended) / sizeof(pid_t))
        hang->ended[hang->count] = pid;
    hang->count++;
    tool_note("process %d deadlocked and was ended", (int)pid);
}

void hang_look(void *context)
{
    struct hang *hang = context;
    struct directory_list now = {0};
    struct tool_arena arena = {0};
    size_t i;

    directory_read(&now, hang->directory);
    for (i = 0; i < now.count; i++) {
        pid_t pid;

        if (directory_has(hang->before, now.name[i]))
            continue;
        pid =
            hanging(tool_print(&arena, "%s/%s", hang->directory, now.name[i]));
        if (pid != 0)
            end(hang, pid);
    }
    directory_free(&now);
    tool_arena_free(&arena);
}
