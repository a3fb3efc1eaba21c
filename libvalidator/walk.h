/* SPDX-License-Identifier: BSD-2-Clause */
/* walk.h: up the calling thread's stack by the rules of cfi.h.
 *
 * Follows the frames that compilers make, the kernel's signal frames, and,
 * where code has no unwind information (just-in-time compilers), the frame
 * pointer. Takes no lock but module.h's, for a module that is new; allocates
 * nothing; makes a system call for each page of stack that it sees first.
 *
 * Includes no other module. Used by unwind.c and step.c. */
#ifndef LV_WALK_H
#define LV_WALK_H

#include <stdbool.h>
#include <stdint.h>

/* A frame: code address (`pc`: a return address, but exact where a signal
 * interrupted), stack pointer, the CFA, one past its memory, and where it keeps
 * its own return address. cfa is 0 where it is unknown, or the caller is on
 * another stack; kept is 0 where it is unknown, or a register. */
struct lv_frame {
    uintptr_t pc, sp, cfa, kept;
};

/* Called for each frame, innermost first. False: enough. */
typedef bool lv_frame_visitor(void *data, const struct lv_frame *frame);

enum lv_walk_end {
    LV_WALK_END, /* outermost frame, end of what can be read, or enough */
    LV_WALK_ODD, /* at a frame that only libunwind can undo */
};

/* Where a walk is. */
struct lv_walk {
    uintptr_t pc, sp, fp;
    bool exact; /* pc is where the frame was interrupted */
#if defined(__aarch64__)
    uintptr_t lr; /* the link register, while exact */
    bool adrift;  /* sp is not known: it is this, or more */
#endif
};

/* Begin in the calling function, which must not return before the walk ends. */
static inline __attribute__((always_inline)) struct lv_walk lv_walk_here(void)
{
    struct lv_walk walk = {.exact = true};

#if defined(__x86_64__) /* three registers at one instant */
    __asm__ volatile("lea 0f(%%rip), %0\n0:\n\tmov %%rsp, %1\n\tmov %%rbp, %2"
                     : "=&r"(walk.pc), "=&r"(walk.sp), "=&r"(walk.fp));
#elif defined(__aarch64__) /* four */
    __asm__ volatile("mov %3, x30\n\tadr %0, 0f\n0:\n\tmov %1, sp\n\t"
                     "mov %2, x29"
                     : "=&r"(walk.pc), "=&r"(walk.sp), "=&r"(walk.fp),
                       "=&r"(walk.lr));
#endif
    return walk;
}

/* Visit the frames from `walk` on. */
enum lv_walk_end lv_walk_up(struct lv_walk walk, lv_frame_visitor *visit,
                            void *data);

/* Code was unloaded: its rules are void. */
void lv_walk_flush(void);

#endif
