/* SPDX-License-Identifier: BSD-2-Clause */
/* module.c: see module.h.
 *
 * The array is cut into chunks that never move, so that readers need no lock:
 * an entry is complete before the count that covers it is published. Inserts
 * and removals are serialised by `lock`, which is innermost but for memory.h's.
 *
 * Includes memory.h and raw.h. */
#define _GNU_SOURCE
#include "module.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "raw.h"

enum { CHUNK = 64, CHUNKS = 1024 }; /* as many as a lv_place can name */

static struct lv_module *_Atomic chunks[CHUNKS];
static _Atomic size_t known;
static struct lv_lock lock;
static lv_module_sink *tell;

static struct lv_module *module_at(size_t i)
{
    return atomic_load_explicit(&chunks[i / CHUNK], memory_order_relaxed) +
           i % CHUNK;
}

static bool spans(const struct lv_module *module, uintptr_t address)
{
    return address - module->start < module->end - module->start &&
           !atomic_load_explicit(&module->gone, memory_order_relaxed);
}

/* Newest first: where two claim an address, the older one has gone. */
static struct lv_module *find_known(uintptr_t address)
{
    size_t i = atomic_load_explicit(&known, memory_order_acquire);

    while (i-- > 0)
        if (spans(module_at(i), address))
            return module_at(i);
    return NULL;
}

/* ---- what a file says about itself --------------------------------------- */

static uintptr_t page_of(uintptr_t address)
{
    return address & ~(uintptr_t)4095;
}

static void widen(uintptr_t *start, uintptr_t *end, uintptr_t from,
                  uintptr_t to)
{
    if (*end == 0 || from < *start)
        *start = from;
    if (to > *end)
        *end = to;
}

static size_t padded(size_t size, size_t alignment)
{
    return (size + alignment - 1) & ~(alignment - 1);
}

static void keep_build_id(struct lv_module *module, const uint8_t *note)
{
    const ElfW(Nhdr) *head = (const void *)note;

    if (module->build_id_size > 0 || head->n_type != NT_GNU_BUILD_ID ||
        head->n_namesz != sizeof("GNU") ||
        memcmp(head + 1, "GNU", sizeof("GNU")) != 0 ||
        head->n_descsz > sizeof(module->build_id))
        return;
    module->build_id_size = head->n_descsz;
    memcpy(module->build_id, note + sizeof(*head) + 4, head->n_descsz);
}

static void read_notes(struct lv_module *module, const ElfW(Phdr) * segment)
{
    uintptr_t at = module->bias + segment->p_vaddr;
    uintptr_t end = at + segment->p_memsz;
    size_t alignment = segment->p_align == 8 ? 8 : 4;

    if (at < module->start || end > module->end || at > end)
        return;
    while (end - at >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *head = (const void *)at;
        size_t size = sizeof(*head) + padded(head->n_namesz, 4);

        size = padded(size + head->n_descsz, alignment);
        if (size > end - at)
            return;
        keep_build_id(module, (const uint8_t *)at);
        at += size;
    }
}

/* Fills in what the program headers tell. */
static void read_segments(struct lv_module *module)
{
    const ElfW(Phdr) *segment = module->phdr;

    for (unsigned i = 0; i < module->phnum; i++) {
        uintptr_t from = module->bias + segment[i].p_vaddr;
        uintptr_t to = from + segment[i].p_memsz;

        if (segment[i].p_type != PT_LOAD)
            continue;
        widen(&module->start, &module->end, page_of(from), to);
        if (segment[i].p_flags & PF_W)
            widen(&module->data_start, &module->data_end, from, to);
    }
    for (unsigned i = 0; i < module->phnum; i++)
        if (segment[i].p_type == PT_NOTE)
            read_notes(module, &segment[i]);
}

/* Program headers of a file mapped from its beginning. glibc maps the first
 * segment of a file, with its ELF header, at the start of the range. */
static void find_segments(struct lv_module *module)
{
    const ElfW(Ehdr) *head = (const void *)module->start;
    size_t room = module->end - module->start;

    if (room < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_phentsize != sizeof(ElfW(Phdr)) || head->e_phoff > room ||
        head->e_phnum > (room - head->e_phoff) / sizeof(ElfW(Phdr)))
        return;
    module->phdr = (const char *)head + head->e_phoff;
    module->phnum = head->e_phnum;
}

