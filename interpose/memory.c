/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c: memory that the program gives up, and with it the locks inside.
 *
 * The program's allocator is not ours and does not change: these wrappers look
 * and forward. The engine is told BEFORE the real call: afterwards another
 * thread may already have a new lock at the address. The dynamic linker and
 * libc's start-up come through here before any constructor. */
#include "hooks.h"

#include <stdarg.h>

static bool started(void)
{
    return atomic_load_explicit(&lv_hook_started, memory_order_acquire);
}

static inline void gone(const void *start, size_t size, uintptr_t caller,
                        bool misuse)
{
    if (LV_UNLIKELY(lv_range_may_hold((uintptr_t)start, size)) && started())
        lv_memory_gone((uintptr_t)start, size, caller, misuse);
}

LV_HOOK void free(void *block)
{
    lv_hook_ready();
    /* While dlsym looks for free itself, an old error's text is leaked. */
    if (LV_UNLIKELY(real.free == NULL))
        return;
    if (block != NULL && started())
        gone(block, real.malloc_usable_size(block), LV_CALLER, true);
    real.free(block);
}

/* Whether the block will move is not known before. What grows may: its locks
 * end now. What shrinks loses its tail now, and the rest if it did move. */
LV_HOOK void *realloc(void *block, size_t size)
{
    uintptr_t old = (uintptr_t)block;
    size_t had = 0, keeps;
    void *moved;

    lv_hook_ready();
    if (block != NULL && started())
        had = real.malloc_usable_size(block);
    keeps = size < had ? size : size == had ? had : 0;
    gone((char *)block + keeps, had - keeps, LV_CALLER, size == 0);
    moved = real.realloc(block, size);
    if (keeps != 0 && moved != NULL && (uintptr_t)moved != old)
        gone((void *)old, keeps, LV_CALLER, false);
    return moved;
}

LV_HOOK int munmap(void *start, size_t size)
{
    lv_hook_ready();
    gone(start, size, LV_CALLER, false);
    return real.munmap(start, size);
}

LV_HOOK void *mmap(void *start, size_t size, int protection, int flags, int fd,
                   off_t offset)
{
    lv_hook_ready();
    if (flags & MAP_FIXED)
        gone(start, size, LV_CALLER, false);
    return real.mmap(start, size, protection, flags, fd, offset);
}

LV_HOOK void *mmap64(void *start, size_t size, int protection, int flags,
                     int fd, off64_t offset)
{
    lv_hook_ready();
    if (flags & MAP_FIXED)
        gone(start, size, LV_CALLER, false);
    return real.mmap64(start, size, protection, flags, fd, offset);
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
        gone(target, new_size, LV_CALLER, false);
    if (new_size < size)
        gone((char *)start + new_size, size - new_size, LV_CALLER, false);
    moved = real.mremap(start, size, new_size, flags, target);
    if (moved != MAP_FAILED && moved != start)
        gone(start, new_size < size ? new_size : size, LV_CALLER, false);
    return moved;
}
