/* SPDX-License-Identifier: BSD-2-Clause */
/* class.c: see class.h. */
#include "class.h"

#include <string.h>

#include "hash.h"
#include "memory.h"
#include "record.h"

static struct lv_hash known;     /* key -> class number */
static struct lv_class *class;   /* [number] */
static uint32_t count = 1, room; /* number 0 is none */

const struct lv_class *lv_class_get(uint32_t id)
{
    return &class[id];
}

static bool make_room(void)
{
    struct lv_class *more;

    if (count < room)
        return true;
    more = lv_realloc(class, room == 0 ? 64 : room * 2, sizeof *class);
    if (more == NULL)
        return false;
    class = more;
    room = room == 0 ? 64 : room * 2;
    return true;
}

/* The class of `key`, made from `model` and `name` if it is new. */
static uint32_t intern(uint64_t key, const struct lv_rec_class *model,
                       const char *name)
{
    struct lv_rec_class *entry;
    size_t length = strlen(name) + 1;
    uint64_t *id = lv_hash_put(&known, key);

    if (id == NULL || !make_room()) {
        lv_record_lost(LV_LOST_MEMORY);
        return 0;
    }
    if (*id != 0)
        return *id;
    entry = lv_record_append(LV_REC_CLASS, sizeof *entry + length);
    if (entry == NULL)
        return 0;
    memcpy((char *)entry + sizeof entry->head,
           (const char *)model + sizeof model->head,
           sizeof *model - sizeof model->head);
    memcpy(entry->name, name, length);
    entry->id = count;
    lv_record_commit(entry);
    class[count] = (struct lv_class){.flags = model->flags,
                                     .base = model->base,
                                     .kind = model->kind,
                                     .subclass = model->subclass,
                                     .family = model->family,
                                     .entry = entry};
    *id = count;
    return count++;
}

static uint64_t key_of(enum lv_class_kind kind, uint8_t family, uint64_t what)
{
    return lv_mix(lv_mix(kind, family), what);
}

uint32_t lv_class_declared(const char *name, uint8_t family, uint32_t flags)
{
    struct lv_rec_class model = {
        .kind = LV_CLASS_DECLARED, .family = family, .flags = flags};
    uint64_t key = key_of(LV_CLASS_DECLARED, 0, 0);
    const char *c;

    for (c = name; *c != '\0'; c++)
        key = lv_mix(key, (unsigned char)*c);
    return intern(key, &model, name);
}

uint32_t lv_class_static(lv_place site, uint8_t family, uint32_t stack)
{
    struct lv_rec_class model = {.kind = LV_CLASS_STATIC,
                                 .family = family,
                                 .site = site,
                                 .stack = stack};

    return intern(key_of(LV_CLASS_STATIC, family, site), &model, "");
}

uint32_t lv_class_path(enum lv_class_kind kind, uint64_t path, uint8_t family,
                       uint32_t stack)
{
    struct lv_rec_class model = {
        .kind = kind, .family = family, .stack = stack};

    return intern(key_of(kind, family, path), &model, "");
}

uint32_t lv_class_frame(lv_place function, lv_place code, int64_t offset,
                        uint8_t family, uint32_t stack)
{
    struct lv_rec_class model = {.kind = LV_CLASS_FRAME,
                                 .family = family,
                                 .site = code,
                                 .offset = offset,
                                 .stack = stack};

    return intern(key_of(LV_CLASS_FRAME, family, lv_mix(function, offset)),
                  &model, "");
}

uint32_t lv_class_sub(uint32_t base, uint8_t n)
{
    struct lv_rec_class model;

    if (base == 0 || n == 0)
        return base;
    memcpy(&model, class[base].entry, sizeof model);
    model.subclass = n;
    model.base = base;
    return intern(lv_mix(lv_mix(0x5bc1a55, base), n), &model,
                  class[base].entry->name);
}
