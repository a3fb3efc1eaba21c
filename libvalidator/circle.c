/* SPDX-License-Identifier: BSD-2-Clause */
/* circle.c: see circle.h.
 *
 * The steps are filled one after the other, each with somebody who follows the
 * one before, or left empty; who finds no seat in the end sends the search
 * back. Who has nobody before it comes first where there is a choice: a chain
 * is then filled in one go, and the search seldom turns back. It gives up after
 * so many tries: what is lost is one meeting. */
#include "circle.h"

enum { TRIES = 1024 };

static struct guest {
    struct lv_meeting_step step;
    bool leads; /* it follows nobody who is here */
    bool sits;
} guest[LV_STEER_STEPS];

static struct {
    unsigned steps, guests, seated, tries;
    const struct guest *at[LV_STEER_STEPS]; /* NULL: left empty */
} table;

bool lv_circle_follows(const struct lv_meeting_step *before,
                       const struct lv_meeting_step *behind)
{
    return lv_meeting_agree(&before->want, &behind->hold);
}

bool lv_circle_needs_writer(const struct lv_meeting_step *wants,
                            const struct lv_meeting_step *holds)
{
    return wants->want.kind != 0 && holds->hold.kind != 0 &&
           !wants->want.pseudo &&
           (wants->want.how & LV_HOW_MODE) == LV_HOW_READ &&
           (holds->hold.how & LV_HOW_MODE) != LV_HOW_WRITE &&
           lv_meeting_agree(&wants->want, &holds->hold);
}

/* ---- seats --------------------------------------------------------------- */

static bool fits_behind(const struct guest *before, const struct guest *one)
{
    return before == NULL || lv_circle_follows(&before->step, &one->step);
}

static bool fill(unsigned i);

static bool try_at(unsigned i, struct guest *one)
{
    bool good;

    if (table.tries++ >= TRIES)
        return false;
    one->sits = true;
    table.seated++;
    table.at[i] = one;
    good = fill(i + 1);
    one->sits = good;
    table.seated -= !good;
    return good;
}

static bool try_all(unsigned i, bool leading)
{
    const struct guest *before = i == 0 ? NULL : table.at[i - 1];
    unsigned g;

    for (g = 0; g < table.guests; g++)
        if (!guest[g].sits && guest[g].leads == leading &&
            (guest[g].step.may >> i & 1) != 0 &&
            fits_behind(before, &guest[g]) && try_at(i, &guest[g]))
            return true;
    return false;
}

static bool is_closed(void)
{
    const struct guest *first = table.at[0], *last = table.at[table.steps - 1];

    return table.seated == table.guests &&
           (table.steps == 1 || first == NULL || fits_behind(last, first));
}

/* Is there a step behind `i` for each who has none? */
static bool have_room(unsigned i)
{
    unsigned g;

    for (g = 0; g < table.guests; g++)
        if (!guest[g].sits && guest[g].step.may >> i >> 1 == 0)
            return false;
    return table.guests - table.seated < table.steps - i;
}

/* The steps from `i` on. */
static bool fill(unsigned i)
{
    if (i == table.steps)
        return is_closed();
    if (try_all(i, true) || try_all(i, false))
        return true;
    table.at[i] = NULL;
    return have_room(i) && fill(i + 1);
}

static void invite(const struct lv_meeting_step *step)
{
    guest[table.guests++] = (struct guest){.step = *step, .leads = true};
}

static void find_leaders(void)
{
    unsigned a, b;

    for (a = 0; a < table.guests; a++)
        for (b = 0; b < table.guests && guest[a].leads; b++)
            if (a != b && guest[b].step.want.kind != 0 &&
                lv_circle_follows(&guest[b].step, &guest[a].step))
                guest[a].leads = false;
}

/* Who stood at an empty step last is still asked about. */
static void move(struct lv_meeting_step *step)
{
    unsigned i;

    for (i = 0; i < table.steps; i++)
        if (table.at[i] != NULL)
            step[i] = table.at[i]->step;
        else
            step[i] = (struct lv_meeting_step){.last = step[i].last};
}

unsigned lv_circle_seat(struct lv_meeting_step *step, unsigned count,
                        uint64_t here, const struct lv_meeting_step *new)
{
    unsigned i, at;

    table.steps = count;
    table.guests = table.seated = table.tries = 0;
    for (i = 0; i < count; i++)
        if ((here >> i & 1) != 0)
            invite(&step[i]);
    if (table.guests == count)
        return count;
    invite(new);
    find_leaders();
    if (!fill(0))
        return count;
    for (at = 0; table.at[at] != &guest[table.guests - 1]; at++)
        ;
    move(step);
    return at;
}
