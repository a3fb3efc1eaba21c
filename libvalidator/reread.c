/* SPDX-License-Identifier: BSD-2-Clause */
/* reread.c: see reread.h. */
#include "reread.h"

#include "engine.h"
#include "instance.h"
#include "memory.h"
#include "misuse.h"
#include "record.h"

/* Freed with its lock's rare part. */
struct lv_reread {
    uint32_t writer, writer_segment;
    uint32_t reader, reader_segment; /* 0: none that was not told */
    struct lv_rec_hold again, first;
};

static struct lv_reread *reread_of(struct lv_instance *instance)
{
    struct lv_rare *rare = lv_instance_rare(instance);

    if (rare != NULL && rare->reread == NULL)
        rare->reread = lv_calloc(1, sizeof *rare->reread);
    if (rare == NULL || rare->reread == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        return NULL;
    }
    return rare->reread;
}

static bool meets(const struct lv_reread *reread)
{
    return reread->writer != 0 && reread->reader != 0 &&
           reread->writer != reread->reader &&
           lv_segments_overlap(lv_engine.segments, reread->writer,
                               reread->writer_segment, reread->reader,
                               reread->reader_segment);
}

static void tell(struct lv_reread *reread)
{
    lv_misuse_tell(reread->reader, LV_MISUSE_READ_TWICE, &reread->again,
                   &reread->first, reread->reader);
    reread->reader = 0;
}

void lv_reread_note(struct lv_thread *thread, struct lv_instance *instance,
                    const struct lv_rec_hold *again,
                    const struct lv_rec_hold *first)
{
    struct lv_reread *reread = reread_of(instance);

    if (reread == NULL)
        return;
    lv_thread_write_name(thread);
    reread->reader = thread->id;
    reread->reader_segment = thread->segment;
    reread->again = *again;
    reread->first = *first;
    thread->observed = thread->segment + 1;
    if (meets(reread))
        tell(reread);
}

void lv_reread_writer(struct lv_thread *thread, struct lv_instance *instance)
{
    struct lv_reread *reread;

    if (instance->family == LV_FAMILY_MUTEX ||
        instance->family == LV_FAMILY_SPIN || instance->family == LV_FAMILY_C11)
        return;
    reread = reread_of(instance);
    if (reread == NULL)
        return;
    reread->writer = thread->id;
    reread->writer_segment = thread->segment;
    thread->observed = thread->segment + 1;
    if (meets(reread))
        tell(reread);
}
