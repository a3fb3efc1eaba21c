/* SPDX-License-Identifier: BSD-2-Clause */
/* place.c: see place.h. */
#include "place.h"

#include <stdbool.h>
#include <string.h>

#include "hash.h"
#include "module.h"
#include "record.h"

static struct lv_hash written; /* module id -> 1 */

static void write_module(const struct lv_module *module)
{
    uint64_t *done = lv_hash_put(&written, module->id);
    struct lv_rec_module *entry;
    size_t length;

    if (done != NULL && *done != 0)
        return;
    length = strlen(module->path) + 1;
    entry = lv_record_append(LV_REC_MODULE, sizeof *entry + length);
    if (entry == NULL)
        return;
    entry->id = module->id;
    entry->build_id_size = module->build_id_size;
    entry->bias = module->bias;
    entry->start = module->start;
    entry->end = module->end;
    memcpy(entry->build_id, module->build_id, sizeof entry->build_id);
    memcpy(entry->path, module->path, length);
    lv_record_commit(entry);
    if (done != NULL)
        *done = 1;
}

void lv_place_modules(size_t from)
{
    size_t i;

    for (i = from; i < lv_module_count(); i++)
        if (!lv_module_at(i)->ours && lv_module_at(i)->path[0] != '\0')
            write_module(lv_module_at(i));
}

static bool spans(const struct lv_module *module, uintptr_t address)
{
    return address - module->start < module->end - module->start;
}

/* What is on a stack is loaded: a module found is there until the end. */
void lv_places_of(const uintptr_t *address, size_t count, lv_place *place)
{
    const struct lv_module *module = NULL;
    size_t i;

    for (i = 0; i < count; i++) {
        if (module == NULL || !spans(module, address[i])) {
            module = lv_module_find(address[i]);
            if (module != NULL)
                write_module(module);
        }
        place[i] = lv_module_place_in(module, address[i]);
    }
}

lv_place lv_place_of(uintptr_t address)
{
    lv_place place;

    lv_places_of(&address, 1, &place);
    return place;
}
