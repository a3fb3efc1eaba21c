/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c: memory that the program gives up, and with it the locks inside.
 *
 * The program's allocator is not ours and does not change: these wrappers look
 * and forward. The engine is told BEFORE the real call: afterwards another
 * thread may already have a new lock at the address. The dynamic linker and
 * libc's start-up come through here before any constructor. */
#include "hooks.h"

static bool started(void)
{
    return atomic_load_explicit(&lv_hook_started, memory_order_acquire);
}

static inline void gone(const void *start, size_t size, uintptr_t caller,
                        enum lv_ending ending)
{
    if (LV_UNLIKELY(lv_range_may_hold((uintptr_t)start, size)) && started())
        lv_memory_gone((uintptr_t)start, size, caller, ending);
}

/* Under a sanitizer of memory the last thing done is a jump to its own: it
 * notes who called, and must find the program there, not us. That an allocator
 * is inside a call is then not known. */
LV_HOOK void free(void *block)
{
    uint32_t before;

    lv_hook_ready();
    /* While dlsym looks for free itself, an old error's text is leaked. */
    if (LV_UNLIKELY(real.free == NULL))
        return;
    if (block != NULL && started())
        gone(block, real.malloc_usable_size(block), LV_CALLER, LV_ENDING_TOLD);
    if (LV_UNLIKELY(lv_hook_sanitized)) {
        real.free(block);
        return;
    }
    before = lv_call_begin("free()", LV_CALL_HEAP, LV_CALLER);
    real.free(block);
    lv_call_end(before);
}

