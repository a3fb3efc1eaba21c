/* SPDX-License-Identifier: BSD-2-Clause */
/* variable.c: see variable.h. */
#include "variable.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DEEP = 64 }; /* nesting of scopes and types that is followed */

/* ---- types --------------------------------------------------------------- */

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;

    return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute),
                             type) != NULL;
}

static bool is_lock_name(const char *name, uint32_t family)
{
    static const char *const mutexes[] = {
        "pthread_mutex_t",       "mutex", "timed_mutex", "recursive_mutex",
        "recursive_timed_mutex", "mtx_t", NULL};
    static const char *const rwlocks[] = {"pthread_rwlock_t", "shared_mutex",
                                          "shared_timed_mutex", NULL};
    static const char *const spins[] = {"pthread_spinlock_t", NULL};
    const char *const *known = family == LV_FAMILY_RWLOCK ? rwlocks
                               : family == LV_FAMILY_SPIN ? spins
                                                          : mutexes;

    if (name == NULL)
        return false;
    while (*known != NULL && strcmp(*known, name) != 0)
        known++;
    return *known != NULL;
}

/* Typedefs and qualifiers off. True: passed the name of the lock's own type. */
static bool peel(Dwarf_Die *type, uint32_t family)
{
    int depth;

    for (depth = 0; depth < DEEP; depth++) {
        int tag = dwarf_tag(type);

        if (is_lock_name(dwarf_diename(type), family))
            return true;
        if (tag != DW_TAG_typedef && tag != DW_TAG_const_type &&
            tag != DW_TAG_volatile_type && tag != DW_TAG_atomic_type)
            return false;
        if (!type_of(type, type))
            return false;
    }
    return false;
}

static bool unsigned_of(Dwarf_Die *die, unsigned name, uint64_t *value)
{
    Dwarf_Attribute attribute;
    Dwarf_Word word;

    if (dwarf_formudata(dwarf_attr_integrate(die, name, &attribute), &word) !=
        0)
        return false;
    *value = word;
    return true;
}

static uint64_t size_of(Dwarf_Die *type)
{
    Dwarf_Word size;

    return dwarf_aggregate_size(type, &size) == 0 ? size : 0;
}

/* ---- the expression inside a variable ------------------------------------ */

struct expression {
    char text[512];
    size_t used;
    uint32_t family;
};

