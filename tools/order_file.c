/* SPDX-License-Identifier: BSD-2-Clause */
/* order_file.c: see order_file.h. */
#include "order_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_FILE = 1 << 20, LONGEST_NAME = 200 };

struct line {
    struct order_file *file;
    size_t number;
    const char *at, *end;
};

static bool wrong(const struct line *line, const char *format, const char *what)
{
    char text[512];

    /* The formats are this file's own, each with one %s. */
    snprintf(text, sizeof(text), format, what);
    tool_error("%s:%zu: %s", line->file->path, line->number, text);
    return false;
}

/* ---- words --------------------------------------------------------------- */

static void skip_blanks(struct line *line)
{
    while (line->at < line->end &&
           (*line->at == ' ' || *line->at == '\t' || *line->at == '\r'))
        line->at++;
}

static bool take(struct line *line, char c)
{
    skip_blanks(line);
    if (line->at == line->end || *line->at != c)
        return false;
    line->at++;
    return true;
}

static bool is_word_byte(char c)
{
    return c != '\0' && strchr(" \t\r\"#<,:", c) == NULL;
}

/* The next name's bytes; false and told: there is none. */
static bool take_text(struct line *line, const char **text, size_t *size)
{
    bool quoted = take(line, '"');
    const char *start = line->at;

    while (line->at < line->end &&
           (quoted ? *line->at != '"' : is_word_byte(*line->at)))
        line->at++;
    *text = start;
    *size = (size_t)(line->at - start);
    if (quoted && !take(line, '"'))
        return wrong(line, "%s", "a quote has no end");
    if (*size == 0)
        return wrong(line, "%s", "expected the name of a lock class");
    if (*size > LONGEST_NAME)
        return wrong(line, "%s", "a name is longer than 200 bytes");
    return true;
}

static bool ends(struct line *line, const char *otherwise)
{
    skip_blanks(line);
    return line->at == line->end || *line->at == '#' ||
           wrong(line, "expected %s", otherwise);
}

/* ---- names and pairs ----------------------------------------------------- */

static bool take_name(struct line *line, uint32_t *index)
{
    struct order_file *file = line->file;
    const char *text;
    size_t size;
    bool added;

    if (!take_text(line, &text, &size))
        return false;
    text = tool_clean(&file->arena, text, size);
    *index =
        intern_add(&file->words, &file->arena, text, strlen(text), &added) - 1;
    if (!added)
        return true;
    if (file->name_count == ORDER_NAMES)
        return wrong(line, "%s", "there are more than 2048 names");
    *TOOL_PUSH(file->name, file->name_count, file->name_room) =
        (struct order_name){.text = text};
    return true;
}

static uint64_t *row(const struct order_file *file, uint32_t from)
{
    return file->reach + (size_t)from * ORDER_WORDS;
}

bool order_file_before(const struct order_file *file, uint32_t from,
                       uint32_t to)
{
    return from != ORDER_NONE && to != ORDER_NONE &&
           (row(file, from)[to / 64] >> to % 64 & 1) != 0;
}

/* Whoever comes before `from`, and it itself, now comes before `to` and all
 * that comes after `to`. */
static void connect(struct order_file *file, uint32_t from, uint32_t to)
{
    uint32_t i, j;

    for (i = 0; i < file->name_count; i++) {
        uint64_t *mine = row(file, i);

        if (i != from && !order_file_before(file, i, from))
            continue;
        mine[to / 64] |= (uint64_t)1 << to % 64;
        for (j = 0; j < ORDER_WORDS; j++)
            mine[j] |= row(file, to)[j];
    }
}

static bool add_pair(struct line *line, uint32_t from, uint32_t to)
{
    struct order_file *file = line->file;
    size_t i;

    if (from == to)
        return wrong(line, "%s before itself: say how with same-class",
                     file->name[from].text);
    if (order_file_before(file, to, from))
        return wrong(line, "%s comes later in what is declared above",
                     file->name[from].text);
    if (file->name[from].leaf != 0)
        return wrong(line, "%s is a leaf", file->name[from].text);
    for (i = 0; i < file->pair_count; i++)
        if (file->pair[i].from == from && file->pair[i].to == to)
            return true;
    *TOOL_PUSH(file->pair, file->pair_count, file->pair_room) =
        (struct order_pair){from, to, line->number};
    connect(file, from, to);
    return true;
}

/* ---- lines --------------------------------------------------------------- */

