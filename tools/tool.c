/* SPDX-License-Identifier: BSD-2-Clause */
/* tool.c: see tool.h. */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- memory -------------------------------------------------------------- */

struct tool_block {
    struct tool_block *older;
    size_t used, size;
    _Alignas(16) char bytes[];
};

_Noreturn void tool_out_of_memory(void)
{
    static const char line[] = "lockval: out of memory\n";

    if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
        _exit(TOOL_FAILED);
    _exit(TOOL_FAILED);
}

static struct tool_block *add_block(struct tool_arena *arena, size_t size)
{
    size_t room = size > 65536 ? size : 65536;
    struct tool_block *block = calloc(1, sizeof(*block) + room);

    if (block == NULL)
        tool_out_of_memory();
    block->older = arena->newest;
    block->size = room;
    arena->newest = block;
    return block;
}

void *tool_take(struct tool_arena *arena, size_t size)
{
    struct tool_block *block = arena->newest;
    void *memory;

    if (size > SIZE_MAX / 2)
        tool_out_of_memory();
    size = (size + 15) & ~(size_t)15;
    if (block == NULL || block->size - block->used < size)
        block = add_block(arena, size);
    memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

char *tool_copy(struct tool_arena *arena, const char *text, size_t size)
{
    char *copy = tool_take(arena, size + 1);

    if (size > 0) /* memcpy takes no NULL */
        memcpy(copy, text, size);
    return copy;
}

char *tool_print(struct tool_arena *arena, const char *format, ...)
{
    va_list list;
    char *text;
    int size;

    va_start(list, format);
    size = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (size < 0)
        tool_out_of_memory();
    text = tool_take(arena, (size_t)size + 1);
    va_start(list, format);
    vsnprintf(text, (size_t)size + 1, format, list);
    va_end(list);
    return text;
}

void tool_arena_free(struct tool_arena *arena)
{
    while (arena->newest != NULL) {
        struct tool_block *block = arena->newest;

        arena->newest = block->older;
        free(block);
    }
}

void *tool_grow(void *array, size_t count, size_t *room, size_t size)
{
    size_t wanted = *room > 0 ? *room * 2 : 16;

    if (count < *room)
        return array;
    array = reallocarray(array, wanted, size);
    if (array == NULL)
        tool_out_of_memory();
    *room = wanted;
    return array;
}

/* ---- text ---------------------------------------------------------------- */

/* Bytes of the UTF-8 character at `text`, 0 if it is none that may be printed:
 * malformed, overlong, a surrogate, a control or a direction change. */
static size_t printable(const unsigned char *text, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80           ? 1
                    : (text[0] >> 5) == 6    ? 2
                    : (text[0] >> 4) == 0xe  ? 3
                    : (text[0] >> 3) == 0x1e ? 4
                                             : 0;
    uint32_t point;
    size_t i;

    if (length == 1)
        return text[0] >= ' ' && text[0] != 0x7f;
    if (length == 0 || length > size)
        return 0;
    point = text[0] & (0xffu >> (length + 1));
    for (i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (text[i] & 0x3f);
    }
    if (point < least[length] || point < 0xa0 || point > 0x10ffff ||
        (point >= 0xd800 && point <= 0xdfff) || point == 0x61c ||
        point == 0x200e || point == 0x200f ||
        (point >= 0x2028 && point <= 0x202e) ||
        (point >= 0x2066 && point <= 0x2069))
        return 0;
    return length;
}

char *tool_clean(struct tool_arena *arena, const char *text, size_t size)
{
    static const char digit[] = "0123456789abcdef";
    size_t length = strnlen(text, size), used = 0, i = 0;
    char *clean = tool_take(arena, 4 * length + 1);

    while (i < length) {
        unsigned char byte = (unsigned char)text[i];
        size_t good = printable((const unsigned char *)text + i, length - i);

        if (good == 0) {
            clean[used++] = '\\';
            clean[used++] = 'x';
            clean[used++] = digit[byte >> 4];
            clean[used++] = digit[byte & 15];
            i++;
            continue;
        }
        memcpy(clean + used, text + i, good);
        used += good;
        i += good;
    }
    return clean;
}

const char *tool_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

uint64_t tool_hash(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;

    while (size-- > 0)
        hash = (hash ^ *byte++) * 0x100000001b3ULL;
    return hash;
}

/* ---- lines to standard error --------------------------------------------- */

static void say(const char *prefix, const char *format, va_list list)
{
    struct tool_arena arena = {0};
    char *line = NULL;

    if (vasprintf(&line, format, list) < 0)
        tool_out_of_memory();
    fflush(stdout);
    fprintf(stderr, "lockval: %s%s\n", prefix,
            tool_clean(&arena, line, strlen(line)));
    tool_arena_free(&arena);
    free(line);
}

void tool_error(const char *format, ...)
{
    va_list list;

    tool_progress_done();
    va_start(list, format);
    say("", format, list);
    va_end(list);
}

void tool_note(const char *format, ...)
{
    va_list list;

    tool_progress_done();
    va_start(list, format);
    say("note: ", format, list);
    va_end(list);
}

static bool progress_shown;

void tool_progress(const char *what, size_t at, size_t of)
{
    static struct timespec begin, last;
    struct timespec now;

    if (!isatty(STDERR_FILENO))
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (begin.tv_sec == 0)
        begin = now;
    if (now.tv_sec - begin.tv_sec < 2 || now.tv_sec == last.tv_sec)
        return;
    last = now;
    progress_shown = true;
    fprintf(stderr, "\r\033[Klockval: %s, %zu of %zu", what, at, of);
}

void tool_progress_done(void)
{
    if (progress_shown)
        fputs("\r\033[K", stderr);
    progress_shown = false;
}
