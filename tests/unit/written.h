/* SPDX-License-Identifier: BSD-2-Clause */
/* written.h: what a test of the engine has brought into the record.
 * Includes record.h; cmocka.h comes before it. */
#ifndef LV_TEST_WRITTEN_H
#define LV_TEST_WRITTEN_H

#include <stddef.h>

#include "record.h"

static size_t mark; /* where the current test's entries begin */

/* The next entry of `type` at or after `from`; NULL: none. */
static const struct lv_rec_head *next_entry(enum lv_rec_type type, size_t *from)
{
    const char *base = (const char *)lv_record_header() + LV_REC_HEADER_SIZE;

    while (*from < lv_record_header()->committed) {
        const struct lv_rec_head *head = (const void *)(base + *from);

        *from += head->size;
        if (head->type == type)
            return head;
    }
    return NULL;
}

static inline unsigned count_entries(enum lv_rec_type type)
{
    size_t from = mark;
    unsigned count = 0;

    while (next_entry(type, &from) != NULL)
        count++;
    return count;
}

/* The test's newest entry of `type`; NULL: none. */
static inline const void *newest_entry(enum lv_rec_type type)
{
    const struct lv_rec_head *head, *newest = NULL;
    size_t from = mark;

    while ((head = next_entry(type, &from)) != NULL)
        newest = head;
    return newest;
}

/* Its only one. */
static inline const void *only_entry(enum lv_rec_type type)
{
    assert_int_equal(count_entries(type), 1);
    return newest_entry(type);
}

#endif
