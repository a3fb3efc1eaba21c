/* SPDX-License-Identifier: BSD-2-Clause */
/* cfi.h: how to get from a frame to its caller's, read from the call frame
 * information (DWARF 5, section 6.4) that a module keeps in memory for C++
 * exceptions.
 *
 * Knows the few forms that compilers use: with them a stack is walked from two
 * registers and a table look-up per frame. What it does not know it says, and
 * libunwind takes over (unwind.c).
 *
 * Reads mapped modules only; takes no lock but module.h's, when a module is
 * new; allocates nothing. Includes module.h. Used by unwind.c. */
#ifndef LV_CFI_H
#define LV_CFI_H

#include <stdbool.h>
#include <stdint.h>

enum lv_cfi_kind {
    LV_CFI_NONE,   /* no information about this address */
    LV_CFI_ODD,    /* there is, but of an unusual form */
    LV_CFI_LAST,   /* outermost frame: it says so */
    LV_CFI_SIGNAL, /* the kernel's signal frame starts at SP */
    LV_CFI_FRAME,  /* return address at CFA + ret, and the CFA is: */
    LV_CFI_LEAF,   /* AArch64: the same, but it is in the link register still:
                      at any frame but one that was interrupted, no frame */
};

/* The CFA is SP + cfa, FP + cfa, or what is stored at FP + cfa. */
enum lv_cfi_cfa { LV_CFI_SP, LV_CFI_FP, LV_CFI_FP_DEREF };

/* The caller's FP is in FP still, or stored at CFA + fp, or at FP + fp. */
enum lv_cfi_fp { LV_CFI_FP_SAME, LV_CFI_FP_AT_CFA, LV_CFI_FP_AT_FP };

struct lv_cfi_rule {
    uint8_t kind;     /* enum lv_cfi_kind; the rest for FRAME and LEAF */
    uint8_t cfa_from; /* enum lv_cfi_cfa */
    uint8_t fp_from;  /* enum lv_cfi_fp */
    int32_t cfa;
    int32_t fp;
    int32_t ret; /* -8 on x86-64 */
};

/* The rule at code address `pc`: for a return address, one byte below it. About
 * a microsecond. A return address as a function stored it may be signed
 * (lv_unwind_bare). */
struct lv_cfi_rule lv_cfi_find(uintptr_t pc);

/* Where the function that `pc` lies in begins; 0: not known. */
uintptr_t lv_cfi_function(uintptr_t pc);

#endif
