/* SPDX-License-Identifier: BSD-2-Clause */
/* maker.c: see maker.h. */
#include "maker.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void maker_start(struct maker *maker, uint32_t pid)
{
    memset(maker, 0, sizeof(*maker));
    maker->header.magic = LV_REC_MAGIC;
    maker->header.version = LV_REC_VERSION;
    maker->header.header_size = LV_REC_HEADER_SIZE;
    maker->header.arch = EM_X86_64;
    maker->header.pid = pid;
    maker->header.ppid = 1;
    maker->header.start_ns = pid;
    strcpy(maker->header.program, "/bin/prog");
    memcpy(maker->header.command, "prog\0--all", sizeof("prog\0--all"));
}

void maker_fork(struct maker *maker, uint32_t pid, const struct maker *parent,
                const char *name)
{
    maker_start(maker, pid);
    strcpy(maker->header.parent, name);
    maker->header.parent_committed = parent->used;
}

void *maker_entry(struct maker *maker, unsigned type, size_t size)
{
    struct lv_rec_head *head = (void *)(maker->bytes + maker->used);

    size = (size + 7) & ~(size_t)7;
    if (sizeof(maker->bytes) - maker->used < size)
        abort();
    memset(head, 0, size); /* a test may have gone back */
    head->type = (uint16_t)type;
    head->size = (uint32_t)size;
    maker->used += size;
    return head;
}

void maker_module(struct maker *maker, uint32_t id, const char *path)
{
    struct lv_rec_module *module =
        maker_entry(maker, LV_REC_MODULE, sizeof(*module) + strlen(path) + 1);

    module->id = id;
    module->start = 0x400000;
    module->end = 0x500000;
    strcpy(module->path, path);
}

void maker_stack(struct maker *maker, uint32_t id, uint32_t count,
                 const lv_place *frame)
{
    struct lv_rec_stack *stack = maker_entry(
        maker, LV_REC_STACK, sizeof(*stack) + count * sizeof(*frame));

    stack->id = id;
    stack->count = count;
    memcpy(stack->frame, frame, count * sizeof(*frame));
}

void maker_call(struct maker *maker, uint32_t id, lv_place place)
{
    maker_stack(maker, id, 1, &place);
}

struct lv_rec_class *maker_class(struct maker *maker, uint32_t id,
                                 const char *name)
{
    struct lv_rec_class *class =
        maker_entry(maker, LV_REC_CLASS, sizeof(*class) + strlen(name) + 1);

    class->id = id;
    class->kind = LV_CLASS_DECLARED;
    class->family = LV_FAMILY_MUTEX;
    strcpy(class->name, name);
    return class;
}

void maker_lock(struct maker *maker, uint32_t id, uint32_t class_id)
{
    struct lv_rec_instance *lock =
        maker_entry(maker, LV_REC_INSTANCE, sizeof(*lock));

    lock->id = id;
    lock->class_id = class_id;
    lock->address = 0x1000 + 64 * id;
}

void maker_thread(struct maker *maker, uint32_t id, const char *name)
{
    struct lv_rec_thread *thread =
        maker_entry(maker, LV_REC_THREAD, sizeof(*thread) + strlen(name) + 1);

    thread->id = id;
    thread->tid = 1000 + id;
    strcpy(thread->name, name);
}

static struct lv_rec_hold hold(uint32_t thread, uint32_t lock)
{
    return (struct lv_rec_hold){lock, lock, LV_HOW_WRITE, 10 * thread + lock};
}

struct lv_rec_observation *maker_seen(struct maker *maker, uint32_t thread,
                                      const uint32_t *held, uint32_t wanted)
{
    struct lv_rec_observation *seen;
    uint32_t count = 0, i;

    while (held[count] != 0)
        count++;
    seen = maker_entry(maker, LV_REC_OBSERVATION,
                       sizeof(*seen) + count * sizeof(seen->hold[0]));
    seen->thread = thread;
    seen->count = count;
    seen->wanted = hold(thread, wanted);
    for (i = 0; i < count; i++)
        seen->hold[i] = hold(thread, held[i]);
    return seen;
}

void maker_signal(struct maker *maker, uint32_t thread, uint32_t event,
                  const uint32_t *need)
{
    struct lv_rec_signal *signal;
    uint32_t count = 0, i;

    while (need[count] != 0)
        count++;
    signal = maker_entry(maker, LV_REC_SIGNAL,
                         sizeof(*signal) + count * sizeof(signal->need[0]));
    signal->thread = thread;
    signal->count = count;
    signal->event = hold(thread, event);
    signal->event.how = LV_HOW_EVENT;
    for (i = 0; i < count; i++)
        signal->need[i].lock = hold(thread, need[i]);
}

void maker_guess(struct maker *maker, uint32_t lock, enum lv_guess guess)
{
    struct lv_rec_guess *entry =
        maker_entry(maker, LV_REC_GUESS, sizeof(*entry));

    entry->instance = lock;
    entry->guess = guess;
}

struct lv_rec_misuse *maker_misuse(struct maker *maker, uint32_t kind,
                                   uint32_t thread, uint32_t lock)
{
    struct lv_rec_misuse *misuse =
        maker_entry(maker, LV_REC_MISUSE, sizeof(*misuse));

    misuse->kind = kind;
    misuse->thread = thread;
    misuse->lock = hold(thread, lock);
    return misuse;
}

uint8_t *maker_bytes(const struct maker *maker, size_t *size)
{
    struct lv_rec_header header = maker->header;
    uint8_t *bytes;

    header.committed = maker->used;
    *size = LV_REC_HEADER_SIZE + maker->used;
    bytes = calloc(1, *size);
    if (bytes == NULL)
        abort();
    memcpy(bytes, &header, sizeof(header));
    memcpy(bytes + LV_REC_HEADER_SIZE, maker->bytes, maker->used);
    return bytes;
}

void maker_save(const struct maker *maker, const char *path, size_t size)
{
    size_t whole;
    uint8_t *bytes = maker_bytes(maker, &whole);
    FILE *file = fopen(path, "wb");

    if (size == 0 || size > whole)
        size = whole;
    if (file == NULL || fwrite(bytes, 1, size, file) != size ||
        fclose(file) != 0)
        abort();
    free(bytes);
}

void maker_abba(struct maker *maker, uint32_t pid)
{
    static const uint32_t a[] = {1, 0}, b[] = {2, 0};
    uint32_t thread, lock;

    maker_start(maker, pid);
    maker->header.acquisitions = 4;
    maker->header.instances = 2;
    maker->header.threads = 3;
    maker_module(maker, 1, "/lib/prog");
    maker_thread(maker, 1, "prog");
    maker_class(maker, 1, "a");
    maker_class(maker, 2, "b");
    maker_lock(maker, 1, 1);
    maker_lock(maker, 2, 2);
    for (thread = 2; thread <= 3; thread++) {
        maker_thread(maker, thread, thread == 2 ? "first" : "second");
        for (lock = 1; lock <= 2; lock++) {
            lv_place frame[2] = {LV_PLACE(1, 0x100 * thread + lock),
                                 LV_PLACE(1, 0x1000 * thread)};

            maker_stack(maker, 10 * thread + lock, 2, frame);
        }
    }
    maker_seen(maker, 2, a, 2);
    maker_seen(maker, 3, b, 1);
}
