/* SPDX-License-Identifier: BSD-2-Clause */
/* model_merge.c: see model_merge.h. */
#include "model_merge.h"

#include <stdlib.h>
#include <string.h>

/* Pieces of one range; more, and it is taken for a lock of its own. */
enum { MOST_PIECES = 64 };

/* Everything that a family lists is the model's own, const to its readers. */
static void *own(const void *entry)
{
    return (void *)(uintptr_t)entry;
}

/* ---- families that share a lock ------------------------------------------ */

static uint32_t root_of(uint32_t *root, uint32_t family)
{
    while (root[family] != family)
        family = root[family] = root[root[family]];
    return family;
}

static void unite(uint32_t *root, uint32_t a, uint32_t b)
{
    a = root_of(root, a);
    b = root_of(root, b);
    if (a < b)
        root[b] = a;
    else
        root[a] = b;
}

/* Ranges of one file may overlap: the file is what their families share. */
static void unite_sharers(const struct model *model, uint32_t *root)
{
    uint32_t *by_shared = calloc(model->shared_count, sizeof(*by_shared));
    uint32_t *by_file = calloc(model->shared_count + 1, sizeof(*by_file));
    size_t f, i;

    if (by_shared == NULL || by_file == NULL)
        tool_out_of_memory();
    for (f = 0; f < model->family_count; f++)
        for (i = 1; i < model->family[f].instance_count; i++) {
            uint32_t id = model->family[f].instance[i].shared, *met;

            if (id == 0)
                continue;
            met = model->shared[id].kind == LV_SHARED_RANGE
                      ? &by_file[model->shared[id].file]
                      : &by_shared[id];
            if (*met != 0)
                unite(root, *met - 1, (uint32_t)f);
            *met = (uint32_t)f + 1;
        }
    free(by_shared);
    free(by_file);
}

/* Where the ids of a family begin in the one that it goes into. */
struct shift {
    uint32_t instance, thread;
};

static void shift_id(uint32_t *id, uint32_t by)
{
    if (*id != 0)
        *id += by;
}

static void shift_holds(struct lv_rec_hold *hold, uint32_t count,
                        struct shift by)
{
    while (count-- > 0)
        shift_id(&hold[count].instance, by.instance);
}

static void shift_misuse(struct lv_rec_misuse *misuse, struct shift by)
{
    shift_id(&misuse->thread, by.thread);
    shift_id(&misuse->other_thread, by.thread);
    shift_holds(&misuse->lock, 1, by);
    shift_holds(&misuse->other, 1, by);
    shift_holds(misuse->hold, misuse->count, by);
}

static void shift_operation(struct lv_rec_operation *operation, struct shift by)
{
    uint32_t i;

    shift_id(&operation->thread, by.thread);
    for (i = 0; i < operation->role_count; i++)
        shift_id(&operation->role[i].instance, by.instance);
    shift_holds(lv_rec_operation_holds(operation), operation->count, by);
}

static void shift_deadlock(struct lv_rec_deadlock *deadlock, struct shift by)
{
    uint32_t i;

    for (i = 0; i < deadlock->count; i++) {
        shift_id(&deadlock->party[i].thread, by.thread);
        shift_holds(&deadlock->party[i].held, 1, by);
        shift_holds(&deadlock->party[i].wanted, 1, by);
    }
}

static void shift_signal(struct lv_rec_signal *signal, struct shift by)
{
    uint32_t i;

    shift_id(&signal->thread, by.thread);
    shift_holds(&signal->event, 1, by);
    for (i = 0; i < signal->count; i++)
        shift_holds(&signal->need[i].lock, 1, by);
}

static void shift_hang(struct lv_rec_hang *hang, struct shift by)
{
    uint32_t i;

    for (i = 0; i < hang->count; i++) {
        shift_id(&hang->wait[i].thread, by.thread);
        shift_id(&hang->wait[i].joined, by.thread);
        shift_holds(&hang->wait[i].wanted, 1, by);
        shift_holds(hang->wait[i].hold, hang->wait[i].count, by);
    }
}

static void move_locks_and_threads(struct model_family *to,
                                   struct model_family *from, struct shift by)
{
    size_t i;

