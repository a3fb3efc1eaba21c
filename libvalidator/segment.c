/* SPDX-License-Identifier: BSD-2-Clause */
/* segment.c: the order that creates and joins put on thread segments.
 *
 * Segment a of a thread is before segment b of another if its end leads there:
 * along its thread, into what that creates later, into whoever joins what was
 * led into. The walk keeps, for each thread reached, the first segment that is
 * after, and visits a thread again only when that falls. One answer costs at
 * most a visit of all creates and joins after a; a memo keeps the last ones.
 * "Before" never stops to hold, as creates and joins are only added; its
 * contrary is kept until the next one is. Includes segment.h, memory.h,
 * table.h. */
#include "segment.h"

#include "memory.h"
#include "table.h"

#define MEMO_SIZE 1024u

struct thread {
    uint64_t id; /* key, must be first */
    uint32_t parent_segment;
    uint32_t child;   /* the newest */
    uint32_t sibling; /* the next older child of its parent */
    uint32_t join;    /* the newest join of this thread */
    bool has_parent;
    /* A walk's own: */
    bool waiting;
    uint32_t walk;  /* number of the walk that reached it */
    uint32_t first; /* segment that is after, where it did */
};

struct join {
    uint32_t joiner;
    uint32_t segment;
    uint32_t until; /* of the joined thread only the segments below */
    uint32_t next;  /* the next older of the same joined thread */
};

struct memo {
    uint32_t thread_a, segment_a, thread_b, segment_b;
    uint32_t version; /* 0: free; FOREVER: a is before b */
};

#define FOREVER UINT32_MAX

struct lv_segments {
    struct thread *thread;
    struct join *join;
    uint32_t *stack; /* as much room as for threads */
    struct lv_table index;
    uint32_t thread_count, thread_room, stack_room;
    uint32_t join_count, join_room;
    uint32_t version; /* raised by each create and join */
    uint32_t walk;
    struct memo memo[MEMO_SIZE];
};

struct lv_segments *lv_segments_new(void)
{
    struct lv_segments *segments = lv_calloc(1, sizeof *segments);

    if (segments != NULL)
        segments->version = 1;
    return segments;
}

void lv_segments_free(struct lv_segments *segments)
{
    if (segments == NULL)
        return;
    lv_table_free(&segments->index);
    lv_free(segments->thread);
    lv_free(segments->join);
    lv_free(segments->stack);
    lv_free(segments);
}

static uint32_t find(const struct lv_segments *segments, uint32_t id)
{
    return lv_table_find(&segments->index, segments->thread,
                         sizeof *segments->thread, id);
}

static uint32_t find_or_add(struct lv_segments *segments, uint32_t id)
{
    uint32_t t = find(segments, id);

    if (t != LV_TABLE_NONE)
        return t;
    t = segments->thread_count;
    if (!lv_table_reserve(&segments->index, segments->thread,
                          sizeof *segments->thread) ||
        !lv_vector_reserve(&segments->thread, &segments->thread_room,
                           (uint64_t)t + 1, sizeof *segments->thread) ||
        !lv_vector_reserve(&segments->stack, &segments->stack_room,
                           (uint64_t)t + 1, sizeof *segments->stack))
        return LV_TABLE_NONE;
    memset(&segments->thread[t], 0, sizeof *segments->thread);
    segments->thread[t].id = id;
    segments->thread[t].child = LV_TABLE_NONE;
    segments->thread[t].sibling = LV_TABLE_NONE;
    segments->thread[t].join = LV_TABLE_NONE;
    lv_table_add(&segments->index, segments->thread, sizeof *segments->thread,
                 t);
    segments->thread_count++;
    return t;
}

static void raise_version(struct lv_segments *segments)
{
    if (++segments->version != FOREVER)
        return;
    memset(segments->memo, 0, sizeof segments->memo);
    segments->version = 1;
}

bool lv_segments_thread(struct lv_segments *segments, uint32_t id,
                        uint32_t parent, uint32_t parent_segment)
{
    uint32_t t, p;

    t = find_or_add(segments, id);
    if (t == LV_TABLE_NONE)
        return false;
    if (parent == 0 || parent == id || segments->thread[t].has_parent)
        return true;
    p = find_or_add(segments, parent);
    if (p == LV_TABLE_NONE)
        return false;
    segments->thread[t].has_parent = true;
    segments->thread[t].parent_segment = parent_segment;
    segments->thread[t].sibling = segments->thread[p].child;
    segments->thread[p].child = t;
    raise_version(segments);
    return true;
}

