/* SPDX-License-Identifier: BSD-2-Clause */
/* place.c: see place.h. */
#include "place.h"

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

lv_place lv_place_of(uintptr_t address)
{
    const struct lv_module *module = lv_module_find(address);

    if (module == NULL)
        return LV_PLACE(0, address & 0xffffffffffffULL);
    write_module(module);
    return lv_module_place(address);
}
