/* SPDX-License-Identifier: BSD-2-Clause */
/* snippet.c: see snippet.h. */
#include "snippet.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_FILE = 4 << 20, AROUND = 2, LONGEST_LINE = 200, TAB = 4 };

struct file {
    struct file *next;
    const char *path, *text; /* text NULL: not to be read */
};

struct snippets {
    struct tool_arena arena;
    struct file *file;
};

struct snippets *snippets_new(void)
{
    struct snippets *snippets = calloc(1, sizeof(*snippets));

    if (snippets == NULL)
        tool_out_of_memory();
    return snippets;
}

void snippets_free(struct snippets *snippets)
{
    if (snippets == NULL)
        return;
    tool_arena_free(&snippets->arena);
    free(snippets);
}

static bool is_source(const char *path)
{
    static const char *const endings[] = {
        ".c",   ".h",   ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".c++",
        ".inl", ".inc", ".rs", ".go", ".d",   ".zig", ".m",   ".S",   ".vala",
    };
    const char *dot = strrchr(tool_base(path), '.');
    size_t i;

    for (i = 0; dot != NULL && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

static const char *read_text(struct snippets *snippets, const char *path)
{
    int file =
        is_source(path) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    struct stat about;
    char *text = NULL;
    ssize_t size = -1;

    if (file < 0)
        return NULL;
    if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) &&
        about.st_size <= LONGEST_FILE) {
        text = tool_take(&snippets->arena, (size_t)about.st_size + 1);
        size = read(file, text, (size_t)about.st_size);
    }
    close(file);
    return size < 0 ? NULL : text;
}

static const char *take_text(struct snippets *snippets, const char *path)
{
    struct file *file;

    for (file = snippets->file; file != NULL; file = file->next)
        if (strcmp(file->path, path) == 0)
            return file->text;
    file = tool_take(&snippets->arena, sizeof(*file));
    file->path = tool_copy(&snippets->arena, path, strlen(path));
    file->text = read_text(snippets, path);
    file->next = snippets->file;
    snippets->file = file;
    return file->text;
}

static const char *make_line(struct snippets *snippets, const char *text)
{
    char line[LONGEST_LINE + TAB];
    size_t used = 0;

    for (; *text != '\n' && *text != '\0' && used < LONGEST_LINE; text++) {
        if (*text == '\r')
            continue;
        line[used++] = *text == '\t' ? ' ' : *text;
        while (*text == '\t' && used % TAB != 0)
            line[used++] = ' ';
    }
    return tool_clean(&snippets->arena, line, used);
}

/* The text from the start of line `wanted` on; NULL: there are not so many. */
static const char *find_line(const char *text, int wanted)
{
    int line;

    for (line = 1; line < wanted && text != NULL; line++) {
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    return text;
}

struct snippet snippet_read(struct snippets *snippets, const char *path,
                            int line)
{
    struct snippet snippet = {0};
    const char *text = take_text(snippets, path);
    int first = line > AROUND ? line - AROUND : 1;

    if (text == NULL || line <= 0 || find_line(text, line) == NULL)
        return snippet;
    snippet.first = first;
    snippet.line =
        tool_take(&snippets->arena, (2 * AROUND + 1) * sizeof(*snippet.line));
    for (text = find_line(text, first);
         text != NULL && *text != '\0' && first <= line + AROUND; first++) {
        snippet.line[snippet.count++] = make_line(snippets, text);
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    return snippet;
}
