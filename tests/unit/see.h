/* SPDX-License-Identifier: BSD-2-Clause */
/* see.h: observations for the tests of order and exception, written as
 *   see(thread, "WANT <- HOLD HOLD …")
 * e.g. "B <- A", "b2:r <- A g:rr". A lock is a letter, its class (a is class
 * 1, b 2; capitals are the same letters), and a digit, its instance within the
 * class (none: 0); then flags: w write (the default), r read, R recursive read,
 * t try, n nested, x raw, s waiting reader, o single-shot reader, f reader
 * about to fall back, W annotated sequence write, a again, p pseudo, u not
 * published, '1 … '9 the stack where it was taken. "thread.segment" as thread:
 * see_in. Includes order.h. */
#ifndef LV_TEST_SEE_H
#define LV_TEST_SEE_H

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

#define MAX_SEEN 4096

static const struct lv_rec_observation *all_seen[MAX_SEEN];
static size_t seen_count;

static uint32_t instance_of(uint32_t class_id, uint32_t which)
{
    return class_id * 1000 + which;
}

static const char *parse_hold(const char *at, struct lv_rec_hold *hold)
{
    uint32_t which = 0;

    hold->class_id = (uint32_t)(tolower(*at++) - 'a') + 1;
    while (isdigit((unsigned char)*at))
        which = which * 10 + (uint32_t)(*at++ - '0');
    hold->instance = instance_of(hold->class_id, which);
    hold->how = 0;
    hold->stack = 0;
    if (*at != ':')
        return at;
    for (at++; *at != ' ' && *at != '\0'; at++) {
        switch (*at) {
        case 'r':
            hold->how |= LV_HOW_READ;
            break;
        case 'R':
            hold->how |= LV_HOW_READ_RECURSIVE;
            break;
        case 't':
            hold->how |= LV_HOW_TRY;
            break;
        case 'n':
            hold->how |= LV_HOW_NESTED;
            break;
        case 'x':
            hold->how |= LV_HOW_RAW;
            break;
        case 's':
            hold->how |= LV_HOW_SEQ_WAIT;
            break;
        case 'o':
            hold->how |= LV_HOW_SEQ_ONCE | LV_HOW_READ_RECURSIVE;
            break;
        case 'f':
            hold->how |= LV_HOW_SEQ_FALLBACK | LV_HOW_READ_RECURSIVE;
            break;
        case 'a':
            hold->how |= LV_HOW_AGAIN;
            break;
        case 'u':
            hold->how |= LV_HOW_UNPUBLISHED;
            break;
        case 'p':
            hold->how |= LV_HOW_PSEUDO;
            break;
        case 'c':
            hold->how |= LV_HOW_CONTEXT | LV_HOW_PSEUDO;
            break;
        case 'W':
            hold->how |= LV_HOW_SEQ_WRITE;
            break;
        case '\'':
            hold->stack = (uint32_t)(*++at - '0');
            break;
        default:
            abort();
        }
    }
    return at;
}

/* Kept until forget_seen. */
static const struct lv_rec_observation *
make_seen(uint32_t thread, uint32_t segment, const char *text)
{
    struct lv_rec_observation *seen =
        calloc(1, sizeof *seen + strlen(text) * sizeof seen->hold[0]);

    if (seen == NULL || seen_count == MAX_SEEN)
        abort();
    seen->thread = thread;
    seen->segment = segment;
    text = parse_hold(text, &seen->wanted);
    while (*text != '\0') {
        if (strchr(" <-", *text) != NULL)
            text++;
        else
            text = parse_hold(text, &seen->hold[seen->count++]);
    }
    all_seen[seen_count++] = seen;
    return seen;
}

static void forget_seen(void)
{
    while (seen_count > 0)
        free((void *)(uintptr_t)all_seen[--seen_count]);
}

#endif