bool lv_segments_join(struct lv_segments *segments, uint32_t joiner,
                      uint32_t segment, uint32_t joined)
{
    return lv_segments_meet(segments, joiner, segment, joined, UINT32_MAX);
}

bool lv_segments_meet(struct lv_segments *segments, uint32_t joiner,
                      uint32_t segment, uint32_t joined, uint32_t until)
{
    uint32_t to = find_or_add(segments, joiner), from;

    if (to == LV_TABLE_NONE)
        return false;
    from = find_or_add(segments, joined);
    if (from == LV_TABLE_NONE ||
        !lv_vector_reserve(&segments->join, &segments->join_room,
                           (uint64_t)segments->join_count + 1,
                           sizeof *segments->join))
        return false;
    segments->join[segments->join_count] =
        (struct join){to, segment, until, segments->thread[from].join};
    segments->thread[from].join = segments->join_count++;
    raise_version(segments);
    return true;
}

/* ---- the walk ------------------------------------------------------------ */

struct walk {
    struct thread *thread;
    uint32_t *stack;
    uint32_t top;
    uint32_t number;
};

/* Segment `first` of thread t, and all later ones, are after. */
static void reach(struct walk *walk, uint32_t t, uint32_t first)
{
    struct thread *thread = &walk->thread[t];

    if (thread->walk != walk->number) {
        thread->walk = walk->number;
        thread->waiting = false;
    } else if (thread->first <= first) {
        return;
    }
    thread->first = first;
    if (!thread->waiting)
        walk->stack[walk->top++] = t;
    thread->waiting = true;
}

/* Does the end of segment `segment_a` of thread a lead to the begin of
 * `segment_b` of another, b? In a itself, `first` is segment_a, whose end is
 * where it all begins. */
static bool is_before(const struct lv_segments *segments, uint32_t number,
                      uint32_t a, uint32_t segment_a, uint32_t b,
                      uint32_t segment_b)
{
    struct walk walk = {segments->thread, segments->stack, 0, number};
    const struct thread *thread;
    uint32_t t, i;

    reach(&walk, a, segment_a);
    while (walk.top > 0) {
        t = walk.stack[--walk.top];
        thread = &walk.thread[t];
        walk.thread[t].waiting = false;
        if (t == b && thread->first <= segment_b)
            return true;
        for (i = thread->child; i != LV_TABLE_NONE;
             i = segments->thread[i].sibling)
            if (segments->thread[i].parent_segment >= thread->first)
                reach(&walk, i, 0);
        for (i = thread->join; i != LV_TABLE_NONE; i = segments->join[i].next)
            if (segments->join[i].until > thread->first)
                reach(&walk, segments->join[i].joiner,
                      segments->join[i].segment);
    }
    return false;
}

/* The memo and the walks' marks do not show outside. */
static bool recall(struct lv_segments *segments, uint32_t thread_a,
                   uint32_t segment_a, uint32_t thread_b, uint32_t segment_b)
{
    uint64_t key = lv_table_mix((uint64_t)thread_a << 32 | segment_a) ^
                   lv_table_mix(((uint64_t)thread_b << 32 | segment_b) + 1);
    struct memo *memo = &segments->memo[lv_table_mix(key) % MEMO_SIZE];
    uint32_t a = find(segments, thread_a), b = find(segments, thread_b), i;
    bool before;

    if (a == LV_TABLE_NONE || b == LV_TABLE_NONE)
        return false;
    if (memo->version != 0 && memo->thread_a == thread_a &&
        memo->segment_a == segment_a && memo->thread_b == thread_b &&
        memo->segment_b == segment_b) {
        if (memo->version == FOREVER)
            return true;
        if (memo->version == segments->version)
            return false;
    }
    if (++segments->walk == 0) {
        for (i = 0; i < segments->thread_count; i++)
            segments->thread[i].walk = 0;
        segments->walk = 1;
    }
    before = is_before(segments, segments->walk, a, segment_a, b, segment_b);
    *memo = (struct memo){thread_a, segment_a, thread_b, segment_b,
                          before ? FOREVER : segments->version};
    return before;
}

bool lv_segments_overlap(const struct lv_segments *segments, uint32_t thread_a,
                         uint32_t segment_a, uint32_t thread_b,
                         uint32_t segment_b)
{
    struct lv_segments *own = (struct lv_segments *)(uintptr_t)segments;

    if (thread_a == thread_b)
        return false;
    return !recall(own, thread_a, segment_a, thread_b, segment_b) &&
           !recall(own, thread_b, segment_b, thread_a, segment_a);
}
