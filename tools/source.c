/* SPDX-License-Identifier: BSD-2-Clause */
/* source.c: see source.h. */
#include "source.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_FILE = 16 << 20, LINES = 4, LONGEST = 60 };

struct file {
    struct file *next;
    const char *path;
    const char *text; /* NULL: could not be read */
};

struct sources {
    struct tool_arena arena;
    struct file *file;
};

struct sources *sources_new(void)
{
    struct sources *sources = calloc(1, sizeof(*sources));

    if (sources == NULL)
        tool_out_of_memory();
    return sources;
}

void sources_free(struct sources *sources)
{
    if (sources == NULL)
        return;
    tool_arena_free(&sources->arena);
    free(sources);
}

/* A line and what follows it; a call must begin in the first `first` bytes. */
struct lines {
    const char *text; /* NULL: none */
    size_t first;
};

/* ---- lines --------------------------------------------------------------- */

static const char *read_file(struct sources *sources, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;
    char *text = NULL;
    ssize_t size = 0;

    if (file < 0)
        return NULL;
    if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) &&
        about.st_size <= LONGEST_FILE) {
        text = tool_take(&sources->arena, (size_t)about.st_size + 1);
        size = read(file, text, (size_t)about.st_size);
    }
    close(file);
    return size < 0 ? NULL : text;
}

static const char *take_text(struct sources *sources, const char *path)
{
    struct file *file;

    for (file = sources->file; file != NULL; file = file->next)
        if (strcmp(file->path, path) == 0)
            return file->text;
    file = tool_take(&sources->arena, sizeof(*file));
    file->path = tool_copy(&sources->arena, path, strlen(path));
    file->text = read_file(sources, path);
    file->next = sources->file;
    sources->file = file;
    return file->text;
}

/* All white space becomes blanks; the rest is made safe to print. */
static char *one_line(struct sources *sources, const char *text, size_t size)
{
    char *line = tool_copy(&sources->arena, text, size);
    size_t i;

    for (i = 0; i < size; i++)
        if (isspace((unsigned char)line[i]))
            line[i] = ' ';
    return tool_clean(&sources->arena, line, size);
}

/* The line and a few more, since a call may go on. */
static struct lines take_lines(struct sources *sources, const char *path,
                               int line)
{
    struct lines lines = {0};
    const char *text = take_text(sources, path), *end;
    int i;

    if (text == NULL || line <= 0)
        return lines;
    for (i = 1; i < line && text != NULL; i++) {
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    if (text == NULL)
        return lines;
    for (i = 0, end = text; i < LINES && *end != '\0'; i++) {
        end += strcspn(end, "\n");
        end += *end == '\n';
    }
    lines.text = one_line(sources, text, (size_t)(end - text));
    lines.first = strcspn(text, "\n");
    return lines;
}

static bool begins_here(const struct lines *lines, const char *at)
{
    return at != NULL && (size_t)(at - lines->text) < lines->first;
}

/* ---- expressions --------------------------------------------------------- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Trimmed, without `&`; NULL if it does not look like an lvalue. */
static const char *accept(struct sources *sources, const char *text,
                          size_t size)
{
    size_t i;

    while (size > 0 && (*text == ' ' || *text == '&' || *text == '(')) {
        if (*text == '(' && text[size - 1] == ')')
            size--;
        text++;
        size--;
    }
    while (size > 0 && text[size - 1] == ' ')
        size--;
    if (size == 0 || size > LONGEST || (!is_word(*text) && *text != '*') ||
        isdigit((unsigned char)*text))
        return NULL;
    for (i = 0; i < size; i++)
        if (!is_word(text[i]) && strchr(".->[]:*+()", text[i]) == NULL)
            return NULL;
    if (size == 4 && memcmp(text, "NULL", 4) == 0)
        return NULL;
    return tool_copy(&sources->arena, text, size);
}

/* The end of the first argument that begins at `text`, or NULL. */
static const char *argument_end(const char *text)
{
    int depth = 0;

    for (; *text != '\0' && *text != ';'; text++) {
        if (strchr("([{", *text) != NULL)
            depth++;
        if (depth == 0 && strchr(",)}", *text) != NULL)
            return text;
        if (strchr(")]}", *text) != NULL)
            depth--;
    }
    return NULL;
}

static const char *first_argument(struct sources *sources, const char *open)
{
    const char *end = argument_end(open + 1);

    if (end == NULL)
        return NULL;
    return accept(sources, open + 1, (size_t)(end - open - 1));
}

/* Is there a word in front of the parenthesis at `open` that `wanted` likes? */
static bool called_like(const char *text, const char *open, const char *part)
{
    const char *start = open, *at;
    size_t size = strlen(part);

    while (start > text && is_word(start[-1]))
        start--;
    for (at = start; at + size <= open; at++)
        if (strncasecmp(at, part, size) == 0)
            return true;
    return false;
}

static const char *argument_of(struct sources *sources,
                               const struct lines *lines, const char *part)
{
    const char *open;

    for (open = strchr(lines->text, '('); begins_here(lines, open);
         open = strchr(open + 1, '(')) {
        const char *found;

        if (!called_like(lines->text, open, part))
            continue;
        found = first_argument(sources, open);
        if (found != NULL)
            return found;
    }
    return NULL;
}

const char *source_init(struct sources *sources, const char *file, int line)
{
    struct lines lines = take_lines(sources, file, line);

    return lines.text == NULL ? NULL : argument_of(sources, &lines, "init");
}

/* What stands before `.lock()` or `->lock()`. */
static const char *object_of_call(struct sources *sources,
                                  const struct lines *lines)
{
    static const char *const calls[] = {"lock()", "lock_shared()",
                                        "try_lock_for(", "try_lock_until("};
    size_t i;

    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        const char *text = lines->text;
        const char *end = strstr(text, calls[i]), *start;

        if (!begins_here(lines, end) || end - text < 2)
            continue;
        if (end[-1] == '.')
            end -= 1;
        else if (end[-1] == '>' && end[-2] == '-')
            end -= 2;
        else
            continue;
        for (start = end; start > text && (is_word(start[-1]) ||
                                           strchr(".->[]:", start[-1]) != NULL);
             start--)
            ;
        return accept(sources, start, (size_t)(end - start));
    }
    return NULL;
}

