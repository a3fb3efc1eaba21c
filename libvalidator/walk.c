/* SPDX-License-Identifier: BSD-2-Clause */
/* walk.c: see walk.h.
 *
 * Rules are kept in a table that all threads share without a lock. A hit costs
 * about 8 ns per frame, a rule that is new about 1 us. No word of the stack is
 * read before the kernel has said that its page can be: a broken stack or a
 * stale rule ends the walk, and never faults.
 *
 * Includes cfi.h, raw.h and unwind.h. */
#define _GNU_SOURCE
#include "walk.h"

#include <stdatomic.h>
#include <ucontext.h>

#include "cfi.h"
#include "raw.h"
#include "unwind.h"

/* Rules by code address, direct-mapped. An entry is two words that are written
 * and read one by one: `check` is the address xor `rule`, so words of different
 * entries do not fit together. `rule` carries the generation; a flush moves
 * that on. */
enum { RULES = 8192 };
static struct entry {
    _Atomic uint64_t check, rule;
} rules[RULES];
static _Atomic uint32_t generation = 1;

/* What a rule is packed into. AArch64 tells also where the return address is;
 * all its offsets are multiples of 8. A frame of 128 KiB does not fit there. */
enum { KIND_BITS = 3, FROM_BITS = 2 };
#if defined(__x86_64__)
enum { GENERATION_BITS = 13, OFFSET_BITS = 22, UNIT = 1 };
#else
enum { GENERATION_BITS = 11, OFFSET_BITS = 15, UNIT = 8 };
#endif
#define GENERATION_MASK ((1u << GENERATION_BITS) - 1)

static bool fits_one(int32_t offset)
{
    return offset % UNIT == 0 && offset / UNIT >= -(1 << (OFFSET_BITS - 1)) &&
           offset / UNIT < 1 << (OFFSET_BITS - 1);
}

static bool fits(const struct lv_cfi_rule *rule)
{
    return fits_one(rule->cfa) && fits_one(rule->fp) && fits_one(rule->ret);
}

static uint64_t pack_offset(int32_t offset)
{
    return (uint32_t)(offset / UNIT) & ((1u << OFFSET_BITS) - 1);
}

static int32_t unpack_offset(uint64_t bits)
{
    return ((int32_t)((uint32_t)bits << (32 - OFFSET_BITS)) >>
            (32 - OFFSET_BITS)) *
           UNIT;
}

/* From the lowest bit: kind, cfa_from, fp_from, generation, cfa, fp, ret. */
static uint64_t pack(const struct lv_cfi_rule *rule, uint32_t when)
{
    uint64_t bits = UNIT == 1 ? 0 : pack_offset(rule->ret);

    bits = bits << OFFSET_BITS | pack_offset(rule->fp);
    bits = bits << OFFSET_BITS | pack_offset(rule->cfa);
    bits = bits << GENERATION_BITS | (when & GENERATION_MASK);
    bits = bits << FROM_BITS | rule->fp_from;
    bits = bits << FROM_BITS | rule->cfa_from;
    return bits << KIND_BITS | rule->kind;
}

static struct lv_cfi_rule unpack(uint64_t bits)
{
    struct lv_cfi_rule rule;

    rule.kind = bits & ((1u << KIND_BITS) - 1);
    bits >>= KIND_BITS;
    rule.cfa_from = bits & ((1u << FROM_BITS) - 1);
    bits >>= FROM_BITS;
    rule.fp_from = bits & ((1u << FROM_BITS) - 1);
    bits >>= FROM_BITS + GENERATION_BITS;
    rule.cfa = unpack_offset(bits);
    bits >>= OFFSET_BITS;
    rule.fp = unpack_offset(bits);
    rule.ret = UNIT == 1 ? -8 : unpack_offset(bits >> OFFSET_BITS);
    return rule;
}

static bool is_current(uint64_t bits, uint32_t when)
{
    return (((bits >> (KIND_BITS + 2 * FROM_BITS)) ^ when) & GENERATION_MASK) ==
           0;
}

#if defined(__x86_64__)
static bool is_sigreturn(uintptr_t code)
{
    (void)code;
    return false; /* libc's own, and described */
}
#else
/* The kernel's code that a handler returns to, which it may not describe. */
__attribute__((no_sanitize("address"))) static bool is_sigreturn(uintptr_t code)
{
    static const uint32_t mov_x8_139 = 0xd2801168, svc_0 = 0xd4000001;
    const uint32_t *word = (const uint32_t *)code;

    return code % 4 == 0 && lv_raw_readable(code) && word[0] == mov_x8_139 &&
           word[1] == svc_0;
}
#endif

