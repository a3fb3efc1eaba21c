/* SPDX-License-Identifier: BSD-2-Clause */
/* walk.c: see walk.h.
 *
 * Rules are kept in a table that all threads share without a lock. A hit costs
 * about 8 ns per frame, a rule that is new about 1 us. No word of the stack is
 * read before the kernel has said that its page can be: a broken stack or a
 * stale rule ends the walk, and never faults.
 *
 * Includes cfi.h and raw.h. */
#define _GNU_SOURCE
#include "walk.h"

#if defined(__x86_64__)

#include <stdatomic.h>
#include <ucontext.h>

#include "cfi.h"
#include "raw.h"

/* Rules by code address, direct-mapped. An entry is two words that are written
 * and read one by one: `check` is the address xor `rule`, so words of different
 * entries do not fit together. `rule` carries the generation; a flush moves
 * that on. */
enum { RULES = 8192 };
static struct entry {
    _Atomic uint64_t check, rule;
} rules[RULES];
static _Atomic uint32_t generation = 1;

enum { KIND_BITS = 3, FROM_BITS = 2, GENERATION_BITS = 13, OFFSET_BITS = 22 };
#define GENERATION_MASK ((1u << GENERATION_BITS) - 1)

static bool fits(int32_t offset)
{
    return offset >= -(1 << (OFFSET_BITS - 1)) &&
           offset < 1 << (OFFSET_BITS - 1);
}

static uint64_t pack_offset(int32_t offset)
{
    return (uint32_t)offset & ((1u << OFFSET_BITS) - 1);
}

static int32_t unpack_offset(uint64_t bits)
{
    return (int32_t)((uint32_t)bits << (32 - OFFSET_BITS)) >>
           (32 - OFFSET_BITS);
}

/* From the lowest bit: kind, cfa_from, fp_from, generation, cfa, fp. */
static uint64_t pack(const struct lv_cfi_rule *rule, uint32_t when)
{
    uint64_t bits = pack_offset(rule->fp);

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
    rule.fp = unpack_offset(bits >> OFFSET_BITS);
    return rule;
}

static bool is_current(uint64_t bits, uint32_t when)
{
    return (((bits >> (KIND_BITS + 2 * FROM_BITS)) ^ when) & GENERATION_MASK) ==
           0;
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
    rule = lv_cfi_find(pc);
    if (!fits(rule.cfa) || !fits(rule.fp))
        rule = (struct lv_cfi_rule){.kind = LV_CFI_ODD};
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

/* Up by frame pointer, for code that tells nothing about itself. It must point
 * a little way up: it may be any number. */
static bool guess(struct lv_walk *walk, uintptr_t *cfa)
{
    uintptr_t at = walk->fp;

    if (at < walk->sp || at - walk->sp > 0x4000)
        return false;
    *cfa = at + 16;
    return load(at + 8, &walk->pc) && load(at, &walk->fp);
}

/* At the entry of libc's sigreturn stub the stack pointer is at the ucontext
 * that the kernel made. */
static bool leave_handler(struct lv_walk *walk, uintptr_t *cfa)
{
    const ucontext_t *context = (const void *)walk->sp;
    const greg_t *saved = context->uc_mcontext.gregs;

    *cfa = 0;
    return load((uintptr_t)&saved[REG_RIP], &walk->pc) &&
           load((uintptr_t)&saved[REG_RBP], &walk->fp) &&
           load((uintptr_t)&saved[REG_RSP], &walk->sp);
}

static bool apply(const struct lv_cfi_rule *rule, struct lv_walk *walk,
                  uintptr_t *cfa)
{
    uintptr_t fp = walk->fp;

    if (rule->cfa_from == LV_CFI_SP)
        *cfa = walk->sp + (uintptr_t)(intptr_t)rule->cfa;
    else if (rule->cfa_from == LV_CFI_FP)
        *cfa = fp + (uintptr_t)(intptr_t)rule->cfa;
    else if (!load(fp + (uintptr_t)(intptr_t)rule->cfa, cfa))
        return false;
    if (*cfa <= walk->sp) /* a stack grows down: no loops */
        return false;
    if (rule->fp_from == LV_CFI_FP_AT_CFA &&
        !load(*cfa + (uintptr_t)(intptr_t)rule->fp, &walk->fp))
        return false;
    if (rule->fp_from == LV_CFI_FP_AT_FP &&
        !load(fp + (uintptr_t)(intptr_t)rule->fp, &walk->fp))
        return false;
    return load(*cfa - 8, &walk->pc);
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
        walk.exact = rule.kind == LV_CFI_SIGNAL;
        if (rule.kind == LV_CFI_FRAME)
            more = apply(&rule, &walk, &frame.cfa);
        else if (rule.kind == LV_CFI_SIGNAL)
            more = leave_handler(&walk, &frame.cfa);
        else if (rule.kind == LV_CFI_NONE)
            more = guess(&walk, &frame.cfa);
        if (!visit(data, &frame) || !more || walk.pc == 0)
            return LV_WALK_END;
        if (frame.cfa != 0)
            walk.sp = frame.cfa;
    }
}

#else

enum lv_walk_end lv_walk_up(struct lv_walk walk, lv_frame_visitor *visit,
                            void *data)
{
    (void)walk;
    (void)visit;
    (void)data;
    return LV_WALK_ODD;
}

void lv_walk_flush(void)
{
}

#endif
