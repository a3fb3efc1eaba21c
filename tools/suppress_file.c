/* SPDX-License-Identifier: BSD-2-Clause */
/* suppress_file.c: see suppress_file.h. */
#include "suppress_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_FILE = 1 << 20, LONGEST_WORD = 1000, MOST_TESTS = 16 };

struct line {
    struct suppress_list *list;
    const char *path;
    size_t number;
    const char *at, *end;
};

static const char *const words[] = {
    [SUPPRESS_FINGERPRINT] = "fingerprint",
    [SUPPRESS_FRAME] = "frame",
    [SUPPRESS_LOCK] = "lock",
    [SUPPRESS_MODULE] = "module",
    [SUPPRESS_FILE] = "file",
    [SUPPRESS_THREAD] = "thread",
    [SUPPRESS_KIND] = "kind",
    [SUPPRESS_GRADE] = "grade",
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

static bool wrong(const struct line *line, const char *what)
{
    tool_error("%s:%zu: %s", line->path, line->number, what);
    return false;
}

/* ---- words --------------------------------------------------------------- */

static void skip_blanks(struct line *line)
{
    while (line->at < line->end && isblank((unsigned char)*line->at))
        line->at++;
}

static bool is_word_byte(char c)
{
    return c > ' ' && c != '"' && c != '#' && c != 127;
}

/* The next word's bytes; size 0: none. */
static const char *take_word(struct line *line, size_t *size)
{
    const char *start;

    skip_blanks(line);
    start = line->at;
    while (line->at < line->end &&
           (is_word_byte(*line->at) || (unsigned char)*line->at >= 128))
        line->at++;
    *size = (size_t)(line->at - start);
    return start;
}

static bool take_quoted(struct line *line, const char **text, size_t *size)
{
    const char *end =
        memchr(line->at + 1, '"', (size_t)(line->end - line->at - 1));

    if (end == NULL)
        return wrong(line, "a quote has no end");
    *text = line->at + 1;
    *size = (size_t)(end - *text);
    line->at = end + 1;
    return true;
}

static bool is(const char *text, size_t size, const char *word)
{
    return strlen(word) == size && memcmp(text, word, size) == 0;
}

/* ---- tests --------------------------------------------------------------- */

static bool check_fingerprint(const struct line *line, const char *text,
                              size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (!isxdigit((unsigned char)text[i]))
            break;
    return (size == 16 && i == size) ||
           wrong(line, "a fingerprint is 16 hexadecimal digits");
}

static bool take_glob(struct line *line, struct suppress_test *test)
{
    const char *text;
    size_t size;

    skip_blanks(line);
    if (line->at < line->end && *line->at == '"') {
        if (!take_quoted(line, &text, &size))
            return false;
    } else {
        text = take_word(line, &size);
    }
    if (size == 0)
        return wrong(line, "a word is missing behind what it is to match");
    if (size > LONGEST_WORD)
        return wrong(line, "a word is longer than 1000 bytes");
    if (test->what == SUPPRESS_FINGERPRINT &&
        !check_fingerprint(line, text, size))
        return false;
    test->glob = tool_clean(&line->list->arena, text, size);
    return true;
}

static bool take_test(struct line *line, struct suppress_test *test)
{
    size_t size, i;
    const char *text = take_word(line, &size);

    for (i = 0; i < WORDS; i++)
        if (is(text, size, words[i])) {
            test->what = (enum suppress_what)i;
            return take_glob(line, test);
        }
    return wrong(line, "expected one of fingerprint, frame, lock, module, "
                       "file, thread, kind, grade");
}

/* True, and passed, if the next word is `word`. */
static bool take(struct line *line, const char *word)
{
    const char *text;
    size_t size;

    text = take_word(line, &size);
    if (is(text, size, word))
        return true;
    line->at = text;
    return false;
}

static bool take_tests(struct line *line, struct suppress_entry *entry)
{
    struct suppress_test test[MOST_TESTS];
    const char *start;

    skip_blanks(line);
    start = line->at;
    do {
        if (entry->test_count == MOST_TESTS)
            return wrong(line, "an entry takes at most 16 tests");
        if (!take_test(line, &test[entry->test_count++]))
            return false;
    } while (take(line, "&"));
    while (line->at > start && isblank((unsigned char)line->at[-1]))
        line->at--;
    entry->text =
        tool_clean(&line->list->arena, start, (size_t)(line->at - start));
    entry->test =
        (const void *)tool_copy(&line->list->arena, (const char *)test,
                                entry->test_count * sizeof(*test));
    return true;
}

/* ---- the rest of an entry ------------------------------------------------ */

static unsigned number(const char *text, size_t size)
{
    unsigned value = 0;
    size_t i;

    for (i = 0; i < size; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    return value;
}

static bool take_date(struct line *line, unsigned *date)
{
    size_t size, i;
    const char *text = take_word(line, &size);
    unsigned year, month, day;

    for (i = 0; i < size; i++)
        if (i == 4 || i == 7 ? text[i] != '-'
                             : !isdigit((unsigned char)text[i]))
            break;
    if (size != 10 || i != size)
        return wrong(line, "expected a date, YYYY-MM-DD, behind `until`");
    year = number(text, 4);
    month = number(text + 5, 2);
    day = number(text + 8, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return wrong(line, "there is no such date");
    *date = (year * 100 + month) * 100 + day;
    return true;
}

static bool take_reason(struct line *line, const char **reason)
{
    if (!take(line, "because"))
        return wrong(line, "expected `& TEST`, `until DATE` or `because "
                           "REASON`; a reason is needed");
    skip_blanks(line);
    while (line->end > line->at && isspace((unsigned char)line->end[-1]))
        line->end--;
    if (line->at == line->end)
        return wrong(line, "the reason is missing behind `because`");
    *reason = tool_clean(&line->list->arena, line->at,
                         (size_t)(line->end - line->at));
    return true;
}

static bool parse_line(struct line *line)
{
    struct suppress_list *list = line->list;
    struct suppress_entry entry = {.path = line->path, .line = line->number};

    skip_blanks(line);
    if (line->at < line->end && *line->at == '\r')
        line->at++;
    if (line->at == line->end || *line->at == '#')
        return true;
    if (!take_tests(line, &entry) ||
        (take(line, "until") && !take_date(line, &entry.until)) ||
        !take_reason(line, &entry.reason))
        return false;
    *TOOL_PUSH(list->entry, list->count, list->room) = entry;
    return true;
}

/* ---- files --------------------------------------------------------------- */

bool suppress_file_parse(struct suppress_list *list, const char *path,
                         const char *text, size_t size)
{
    struct line line = {list, path, 0, text, text};
    const char *end = text + size;

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));

        line.number++;
        line.at = text;
        line.end = stop == NULL ? end : stop;
        text = stop == NULL ? end : stop + 1;
        if (memchr(line.at, '\0', (size_t)(line.end - line.at)) != NULL)
            return wrong(&line, "there is a zero byte in this line");
        if (!parse_line(&line))
            return false;
    }
    return true;
}

bool suppress_file_read(struct suppress_list *list, const char *path)
{
    FILE *file = fopen(path, "re");
    char *text;
    size_t size;
    bool good;

    if (file == NULL) {
        tool_error("%s: %s", path, strerror(errno));
        return false;
    }
    text = malloc(LONGEST_FILE + 1);
    if (text == NULL)
        tool_out_of_memory();
    size = fread(text, 1, LONGEST_FILE + 1, file);
    good = !ferror(file);
    if (!good)
        tool_error("%s: %s", path, strerror(errno));
    fclose(file);
    if (good && size > LONGEST_FILE) {
        tool_error("%s: more than a megabyte is no list of suppressions", path);
        good = false;
    }
    good = good &&
           suppress_file_parse(
               list, tool_clean(&list->arena, path, strlen(path)), text, size);
    free(text);
    return good;
}

void suppress_file_free(struct suppress_list *list)
{
    free(list->entry);
    tool_arena_free(&list->arena);
    memset(list, 0, sizeof(*list));
}
