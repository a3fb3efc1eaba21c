/* SPDX-License-Identifier: BSD-2-Clause */
/* unwind.h: who called.
 *
 * Stacks are walked by the call frame information that modules keep in memory
 * (walk.h); libunwind takes the rare frames of unusual form (step.h). It is
 * dlopened with RTLD_LOCAL, so that the program never binds to its `backtrace`
 * or `_Unwind_*`. Both find modules through module.h, without the loader's
 * lock. Where nothing works, stacks hold the caller alone.
 *
 * A stack that is broken, or that code without unwind information made, is cut
 * short or holds wrong addresses; it is never read where it cannot be.
 *
 * Includes no other module. Used by stack.c, life.c, engine.c, interpose/. */
#ifndef LV_UNWIND_H
#define LV_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A return address as a function stored it, without the signature that it may
 * carry on AArch64. */
static inline uintptr_t lv_unwind_bare(uintptr_t word)
{
#if defined(__aarch64__)
    register uintptr_t x30 __asm__("x30") = word;

    __asm__("hint #7" : "+r"(x30)); /* XPACLRI; nothing where none signs */
    return x30;
#else
    return word;
#endif
}

/* Load and warm up; call once, from the constructor, before the engine goes
 * live: it allocates and takes the loader's lock. False: no libunwind. */
bool lv_unwind_start(void);

/* Return addresses of the calling thread, innermost first, at most `max`, our
 * own frames left out. `caller` is the return address in the program of the
 * hooked function that we are in; where unwinding fails it is the only frame.
 * Returns the number stored, at least 1 when max > 0; frame[0] is `caller`.
 * Takes no lock of the program and calls no allocator of it; from the slow path
 * only (the thread's `busy` is set and signals are blocked). Where libunwind is
 * needed it takes about 4 KiB of stack, otherwise less than 2 KiB. */
size_t lv_unwind(uintptr_t caller, uintptr_t *frame, size_t max);

/* The same; slot[i], for the first `slots` frames, is where frame[i] stands on
 * the stack, NULL where that is not known. */
size_t lv_unwind_slots(uintptr_t caller, uintptr_t *frame, size_t max,
                       const uintptr_t **slot, size_t slots);

/* The frame of the calling thread's stack that the address `inside` lies in:
 * its CFA (the stack pointer before the call that made the frame), its code;
 * and `slot`, where that frame keeps its return address, or NULL where that is
 * not known. A slot that no longer holds the same value means that the frame is
 * gone. False: no such frame found. About as quick as
 * lv_unwind. */
struct lv_frame_owner {
    uintptr_t cfa;
    uintptr_t code;     /* where it is now: a return address */
    uintptr_t function; /* where it begins, or `code` if that is not known */
    const uintptr_t *slot;
};
bool lv_unwind_owner(uintptr_t inside, struct lv_frame_owner *owner);

/* Where the frame that `inside` lies in seems to keep its return address, on a
 * stack that is not the caller's: on x86-64 the first word above that points
 * behind a call instruction; on AArch64 by the first pair below, of a frame
 * pointer and such a word, whose frame pointer leads past `inside`. NULL: none
 * within 1 KiB. A guess: a wrong one ends a lock's life early or not at all. */
const uintptr_t *lv_unwind_guess_slot(uintptr_t inside);

/* libvalidator.so forwards the program's dl_iterate_phdr to libc; but for
 * calls that libunwind makes on our behalf (`lv_unwind_active` for the calling
 * thread) it serves module.h's list instead. */
struct dl_phdr_info;
bool lv_unwind_active(void);
int lv_unwind_iterate(int (*visit)(struct dl_phdr_info *, size_t, void *),
                      void *data);

/* Around fork: nobody may be in libunwind or in module.c while the process
 * forks. After the engine's lock, before lv_memory_fork_*. */
void lv_unwind_fork_prepare(void);
void lv_unwind_fork_parent(void);
void lv_unwind_fork_child(void);

/* Code was unloaded: forget what was cached about it. */
void lv_unwind_flush(void);

#endif
