/* SPDX-License-Identifier: BSD-2-Clause */
/* cfi.c: see cfi.h.
 *
 * A module's .eh_frame_hdr is a sorted table from code to frame description
 * entries (FDE); each refers to a common entry (CIE), and both carry a program
 * for a small machine whose state is one rule per register. Three registers
 * matter here: the stack pointer through the CFA, the frame pointer, and the
 * return address.
 *
 * Everything is read through a cursor that never leaves the module's mapped
 * range; malformed information is LV_CFI_ODD.
 *
 * Includes module.h. */
#include "cfi.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

#include "module.h"

#if defined(__x86_64__)
enum { FP = 6, SP = 7, RETURN = 16 }; /* psABI, figure 3.36 */
#elif defined(__aarch64__)
enum { FP = 29, SP = 31, RETURN = 30 }; /* AADWARF64, 4.1 */
#endif

/* DW_EH_PE_*: how a pointer is stored. */
enum {
    ENC_ABSOLUTE = 0x00,
    ENC_UDATA2 = 0x02,
    ENC_UDATA4 = 0x03,
    ENC_UDATA8 = 0x04,
    ENC_SDATA2 = 0x0a,
    ENC_SDATA4 = 0x0b,
    ENC_SDATA8 = 0x0c,
    ENC_PCREL = 0x10,
    ENC_DATAREL = 0x30,
    ENC_OMIT = 0xff,
};

/* DW_CFA_*; the first three carry an operand in their low 6 bits. */
enum {
    OP_ADVANCE = 0x40,
    OP_OFFSET = 0x80,
    OP_RESTORE = 0xc0,
    OP_NOP = 0x00,
    OP_SET_LOC = 0x01,
    OP_ADVANCE_1 = 0x02,
    OP_ADVANCE_2 = 0x03,
    OP_ADVANCE_4 = 0x04,
    OP_OFFSET_EXTENDED = 0x05,
    OP_RESTORE_EXTENDED = 0x06,
    OP_UNDEFINED = 0x07,
    OP_SAME_VALUE = 0x08,
    OP_REGISTER = 0x09,
    OP_REMEMBER = 0x0a,
    OP_RECALL = 0x0b,
    OP_DEF_CFA = 0x0c,
    OP_DEF_CFA_REGISTER = 0x0d,
    OP_DEF_CFA_OFFSET = 0x0e,
    OP_DEF_CFA_EXPRESSION = 0x0f,
    OP_EXPRESSION = 0x10,
    OP_OFFSET_EXTENDED_SF = 0x11,
    OP_DEF_CFA_SF = 0x12,
    OP_DEF_CFA_OFFSET_SF = 0x13,
    OP_VAL_OFFSET = 0x14,
    OP_VAL_OFFSET_SF = 0x15,
    OP_VAL_EXPRESSION = 0x16,
    OP_NEGATE_RA_STATE = 0x2d, /* AArch64 */
    OP_ARGS_SIZE = 0x2e,       /* GNU */
};

enum { DW_OP_DEREF = 0x06, DW_OP_BREG_FP = 0x70 + FP };

/* ---- reading ------------------------------------------------------------- */

struct cursor {
    const uint8_t *at, *end;
    bool bad; /* ran over the end, or met what it does not know */
};

static uint64_t read_fixed(struct cursor *c, size_t size)
{
    uint64_t value = 0;

    if ((size_t)(c->end - c->at) < size) {
        c->bad = true;
        return 0;
    }
    memcpy(&value, c->at, size);
    c->at += size;
    return value;
}

