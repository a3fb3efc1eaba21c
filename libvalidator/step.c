/* SPDX-License-Identifier: BSD-2-Clause */
/* step.c: see step.h.
 *
 * Inside libunwind nothing may reach the program: a lock or an allocator of
 * the program may be what it was about to wait for. So its imports are
 * redirected to functions below, which serve calls made on our behalf (`active`
 * on this thread) from memory.h and module.h. A program that itself uses
 * libunwind.so.8 shares this copy: its own calls are passed on unchanged.
 *
 * UNW_CACHE_NONE: no cache of libunwind's, and so no lock. With it, a thread of
 * the program that allocates inside libunwind would hold the cache's lock while
 * it waits for the allocator's. unw_step at depth 22 takes 9 us with the cache
 * and 35 us without; on x86-64 few stacks come here.
 *
 * Why not unw_backtrace, whose cache is fast: it fills 256 KiB for each thread
 * and takes one of the program's thread keys, never forgets code that was
 * unloaded, and reads without a check where its rules point to.
 *
 * Includes memory.h, module.h, raw.h, unwind.h. */
#define _GNU_SOURCE
#include "step.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "memory.h"
#include "module.h"
#include "raw.h"
#include "unwind.h"

static struct {
    bool loaded;
    __typeof__(&unw_init_local) init_local;
    __typeof__(&unw_step) step;
    __typeof__(&unw_get_reg) get_reg;
    __typeof__(&unw_set_caching_policy) set_caching_policy;
    __typeof__(&unw_flush_cache) flush_cache;
    unw_addr_space_t *local;
#if defined(__x86_64__)
    __typeof__(&unw_tdep_getcontext) getcontext;
#endif
} unw;

/* This thread is in libunwind on our behalf. */
static __thread __attribute__((tls_model("initial-exec"))) bool active;

bool lv_unwind_active(void)
{
    return active;
}

int lv_unwind_iterate(int (*visit)(struct dl_phdr_info *, size_t, void *),
                      void *data)
{
    size_t count = lv_module_count();
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        const struct lv_module *module = lv_module_at(i);
        struct dl_phdr_info info = {
            .dlpi_addr = module->bias,
            .dlpi_name = module->path,
            .dlpi_phdr = module->phdr,
            .dlpi_phnum = module->phnum,
            .dlpi_adds = count,
        };

        if (!module->gone && module->phdr != NULL)
            result = visit(&info, sizeof(info), data);
    }
    return result;
}

/* What libunwind calls instead of libc. Blocks that it was given from memory.h
 * are listed, so that free knows them from the program's, whoever frees them.
 * There are few: it allocates for debug information that it loads from files.
 */
struct block {
    struct block *next;
    max_align_t bytes[];
};
static struct block *blocks;
static struct lv_lock blocks_lock;

static void *serve_malloc(size_t size)
{
    struct block *block;

    if (!active)
        return malloc(size);
    if (size > SIZE_MAX - sizeof(*block))
        return NULL;
    block = lv_calloc(1, sizeof(*block) + size);
    if (block == NULL)
        return NULL;
    lv_lock_take(&blocks_lock);
    block->next = blocks;
    blocks = block;
    lv_lock_give(&blocks_lock);
    return block->bytes;
}

static void *serve_calloc(size_t count, size_t size)
{
    size_t bytes;

    if (!active)
        return calloc(count, size);
    return __builtin_mul_overflow(count, size, &bytes) ? NULL
                                                       : serve_malloc(bytes);
}

/* Takes the block that starts at `memory` off the list. */
static struct block *unlist(const void *memory)
{
    lv_signals mask = lv_raw_signals_block();
    struct block **link, *block;

    lv_lock_take(&blocks_lock);
    link = &blocks;
    while (*link != NULL && (*link)->bytes != memory)
        link = &(*link)->next;
    block = *link;
    if (block != NULL)
        *link = block->next;
    lv_lock_give(&blocks_lock);
    lv_raw_signals_restore(mask);
    return block;
}

static void serve_free(void *memory)
{
    struct block *block = memory != NULL ? unlist(memory) : NULL;

    if (block != NULL)
        lv_free(block);
    else
        free(memory);
}

static int serve_iterate(int (*visit)(struct dl_phdr_info *, size_t, void *),
                         void *data)
{
    return active ? lv_unwind_iterate(visit, data)
                  : dl_iterate_phdr(visit, data);
}

/* It learns whether memory can be read by writing it into a pipe. The pipe's
 * descriptors would be the program's to close and to reuse: a byte of stack
 * would then go into whatever they name. So the pipe is not one: it is always
 * empty, and a write to it asks the kernel another way. */
