/* SPDX-License-Identifier: BSD-2-Clause */
/* steer_plan.c: see steer_plan.h. */
#include "steer_plan.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "module.h"
#include "raw.h"

enum {
    PLACES = 8,     /* of each kind of a step */
    PLAN = 1 << 16, /* bytes */
    LONGEST_MS = 60000,
    MOST_SKIPPED = 1 << 20,
};

struct place {
    uint64_t start, end;
    const char *file;
};

enum { HELD, WANTED, LISTS };

/* A stack is at one of `at`, and passes all of `under` on the way. */
struct list {
    struct place at[PLACES], under[PLACES];
    unsigned count, under_count;
};

static struct list lists[LV_STEER_STEPS][LISTS];

struct lv_plan lv_plan;
static struct lv_hash held_masks, wanted_masks; /* by stack */
static char text[PLAN];

#define KNOWN (UINT64_C(1) << 63)

static char *next_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');

    if (end == NULL)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

/* A number from `least` to `most`, and nothing behind it. */
static bool read_number(const char *words, unsigned least, unsigned most,
                        unsigned *number)
{
    char *end;
    unsigned long value = strtoul(words, &end, 10);

    if (end == words || *end != '\0' || value < least || value > most)
        return false;
    *number = (unsigned)value;
    return true;
}

static bool add_place(struct place *place, unsigned *n, char *words)
{
    if (*n == PLACES)
        return true;
    place[*n].start = strtoull(words, &words, 16);
    place[*n].end = strtoull(words, &words, 16);
    if (*words != ' ')
        return false;
    place[(*n)++].file = words + 1;
    return true;
}

/* Its handler is what the step is about: one that nobody can handle is none. */
static bool add_step(const char *signal)
{
    unsigned number = 0;

    if (lv_plan.count == LV_STEER_STEPS ||
        (signal != NULL && (!read_number(signal, 1, _NSIG - 1, &number) ||
                            number == SIGKILL || number == SIGSTOP)))
        return false;
    lv_plan.signal[lv_plan.count++] = (int)number;
    return true;
}

/* "held START END FILE" */
static bool read_place(struct list list[LISTS], char *line)
{
    static const struct {
        const char *word;
        unsigned list;
        bool under;
    } words[] = {{"held ", HELD, false},
                 {"wanted ", WANTED, false},
                 {"held-under ", HELD, true},
                 {"wanted-under ", WANTED, true}};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct list *to = &list[words[i].list];
        size_t size = strlen(words[i].word);

        if (strncmp(line, words[i].word, size) == 0)
            return words[i].under
                       ? add_place(to->under, &to->under_count, line + size)
                       : add_place(to->at, &to->count, line + size);
    }
    return false;
}

static bool read_line(char *line)
{
    if (strncmp(line, "wait ", 5) == 0)
        return read_number(line + 5, 0, LONGEST_MS, &lv_plan.wait_ms);
    if (strncmp(line, "skip ", 5) == 0)
        return read_number(line + 5, 0, MOST_SKIPPED, &lv_plan.skip);
    if (strcmp(line, "displace") == 0) {
        lv_plan.displace = true;
        return true;
    }
    if (strcmp(line, "writers") == 0) {
        lv_plan.writers = true;
        return true;
    }
    if (strcmp(line, "step") == 0)
        return add_step(NULL);
    if (strncmp(line, "step signal ", 12) == 0)
        return add_step(line + 12);
    return lv_plan.count > 0 && read_place(lists[lv_plan.count - 1], line);
}

static bool are_same(const struct place *a, const struct place *b, unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++)
        if (a[i].start != b[i].start || a[i].end != b[i].end ||
            strcmp(a[i].file, b[i].file) != 0)
            return false;
    return true;
}

static bool are_alike(const struct list *a, const struct list *b)
{
    return a->count == b->count && a->under_count == b->under_count &&
           are_same(a->at, b->at, a->count) &&
           are_same(a->under, b->under, a->under_count);
}

static bool are_twins(unsigned a, unsigned b)
{
    return lv_plan.signal[a] == 0 && lv_plan.signal[b] == 0 &&
           are_alike(&lists[a][HELD], &lists[b][HELD]) &&
           are_alike(&lists[a][WANTED], &lists[b][WANTED]);
}

static void find_twins(void)
{
    unsigned a, b;

    for (a = 0; a < lv_plan.count; a++)
        for (b = 0; b < lv_plan.count; b++)
            if (a == b || are_twins(a, b))
                lv_plan.twins[a] |= UINT64_C(1) << b;
}

bool lv_plan_read(const char *path)
{
    int fd = lv_raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    ssize_t size = fd < 0 ? -1 : lv_raw_read(fd, text, sizeof text - 1);
    char *at = text, *line;

    if (fd >= 0)
        lv_raw_close(fd);
    lv_plan = (struct lv_plan){.count = 0};
    memset(lists, 0, sizeof lists);
    text[size > 0 ? size : 0] = '\0';
    if (size <= 0 || (line = next_line(&at)) == NULL ||
        strcmp(line, "lockval-steer 1") != 0)
        return false;
    while ((line = next_line(&at)) != NULL)
        if (!read_line(line))
            return false;
    find_twins();
    return lv_plan.count > 0;
}

/* ---- places -------------------------------------------------------------- */

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool is_in(const struct place *place, const struct lv_module *module,
                  uint64_t offset)
{
    return offset >= place->start && offset < place->end &&
           strcmp(base_of(module->path), place->file) == 0;
}

static bool passes(const struct place *place, const struct lv_stack *stack)
{
    size_t f;

    for (f = 0; f < stack->count; f++) {
        const struct lv_module *module = lv_module_find(stack->frame[f]);

        if (module != NULL &&
            is_in(place, module, stack->frame[f] - module->bias))
            return true;
    }
    return false;
}

static bool is_at(const struct list *list, const struct lv_stack *stack)
{
    unsigned i;

    for (i = 0; i < list->under_count; i++)
        if (!passes(&list->under[i], stack))
            return false;
    for (i = 0; i < list->count; i++)
        if (passes(&list->at[i], stack))
            return true;
    return false;
}

static void look_at(const struct lv_stack *stack, uint64_t *held,
                    uint64_t *wanted)
{
    unsigned i;

    *held = *wanted = KNOWN;
    for (i = 0; i < lv_plan.count; i++) {
        if (is_at(&lists[i][HELD], stack))
            *held |= UINT64_C(1) << i;
        if (is_at(&lists[i][WANTED], stack))
            *wanted |= UINT64_C(1) << i;
    }
}

void lv_plan_note(const struct lv_stack *stack, uint32_t id)
{
    uint64_t *held = id == 0 ? NULL : lv_hash_put(&held_masks, id);
    uint64_t *wanted = held == NULL ? NULL : lv_hash_put(&wanted_masks, id);

    if (wanted != NULL && *wanted == 0)
        look_at(stack, held, wanted);
}

static bool has(const struct lv_hash *masks, unsigned i, uint32_t stack)
{
    const uint64_t *mask = stack == 0 ? NULL : lv_hash_get(masks, stack);

    return mask != NULL && (*mask >> i & 1) != 0;
}

bool lv_plan_holds(unsigned i, uint32_t stack)
{
    return has(&held_masks, i, stack);
}

bool lv_plan_wants(unsigned i, uint32_t stack)
{
    return has(&wanted_masks, i, stack);
}

bool lv_plan_names_hold(unsigned i)
{
    return lists[i][HELD].count > 0;
}
