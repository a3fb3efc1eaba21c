/* SPDX-License-Identifier: BSD-2-Clause */
/* model.h: what a set of records says, in ids of our own.
 *
 * Modules, stacks and classes are one table for all processes: equal ones are
 * one. A FAMILY is a process and its forked descendants that were read; it has
 * the instances, threads and observations, and one lv_order. A forked child's
 * locks and threads are its own (its memory is a copy). Locks that processes
 * share (model_merge.c) are one, and families that share one become one;
 * between others nothing closes a cycle.
 *
 * Ids count from 1; index 0 of each table is a blank. All strings are clean
 * (tool_clean), but for module.open_path. Everything lives as long as the
 * model, but for what model_next gives back. Includes record_read.h,
 * directory.h, map.h, order.h, segment.h; used by all that judge or render. */
#ifndef MODEL_H
#define MODEL_H

#include "directory.h"
#include "map.h"
#include "order.h"
#include "record_read.h"
#include "segment.h"

struct model_place {
    uint32_t module; /* 0: none; offset is the address */
    uint64_t offset;
};

struct model_module {
    const char *path;
    const char *open_path; /* as recorded: to open, never to print */
    uint32_t build_id_size;
    uint8_t build_id[32];
};

struct model_stack {
    uint32_t count;
    const struct model_place *frame; /* innermost first; return addresses */
};

struct model_class {
    uint32_t kind;   /* enum lv_class_kind */
    uint32_t family; /* enum lv_family */
    uint32_t subclass;
    uint32_t flags;
    uint32_t stack; /* INIT: init call; else a first acquisition; 0: none */
    struct model_place site;
    int64_t offset;
    const char *name;   /* DECLARED; else "" */
    uint64_t instances; /* locks seen in it, over all processes */
    bool here; /* of the records since model_next, if that was called */
};

/* A lock that several processes can take, or a range of a file of which a lock
 * is a part. */
struct model_shared {
    uint32_t kind; /* enum lv_shared_kind */
    uint32_t file; /* equal for all of one kind in one file */
    uint64_t start, end;
    const char *path; /* "" for none */
    bool recycled;    /* one process made several locks at this place */
    /* The locks of its family that it is: `count` from `first` on. */
    uint32_t first, count;
    uint32_t class_id; /* what all processes' locks are taken to be of */
};

struct model_instance {
    uint32_t class_id;
    uint32_t process; /* index in model.process, of one that spoke of it */
    uint32_t shared;  /* in model.shared; 0: a process's own */
    uint64_t address;
    uint64_t owner;    /* of a file's lock, see record_format.h */
    bool holds, fails; /* enum lv_guess: what became of it */
};

struct model_thread {
    uint32_t process; /* index in model.process */
    uint32_t number;  /* 1: the process's first */
    uint32_t tid;
    const char *name; /* may be "" */
};

struct model_process {
    const char *record; /* path of the file */
    const char *program;
    const char *command; /* arguments separated by blanks */
    const char *parent;  /* the record it was forked from, or "" */
    uint32_t parent_thread, parent_segment; /* as in its header */
    const char *test; /* what its user called it, or else `command` */
    uint32_t pid, family;
    uint64_t start_ns;
    uint32_t state;
    uint64_t acquisitions, instances, threads, chains, misses;
    uint64_t lost[LV_LOST_KINDS];
    uint32_t *module; /* what was loaded: indices of model.module */
    size_t module_count, module_room;
};

/* What is known of the order of threads, in the family's ids. */
struct model_birth {
    uint32_t thread, parent, segment;
};

struct model_join {
    uint32_t joiner, segment, joined, until;
};

struct model_reaped {
    uint32_t process; /* the parent, index in model.process */
    uint32_t thread, segment;
    uint32_t pid; /* the child's */
};

struct model_family {
    struct model_instance *instance;
    size_t instance_count, instance_room;
    struct model_thread *thread;
    size_t thread_count, thread_room;
    const struct lv_rec_observation **seen; /* in this model's ids */
    size_t seen_count, seen_room;
    const struct lv_rec_misuse **misuse; /* in this model's ids */
    size_t misuse_count, misuse_room;
    const struct lv_rec_operation **operation; /* in this model's ids */
    size_t operation_count, operation_room;
    const struct lv_rec_deadlock **deadlock; /* in this model's ids */
    size_t deadlock_count, deadlock_room;
    struct model_birth *birth;
    size_t birth_count, birth_room;
    struct model_join *join;
    size_t join_count, join_room;
    struct lv_segments *segments;    /* once learned, as is the order */
    const struct lv_rec_hang **hang; /* likewise; its places are model_places:
                                        LV_PLACE of module and offset */
    size_t hang_count, hang_room;
    const struct lv_rec_signal **signal; /* in this model's ids */
    size_t signal_count, signal_room;
    struct lv_order *order;
    bool order_lost; /* memory ran out while learning */
};

struct rule_set; /* rules.h */

struct model {
    struct tool_arena arena;
    struct tool_arena turn;          /* until model_next */
    const struct rule_set *rule_set; /* to judge by; NULL: none */
    struct model_module *module;
    size_t module_count, module_room;
    struct model_stack *stack;
    size_t stack_count, stack_room;
    struct model_class *class;
    size_t class_count, class_room;
    struct model_process *process;
    size_t process_count, process_room;
    struct model_family *family;
    size_t family_count, family_room;
    struct model_shared *shared;
    size_t shared_count, shared_room;
    struct model_reaped *reaped;
    size_t reaped_count, reaped_room;
    const char **rules; /* distinct texts, as recorded: never to print */
    size_t rules_count, rules_room;
    struct intern modules, stacks, classes, families, rule_texts, places, files;
    struct lv_rec_steer steer; /* of all processes together, in our ids */
    struct model_met {
        uint32_t family, thread, writer; /* 0: nobody that is known */
    } met[LV_STEER_STEPS]; /* who stood at its steps when all waited */
    size_t damaged;        /* records of which something could not be used */
};

void model_start(struct model *model);
void model_free(struct model *model);

/* Read `path`: a record, or a directory of which every *.lvr is read, oldest
 * process first, but for those that `except` lists (NULL: none). Damage is told
 * on standard error, one line per record, and counted. False: the path could
 * not be read at all, which was told. */
bool model_read(struct model *model, const char *path,
                const struct directory_list *except);

/* Read the record at `path` and, for their definitions, those of the processes
 * it was forked from. False: nothing of it could be used; damage of either kind
 * was told and counted. */
bool model_load(struct model *model, const char *path);

/* Begin with another set of records: forget processes, families and rules, and
 * that anything was damaged. */
void model_next(struct model *model);

/* After the last model_read: bring together what processes share, and learn the
 * order of every family. One that was merged into another is left empty. */
void model_learn(struct model *model);

#endif