    for (i = 1; i < from->instance_count; i++)
        *TOOL_PUSH(to->instance, to->instance_count, to->instance_room) =
            from->instance[i];
    for (i = 1; i < from->thread_count; i++)
        *TOOL_PUSH(to->thread, to->thread_count, to->thread_room) =
            from->thread[i];
    for (i = 0; i < from->birth_count; i++) {
        struct model_birth birth = from->birth[i];

        shift_id(&birth.thread, by.thread);
        shift_id(&birth.parent, by.thread);
        *TOOL_PUSH(to->birth, to->birth_count, to->birth_room) = birth;
    }
    for (i = 0; i < from->join_count; i++) {
        struct model_join join = from->join[i];

        shift_id(&join.joiner, by.thread);
        shift_id(&join.joined, by.thread);
        *TOOL_PUSH(to->join, to->join_count, to->join_room) = join;
    }
    from->instance_count = from->thread_count = 1;
    from->birth_count = from->join_count = 0;
}

static void move_events(struct model_family *to, struct model_family *from,
                        struct shift by)
{
    size_t i;

    for (i = 0; i < from->seen_count; i++) {
        struct lv_rec_observation *seen = own(from->seen[i]);

        shift_id(&seen->thread, by.thread);
        shift_holds(&seen->wanted, 1, by);
        shift_holds(seen->hold, seen->count, by);
        *TOOL_PUSH(to->seen, to->seen_count, to->seen_room) = seen;
    }
    for (i = 0; i < from->misuse_count; i++) {
        shift_misuse(own(from->misuse[i]), by);
        *TOOL_PUSH(to->misuse, to->misuse_count, to->misuse_room) =
            from->misuse[i];
    }
    for (i = 0; i < from->operation_count; i++) {
        shift_operation(own(from->operation[i]), by);
        *TOOL_PUSH(to->operation, to->operation_count, to->operation_room) =
            from->operation[i];
    }
    for (i = 0; i < from->deadlock_count; i++) {
        shift_deadlock(own(from->deadlock[i]), by);
        *TOOL_PUSH(to->deadlock, to->deadlock_count, to->deadlock_room) =
            from->deadlock[i];
    }
    for (i = 0; i < from->signal_count; i++) {
        shift_signal(own(from->signal[i]), by);
        *TOOL_PUSH(to->signal, to->signal_count, to->signal_room) =
            from->signal[i];
    }
    for (i = 0; i < from->hang_count; i++) {
        shift_hang(own(from->hang[i]), by);
        *TOOL_PUSH(to->hang, to->hang_count, to->hang_room) = from->hang[i];
    }
    from->seen_count = from->misuse_count = from->operation_count = 0;
    from->deadlock_count = from->signal_count = from->hang_count = 0;
}

static void move_family(struct model *model, uint32_t to_index,
                        uint32_t from_index)
{
    struct model_family *to = &model->family[to_index];
    struct model_family *from = &model->family[from_index];
    struct shift by = {(uint32_t)to->instance_count - 1,
                       (uint32_t)to->thread_count - 1};
    size_t i;

    move_locks_and_threads(to, from, by);
    move_events(to, from, by);
    to->order_lost |= from->order_lost;
    for (i = 0; i < model->reaped_count; i++)
        if (model->process[model->reaped[i].process].family == from_index)
            shift_id(&model->reaped[i].thread, by.thread);
    for (i = 0; i < model->process_count; i++)
        if (model->process[i].family == from_index)
            model->process[i].family = to_index;
}

static void merge_families(struct model *model)
{
    uint32_t *root = calloc(model->family_count + 1, sizeof(*root)), i;

    if (root == NULL)
        tool_out_of_memory();
    for (i = 0; i < model->family_count; i++)
        root[i] = i;
    unite_sharers(model, root);
    for (i = 0; i < model->family_count; i++)
        if (root_of(root, i) != i)
            move_family(model, root_of(root, i), i);
    free(root);
}

/* ---- one lock for all its sharers ---------------------------------------- */

/* A class by which a lock was made tells more than where one process met it. */
static bool is_origin(const struct model *model, uint32_t class_id)
{
    uint32_t kind = model->class[class_id].kind;

    return kind == LV_CLASS_DECLARED || kind == LV_CLASS_INIT ||
           kind == LV_CLASS_STATIC;
}