static void append(struct expression *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(struct expression *e, const char *format, ...)
{
    va_list list;
    int size;

    va_start(list, format);
    size =
        vsnprintf(e->text + e->used, sizeof(e->text) - e->used, format, list);
    va_end(list);
    if (size > 0)
        e->used += (size_t)size;
    if (e->used >= sizeof(e->text))
        e->used = sizeof(e->text) - 1;
}

static bool is_aggregate(int tag)
{
    return tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
           tag == DW_TAG_union_type;
}

/* The member or base class that `offset` lies in; `offset` is then inside. */
static bool find_member(Dwarf_Die *type, uint64_t *offset, Dwarf_Die *member)
{
    Dwarf_Die child;

    if (dwarf_child(type, &child) != 0)
        return false;
    do {
        int tag = dwarf_tag(&child);
        Dwarf_Die member_type;
        uint64_t start = 0, size;

        if (tag != DW_TAG_member && tag != DW_TAG_inheritance)
            continue;
        unsigned_of(&child, DW_AT_data_member_location, &start);
        if (!type_of(&child, &member_type))
            continue;
        size = size_of(&member_type);
        if (*offset < start || *offset - start >= size)
            continue;
        *offset -= start;
        *member = child;
        return true;
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

/* Elements of the array's inner dimensions, for an index of the first. */
static uint64_t count_of(Dwarf_Die *subrange)
{
    uint64_t count;

    if (unsigned_of(subrange, DW_AT_count, &count))
        return count;
    if (unsigned_of(subrange, DW_AT_upper_bound, &count))
        return count + 1;
    return 0;
}

static uint64_t inner_count(const Dwarf_Die *subrange)
{
    Dwarf_Die next = *subrange;
    uint64_t count = 1;

    while (dwarf_siblingof(&next, &next) == 0)
        if (dwarf_tag(&next) == DW_TAG_subrange_type)
            count *= count_of(&next);
    return count;
}

static bool step_into_array(struct expression *e, Dwarf_Die *type,
                            uint64_t *offset)
{
    Dwarf_Die element, subrange;
    uint64_t size;

    if (!type_of(type, &element) || dwarf_child(type, &subrange) != 0)
        return false;
    size = size_of(&element);
    if (size == 0)
        return false;
    do {
        uint64_t stride;

        if (dwarf_tag(&subrange) != DW_TAG_subrange_type)
            continue;
        stride = size * inner_count(&subrange);
        if (stride == 0)
            return false;
        append(e, "[%" PRIu64 "]", *offset / stride);
        *offset %= stride;
    } while (dwarf_siblingof(&subrange, &subrange) == 0);
    *type = element;
    return true;
}

static bool is_reserved(const char *name)
{
    return name != NULL &&
           (strncmp(name, "__", 2) == 0 || strncmp(name, "_M_", 3) == 0);
}

/* Locks that libc knows have a type that ends the way; of others no more is
 * known than where they begin. */
static bool has_own_type(uint32_t family)
{
    return family == LV_FAMILY_MUTEX || family == LV_FAMILY_RWLOCK ||
           family == LV_FAMILY_SPIN || family == LV_FAMILY_C11;
}

static bool step_into_member(struct expression *e, Dwarf_Die *type,
                             uint64_t *offset)
{
    Dwarf_Die member;
    const char *name;

    if (!find_member(type, offset, &member))
        return false;
    name = dwarf_diename(&member);
    if (is_reserved(name))
        return false;
    if (name != NULL && dwarf_tag(&member) == DW_TAG_member)
        append(e, ".%s", name);
    return type_of(&member, type);
}

static void describe(struct expression *e, Dwarf_Die *type, uint64_t offset)
{
    int depth;

    for (depth = 0; depth < DEEP; depth++) {
        bool lock = peel(type, e->family);
        int tag = dwarf_tag(type);

        if (lock || (offset == 0 && !has_own_type(e->family) &&
                     tag != DW_TAG_array_type))
            return;
        if (tag == DW_TAG_array_type) {
            if (!step_into_array(e, type, &offset))
                return;
        } else if (!is_aggregate(tag) || !step_into_member(e, type, &offset)) {
            return;
        }
    }
}

char *variable_expression(struct tool_arena *arena, Dwarf_Die *die,
                          uint64_t offset, uint32_t family)
{
    struct expression e = {.family = family};
    const char *name = dwarf_diename(die);
    Dwarf_Die type;

    if (name == NULL)
        return NULL;
    append(&e, "%s", name);
    if (type_of(die, &type))
        describe(&e, &type, offset);
    return tool_clean(arena, e.text, e.used);
}

/* ---- static variables ---------------------------------------------------- */

static bool address_of(Dwarf_Die *die, uint64_t *address)
{
    Dwarf_Attribute attribute, indirect;
    Dwarf_Op *op;
    size_t count;

    if (dwarf_getlocation(dwarf_attr(die, DW_AT_location, &attribute), &op,
                          &count) != 0 ||
        count != 1)
        return false;
    if (op[0].atom != DW_OP_addr && op[0].atom != DW_OP_addrx)
        return false;
    if (op[0].atom == DW_OP_addr) {
        *address = op[0].number;
        return true;
    }
    if (dwarf_getlocation_attr(&attribute, op, &indirect) != 0)
        return false;
    return dwarf_formaddr(&indirect, address) == 0;
}

static void add_variable(struct variable_table *table, Dwarf_Die *die)
{
    Dwarf_Die type;
    uint64_t address, size = 0;

    if (!address_of(die, &address))
        return;
    if (type_of(die, &type))
        size = size_of(&type);
    *TOOL_PUSH(table->item, table->count, table->room) =
        (struct variable){address, size, *die};
}

static bool is_scope(int tag)
{
    return tag == DW_TAG_namespace || tag == DW_TAG_subprogram ||
           tag == DW_TAG_lexical_block || tag == DW_TAG_module ||
           tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
}

static void collect(struct variable_table *table, const Dwarf_Die *scope,
                    int depth)
{
    Dwarf_Die parent = *scope, die;

    if (depth > DEEP || dwarf_child(&parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);

        if (tag == DW_TAG_variable)
            add_variable(table, &die);
        else if (is_scope(tag))
            collect(table, &die, depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

static int by_start(const void *left, const void *right)
{
    const struct variable *a = left, *b = right;

    return (a->start > b->start) - (a->start < b->start);
}

void variable_collect(struct variable_table *table, Dwarf *dwarf)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;

    while (dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0)
        collect(table, &die, 0);
    if (table->count > 0)
        qsort(table->item, table->count, sizeof(*table->item), by_start);
}

const struct variable *variable_find(const struct variable_table *table,
                                     uint64_t address)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (table->item[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    while (low-- > 0) {
        const struct variable *item = &table->item[low];

        if (address - item->start < item->size)
            return item;
        if (item->start != address && item->size > 0)
            break;
    }
    return NULL;
}

/* ---- local variables ----------------------------------------------------- */

/* How far the frame base is from the CFA: gcc uses the CFA itself, clang the
 * frame pointer, which on x86-64 and AArch64 is two words below it. */
static bool frame_base(Dwarf_Die *function, int64_t *base)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *op;
    size_t count;

    if (dwarf_getlocation(
            dwarf_attr_integrate(function, DW_AT_frame_base, &attribute), &op,
            &count) != 0 ||
        count != 1)
        return false;
    *base = op[0].atom == DW_OP_call_frame_cfa ? 0 : -16;
    return op[0].atom == DW_OP_call_frame_cfa || op[0].atom == DW_OP_reg6 ||
           op[0].atom == DW_OP_reg29;
}

struct search {
    uint64_t pc;
    int64_t wanted; /* from the frame base */
    Dwarf_Die *found;
    uint64_t *inside;
    bool any, sure;
};

static bool frame_offset(Dwarf_Die *die, int64_t *offset)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *op;
    size_t count;

    if (dwarf_getlocation(dwarf_attr_integrate(die, DW_AT_location, &attribute),
                          &op, &count) != 0 ||
        count != 1 || op[0].atom != DW_OP_fbreg)
        return false;
    *offset = (int64_t)op[0].number;
    return true;
}

static void try_local(struct search *search, Dwarf_Die *die, bool covers)
{
    Dwarf_Die type;
    int64_t start;
    uint64_t size;

    if (search->sure || (search->any && !covers))
        return;
    if (!frame_offset(die, &start) || !type_of(die, &type))
        return;
    size = size_of(&type);
    if (search->wanted < start || (uint64_t)(search->wanted - start) >= size)
        return;
    *search->found = *die;
    *search->inside = (uint64_t)(search->wanted - start);
    search->any = true;
    search->sure = covers;
}

static void search_scope(struct search *search, const Dwarf_Die *scope,
                         int depth)
{
    Dwarf_Die parent = *scope, die;
    bool covers = dwarf_haspc(&parent, search->pc) > 0;

    if (depth > DEEP || dwarf_child(&parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);

        if (tag == DW_TAG_variable || tag == DW_TAG_formal_parameter)
            try_local(search, &die, covers);
        else if (tag == DW_TAG_lexical_block ||
                 tag == DW_TAG_inlined_subroutine)
            search_scope(search, &die, depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

bool variable_local(Dwarf_Die *function, uint64_t pc, int64_t cfa_offset,
                    Dwarf_Die *found, uint64_t *inside)
{
    struct search search = {.pc = pc, .found = found, .inside = inside};
    int64_t base;

    if (!frame_base(function, &base))
        return false;
    search.wanted = cfa_offset - base;
    search_scope(&search, function, 0);
    return search.any;
}
