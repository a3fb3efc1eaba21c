/* SPDX-License-Identifier: BSD-2-Clause */
/* misuse.c: see misuse.h. */
#include "misuse.h"

#include "findings.h"
#include "hash.h"
#include "notice.h"
#include "record.h"

static struct lv_hash told; /* kind, class and stack */

void lv_misuse_write(struct lv_thread *thread, enum lv_misuse kind,
                     const struct lv_rec_hold *lock,
                     const struct lv_rec_hold *other, uint32_t other_thread)
{
    uint64_t *seen =
        lv_hash_put(&told, lv_mix(lv_mix(kind, lock->class_id), lock->stack));
    struct lv_rec_misuse *entry;

    if (seen == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return;
    }
    if ((*seen)++ != 0)
        return;
    lv_thread_write_name(thread);
    entry = lv_record_append(LV_REC_MISUSE, sizeof *entry);
    if (entry == NULL)
        return;
    entry->kind = kind;
    entry->thread = thread->id;
    entry->lock = *lock;
    entry->other = *other;
    entry->other_thread = other_thread;
    lv_record_commit(entry);
    lv_findings_add();
    lv_notice_misuse(entry);
}