static void mark_recycled(struct model *model,
                          const struct model_family *family)
{
    struct tool_arena scratch = {0};
    struct intern made = {0};
    size_t i;

    for (i = 1; i < family->instance_count; i++) {
        const struct model_instance *instance = &family->instance[i];
        uint32_t key[2] = {instance->process, instance->shared};
        bool added;

        if (instance->shared == 0 || !is_origin(model, instance->class_id) ||
            model->shared[instance->shared].kind != LV_SHARED_MEMORY)
            continue;
        intern_add(&made, &scratch, key, sizeof(key), &added);
        if (!added)
            model->shared[instance->shared].recycled = true;
    }
    intern_free(&made);
    tool_arena_free(&scratch);
}

static void choose_locks(struct model *model, struct model_family *family)
{
    uint32_t i;

    for (i = 1; i < family->instance_count; i++) {
        const struct model_instance *instance = &family->instance[i];
        struct model_shared *shared = &model->shared[instance->shared];

        if (instance->shared == 0)
            continue;
        if (shared->count == 0) {
            shared->first = i;
            shared->count = 1;
            shared->class_id = instance->class_id;
        } else if (is_origin(model, instance->class_id) &&
                   !is_origin(model, shared->class_id)) {
            shared->class_id = instance->class_id;
        }
        family->instance[shared->first].holds |= instance->holds;
        family->instance[shared->first].fails |= instance->fails;
    }
}

/* ---- ranges -------------------------------------------------------------- */

static int by_range(const void *left, const void *right)
{
    const struct model_shared *const *a = left, *const *b = right;

    if ((*a)->file != (*b)->file)
        return (*a)->file < (*b)->file ? -1 : 1;
    if ((*a)->start != (*b)->start)
        return (*a)->start < (*b)->start ? -1 : 1;
    return ((*a)->end > (*b)->end) - ((*a)->end < (*b)->end);
}

