/* SPDX-License-Identifier: BSD-2-Clause */
/* record_append.c: see record_append.h. */
#include "record_append.h"

#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "record_format.h"
#include "record_read.h"

/* Where the last entry ends, 0: damaged. What the process was about to write
 * when it died is nothing: it has no type. */
static uint64_t find_end(const char *path)
{
    struct record record;
    uint64_t at = 0;

    if (record_open(&record, path)) {
        at = record.header.header_size;
        while (record_next(&record, &at) != NULL)
            ;
    }
    if (record.damage.reason[0] != '\0')
        at = 0;
    record_close(&record);
    return at;
}

static bool write_at(int file, const void *bytes, size_t size, uint64_t at)
{
    return pwrite(file, bytes, size, (off_t)at) == (ssize_t)size;
}

static bool put(int file, const struct lv_rec_head *entry, uint64_t at)
{
    static const uint64_t nothing;
    uint64_t committed = at + entry->size - LV_REC_HEADER_SIZE;

    return write_at(file, entry, entry->size, at) &&
           write_at(file, &nothing, sizeof(nothing), at + entry->size) &&
           write_at(file, &committed, sizeof(committed),
                    offsetof(struct lv_rec_header, committed));
}

bool record_append(const char *path, const void *entry)
{
    uint64_t at = find_end(path);
    int file = at == 0 ? -1 : open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    bool good;

    if (file < 0)
        return false;
    good = put(file, entry, at);
    close(file);
    return good;
}
