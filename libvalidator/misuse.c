/* SPDX-License-Identifier: BSD-2-Clause */
/* misuse.c: see misuse.h. */
#include "misuse.h"

#include "findings.h"
#include "hash.h"
#include "notice.h"
#include "record.h"

static struct lv_hash told; /* kind, class and stack */

static bool is_news(enum lv_misuse kind, const struct lv_rec_hold *lock)
{
    uint64_t *seen =
        lv_hash_put(&told, lv_mix(lv_mix(kind, lock->class_id), lock->stack));

    if (seen == NULL)
        lv_record_lost(LV_LOST_MEMORY);
    return seen != NULL && (*seen)++ == 0;
}

/* What fails nothing is for the report alone. */
static bool is_note(enum lv_misuse kind)
{
    return kind == LV_MISUSE_UNSAFE_CALL || kind == LV_MISUSE_UNSAFE_INSIDE;
}

static void write(uint32_t thread, enum lv_misuse kind,
                  const struct lv_rec_hold *lock,
                  const struct lv_rec_hold *other, uint32_t other_thread)
{
    struct lv_rec_misuse *entry =
        lv_record_append(LV_REC_MISUSE, sizeof *entry);

    if (entry == NULL)
        return;
    entry->kind = kind;
    entry->thread = thread;
    entry->lock = *lock;
    entry->other = *other;
    entry->other_thread = other_thread;
    lv_record_commit(entry);
    if (is_note(kind))
        return;
    lv_findings_add();
    lv_notice_misuse(entry);
}

void lv_misuse_write(struct lv_thread *thread, enum lv_misuse kind,
                     const struct lv_rec_hold *lock,
                     const struct lv_rec_hold *other, uint32_t other_thread)
{
    if (!is_news(kind, lock))
        return;
    lv_thread_write_name(thread);
    write(thread->id, kind, lock, other, other_thread);
}

void lv_misuse_tell(uint32_t thread, enum lv_misuse kind,
                    const struct lv_rec_hold *lock,
                    const struct lv_rec_hold *other, uint32_t other_thread)
{
    if (is_news(kind, lock))
        write(thread, kind, lock, other, other_thread);
}