/* A copy of `name` that stays right when the program changes its directory; ""
 * if there is none or no memory for it. */
static const char *keep_path(const char *name)
{
    char base[4096];
    long length = 0; /* of the directory, its NUL included */
    char *copy;

    if (name[0] != '/' && strchr(name, '/') != NULL) {
        length = lv_raw_call(SYS_getcwd, (long)base, sizeof(base), 0, 0, 0, 0);
        if (length < 0)
            length = 0;
    }
    copy = lv_calloc((size_t)length + strlen(name) + 1, 1);
    if (copy == NULL)
        return "";
    if (length > 0) {
        memcpy(copy, base, (size_t)length);
        copy[length - 1] = '/';
    }
    strcpy(copy + length, name);
    return copy;
}

static const char *main_program(void)
{
    char path[4096];

    lv_raw_program(path, sizeof(path));
    return keep_path(path);
}

/* ---- the list ------------------------------------------------------------ */

/* A new entry, not yet published; NULL: no room. With the lock held. */
static struct lv_module *next_entry(void)
{
    size_t i = atomic_load_explicit(&known, memory_order_relaxed);
    struct lv_module *chunk, *entry;

    if (i + 1 >= (size_t)CHUNK * CHUNKS)
        return NULL;
    chunk = atomic_load_explicit(&chunks[i / CHUNK], memory_order_relaxed);
    if (chunk == NULL) {
        chunk = lv_calloc(CHUNK, sizeof(*chunk));
        if (chunk == NULL)
            return NULL;
        atomic_store_explicit(&chunks[i / CHUNK], chunk, memory_order_release);
    }
    entry = &chunk[i % CHUNK];
    memset(entry, 0, sizeof(*entry));
    entry->id = (uint32_t)i + 1;
    return entry;
}

static void publish(struct lv_module *entry)
{
    entry->glib = strstr(entry->path, "/libglib-2.0.so") != NULL;
    atomic_store_explicit(&known, entry->id, memory_order_release);
    if (tell != NULL)
        tell(entry);
}

/* The loader's structure for an address, looked up without its lock. */
#if __GLIBC_PREREQ(2, 35)
#pragma weak _dl_find_object
static bool ask_loader(uintptr_t address, struct dl_find_object *object)
{
    return _dl_find_object != NULL &&
           _dl_find_object((void *)address, object) == 0;
}
#else
struct dl_find_object {
    void *dlfo_map_start, *dlfo_map_end;
    struct link_map *dlfo_link_map;
};
static bool ask_loader(uintptr_t address, struct dl_find_object *object)
{
    (void)address;
    (void)object;
    return false;
}
#endif

/* libc unloads some of its own modules (character sets, name services) with no
 * dlclose that anyone could hook, so what the list says is compared with what
 * the loader says. */
static bool is_object(const struct lv_module *module,
                      const struct dl_find_object *object)
{
    const char *name = object->dlfo_link_map->l_name;

    return (uintptr_t)object->dlfo_map_start == module->start &&
           (uintptr_t)object->dlfo_map_end >= module->end &&
           object->dlfo_link_map->l_addr == module->bias &&
           (name[0] != '/' || strcmp(name, module->path) == 0);
}

static struct lv_module *learn(const struct dl_find_object *object)
{
    struct lv_module *entry = next_entry();

    if (entry == NULL)
        return NULL;
    entry->followed = true;
    entry->bias = object->dlfo_link_map->l_addr;
    entry->start = (uintptr_t)object->dlfo_map_start;
    entry->end = (uintptr_t)object->dlfo_map_end;
    entry->path = keep_path(object->dlfo_link_map->l_name);
    find_segments(entry);
    read_segments(entry);
    publish(entry);
    return entry;
}

/* From the thread pointer on: two words of libc's own, then the modules' in the
 * order in which they were loaded. */
static size_t local = 2 * sizeof(void *);

static void add_local(const struct lv_module *module)
{
    const ElfW(Phdr) *segment = module->phdr;

    for (unsigned i = 0; i < module->phnum; i++)
        if (segment[i].p_type == PT_TLS)
            local = padded(local, segment[i].p_align + !segment[i].p_align) +
                    segment[i].p_memsz;
}