static struct lv_cfi_rule find_rule(uintptr_t pc)
{
    struct lv_cfi_rule rule = lv_cfi_find(pc);

    if (!fits(&rule))
        rule = (struct lv_cfi_rule){.kind = LV_CFI_ODD};
    if (rule.kind == LV_CFI_NONE && is_sigreturn(pc + 1))
        rule.kind = LV_CFI_SIGNAL;
    return rule;
}

static struct lv_cfi_rule rule_at(uintptr_t pc)
{
    struct entry *entry =
        &rules[(pc * UINT64_C(0x9e3779b97f4a7c15)) >> 51]; /* 2^13 */
    uint64_t check = atomic_load_explicit(&entry->check, memory_order_relaxed);
    uint64_t bits = atomic_load_explicit(&entry->rule, memory_order_relaxed);
    uint32_t when = atomic_load_explicit(&generation, memory_order_relaxed);
    struct lv_cfi_rule rule;

    if (__builtin_expect((check ^ bits) == pc && is_current(bits, when), 1))
        return unpack(bits);
    rule = find_rule(pc);
    bits = pack(&rule, when);
    atomic_store_explicit(&entry->rule, bits, memory_order_relaxed);
    atomic_store_explicit(&entry->check, pc ^ bits, memory_order_relaxed);
    return rule;
}

void lv_walk_flush(void)
{
    atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
}

/* Addresses of this thread's stack that were seen to be readable: whole pages
 * around the stack pointer. A stack is not unmapped while a thread is on it. */
static __thread __attribute__((tls_model("initial-exec"))) struct {
    uintptr_t start, end;
} seen;

enum { PAGE = 4096 };

static bool look_at(uintptr_t address)
{
    uintptr_t page = address & ~(uintptr_t)(PAGE - 1);

    if (!lv_raw_readable(page))
        return false;
    if (page == seen.end)
        seen.end = page + PAGE;
    else if (page + PAGE == seen.start)
        seen.start = page;
    else
        seen.start = page, seen.end = page + PAGE;
    return true;
}

/* The word at `address`, if it is aligned and readable. Where rules are wrong
 * it is no word that a sanitizer would let us read. */
__attribute__((no_sanitize("address"))) static bool load(uintptr_t address,
                                                         uintptr_t *word)
{
    if (address % sizeof(*word) != 0)
        return false;
    if (address - seen.start >= seen.end - seen.start && !look_at(address))
        return false;
    *word = *(const uintptr_t *)address;
    return true;
}

/* ---- a step up ----------------------------------------------------------- */

/* What x86-64 and AArch64 do each in its own way: `guess`, up by frame pointer,
 * for code that tells nothing about itself; `leave_handler`, over the kernel's
 * signal frame; `find_cfa` and `load_return`, by a rule. */

/* A frame pointer must point a little way up: it may be any number. */
static bool is_near(const struct lv_walk *walk)
{
    return walk->fp >= walk->sp && walk->fp - walk->sp <= 0x4000;
}

static bool load_kept(uintptr_t from, struct lv_walk *walk,
                      struct lv_frame *frame)
{
    if (!load(from, &walk->pc))
        return false;
    walk->pc = lv_unwind_bare(walk->pc);
    frame->kept = from;
    return true;
}

#if defined(__x86_64__)
static bool guess(struct lv_walk *walk, struct lv_frame *frame)
{
    uintptr_t at = walk->fp;

    if (!is_near(walk))
        return false;
    frame->cfa = at + 16;
    return load_kept(at + 8, walk, frame) && load(at, &walk->fp);
}

/* At the entry of libc's sigreturn stub the stack pointer is at the ucontext
 * that the kernel made. */
static bool leave_handler(struct lv_walk *walk)
{
    const ucontext_t *context = (const void *)walk->sp;
    const greg_t *saved = context->uc_mcontext.gregs;

    return load((uintptr_t)&saved[REG_RIP], &walk->pc) &&
           load((uintptr_t)&saved[REG_RBP], &walk->fp) &&
           load((uintptr_t)&saved[REG_RSP], &walk->sp);
}

static bool find_cfa(const struct lv_cfi_rule *rule, struct lv_walk *walk,
                     uintptr_t *cfa)
{
    if (rule->cfa_from == LV_CFI_SP)
        *cfa = walk->sp + (uintptr_t)(intptr_t)rule->cfa;
    else if (rule->cfa_from == LV_CFI_FP)
        *cfa = walk->fp + (uintptr_t)(intptr_t)rule->cfa;
    else if (!load(walk->fp + (uintptr_t)(intptr_t)rule->cfa, cfa))
        return false;
    return *cfa > walk->sp; /* a stack grows down: no loops */
}

