/* SPDX-License-Identifier: BSD-2-Clause */
/* refused.c: see refused.h. */
#include "refused.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "record_format.h"

#ifdef __x86_64__
#define ARCH EM_X86_64
#else
#define ARCH EM_AARCH64
#endif

static void fill(struct lv_rec_header *header, const struct settings *settings,
                 char **argv, pid_t pid)
{
    struct timespec now;
    size_t used = 0, size;

    clock_gettime(CLOCK_REALTIME, &now);
    header->magic = LV_REC_MAGIC;
    header->version = LV_REC_VERSION;
    header->header_size = LV_REC_HEADER_SIZE;
    header->arch = ARCH;
    header->pid = (uint32_t)pid;
    header->ppid = (uint32_t)getpid();
    header->state = LV_STATE_REFUSED;
    header->start_ns =
        (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    snprintf(header->program, sizeof(header->program), "%s", argv[0]);
    snprintf(header->run, sizeof(header->run), "%s", settings->options.run);
    snprintf(header->test, sizeof(header->test), "%s", settings->options.test);
    for (; *argv != NULL; argv++) {
        size = strlen(*argv) + 1;
        if (size > sizeof(header->command) - used)
            return;
        memcpy(header->command + used, *argv, size);
        used += size;
    }
}

static bool write_file(const char *path, const void *bytes, size_t size)
{
    int file =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good;

    if (file < 0)
        return false;
    good = write(file, bytes, size) == (ssize_t)size;
    if (!good && ftruncate(file, LV_REC_ABANDONED) != 0)
        unlink(path); /* one that says nothing would pass for a good one */
    return close(file) == 0 && good;
}

void refused_write(const struct settings *settings, char **argv, pid_t pid)
{
    union {
        struct lv_rec_header header;
        char bytes[LV_REC_HEADER_SIZE];
    } record = {.bytes = ""};
    struct tool_arena arena = {0};
    char *path = tool_print(&arena, "%s/refused.%d.0" LV_REC_SUFFIX,
                            settings->options.record, (int)pid);

    fill(&record.header, settings, argv, pid);
    if (!write_file(path, &record, sizeof(record)))
        tool_error("%s: %s", path, strerror(errno));
    tool_arena_free(&arena);
}
