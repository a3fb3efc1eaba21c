/* SPDX-License-Identifier: BSD-2-Clause */
/* model_loader.h: what reads one record into the model.
 *
 *   model_load.c    opens it and its ancestors, and walks them
 *   model_define.c  entries that name something by an id
 *   model_deeds.c   entries that say what was done with it
 *   model_ids.c     what the ids mean
 *
 * False: the record is damaged there, which was noted. Includes model.h. */
#ifndef MODEL_LOADER_H
#define MODEL_LOADER_H

#include "model.h"

/* What a record's id of a lock or thread means; `id` is the family's, 0 until
 * this process itself has spoken of it. */
struct local_lock {
    uint32_t class_id, id;
    uint32_t shared;
    uint64_t address, owner;
};

struct local_thread {
    uint32_t number, tid, id;
    const char *name;
};

struct loader {
    struct model *model;
    struct record *record; /* the one being walked */
    struct map modules, stacks, classes, locks, threads;
    struct local_lock *lock;
    size_t lock_count, lock_room;
    struct local_thread *thread;
    size_t thread_count, thread_room;
    uint32_t process; /* index of the process that all is for */
    uint32_t family;
    bool own; /* walking its own record, not an ancestor's */
    uint64_t at;
    uint32_t guard;                   /* lv_rec_steer's, not yet found */
    const struct lv_rec_steer *steer; /* whose threads are not; or NULL */
};

/* The two kinds of entries; each leaves the other's alone. A child inherits
 * what its ancestors defined, not what they did: deeds are its own record's. */
bool loader_define(struct loader *loader, const struct lv_rec_head *head);
bool loader_deed(struct loader *loader, const struct lv_rec_head *head);

/* ---- model_ids.c --------------------------------------------------------- */

/* False, and "WHAT ID" is what is wrong with the entry. */
bool loader_bad(struct loader *loader, const char *what, uint32_t id);

struct model_family *loader_family(struct loader *loader);

/* 0 stands for none, and is found. */
bool loader_find_stack(struct loader *loader, uint32_t id, uint32_t *found);
bool loader_find_place(struct loader *loader, lv_place place,
                       struct model_place *found);

/* There is no 0 of these. Locks and threads that an ancestor defined enter the
 * family when they are found first. */
bool loader_find_class(struct loader *loader, uint32_t id, uint32_t *found);
bool loader_find_lock(struct loader *loader, uint32_t id, uint32_t *found);
bool loader_find_thread(struct loader *loader, uint32_t id, uint32_t *found);
bool loader_find_hold(struct loader *loader, const struct lv_rec_hold *hold,
                      struct lv_rec_hold *found);
bool loader_find_holds(struct loader *loader, const struct lv_rec_hold *hold,
                       uint32_t count, struct lv_rec_hold *found);

/* It enters the family: this process speaks of it. */
void loader_meet_lock(struct loader *loader, struct local_lock *lock);
void loader_meet_thread(struct loader *loader, struct local_thread *thread,
                        uint32_t parent, uint32_t segment);

#endif