static bool load_return(const struct lv_cfi_rule *rule, struct lv_walk *walk,
                        struct lv_frame *frame)
{
    (void)rule;
    return load_kept(frame->cfa - 8, walk, frame);
}
#else
/* The caller's frame begins above the two words, nobody knows where. */
static bool guess(struct lv_walk *walk, struct lv_frame *frame)
{
    uintptr_t at = walk->fp;

    if (!is_near(walk))
        return false;
    frame->cfa = at + 16;
    walk->adrift = true;
    return load_kept(at + 8, walk, frame) && load(at, &walk->fp);
}

/* At the entry of the kernel's sigreturn code the stack pointer is at the
 * siginfo that it made, and the ucontext is behind it. */
static bool leave_handler(struct lv_walk *walk)
{
    const ucontext_t *context = (const void *)(walk->sp + sizeof(siginfo_t));
    const mcontext_t *saved = &context->uc_mcontext;

    return !walk->adrift && load((uintptr_t)&saved->pc, &walk->pc) &&
           load((uintptr_t)&saved->regs[29], &walk->fp) &&
           load((uintptr_t)&saved->regs[30], &walk->lr) &&
           load((uintptr_t)&saved->sp, &walk->sp);
}

/* Adrift, a frame is where its frame pointer is, if it set that to the two
 * words that it saved together, as the procedure call standard asks. */
static bool find_cfa(const struct lv_cfi_rule *rule, struct lv_walk *walk,
                     uintptr_t *cfa)
{
    bool linked = rule->kind == LV_CFI_FRAME && is_near(walk) &&
                  rule->fp_from == LV_CFI_FP_AT_CFA &&
                  rule->ret == rule->fp + 8;

    if (rule->cfa_from == LV_CFI_FP)
        *cfa = walk->fp + (uintptr_t)(intptr_t)rule->cfa;
    else if (rule->cfa_from == LV_CFI_SP && !walk->adrift)
        *cfa = walk->sp + (uintptr_t)(intptr_t)rule->cfa;
    else if (rule->cfa_from == LV_CFI_SP && linked)
        *cfa = walk->fp - (uintptr_t)(intptr_t)rule->fp;
    else
        return false;
    walk->adrift = false;
    return rule->kind == LV_CFI_LEAF ? *cfa >= walk->sp : *cfa > walk->sp;
}

static bool load_return(const struct lv_cfi_rule *rule, struct lv_walk *walk,
                        struct lv_frame *frame)
{
    if (rule->kind == LV_CFI_FRAME)
        return load_kept(frame->cfa + (uintptr_t)(intptr_t)rule->ret, walk,
                         frame);
    walk->pc = lv_unwind_bare(walk->lr);
    return walk->exact;
}
#endif

static bool apply(const struct lv_cfi_rule *rule, struct lv_walk *walk,
                  struct lv_frame *frame)
{
    uintptr_t fp = walk->fp, cfa;

    if (!find_cfa(rule, walk, &cfa))
        return false;
    frame->cfa = cfa;
    if (rule->fp_from == LV_CFI_FP_AT_CFA &&
        !load(cfa + (uintptr_t)(intptr_t)rule->fp, &walk->fp))
        return false;
    if (rule->fp_from == LV_CFI_FP_AT_FP &&
        !load(fp + (uintptr_t)(intptr_t)rule->fp, &walk->fp))
        return false;
    return load_return(rule, walk, frame);
}

enum lv_walk_end lv_walk_up(struct lv_walk walk, lv_frame_visitor *visit,
                            void *data)
{
    for (;;) {
        struct lv_frame frame = {.pc = walk.pc, .sp = walk.sp};
        struct lv_cfi_rule rule = rule_at(walk.pc - !walk.exact);
        bool more = false;

        if (rule.kind == LV_CFI_ODD)
            return LV_WALK_ODD;
        if (rule.kind == LV_CFI_FRAME || rule.kind == LV_CFI_LEAF)
            more = apply(&rule, &walk, &frame);
        else if (rule.kind == LV_CFI_SIGNAL)
            more = leave_handler(&walk);
        else if (rule.kind == LV_CFI_NONE)
            more = guess(&walk, &frame);
        walk.exact = rule.kind == LV_CFI_SIGNAL;
        if (!visit(data, &frame) || !more || walk.pc == 0)
            return LV_WALK_END;
        if (frame.cfa != 0)
            walk.sp = frame.cfa;
    }
}
