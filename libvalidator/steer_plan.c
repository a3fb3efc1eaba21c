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

static struct {
    struct place held[PLACES], wanted[PLACES];
    unsigned held_count, wanted_count;
} places[LV_STEER_STEPS];

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

static bool read_line(char *line)
{
    unsigned last = lv_plan.count - 1;

    if (strncmp(line, "wait ", 5) == 0)
        return read_number(line + 5, 0, LONGEST_MS, &lv_plan.wait_ms);
    if (strncmp(line, "skip ", 5) == 0)
        return read_number(line + 5, 0, MOST_SKIPPED, &lv_plan.skip);
    if (strcmp(line, "displace") == 0) {
        lv_plan.displace = true;
        return true;
    }
    if (strcmp(line, "step") == 0)
        return add_step(NULL);
    if (strncmp(line, "step signal ", 12) == 0)
        return add_step(line + 12);
    if (lv_plan.count > 0 && strncmp(line, "held ", 5) == 0)
        return add_place(places[last].held, &places[last].held_count, line + 5);
    if (lv_plan.count > 0 && strncmp(line, "wanted ", 7) == 0)
        return add_place(places[last].wanted, &places[last].wanted_count,
                         line + 7);
    return false;
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

static bool are_twins(unsigned a, unsigned b)
{
    return lv_plan.signal[a] == 0 && lv_plan.signal[b] == 0 &&
           places[a].held_count == places[b].held_count &&
           places[a].wanted_count == places[b].wanted_count &&
           are_same(places[a].held, places[b].held, places[a].held_count) &&
           are_same(places[a].wanted, places[b].wanted, places[a].wanted_count);
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
    memset(places, 0, sizeof places);
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

static bool is_at(const struct place *place, unsigned n,
                  const struct lv_stack *stack)
{
    unsigned i;
    size_t f;

    for (f = 0; f < stack->count; f++) {
        const struct lv_module *module = lv_module_find(stack->frame[f]);
        uint64_t offset = module == NULL ? 0 : stack->frame[f] - module->bias;

        for (i = 0; module != NULL && i < n; i++)
            if (offset >= place[i].start && offset < place[i].end &&
                strcmp(base_of(module->path), place[i].file) == 0)
                return true;
    }
    return false;
}

static void look_at(const struct lv_stack *stack, uint64_t *held,
                    uint64_t *wanted)
{
    unsigned i;

    *held = *wanted = KNOWN;
    for (i = 0; i < lv_plan.count; i++) {
        if (is_at(places[i].held, places[i].held_count, stack))
            *held |= UINT64_C(1) << i;
        if (is_at(places[i].wanted, places[i].wanted_count, stack))
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
    return places[i].held_count > 0;
}