/* A block of libc's own, or none while dlsym looks for the function itself. */
#define ALLOCATE(bytes, name, ...)                                   \
    do {                                                             \
        uint32_t before;                                             \
        void *block;                                                 \
                                                                     \
        lv_hook_ready();                                             \
        if (LV_UNLIKELY(real.name == NULL))                          \
            return NULL;                                             \
        if (LV_UNLIKELY(lv_hook_sanitized))                          \
            return real.name(__VA_ARGS__);                           \
        before = lv_call_begin(#name "()", LV_CALL_HEAP, LV_CALLER); \
        block = real.name(__VA_ARGS__);                              \
        lv_call_end(before);                                         \
        lv_block_made(block, block == NULL ? 0 : (bytes));           \
        return block;                                                \
    } while (0)

LV_HOOK void *malloc(size_t size)
{
    ALLOCATE(size, malloc, size);
}

LV_HOOK void *calloc(size_t count, size_t size)
{
    ALLOCATE(count * size, calloc, count, size);
}

LV_HOOK void *aligned_alloc(size_t alignment, size_t size)
{
    ALLOCATE(size, aligned_alloc, alignment, size);
}

LV_HOOK int posix_memalign(void **block, size_t alignment, size_t size)
{
    uint32_t before;
    int result;

    lv_hook_ready();
    if (LV_UNLIKELY(lv_hook_sanitized))
        return real.posix_memalign(block, alignment, size);
    before = lv_call_begin("posix_memalign()", LV_CALL_HEAP, LV_CALLER);
    result = real.posix_memalign(block, alignment, size);
    lv_call_end(before);
    if (result == 0)
        lv_block_made(*block, size);
    return result;
}

static bool holds_a_held_lock(const void *start, size_t size)
{
    return LV_UNLIKELY(lv_range_may_hold((uintptr_t)start, size)) &&
           started() && lv_memory_is_held((uintptr_t)start, size);
}

/* Whether the block will move is not known before. What grows may: its locks
 * end now, but for a block with a held one, which is looked at again when it
 * has moved. What shrinks loses its tail now, and the rest if it did move. */
LV_HOOK void *realloc(void *block, size_t size)
{
    uintptr_t old = (uintptr_t)block;
    size_t had = 0, keeps;
    uint32_t before;
    void *moved;

    lv_hook_ready();
    if (block != NULL && started())
        had = real.malloc_usable_size(block);
    if (LV_UNLIKELY(lv_hook_sanitized) && !holds_a_held_lock(block, had)) {
        gone(block, had, LV_CALLER, LV_ENDING_TOLD); /* theirs always moves */
        return real.realloc(block, size);
    }
    keeps = size < had ? size : size == had ? had : 0;
    if (keeps == 0 && size != 0 && holds_a_held_lock(block, had))
        keeps = had;
    gone((char *)block + keeps, had - keeps, LV_CALLER, LV_ENDING_TOLD);
    before = lv_call_begin("realloc()", LV_CALL_HEAP, LV_CALLER);
    moved = real.realloc(block, size);
    lv_call_end(before);
    if (keeps != 0 && moved != NULL && (uintptr_t)moved != old)
        gone((void *)old, keeps, LV_CALLER, LV_ENDING_TOLD);
    return moved;
}

/* The memory at `start` is something else now, or nothing. */
static void unmapped(void *start, size_t size, uintptr_t caller,
                     enum lv_ending ending)
{
    gone(start, size, caller, ending);
    lv_memory_unshared((uintptr_t)start, size);
}

/* Locks in shared memory are those of other processes too. */
static inline void *mapped(void *start, int protection, int flags)
{
    if (LV_UNLIKELY((flags & MAP_SHARED) && (protection & PROT_WRITE)) &&
        start != MAP_FAILED)
        lv_memory_shared();
    return start;
}

LV_HOOK int munmap(void *start, size_t size)
{
    lv_hook_ready();
    unmapped(start, size, LV_CALLER, LV_ENDING_TOLD);
    return real.munmap(start, size);
}

LV_HOOK void *mmap(void *start, size_t size, int protection, int flags, int fd,
                   off_t offset)
{
    lv_hook_ready();
    if (flags & MAP_FIXED)
        unmapped(start, size, LV_CALLER, LV_ENDING_SILENT);
    return mapped(real.mmap(start, size, protection, flags, fd, offset),
                  protection, flags);
}

LV_HOOK void *mmap64(void *start, size_t size, int protection, int flags,
                     int fd, off64_t offset)
{
    lv_hook_ready();
    if (flags & MAP_FIXED)
        unmapped(start, size, LV_CALLER, LV_ENDING_SILENT);
    return mapped(real.mmap64(start, size, protection, flags, fd, offset),
                  protection, flags);
}

/* Moved pages take their locks with them; where they were, there are none. */
LV_HOOK void *mremap(void *start, size_t size, size_t new_size, int flags, ...)
{
    va_list list;
    void *target, *moved;

    va_start(list, flags);
    target = flags & MREMAP_FIXED ? va_arg(list, void *) : NULL;
    va_end(list);
    lv_hook_ready();
    if (flags & MREMAP_FIXED)
        unmapped(target, new_size, LV_CALLER, LV_ENDING_SILENT);
    if (new_size < size)
        gone((char *)start + new_size, size - new_size, LV_CALLER,
             LV_ENDING_SILENT);
    moved = real.mremap(start, size, new_size, flags, target);
    if (moved != MAP_FAILED && moved != start)
        gone(start, new_size < size ? new_size : size, LV_CALLER,
             LV_ENDING_SILENT);
    if (moved != MAP_FAILED)
        lv_memory_unshared((uintptr_t)start, size);
    return moved;
}

/* Allocators hand their pages back so: a lock in them starts anew as zeros. One
 * that is held was not meant, and shared memory keeps what it had. */
LV_HOOK int madvise(void *start, size_t size, int advice)
{
    lv_hook_ready();
    if (advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_REMOVE)
        gone(start, size, LV_CALLER, LV_ENDING_UNHELD);
    return real.madvise(start, size, advice);
}

LV_HOOK void *shmat(int id, const void *start, int flags)
{
    void *at;

    lv_hook_ready();
    at = real.shmat(id, start, flags);
    return mapped(at, PROT_WRITE, MAP_SHARED);
}

LV_HOOK int shmdt(const void *start)
{
    size_t size;

    lv_hook_ready();
    size = started() ? lv_memory_shared_size((uintptr_t)start) : 0;
    if (size != 0)
        unmapped((void *)(uintptr_t)start, size, LV_CALLER, LV_ENDING_TOLD);
    return real.shmdt(start);
}