size_t lv_module_local(void)
{
    return local;
}

static int list_one(struct dl_phdr_info *info, size_t size, void *data)
{
    struct dl_find_object object;
    struct lv_module *entry = next_entry();

    (void)size;
    (void)data;
    if (entry == NULL)
        return 1;
    entry->bias = info->dlpi_addr;
    entry->phdr = info->dlpi_phdr;
    entry->phnum = info->dlpi_phnum;
    read_segments(entry);
    add_local(entry);
    if (entry->end == 0)
        return 0;
    entry->path = info->dlpi_name == NULL || info->dlpi_name[0] == '\0'
                      ? main_program()
                      : keep_path(info->dlpi_name);
    entry->followed =
        ask_loader(entry->start, &object) && is_object(entry, &object);
    publish(entry);
    return 0;
}

void lv_module_start(lv_module_sink *sink)
{
    const struct lv_module *self;

    lv_lock_take(&lock);
    tell = sink;
    dl_iterate_phdr(list_one, NULL);
    lv_lock_give(&lock);
    self = find_known((uintptr_t)lv_module_start);
    if (self != NULL && self->id != 1)
        lv_module_claim((uintptr_t)lv_module_start);
}

static int visit_one(struct dl_phdr_info *info, size_t size, void *data)
{
    unsigned i;

    (void)size;
    (void)data;
    for (i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD) {
            lv_module_find(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
            break;
        }
    return 0;
}

void lv_module_refresh(void)
{
    dl_iterate_phdr(visit_one, NULL);
}

/* With the lock held: the entry for what the loader has at an address. */
static struct lv_module *take_in(uintptr_t address,
                                 const struct dl_find_object *object)
{
    struct lv_module *module;

    while ((module = find_known(address)) != NULL) {
        if (!module->followed || is_object(module, object))
            return module;
        atomic_store_explicit(&module->gone, true, memory_order_relaxed);
    }
    return learn(object);
}

const struct lv_module *lv_module_find(uintptr_t address)
{
    struct lv_module *module = find_known(address);
    struct dl_find_object object;

    if (module != NULL && !module->followed)
        return module;
    if (!ask_loader(address, &object))
        return NULL;
    if (module != NULL && is_object(module, &object))
        return module;
    lv_lock_take(&lock);
    module = take_in(address, &object);
    lv_lock_give(&lock);
    return module;
}

void lv_module_claim(uintptr_t address)
{
    const struct lv_module *module = lv_module_find(address);

    if (module != NULL)
        atomic_store_explicit(&module_at(module->id - 1)->ours, true,
                              memory_order_relaxed);
}

lv_place lv_module_place_in(const struct lv_module *module, uintptr_t address)
{
    if (module == NULL)
        return LV_PLACE(0, LV_PLACE_OFFSET(address));
    return LV_PLACE(module->id, LV_PLACE_OFFSET(address - module->bias));
}

lv_place lv_module_place(uintptr_t address)
{
    return lv_module_place_in(lv_module_find(address), address);
}

size_t lv_module_count(void)
{
    return atomic_load_explicit(&known, memory_order_acquire);
}

const struct lv_module *lv_module_at(size_t i)
{
    return module_at(i);
}

static bool still_loaded(const struct lv_module *module)
{
    struct dl_find_object object;

    return !module->followed ||
           (ask_loader(module->start, &object) && is_object(module, &object));
}

/* Marks it; true if that was news. */
static bool has_gone(struct lv_module *module)
{
    bool news;

    lv_lock_take(&lock);
    news = !atomic_load_explicit(&module->gone, memory_order_relaxed) &&
           !still_loaded(module);
    if (news)
        atomic_store_explicit(&module->gone, true, memory_order_relaxed);
    lv_lock_give(&lock);
    return news;
}

void lv_module_drop_unloaded(void (*gone)(void *context,
                                          const struct lv_module *module),
                             void *context)
{
    for (size_t i = 0; i < lv_module_count(); i++)
        if (has_gone(module_at(i)) && gone != NULL)
            gone(context, module_at(i));
}

void lv_module_fork_prepare(void)
{
    lv_lock_take(&lock);
}

void lv_module_fork_parent(void)
{
    lv_lock_give(&lock);
}

void lv_module_fork_child(void)
{
    lv_lock_give(&lock);
}