static int by_number(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* Where ranges that hang together begin and end, each place once. */
static size_t list_cuts(struct model_shared **range, size_t count,
                        uint64_t *cut)
{
    size_t i, kept = 0;

    for (i = 0; i < count; i++) {
        cut[2 * i] = range[i]->start;
        cut[2 * i + 1] = range[i]->end;
    }
    qsort(cut, 2 * count, sizeof(*cut), by_number);
    for (i = 0; i < 2 * count; i++)
        if (kept == 0 || cut[kept - 1] != cut[i])
            cut[kept++] = cut[i];
    return kept;
}

static size_t find_cut(const uint64_t *cut, size_t count, uint64_t at)
{
    const uint64_t *found = bsearch(&at, cut, count, sizeof(*cut), by_number);

    return (size_t)(found - cut);
}

/* Ranges that hang together: a lock for each piece between two cuts. */
static void cut_ranges(struct model_family *family, struct model_shared **range,
                       size_t count)
{
    uint64_t *cut = calloc(2 * count, sizeof(*cut));
    struct model_instance model = family->instance[range[0]->first];
    uint32_t base = (uint32_t)family->instance_count;
    size_t cuts, i;

    if (cut == NULL)
        tool_out_of_memory();
    cuts = list_cuts(range, count, cut);
    for (i = 0; i + 1 < cuts; i++)
        *TOOL_PUSH(family->instance, family->instance_count,
                   family->instance_room) = model;
    for (i = 0; i < count; i++) {
        size_t first = find_cut(cut, cuts, range[i]->start);
        size_t pieces = find_cut(cut, cuts, range[i]->end) - first;

        if (pieces > MOST_PIECES) {
            family->order_lost = true;
            continue;
        }
        range[i]->first = base + (uint32_t)first;
        range[i]->count = (uint32_t)pieces;
    }
    free(cut);
}

static void cut_file(struct model_family *family, struct model_shared **range,
                     size_t count)
{
    size_t first = 0, i;
    uint64_t end = 0;

    for (i = 0; i <= count; i++) {
        if (i > first && (i == count || range[i]->start >= end)) {
            if (i - first > 1)
                cut_ranges(family, range + first, i - first);
            first = i;
        }
        if (i < count && (i == first || range[i]->end > end))
            end = range[i]->end;
    }
}

static void cut_files(struct model *model, uint32_t family_index)
{
    struct model_family *family = &model->family[family_index];
    struct model_shared **range = NULL;
    size_t count = 0, room = 0, i, first = 0;
    bool *met = calloc(model->shared_count, sizeof(*met));

    if (met == NULL)
        tool_out_of_memory();
    for (i = 1; i < family->instance_count; i++) {
        uint32_t id = family->instance[i].shared;

        if (id == 0 || met[id] || model->shared[id].kind != LV_SHARED_RANGE)
            continue;
        met[id] = true;
        *TOOL_PUSH(range, count, room) = &model->shared[id];
    }
    free(met);
    if (count > 0)
        qsort(range, count, sizeof(struct model_shared *), by_range);
    for (i = 1; i <= count; i++)
        if (i == count || range[i]->file != range[first]->file) {
            cut_file(family, range + first, i - first);
            first = i;
        }
    free(range);
}

/* ---- what was seen of them ----------------------------------------------- */

struct rewriting {
    struct model *model;
    struct model_family *family;
    struct intern owners;
    struct tool_arena scratch;
};

/* NULL: the lock is nobody else's. */
static const struct model_shared *shared_of(const struct rewriting *to,
                                            const struct lv_rec_hold *hold)
{
    const struct model_instance *instance =
        &to->family->instance[hold->instance];
    const struct model_shared *shared = &to->model->shared[instance->shared];

    return instance->shared == 0 || shared->recycled ? NULL : shared;
}

static uint32_t pieces_of(const struct rewriting *to,
                          const struct lv_rec_hold *hold)
{
    const struct model_shared *shared = shared_of(to, hold);

    return shared == NULL ? 1 : shared->count;
}

static uint32_t owner_bits(struct rewriting *to, uint64_t owner)
{
    bool added;
    uint32_t id;

    if (owner == 0)
        return 0;
    id = intern_add(&to->owners, &to->scratch, &owner, sizeof(owner), &added);
    return (1 + (id - 1) % 255) << LV_HOW_OWNER_SHIFT;
}

/* As piece `n` of what it was. */
static struct lv_rec_hold
rewrite_hold(struct rewriting *to, const struct lv_rec_hold *hold, uint32_t n)
{
    const struct model_shared *shared = shared_of(to, hold);
    const struct model_instance *was = &to->family->instance[hold->instance];
    struct lv_rec_hold new = *hold;

    if (shared == NULL)
        return new;
    new.instance = shared->first + n;
    new.how |= owner_bits(to, was->owner);
    if (hold->class_id == was->class_id)
        new.class_id = shared->class_id;
    return new;
}

static void rewrite_holds(struct rewriting *to, struct lv_rec_hold *hold,
                          uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count; i++)
        if (hold[i].class_id != 0)
            hold[i] = rewrite_hold(to, &hold[i], 0);
}

static uint32_t rewrite_list(struct rewriting *to,
                             const struct lv_rec_observation *seen,
                             struct lv_rec_hold *hold)
{
    uint32_t i, n, count = 0;

    for (i = 0; i < seen->count; i++)
        for (n = 0; n < pieces_of(to, &seen->hold[i]); n++) {
            if (hold != NULL)
                hold[count] = rewrite_hold(to, &seen->hold[i], n);
            count++;
        }
    return count;
}

/* One observation for each piece of what was wanted. */
static void rewrite_seen(struct rewriting *to,
                         const struct lv_rec_observation *seen,
                         struct model_family *family)
{
    uint32_t count = rewrite_list(to, seen, NULL), n;

    for (n = 0; n < pieces_of(to, &seen->wanted); n++) {
        struct lv_rec_observation *new = tool_take(
            &to->model->turn, sizeof(*new) + count * sizeof(new->hold[0]));

        *new = *seen;
        new->count = count;
        new->wanted = rewrite_hold(to, &seen->wanted, n);
        rewrite_list(to, seen, new->hold);
        *TOOL_PUSH(family->seen, family->seen_count, family->seen_room) = new;
    }
}

static bool names_shared(const struct rewriting *to,
                         const struct lv_rec_observation *seen)
{
    uint32_t i;

    for (i = 0; i < seen->count; i++)
        if (shared_of(to, &seen->hold[i]) != NULL)
            return true;
    return shared_of(to, &seen->wanted) != NULL;
}

