/* SPDX-License-Identifier: BSD-2-Clause */
/* option.c: see option.h. Everything works on (pointer, size) words, so that
 * no text is ever copied but a path. */
#include "option.h"

#include <stdint.h>
#include <string.h>

struct word {
    const char *text;
    size_t size;
};

enum kind { PATH, NAME, WORD, NUMBER, SECONDS, FLAG, LIST, CHOICE };

/* The words of a CHOICE; their indices are its enum. */
struct choices {
    const char *unknown; /* how a wrong one is told */
    const char *list;
    const char *name[9];
    size_t count;
};

static const struct choices formats = {
    "unknown format",
    "text, json, html, sarif, junit, github, gitlab, dot, tsan",
    {"text", "json", "html", "sarif", "junit", "github", "gitlab", "dot",
     "tsan"},
    9};
static const struct choices on_deadlock = {"unknown value of on-deadlock",
                                           "report, abort, exit",
                                           {"report", "abort", "exit"},
                                           3};

struct key {
    const char *name;
    enum kind kind;
    size_t offset;                 /* in struct lv_options */
    const struct choices *choices; /* of a CHOICE */
};

#define AT(field) offsetof(struct lv_options, field)

static const struct key keys[] = {
    {"record", PATH, AT(record), NULL},
    {"fail-on", LIST, AT(fail_on), NULL},
    {"format", CHOICE, AT(format), &formats},
    {"children", FLAG, AT(children), NULL},
    {"on-deadlock", CHOICE, AT(on_deadlock), &on_deadlock},
    {"watchdog", SECONDS, AT(watchdog), NULL},
    {"max-stack", NUMBER, AT(max_stack), NULL},
    {"require-locks", FLAG, AT(require_locks), NULL},
    {"suppressions", PATH, AT(suppressions), NULL},
    {"default-suppressions", FLAG, AT(shipped_suppressions), NULL},
    {"rules", PATH, AT(rules), NULL},
    {"profile", WORD, AT(profile), NULL},
    {"steer", PATH, AT(steer), NULL},
    {"confirm", FLAG, AT(confirm), NULL},
    {"attempts", NUMBER, AT(attempts), NULL},
    {"timeout", SECONDS, AT(timeout), NULL},
    {"perturb", SECONDS, AT(perturb), NULL},
    {"seed", SECONDS, AT(seed), NULL},
    {"run", WORD, AT(run), NULL},
    {"test", NAME, AT(test), NULL},
    {"baseline", PATH, AT(baseline), NULL},
    {"quiet", FLAG, AT(quiet), NULL},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* Indices are the bit numbers of LV_FAIL_*. */
static const char *const gates[] = {
    "deadlock", "inversion", "class",         "class-inferred",
    "guarded",  "ordered",   "single-thread", "misuse",
    "rule",     "refuted",   "confirmed",
};
#define GATES (sizeof(gates) / sizeof(gates[0]))

/* ---- a line to the sink -------------------------------------------------- */

struct line {
    lv_option_sink *sink;
    void *context;
    size_t number;   /* of the file's line, 0: no file */
    const char *key; /* whose value is read, NULL: none yet */
};

struct text {
    char *out;
    size_t size, used;
};

static void add(struct text *text, const char *part, size_t size)
{
    while (size-- > 0 && text->used + 1 < text->size)
        text->out[text->used++] = *part++;
    text->out[text->used] = '\0';
}

static void add_string(struct text *text, const char *part)
{
    add(text, part, strlen(part));
}

static void add_number(struct text *text, size_t number)
{
    char digits[24];
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    add(text, digits + at, sizeof(digits) - at);
}

/* What the user typed, shortened, with control characters made visible. */
static void add_typed(struct text *text, struct word word)
{
    size_t i, shown = word.size > 64 ? 64 : word.size;

    add_string(text, "'");
    for (i = 0; i < shown; i++)
        if ((unsigned char)word.text[i] < ' ' || word.text[i] == 0x7f)
            add_string(text, "?");
        else
            add(text, word.text + i, 1);
    add_string(text, shown < word.size ? "...'" : "'");
}

/* "WHAT 'word': ADVICE" to the sink; always false, for the callers' return. */
static bool complain(const struct line *line, const char *what,
                     struct word word, const char *advice, const char *name)
{
    char out[256];
    struct text text = {out, sizeof(out), 0};

    if (line->sink == NULL)
        return false;
    if (line->number > 0) {
        add_string(&text, "line ");
        add_number(&text, line->number);
        add_string(&text, ": ");
    }
    if (line->key != NULL) {
        add_string(&text, line->key);
        add_string(&text, ": ");
    }
    add_string(&text, what);
    add_string(&text, " ");
    add_typed(&text, word);
    add_string(&text, advice);
    add_string(&text, name);
    line->sink(line->context, out);
    return false;
}

static bool complain_unknown(const struct line *line, const char *what,
                             struct word word, const char *nearest,
                             const char *otherwise)
{
    if (nearest == NULL)
        return complain(line, what, word, "; known: ", otherwise);
    return complain(line, what, word, "; did you mean ", nearest);
}

/* ---- words --------------------------------------------------------------- */

static bool equals(struct word word, const char *name)
{
    return strlen(name) == word.size && memcmp(name, word.text, word.size) == 0;
}

static bool starts_with(struct word word, const char *prefix)
{
    size_t size = strlen(prefix);

    return word.size > size && memcmp(word.text, prefix, size) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct word trim(struct word word)
{
    while (word.size > 0 && is_space(word.text[0])) {
        word.text++;
        word.size--;
    }
    while (word.size > 0 && is_space(word.text[word.size - 1]))
        word.size--;
    return word;
}

/* Up to the first `end`; `rest` begins after it. */
static struct word cut(struct word *rest, char end)
{
    const char *at = memchr(rest->text, end, rest->size);
    struct word head = *rest;

    if (at == NULL) {
        rest->text += rest->size;
        rest->size = 0;
        return head;
    }
    head.size = (size_t)(at - rest->text);
    rest->text += head.size + 1;
    rest->size -= head.size + 1;
    return head;
}

static size_t find(struct word word, const char *const *name, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (equals(word, name[i]))
            return i;
    return count;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned low = a < b ? a : b;

    return low < c ? low : c;
}

/* Edit distance in one row; words beyond its length are far from all names. */
static unsigned measure(const char *word, size_t size, const char *name)
{
    unsigned row[33];
    size_t length = strlen(name), i, j;

    if (size > 32 || length > 32)
        return UINT32_MAX;
    for (j = 0; j <= length; j++)
        row[j] = (unsigned)j;
    for (i = 1; i <= size; i++) {
        unsigned corner = row[0];

        row[0] = (unsigned)i;
        for (j = 1; j <= length; j++) {
            unsigned above = row[j];

            row[j] = least(above + 1, row[j - 1] + 1,
                           corner + (word[i - 1] != name[j - 1]));
            corner = above;
        }
    }
    return row[length];
}

const char *lv_option_nearest(const char *word, size_t size,
                              const char *const *name, size_t count)
{
    const char *best = NULL;
    unsigned low = UINT32_MAX;
    size_t i;

    for (i = 0; i < count; i++) {
        unsigned distance = measure(word, size, name[i]);

        if (distance < low) {
            low = distance;
            best = name[i];
        }
    }
    /* Half the letters must be right, or the hint only confuses. */
    return best != NULL && low <= 1 + strlen(best) / 2 && low < size ? best
                                                                     : NULL;
}

/* ---- values -------------------------------------------------------------- */

static bool set_path(char *path, struct word value, size_t room,
                     const struct line *line)
{
    if (value.size == 0 || memchr(value.text, '\0', value.size) != NULL)
        return complain(line, "bad value", value, ": ", "something is needed");
    if (value.size >= room)
        return complain(line, "bad value", value, ": ", "too long");
    memcpy(path, value.text, value.size);
    path[value.size] = '\0';
    return true;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static bool set_word(char *to, struct word value, const struct line *line)
{
    size_t i = 0;

    while (i < value.size && is_plain(value.text[i]))
        i++;
    if (i < value.size || i == 0 || i >= LV_OPTION_WORD)
        return complain(line, "bad value", value, ": ",
                        "a name of letters, digits, '-', '_' or '.' is needed");
    memcpy(to, value.text, value.size);
    to[value.size] = '\0';
    return true;
}

static bool set_number(unsigned *number, struct word value, unsigned low,
                       unsigned high, const char *advice,
                       const struct line *line)
{
    unsigned sum = 0;
    size_t i;

    for (i = 0; i < value.size && sum <= high; i++) {
        if (value.text[i] < '0' || value.text[i] > '9')
            break;
        sum = sum * 10 + (unsigned)(value.text[i] - '0');
    }
    if (value.size == 0 || i < value.size || sum < low || sum > high)
        return complain(line, "bad value", value, ": ", advice);
    *number = sum;
    return true;
}

static bool set_flag(bool *flag, struct word value, bool opposite,
                     const struct line *line)
{
    static const char *const words[] = {"yes", "true",  "on",  "1",
                                        "no",  "false", "off", "0"};
    size_t i = value.size == 0 ? 0 : find(value, words, 8);

    if (i == 8)
        return complain(line, "bad value", value, ": ", "yes or no is needed");
    *flag = (i < 4) != opposite;
    return true;
}

static bool set_list(unsigned *bits, struct word value, const struct line *line)
{
    unsigned sum = 0;

    while (value.size > 0) {
        struct word item = trim(cut(&value, ','));
        size_t i = find(item, gates, GATES);

        if (i < GATES)
            sum |= 1u << i;
        else if (equals(item, "all"))
            sum = (1u << GATES) - 1;
        else if (item.size > 0 && !equals(item, "none"))
            return complain_unknown(
                line, "unknown grade or family", item,
                lv_option_nearest(item.text, item.size, gates, GATES),
                "deadlock, inversion, class, class-inferred, guarded, ordered, "
                "single-thread, misuse, rule, refuted, confirmed, all, none");
    }
    *bits = sum;
    return true;
}

static bool set_choice(unsigned *choice, struct word value,
                       const struct choices *of, const struct line *line)
{
    size_t i = find(value, of->name, of->count);

    if (i == of->count)
        return complain_unknown(
            line, of->unknown, value,
            lv_option_nearest(value.text, value.size, of->name, of->count),
            of->list);
    *choice = (unsigned)i;
    return true;
}

/* ---- keys ---------------------------------------------------------------- */

static const struct key *find_key(struct word name, bool *opposite)
{
    size_t i;

    *opposite = false;
    for (i = 0; i < KEYS; i++)
        if (equals(name, keys[i].name))
            return &keys[i];
    if (!starts_with(name, "no-"))
        return NULL;
    *opposite = true;
    name.text += 3;
    name.size -= 3;
    for (i = 0; i < KEYS; i++)
        if (keys[i].kind == FLAG && equals(name, keys[i].name))
            return &keys[i];
    return NULL;
}

static const char *nearest_key(struct word name)
{
    const char *names[KEYS + 1] = {"no-children"};
    size_t i;

    for (i = 0; i < KEYS; i++)
        names[i + 1] = keys[i].name;
    return lv_option_nearest(name.text, name.size, names, KEYS + 1);
}

static bool set_value(struct lv_options *options, const struct key *key,
                      struct word value, bool opposite, const struct line *line)
{
    void *field = (char *)options + key->offset;

    switch (key->kind) {
    case PATH:
        return set_path(field, value, LV_OPTION_PATH, line);
    case NAME:
        return set_path(field, value, LV_OPTION_NAME, line);
    case WORD:
        return set_word(field, value, line);
    case NUMBER:
        return set_number(field, value, 1, LV_OPTION_STACK_MAX,
                          "a number from 1 to 512 is needed", line);
    case SECONDS:
        return set_number(field, value, 0, LV_OPTION_SECONDS_MAX,
                          "seconds from 0 to 86400 are needed", line);
    case FLAG:
        return set_flag(field, value, opposite, line);
    case LIST:
        return set_list(field, value, line);
    case CHOICE:
        return set_choice(field, value, key->choices, line);
    }
    return false;
}

static bool set(struct lv_options *options, struct word name, struct word value,
                const struct line *line)
{
    struct line of = *line;
    bool opposite;
    const struct key *key = find_key(name, &opposite);

    if (key == NULL)
        return complain_unknown(line, "unknown option", name, nearest_key(name),
                                "record, fail-on, format, children, "
                                "on-deadlock, max-stack, require-locks, rules, "
                                "profile, test, baseline, quiet, watchdog");
    of.key = key->name;
    return set_value(options, key, value, opposite, &of);
}

bool lv_options_set(struct lv_options *options, const char *key,
                    size_t key_size, const char *value, size_t value_size,
                    lv_option_sink *sink, void *context)
{
    struct line line = {.sink = sink, .context = context};

    return set(options, (struct word){key, key_size},
               (struct word){value, value_size}, &line);
}

enum lv_option_use lv_options_use(const char *key, size_t key_size)
{
    bool opposite;
    const struct key *found = find_key((struct word){key, key_size}, &opposite);

    if (found == NULL)
        return LV_OPTION_UNKNOWN;
    return found->kind == FLAG ? LV_OPTION_ALONE : LV_OPTION_VALUE;
}

void lv_options_default(struct lv_options *options)
{
    memset(options, 0, sizeof(*options));
    memcpy(options->record, "lockval.d", sizeof("lockval.d"));
    options->max_stack = 64;
    options->fail_on = LV_FAIL_DEFAULT;
    options->format = LV_FORMAT_TEXT;
    options->on_deadlock = LV_ON_DEADLOCK_REPORT;
    options->children = true;
    options->attempts = 5;
    options->shipped_suppressions = true;
}

/* ---- the environment's form ---------------------------------------------- */

/* Up to the first ':' that no backslash protects, without the backslashes;
 * what exceeds `room` is longer
 * than any good value, and is refused as such. */
static struct word take_item(const char **text, char room[2 * LV_OPTION_PATH])
{
    size_t used = 0;
    const char *at = *text;

    for (; *at != '\0' && *at != ':'; at++) {
        if (at[0] == '\\' && (at[1] == ':' || at[1] == '\\'))
            at++;
        if (used < 2 * LV_OPTION_PATH)
            room[used++] = *at;
    }
    *text = *at == ':' ? at + 1 : at;
    return (struct word){room, used};
}

bool lv_options_environment(struct lv_options *options, const char *text,
                            lv_option_sink *sink, void *context)
{
    struct line line = {.sink = sink, .context = context};
    bool good = true;

    while (text != NULL && *text != '\0') {
        char room[2 * LV_OPTION_PATH];
        struct word value = trim(take_item(&text, room));
        struct word name = trim(cut(&value, '='));

        if (name.size > 0 && !set(options, name, trim(value), &line))
            good = false;
    }
    return good;
}

static void add_key(struct text *text, const char *name)
{
    if (text->used > 0)
        add_string(text, ":");
    add_string(text, name);
    add_string(text, "=");
}

static void render_path(struct text *text, const char *path)
{
    for (; *path != '\0'; path++) {
        if (*path == ':' || *path == '\\')
            add_string(text, "\\");
        add(text, path, 1);
    }
}

static void render_list(struct text *text, unsigned bits)
{
    const char *comma = "";
    size_t i;

    if (bits == 0)
        add_string(text, "none");
    for (i = 0; i < GATES; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        add_string(text, comma);
        add_string(text, gates[i]);
        comma = ",";
    }
}

size_t lv_options_render(const struct lv_options *options, char *out,
                         size_t size)
{
    struct text text = {out, size, 0};
    size_t i;

    if (size == 0)
        return 0;
    for (i = 0; i < KEYS; i++) {
        const void *field = (const char *)options + keys[i].offset;

        if (keys[i].kind <= WORD && *(const char *)field == '\0')
            continue; /* not given */
        add_key(&text, keys[i].name);
        if (keys[i].kind <= WORD)
            render_path(&text, field);
        else if (keys[i].kind == NUMBER || keys[i].kind == SECONDS)
            add_number(&text, *(const unsigned *)field);
        else if (keys[i].kind == FLAG)
            add_string(&text, *(const bool *)field ? "yes" : "no");
        else if (keys[i].kind == LIST)
            render_list(&text, *(const unsigned *)field);
        else
            add_string(&text, keys[i].choices->name[*(const unsigned *)field]);
    }
    return text.used + 1 < size ? text.used : 0;
}

/* ---- the file's form ----------------------------------------------------- */

bool lv_options_file(struct lv_options *options, const char *text, size_t size,
                     lv_option_sink *sink, void *context)
{
    struct word rest = {text, size};
    struct line line = {.sink = sink, .context = context};
    bool good = true;

    while (rest.size > 0) {
        struct word whole = cut(&rest, '\n');
        struct word value = trim(cut(&whole, '#'));
        struct word name = trim(cut(&value, '='));

        line.number++;
        if (name.size > 0 && !set(options, name, trim(value), &line))
            good = false;
    }
    return good;
}