/* `std::lock_guard<std::mutex> guard(m)`; a guard of several tells nothing. */
static const char *object_of_guard(struct sources *sources,
                                   const struct lines *lines)
{
    static const char *const guards[] = {"lock_guard", "unique_lock",
                                         "shared_lock", "scoped_lock"};
    size_t i;

    for (i = 0; i < sizeof(guards) / sizeof(guards[0]); i++) {
        const char *at = strstr(lines->text, guards[i]), *open, *end;

        if (!begins_here(lines, at))
            continue;
        open = at + strcspn(at, "({;");
        if (*open != '(' && *open != '{')
            return NULL;
        end = argument_end(open + 1);
        if (end == NULL || (*end == ',' && i == 3))
            return NULL;
        return accept(sources, open + 1, (size_t)(end - open - 1));
    }
    return NULL;
}

const char *source_lock(struct sources *sources, const char *file, int line)
{
    struct lines lines = take_lines(sources, file, line);
    const char *found;

    if (lines.text == NULL)
        return NULL;
    found = object_of_guard(sources, &lines);
    if (found == NULL)
        found = object_of_call(sources, &lines);
    if (found == NULL)
        found = argument_of(sources, &lines, "lock");
    return found;
}

static const char *find_call(const char *text, const char *function)
{
    size_t size = strlen(function);
    const char *at;

    for (at = strstr(text, function); at != NULL; at = strstr(at + 1, function))
        if (at[size] == '(' && (at == text || !is_word(at[-1])))
            return at;
    return NULL;
}

static const char *left_side(struct sources *sources, const char *text,
                             const char *call)
{
    const char *end = call, *start;

    while (end > text && end[-1] == ' ')
        end--;
    if (end == text || end[-1] != '=')
        return NULL;
    end--;
    while (end > text && end[-1] == ' ')
        end--;
    for (start = end; start > text && (is_word(start[-1]) ||
                                       strchr(".->[]", start[-1]) != NULL);
         start--)
        ;
    return accept(sources, start, (size_t)(end - start));
}

const char *source_call(struct sources *sources, const char *file, int line,
                        const char *function)
{
    struct lines lines = take_lines(sources, file, line);
    const char *call, *found;

    if (lines.text == NULL || function[0] == '\0')
        return NULL;
    call = find_call(lines.text, function);
    if (!begins_here(&lines, call))
        return NULL;
    found = left_side(sources, lines.text, call);
    if (found == NULL)
        found = first_argument(sources, call + strlen(function));
    return found;
}