static void rewrite_all_seen(struct rewriting *to)
{
    struct model_family *family = to->family;
    const struct lv_rec_observation **old = family->seen;
    size_t count = family->seen_count, i;

    family->seen = NULL;
    family->seen_count = family->seen_room = 0;
    for (i = 0; i < count; i++)
        if (names_shared(to, old[i]))
            rewrite_seen(to, old[i], family);
        else
            *TOOL_PUSH(family->seen, family->seen_count, family->seen_room) =
                old[i];
    free(old);
}

static void rewrite_signal(struct rewriting *to, struct lv_rec_signal *signal)
{
    uint32_t i;

    rewrite_holds(to, &signal->event, 1);
    for (i = 0; i < signal->count; i++)
        rewrite_holds(to, &signal->need[i].lock, 1);
}

static void rewrite_others(struct rewriting *to)
{
    struct model_family *family = to->family;
    size_t i;

    for (i = 0; i < family->misuse_count; i++) {
        struct lv_rec_misuse *misuse = own(family->misuse[i]);

        rewrite_holds(to, &misuse->lock, 1);
        rewrite_holds(to, &misuse->other, 1);
        rewrite_holds(to, misuse->hold, misuse->count);
    }
    for (i = 0; i < family->operation_count; i++) {
        struct lv_rec_operation *operation = own(family->operation[i]);

        rewrite_holds(to, lv_rec_operation_holds(operation), operation->count);
    }
    for (i = 0; i < family->signal_count; i++)
        rewrite_signal(to, own(family->signal[i]));
}

static void merge_locks(struct model *model, uint32_t index)
{
    struct rewriting to = {.model = model, .family = &model->family[index]};
    size_t i;

    for (i = 1; i < to.family->instance_count; i++)
        if (to.family->instance[i].shared != 0)
            break;
    if (i == to.family->instance_count)
        return;
    mark_recycled(model, to.family);
    choose_locks(model, to.family);
    cut_files(model, index);
    rewrite_all_seen(&to);
    rewrite_others(&to);
    intern_free(&to.owners);
    tool_arena_free(&to.scratch);
}

/* ---- forks and waits for children ---------------------------------------- */

static void add_birth(struct model *model, uint32_t child_index)
{
    const struct model_process *child = &model->process[child_index];
    struct model_family *family = &model->family[child->family];
    uint32_t thread = 0, parent = 0, i;

    for (i = 1; i < family->thread_count; i++) {
        const struct model_thread *t = &family->thread[i];

        if (t->number != child->parent_thread)
            continue;
        if (t->process == child_index)
            thread = i;
        else if (strcmp(model->process[t->process].record, child->parent) == 0)
            parent = i;
    }
    if (thread != 0 && parent != 0)
        *TOOL_PUSH(family->birth, family->birth_count, family->birth_room) =
            (struct model_birth){thread, parent, child->parent_segment};
}

/* The one that was waited for, index + 1. 0: none is known, or several of one
 * pid. */
static uint32_t find_child(const struct model *model,
                           const struct model_reaped *reaped)
{
    const char *parent = model->process[reaped->process].record;
    uint32_t i, found = 0;

    for (i = 0; i < model->process_count; i++) {
        if (model->process[i].pid != reaped->pid ||
            strcmp(model->process[i].parent, parent) != 0)
            continue;
        if (found != 0)
            return 0;
        found = i + 1;
    }
    return found;
}

static void add_join(struct model *model, const struct model_reaped *reaped)
{
    uint32_t child = find_child(model, reaped), i;
    struct model_family *family;

    if (child == 0)
        return;
    family = &model->family[model->process[child - 1].family];
    for (i = 1; i < family->thread_count; i++)
        if (family->thread[i].process == child - 1)
            *TOOL_PUSH(family->join, family->join_count, family->join_room) =
                (struct model_join){reaped->thread, reaped->segment, i,
                                    UINT32_MAX};
}

static void order_processes(struct model *model)
{
    uint32_t i;

    for (i = 0; i < model->process_count; i++)
        if (model->process[i].parent[0] != '\0' &&
            model->process[i].parent_thread != 0)
            add_birth(model, i);
    for (i = 0; i < model->reaped_count; i++)
        add_join(model, &model->reaped[i]);
}

void model_merge(struct model *model)
{
    uint32_t i;

    if (model->shared_count > 1) {
        merge_families(model);
        for (i = 0; i < model->family_count; i++)
            merge_locks(model, i);
    }
    order_processes(model);
}
