/* SPDX-License-Identifier: BSD-2-Clause */
/* files.h: files without a place, to be locked. */
#ifndef FILES_H
#define FILES_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

static inline int make_file(const char *name)
{
    int fd = memfd_create(name, 0);

    if (fd < 0 || ftruncate(fd, 100) != 0)
        exit(1);
    return fd;
}

/* The same file, opened once more: what has its locks is another. */
static inline int open_again(int fd)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    fd = open(path, O_RDWR);
    if (fd < 0)
        exit(1);
    return fd;
}

/* Wait for bytes [start, end) of a file, or give them back. */
static inline void lock_bytes(int fd, int type, off_t start, off_t end)
{
    struct flock lock = {.l_type = (short)type,
                         .l_whence = SEEK_SET,
                         .l_start = start,
                         .l_len = end - start};

    if (fcntl(fd, F_SETLKW, &lock) != 0)
        exit(1);
}

#endif