enum { PIPE_READ = -1000, PIPE_WRITE = -1001 };

static int serve_pipe2(int ends[2], int flags)
{
    (void)flags;
    ends[0] = PIPE_READ;
    ends[1] = PIPE_WRITE;
    return 0;
}

static ssize_t serve_read(int fd, void *buffer, size_t size)
{
    if (fd != PIPE_READ)
        return read(fd, buffer, size);
    errno = EAGAIN;
    return -1;
}

static long write_to_pipe(uintptr_t address)
{
    errno = EFAULT;
    return lv_raw_readable(address & ~(uintptr_t)7) ? 1 : -1;
}

static long serve_syscall(long number, long a, long b, long c, long d, long e,
                          long f)
{
    if (number == SYS_write && (int)a == PIPE_WRITE)
        return write_to_pipe((uintptr_t)b);
    return syscall(number, a, b, c, d, e, f);
}

static ssize_t serve_write(int fd, const void *buffer, size_t size)
{
    if (fd == PIPE_WRITE)
        return write_to_pipe((uintptr_t)buffer);
    return write(fd, buffer, size);
}

static const struct {
    const char *name;
    void *function;
} served[] = {
    {"malloc", (void *)serve_malloc},
    {"calloc", (void *)serve_calloc},
    {"free", (void *)serve_free},
    {"dl_iterate_phdr", (void *)serve_iterate},
    {"pipe2", (void *)serve_pipe2},
    {"read", (void *)serve_read},
    {"write", (void *)serve_write},
    {"syscall", (void *)serve_syscall},
};

/* ---- redirecting its imports --------------------------------------------- */

struct imports {
    uintptr_t bias;
    const ElfW(Sym) * symbols;
    const char *names;
    const ElfW(Rela) * tables[2];
    size_t sizes[2];
};

/* glibc relocates these addresses in place; other loaders may not. */
static uintptr_t absolute(const struct imports *imports, uintptr_t address)
{
    return address < imports->bias ? address + imports->bias : address;
}

static void read_dynamic(struct imports *imports, const ElfW(Dyn) * entry)
{
    for (; entry->d_tag != DT_NULL; entry++) {
        uintptr_t at = absolute(imports, entry->d_un.d_ptr);

        if (entry->d_tag == DT_SYMTAB)
            imports->symbols = (const void *)at;
        else if (entry->d_tag == DT_STRTAB)
            imports->names = (const void *)at;
        else if (entry->d_tag == DT_JMPREL)
            imports->tables[0] = (const void *)at;
        else if (entry->d_tag == DT_PLTRELSZ)
            imports->sizes[0] = entry->d_un.d_val;
        else if (entry->d_tag == DT_RELA)
            imports->tables[1] = (const void *)at;
        else if (entry->d_tag == DT_RELASZ)
            imports->sizes[1] = entry->d_un.d_val;
    }
}

static void *replacement(const char *name)
{
    for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++)
        if (strcmp(served[i].name, name) == 0)
            return served[i].function;
    return NULL;
}

#if defined(__x86_64__)
enum { FUNCTION_SLOT = R_X86_64_JUMP_SLOT, POINTER_SLOT = R_X86_64_GLOB_DAT };
#else
enum { FUNCTION_SLOT = R_AARCH64_JUMP_SLOT, POINTER_SLOT = R_AARCH64_GLOB_DAT };
#endif

static void redirect_table(const struct imports *imports, int table)
{
    const ElfW(Rela) *entry = imports->tables[table];
    size_t count = imports->sizes[table] / sizeof(*entry);

    for (size_t i = 0; i < count; i++) {
        unsigned type = ELF64_R_TYPE(entry[i].r_info);
        const ElfW(Sym) *symbol =
            &imports->symbols[ELF64_R_SYM(entry[i].r_info)];
        void *function;

        if (type != FUNCTION_SLOT && type != POINTER_SLOT)
            continue;
        function = replacement(imports->names + symbol->st_name);
        if (function != NULL)
            *(void **)(imports->bias + entry[i].r_offset) = function;
    }
}

/* Makes the part that the loader sealed after relocation writable, or seals it
 * again. */
static void seal(const struct lv_module *module, int protection)
{
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
    const ElfW(Phdr) *segment = module->phdr;

    for (unsigned i = 0; i < module->phnum; i++) {
        uintptr_t start = module->bias + segment[i].p_vaddr;
        uintptr_t end = start + segment[i].p_memsz;

        if (segment[i].p_type != PT_GNU_RELRO)
            continue;
        start &= ~(size - 1);
        end &= ~(size - 1);
        lv_raw_mprotect((void *)start, end - start, protection);
    }
}

