/* SPDX-License-Identifier: BSD-2-Clause */
/* make.c: records for the tests of merging, many and large.
 *
 *   make DIRECTORY FIRST COUNT DEPENDENCIES PROGRAMS
 *
 * Writes records number FIRST to FIRST + COUNT - 1, each of one process with
 * two threads and so many dependencies between declared classes. Record i is
 * of program i % PROGRAMS: all of a program show nearly the same. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record_format.h"

enum { DEPTH = 12, FANOUT = 8, ROOM = 1 << 22 };

static struct {
    struct lv_rec_header header;
    char rest[LV_REC_HEADER_SIZE - sizeof(struct lv_rec_header)];
    uint8_t bytes[ROOM];
    size_t used;
} record;

static void *append(unsigned type, size_t size)
{
    struct lv_rec_head *head = (void *)(record.bytes + record.used);

    size = (size + 7) & ~(size_t)7;
    if (ROOM - record.used < size)
        abort();
    memset(head, 0, size);
    head->type = (uint16_t)type;
    head->size = (uint32_t)size;
    record.used += size;
    return head;
}

static void add_header(unsigned number, unsigned program)
{
    struct lv_rec_header *header = &record.header;

    memset(header, 0, sizeof(*header));
    header->magic = LV_REC_MAGIC;
    header->version = LV_REC_VERSION;
    header->header_size = LV_REC_HEADER_SIZE;
    header->arch = EM_X86_64;
    header->pid = 1000 + number;
    header->state = LV_STATE_EXITED;
    header->start_ns = 1000000000ULL * (number + 1);
    header->acquisitions = 1000;
    header->instances = 100;
    header->threads = 2;
    snprintf(header->program, sizeof(header->program), "/bin/p%u", program);
    snprintf(header->test, sizeof(header->test), "test %u", number);
}

static void add_module(unsigned program)
{
    struct lv_rec_module *module = append(LV_REC_MODULE, sizeof(*module) + 32);

    module->id = 1;
    module->start = 0x400000;
    module->end = 0x500000;
    snprintf(module->path, 32, "/lib/p%u", program);
}

static void add_thread(uint32_t id)
{
    struct lv_rec_thread *thread = append(LV_REC_THREAD, sizeof(*thread) + 1);

    thread->id = id;
    thread->tid = 1000 + id;
}

/* Innermost different, outermost shared, as in programs. */
static void add_stack(uint32_t id, uint64_t where)
{
    struct lv_rec_stack *stack =
        append(LV_REC_STACK, sizeof(*stack) + DEPTH * sizeof(lv_place));
    unsigned i;

    stack->id = id;
    stack->count = DEPTH;
    for (i = 0; i < DEPTH; i++)
        stack->frame[i] =
            LV_PLACE(1, 0x1000 + 16 * ((where >> i) + 100000 * i));
}

static void add_class(uint32_t id, unsigned program)
{
    struct lv_rec_class *class = append(LV_REC_CLASS, sizeof(*class) + 32);
    struct lv_rec_instance *lock;

    class->id = id;
    class->kind = LV_CLASS_DECLARED;
    class->family = LV_FAMILY_MUTEX;
    snprintf(class->name, 32, "p%u_lock%u", program, id);
    lock = append(LV_REC_INSTANCE, sizeof(*lock));
    lock->id = id;
    lock->class_id = id;
    lock->address = 0x1000 + 64 * id;
}

static void add_seen(uint32_t from, uint32_t to, uint32_t stack)
{
    struct lv_rec_observation *seen =
        append(LV_REC_OBSERVATION, sizeof(*seen) + sizeof(seen->hold[0]));

    seen->thread = 1 + stack % 2;
    seen->count = 1;
    seen->wanted = (struct lv_rec_hold){to, to, LV_HOW_WRITE, stack};
    seen->hold[0] = (struct lv_rec_hold){from, from, LV_HOW_WRITE, stack + 1};
}

static void fill(unsigned number, unsigned program, unsigned dependencies)
{
    uint32_t classes = dependencies / FANOUT + FANOUT + 1, id, i;

    record.used = 0;
    add_header(number, program);
    add_module(program);
    add_thread(1);
    add_thread(2);
    for (id = 1; id <= classes; id++)
        add_class(id, program);
    for (i = 0; i < dependencies; i++) {
        uint32_t from = i / FANOUT + 1, to = from + 1 + i % FANOUT;

        add_stack(2 * i + 1, 64 * program + i);
        add_stack(2 * i + 2, 64 * program + i + number % 3);
        add_seen(from, to, 2 * i + 1);
    }
    record.header.committed = record.used;
}

static void save(const char *directory, unsigned number)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/p.%u.0.lvr", directory, number);
    file = fopen(path, "wb");
    if (file == NULL ||
        fwrite(&record, LV_REC_HEADER_SIZE + record.used, 1, file) != 1 ||
        fclose(file) != 0)
        abort();
}

int main(int argc, char **argv)
{
    unsigned i, first, count;

    if (argc != 6)
        return 2;
    first = (unsigned)atoi(argv[2]);
    count = (unsigned)atoi(argv[3]);
    for (i = first; i < first + count; i++) {
        fill(i, i % (unsigned)atoi(argv[5]), (unsigned)atoi(argv[4]));
        save(argv[1], i);
    }
    return 0;
}