static uint64_t read_leb(struct cursor *c, bool is_signed)
{
    uint64_t value = 0, byte;
    unsigned shift = 0;

    do {
        byte = read_fixed(c, 1);
        if (shift < 64)
            value |= (byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (is_signed && shift < 64 && byte & 0x40)
        value |= ~UINT64_C(0) << shift;
    return value;
}

static uint64_t read_uleb(struct cursor *c)
{
    return read_leb(c, false);
}

static int64_t read_sleb(struct cursor *c)
{
    return (int64_t)read_leb(c, true);
}

static void skip(struct cursor *c, uint64_t size)
{
    if (size > (uint64_t)(c->end - c->at)) {
        c->bad = true;
        return;
    }
    c->at += size;
}

/* A pointer; `base` for ENC_DATAREL. */
static uintptr_t read_encoded(struct cursor *c, uint8_t encoding,
                              uintptr_t base)
{
    uintptr_t here = (uintptr_t)c->at;
    uint64_t value = 0;

    switch (encoding & 0x0f) {
    case ENC_UDATA2:
        value = read_fixed(c, 2);
        break;
    case ENC_UDATA4:
        value = read_fixed(c, 4);
        break;
    case ENC_SDATA2:
        value = (uint64_t)(int16_t)read_fixed(c, 2);
        break;
    case ENC_SDATA4:
        value = (uint64_t)(int32_t)read_fixed(c, 4);
        break;
    case ENC_ABSOLUTE:
    case ENC_UDATA8:
    case ENC_SDATA8:
        value = read_fixed(c, 8);
        break;
    default:
        c->bad = true;
    }
    switch (encoding & 0xf0) {
    case ENC_ABSOLUTE:
        return value;
    case ENC_PCREL:
        return value + here;
    case ENC_DATAREL:
        return value + base;
    default:
        c->bad = true;
        return 0;
    }
}

/* A cursor over [at, end of module); bad if `at` is not inside. */
static struct cursor cursor_at(const struct lv_module *module, uintptr_t at)
{
    struct cursor c = {(const uint8_t *)at, (const uint8_t *)module->end,
                       false};

    if (at < module->start || at >= module->end) {
        c.at = c.end;
        c.bad = true;
    }
    return c;
}

/* The entry that starts at `at`, its length taken off. */
static struct cursor open_entry(const struct lv_module *module, uintptr_t at)
{
    struct cursor c = cursor_at(module, at);
    uint64_t length = read_fixed(&c, 4);

    if (length == 0xffffffff)
        length = read_fixed(&c, 8);
    if (length == 0 || length > (uint64_t)(c.end - c.at)) {
        c.bad = true;
        length = 0;
    }
    c.end = c.at + length;
    return c;
}

/* ---- entries ------------------------------------------------------------- */

struct cie {
    struct cursor program;
    uint64_t code_align;
    int64_t data_align;
    uint8_t pointers; /* encoding in its FDEs */
    bool sized;       /* its FDEs have augmentation data */
    bool signal;
};

static void read_augmentation(struct cie *cie, struct cursor *c,
                              const char *letter)
{
    struct cursor data;
    uint64_t size;

    cie->sized = letter[0] == 'z';
    if (!cie->sized) {
        c->bad |= letter[0] != '\0';
        return;
    }
    size = read_uleb(c);
    data = *c;
    skip(c, size);
    data.end = c->at;
    while (*++letter != '\0' && !data.bad) {
        if (*letter == 'R')
            cie->pointers = (uint8_t)read_fixed(&data, 1);
        else if (*letter == 'P')
            read_encoded(&data, (uint8_t)read_fixed(&data, 1) & 0x0f, 0);
        else if (*letter == 'L')
            skip(&data, 1);
        else if (*letter == 'S')
            cie->signal = true;
        else if (*letter != 'B' && *letter != 'G') /* keys, tags: AArch64 */
            c->bad = true;
    }
    c->bad |= data.bad;
}

static bool read_cie(const struct lv_module *module, uintptr_t at,
                     struct cie *cie)
{
    struct cursor c = open_entry(module, at);
    const char *letters;
    uint64_t id = read_fixed(&c, 4), version = read_fixed(&c, 1);

    if (c.bad || id != 0 || (version != 1 && version != 3))
        return false;
    letters = (const char *)c.at;
    if (memchr(letters, '\0', (size_t)(c.end - c.at)) == NULL)
        return false;
    skip(&c, strlen(letters) + 1);
    memset(cie, 0, sizeof(*cie));
    cie->code_align = read_uleb(&c);
    cie->data_align = read_sleb(&c);
    if ((version == 1 ? read_fixed(&c, 1) : read_uleb(&c)) != RETURN)
        return false;
    read_augmentation(cie, &c, letters);
    cie->program = c;
    return !c.bad;
}

/* The address of the FDE that may describe `pc`, by binary search; 0: none. */
static uintptr_t search_table(const struct lv_module *module, uintptr_t header,
                              uintptr_t pc, uintptr_t *function, bool *odd)
{
    struct cursor c = cursor_at(module, header);
    uint64_t form = read_fixed(&c, 4);
    const int32_t(*row)[2]; /* code, FDE; from the header */
    uint64_t first = 0, past;

    read_encoded(&c, (uint8_t)(form >> 8), header); /* .eh_frame */
    past = read_fixed(&c, 4);
    row = (const void *)c.at;
    *odd = c.bad || (form & 0xff) != 1 || (form >> 16 & 0xff) != ENC_UDATA4 ||
           form >> 24 != (ENC_DATAREL | ENC_SDATA4) ||
           past > (uint64_t)(c.end - c.at) / sizeof(*row);
    if (*odd || past == 0 || (int64_t)(pc - header) < row[0][0])
        return 0;
    while (past - first > 1) {
        uint64_t middle = first + (past - first) / 2;

        if (row[middle][0] <= (int64_t)(pc - header))
            first = middle;
        else
            past = middle;
    }
    *function = header + (uintptr_t)(intptr_t)row[first][0];
    return header + (uintptr_t)(intptr_t)row[first][1];
}

static uintptr_t table_of(const struct lv_module *module)
{
    const ElfW(Phdr) *segment = module->phdr;

    for (unsigned i = 0; i < module->phnum; i++)
        if (segment[i].p_type == PT_GNU_EH_FRAME)
            return module->bias + segment[i].p_vaddr;
    return 0;
}

/* ---- the machine --------------------------------------------------------- */

enum where { SAME, UNDEFINED, AT_CFA, AT_FP, ELSEWHERE };

struct saved {
    enum where where;
    int64_t offset;
};

struct state {
    uint64_t cfa_register; /* ODD_CFA: an unknown expression */
    bool cfa_deref;
    int64_t cfa_offset;
    struct saved fp, ret;
};
enum { ODD_CFA = 255, REMEMBERED = 8 };

struct machine {
    const struct cie *cie;
    struct state now, initial;
    struct state remembered[REMEMBERED];
    unsigned depth;
    uintptr_t location;
};

static void save(struct machine *m, uint64_t number, enum where where,
                 int64_t offset)
{
    struct saved saved = {where, offset};

    if (number == FP)
        m->now.fp = saved;
    else if (number == RETURN)
        m->now.ret = saved;
    else if (number == SP)
        m->now.cfa_register = ODD_CFA; /* it is taken to be the CFA */
}

static void restore(struct machine *m, uint64_t number)
{
    if (number == FP)
        m->now.fp = m->initial.fp;
    else if (number == RETURN)
        m->now.ret = m->initial.ret;
}

static void define_cfa(struct machine *m, uint64_t number, int64_t offset)
{
    m->now.cfa_register = number;
    m->now.cfa_offset = offset;
    m->now.cfa_deref = false;
}

/* Reads an expression: true if it is FP plus a constant, with what is stored
 * there (`deref`) or without. gcc writes these two for a function that aligns
 * its stack: where the CFA is kept, and where the caller's FP. */
static bool read_fp_plus(struct cursor *c, bool deref, int64_t *offset)
{
    uint64_t size = read_uleb(c);
    struct cursor body = *c;

    skip(c, size);
    body.end = c->at;
    if (c->bad || read_fixed(&body, 1) != DW_OP_BREG_FP)
        return false;
    *offset = read_sleb(&body);
    if (deref && read_fixed(&body, 1) != DW_OP_DEREF)
        return false;
    return !body.bad && body.at == body.end;
}

static void define_cfa_expression(struct machine *m, struct cursor *c)
{
    int64_t offset = 0;
    bool known = read_fp_plus(c, true, &offset);

    define_cfa(m, known ? FP : ODD_CFA, offset);
    m->now.cfa_deref = known;
}

static void save_expression(struct machine *m, struct cursor *c)
{
    uint64_t number = read_uleb(c);
    int64_t offset = 0;
    bool known = read_fp_plus(c, false, &offset);

    save(m, number, known ? AT_FP : ELSEWHERE, offset);
}

static void remember(struct machine *m, struct cursor *c)
{
    if (m->depth == REMEMBERED)
        c->bad = true;
    else
        m->remembered[m->depth++] = m->now;
}

static void recall(struct machine *m, struct cursor *c)
{
    if (m->depth == 0)
        c->bad = true;
    else
        m->now = m->remembered[--m->depth];
}

static void advance(struct machine *m, uint64_t by)
{
    m->location += by * m->cie->code_align;
}

/* An instruction with no operand in its low bits. */
static void execute_extended(struct machine *m, struct cursor *c, uint8_t op)
{
    int64_t align = m->cie->data_align;
    uint64_t number;

    switch (op) {
    case OP_NOP:
    case OP_NEGATE_RA_STATE: /* whoever loads one takes its signature off */
        return;
    case OP_SET_LOC:
        m->location = read_encoded(c, m->cie->pointers, 0);
        return;
    case OP_ADVANCE_1:
        advance(m, read_fixed(c, 1));
        return;
    case OP_ADVANCE_2:
        advance(m, read_fixed(c, 2));
        return;
    case OP_ADVANCE_4:
        advance(m, read_fixed(c, 4));
        return;
    case OP_REMEMBER:
        remember(m, c);
        return;
    case OP_RECALL:
        recall(m, c);
        return;
    case OP_DEF_CFA_OFFSET:
        m->now.cfa_offset = (int64_t)read_uleb(c);
        return;
    case OP_DEF_CFA_OFFSET_SF:
        m->now.cfa_offset = read_sleb(c) * align;
        return;
    case OP_DEF_CFA_EXPRESSION:
        define_cfa_expression(m, c);
        return;
    case OP_EXPRESSION:
        save_expression(m, c);
        return;
    case OP_ARGS_SIZE:
        read_uleb(c);
        return;
    default:
        break;
    }

    number = read_uleb(c); /* the first operand of all others */
    switch (op) {
    case OP_DEF_CFA:
        define_cfa(m, number, (int64_t)read_uleb(c));
        return;
    case OP_DEF_CFA_SF:
        define_cfa(m, number, read_sleb(c) * align);
        return;
    case OP_DEF_CFA_REGISTER:
        define_cfa(m, number, m->now.cfa_offset);
        return;
    case OP_OFFSET_EXTENDED:
        save(m, number, AT_CFA, (int64_t)read_uleb(c) * align);
        return;
    case OP_OFFSET_EXTENDED_SF:
        save(m, number, AT_CFA, read_sleb(c) * align);
        return;
    case OP_RESTORE_EXTENDED:
        restore(m, number);
        return;
    case OP_UNDEFINED:
        save(m, number, UNDEFINED, 0);
        return;
    case OP_SAME_VALUE:
        save(m, number, SAME, 0);
        return;
    case OP_REGISTER:
    case OP_VAL_OFFSET:
    case OP_VAL_OFFSET_SF: /* read for its length alone */
        save(m, number, ELSEWHERE, 0);
        read_uleb(c);
        return;
    case OP_VAL_EXPRESSION:
        save(m, number, ELSEWHERE, 0);
        skip(c, read_uleb(c));
        return;
    default:
        c->bad = true;
    }
}

/* Runs a program up to the row for `pc`. */
static bool run(struct machine *m, struct cursor c, uintptr_t pc)
{
    while (c.at < c.end && !c.bad && m->location <= pc) {
        uint8_t op = (uint8_t)read_fixed(&c, 1);
        uint8_t low = op & 0x3f;

        if ((op & 0xc0) == OP_ADVANCE)
            advance(m, low);
        else if ((op & 0xc0) == OP_OFFSET)
            save(m, low, AT_CFA, (int64_t)read_uleb(&c) * m->cie->data_align);
        else if ((op & 0xc0) == OP_RESTORE)
            restore(m, low);
        else
            execute_extended(m, &c, op);
    }
    return !c.bad;
}

/* A call leaves the return address right below the CFA on x86-64, and in a
 * register on AArch64, for the function to put where it likes. */
static enum lv_cfi_kind kind_of(const struct saved *ret)
{
    if (ret->where == UNDEFINED)
        return LV_CFI_LAST;
#if defined(__x86_64__)
    return ret->where == AT_CFA && ret->offset == -8 ? LV_CFI_FRAME
                                                     : LV_CFI_ODD;
#else
    return ret->where == AT_CFA && ret->offset == (int32_t)ret->offset
               ? LV_CFI_FRAME
           : ret->where == SAME ? LV_CFI_LEAF
                                : LV_CFI_ODD;
#endif
}

/* The same in a rule's few bits; LV_CFI_ODD where they do not suffice. */
static struct lv_cfi_rule rule_of(const struct state *state)
{
    struct lv_cfi_rule rule = {.kind = LV_CFI_ODD};
    enum lv_cfi_kind kind = kind_of(&state->ret);

    if (kind == LV_CFI_LAST)
        rule.kind = kind;
    if ((kind != LV_CFI_FRAME && kind != LV_CFI_LEAF) ||
        (state->cfa_register != SP && state->cfa_register != FP) ||
        state->fp.where == ELSEWHERE ||
        state->cfa_offset != (int32_t)state->cfa_offset ||
        state->fp.offset != (int32_t)state->fp.offset)
        return rule;
    rule.kind = kind;
    rule.cfa_from = state->cfa_register == SP ? LV_CFI_SP
                    : state->cfa_deref        ? LV_CFI_FP_DEREF
                                              : LV_CFI_FP;
    rule.fp_from = state->fp.where == AT_CFA  ? LV_CFI_FP_AT_CFA
                   : state->fp.where == AT_FP ? LV_CFI_FP_AT_FP
                                              : LV_CFI_FP_SAME;
    rule.cfa = (int32_t)state->cfa_offset;
    rule.fp = (int32_t)state->fp.offset;
    rule.ret = (int32_t)state->ret.offset;
    return rule;
}

static struct lv_cfi_rule read_fde(const struct lv_module *module,
                                   uintptr_t fde, uintptr_t pc)
{
    struct lv_cfi_rule rule = {.kind = LV_CFI_ODD};
    struct cursor c = open_entry(module, fde);
    uintptr_t start, here = (uintptr_t)c.at;
    uint64_t back = read_fixed(&c, 4), size;
    struct machine m = {0};
    struct cie cie;

    if (c.bad || !read_cie(module, here - back, &cie))
        return rule;
    start = read_encoded(&c, cie.pointers, 0);
    size = read_encoded(&c, cie.pointers & 0x0f, 0);
    if (cie.sized)
        skip(&c, read_uleb(&c));
    if (c.bad)
        return rule;
    if (pc - start >= size) {
        rule.kind = LV_CFI_NONE;
        return rule;
    }
    if (cie.signal) {
        rule.kind = LV_CFI_SIGNAL;
        return rule;
    }
    m.cie = &cie;
    m.location = start;
    if (!run(&m, cie.program, UINTPTR_MAX))
        return rule;
    m.initial = m.now;
    return run(&m, c, pc) ? rule_of(&m.now) : rule;
}

uintptr_t lv_cfi_function(uintptr_t pc)
{
    const struct lv_module *module = lv_module_find(pc);
    uintptr_t table = module != NULL ? table_of(module) : 0;
    uintptr_t function = 0;
    bool odd;

    if (table == 0 || search_table(module, table, pc, &function, &odd) == 0)
        return 0;
    return function;
}

struct lv_cfi_rule lv_cfi_find(uintptr_t pc)
{
    const struct lv_module *module = lv_module_find(pc);
    struct lv_cfi_rule rule = {.kind = LV_CFI_NONE};
    uintptr_t table = module != NULL ? table_of(module) : 0;
    uintptr_t fde, function;
    bool odd;

    if (table == 0)
        return rule;
    fde = search_table(module, table, pc, &function, &odd);
    if (odd)
        rule.kind = LV_CFI_ODD;
    else if (fde != 0)
        rule = read_fde(module, fde, pc);
    return rule;
}