static void redirect(const struct link_map *map, const struct lv_module *module)
{
    struct imports imports = {.bias = map->l_addr};

    read_dynamic(&imports, map->l_ld);
    if (imports.symbols == NULL || imports.names == NULL)
        return;
    seal(module, PROT_READ | PROT_WRITE);
    for (int table = 0; table < 2; table++)
        if (imports.tables[table] != NULL)
            redirect_table(&imports, table);
    seal(module, PROT_READ);
}

/* ---- steps --------------------------------------------------------------- */

/* Held by the thread that is in libunwind for us, so that no lock inside it is
 * held when the process forks. */
static struct lv_lock gate;

static void enter(void)
{
    lv_lock_take(&gate);
    active = true;
    atomic_signal_fence(memory_order_seq_cst);
}

static void leave(void)
{
    atomic_signal_fence(memory_order_seq_cst);
    active = false;
    lv_lock_give(&gate);
}

static uintptr_t read_register(unw_cursor_t *cursor, int number)
{
    unw_word_t value = 0;

    return unw.get_reg(cursor, number, &value) < 0 ? 0 : (uintptr_t)value;
}

void lv_step_up(lv_frame_visitor *visit, void *data)
{
    unw_context_t context;
    unw_cursor_t cursor;
    struct lv_frame frame = {0};
    int more, cancel;

    if (!unw.loaded || active)
        return;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel); /* it may write */
    enter();
#if defined(__x86_64__)
    unw.getcontext(&context);
#else
    unw_getcontext(&context);
#endif
    more = unw.init_local(&cursor, &context) >= 0;
    while (more > 0) {
        frame.pc = read_register(&cursor, UNW_REG_IP);
        frame.sp = read_register(&cursor, UNW_REG_SP);
        lv_module_find(frame.pc); /* it looks there next */
        more = unw.step(&cursor);
        frame.cfa = more > 0 ? read_register(&cursor, UNW_REG_SP) : 0;
        if (frame.cfa < frame.sp)
            frame.cfa = 0; /* to another stack */
#if defined(__x86_64__)
        frame.kept = frame.cfa == 0 ? 0 : frame.cfa - sizeof(uintptr_t);
#endif
        if (frame.pc == 0 || !visit(data, &frame))
            break;
    }
    leave();
    pthread_setcancelstate(cancel, NULL);
}

#define NAME_OF(name) NAME_OF_EXPANDED(name)
#define NAME_OF_EXPANDED(name) #name
#define FIND(pointer, name) \
    ((pointer) = (__typeof__(pointer))dlsym(library, NAME_OF(name)))

static bool find_functions(void *library)
{
#if defined(__x86_64__)
    if (FIND(unw.getcontext, unw_tdep_getcontext) == NULL)
        return false;
#endif
    return FIND(unw.init_local, unw_init_local) != NULL &&
           FIND(unw.step, unw_step) != NULL &&
           FIND(unw.get_reg, unw_get_reg) != NULL &&
           FIND(unw.set_caching_policy, unw_set_caching_policy) != NULL &&
           FIND(unw.flush_cache, unw_flush_cache) != NULL &&
           FIND(unw.local, unw_local_addr_space) != NULL;
}

static bool load(void)
{
    void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    const struct lv_module *module;
    struct link_map *map;

    if (library == NULL || !find_functions(library) ||
        dlinfo(library, RTLD_DI_LINKMAP, &map) != 0)
        return false;
    lv_module_claim((uintptr_t)unw.step);
    module = lv_module_find((uintptr_t)unw.step);
    if (module == NULL || module->phdr == NULL)
        return false;
    redirect(map, module);
    unw.set_caching_policy(*unw.local, UNW_CACHE_NONE);
    unw.loaded = true;
    return true;
}

static bool visit_one(void *data, const struct lv_frame *frame)
{
    (void)data;
    (void)frame;
    return false;
}

bool lv_step_start(void)
{
    if (!load())
        return false;
    lv_step_up(visit_one, NULL);
    return true;
}

uintptr_t lv_step_code(void)
{
    return (uintptr_t)unw.step;
}

void lv_step_flush(void)
{
    if (unw.loaded)
        unw.flush_cache(*unw.local, 0, 0);
}

void lv_step_fork_prepare(void)
{
    lv_lock_take(&gate);
    lv_lock_take(&blocks_lock);
}

void lv_step_fork_parent(void)
{
    lv_lock_give(&blocks_lock);
    lv_lock_give(&gate);
}

void lv_step_fork_child(void)
{
    lv_step_fork_parent();
}