static bool read_chain(struct line *line)
{
    uint32_t from, to;

    if (!take_name(line, &from))
        return false;
    if (!take(line, '<'))
        return wrong(line, "expected %s",
                     "'<' after the first name, or leaf: or same-class");
    do {
        if (!take_name(line, &to) || !add_pair(line, from, to))
            return false;
        from = to;
    } while (take(line, '<'));
    return ends(line, "'<' or the end of the line");
}

static bool read_leaf(struct line *line)
{
    struct order_file *file = line->file;
    uint32_t index;
    size_t i;

    do {
        if (!take_name(line, &index))
            return false;
        for (i = 0; i < file->pair_count; i++)
            if (file->pair[i].from == index)
                return wrong(line, "%s has something after it, above",
                             file->name[index].text);
        file->name[index].leaf = line->number;
    } while (take(line, ','));
    return ends(line, "',' or the end of the line");
}

static bool take_word(struct line *line, const char *word)
{
    size_t size = strlen(word);

    skip_blanks(line);
    if ((size_t)(line->end - line->at) < size ||
        memcmp(line->at, word, size) != 0 ||
        (line->at + size < line->end && is_word_byte(line->at[size])))
        return false;
    line->at += size;
    return true;
}

static bool read_same(struct line *line)
{
    enum order_same same;
    uint32_t index;

    if (!take_name(line, &index))
        return false;
    if (!take(line, ':'))
        return wrong(line, "expected %s", "':' after the name");
    if (take_word(line, "nested"))
        same = ORDER_NESTED;
    else if (take_word(line, "by") && take_word(line, "address"))
        same = ORDER_BY_ADDRESS;
    else
        return wrong(line, "expected %s", "`by address` or `nested`");
    line->file->name[index].same = same;
    line->file->name[index].same_line = line->number;
    return ends(line, "the end of the line");
}

static bool read_line(struct line *line)
{
    const char *start;

    skip_blanks(line);
    if (line->at == line->end || *line->at == '#')
        return true;
    start = line->at;
    if (take_word(line, "leaf") && take(line, ':'))
        return read_leaf(line);
    line->at = start;
    if (take_word(line, "same-class"))
        return read_same(line);
    return read_chain(line);
}

bool order_file_parse(struct order_file *file, const char *path,
                      const char *text, size_t size)
{
    struct line line = {.file = file, .at = text};
    const char *end = text + size;

    memset(file, 0, sizeof(*file));
    file->path = path;
    file->reach = calloc((size_t)ORDER_NAMES * ORDER_WORDS, sizeof(uint64_t));
    if (file->reach == NULL)
        tool_out_of_memory();
    while (line.at < end) {
        const char *stop = memchr(line.at, '\n', (size_t)(end - line.at));

        line.number++;
        line.end = stop == NULL ? end : stop;
        if (!read_line(&line))
            return false;
        line.at = line.end + 1;
    }
    return true;
}

/* ---- files --------------------------------------------------------------- */

bool order_file_read(struct order_file *file, const char *path)
{
    FILE *stream = fopen(path, "re");
    char *text = malloc(LONGEST_FILE);
    size_t size = 0;
    bool good = stream != NULL;

    memset(file, 0, sizeof(*file));
    if (text == NULL)
        tool_out_of_memory();
    if (good)
        size = fread(text, 1, LONGEST_FILE, stream);
    good = good && !ferror(stream);
    if (!good)
        tool_error("%s: %s", path, strerror(errno));
    else if (size == LONGEST_FILE)
        tool_error("%s: longer than 1 MiB", path);
    good =
        good && size < LONGEST_FILE && order_file_parse(file, path, text, size);
    if (stream != NULL)
        fclose(stream);
    free(text);
    return good;
}

static uint32_t find(const struct order_file *file, const char *text,
                     size_t size)
{
    uint32_t i;

    for (i = 0; i < file->name_count; i++)
        if (strncmp(file->name[i].text, text, size) == 0 &&
            file->name[i].text[size] == '\0')
            return i;
    return ORDER_NONE;
}

uint32_t order_file_find(const struct order_file *file, const char *text,
                         bool base)
{
    uint32_t index = find(file, text, strlen(text));
    const char *slash = strrchr(text, '/');

    if (index == ORDER_NONE && base && slash != NULL)
        index = find(file, text, (size_t)(slash - text));
    return index;
}

void order_file_free(struct order_file *file)
{
    intern_free(&file->words);
    free(file->name);
    free(file->pair);
    free(file->reach);
    tool_arena_free(&file->arena);
    memset(file, 0, sizeof(*file));
}
