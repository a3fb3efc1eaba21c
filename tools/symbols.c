/* SPDX-License-Identifier: BSD-2-Clause */
/* symbols.c: see symbols.h.
 *
 * Every module gets a Dwfl of its own, reported at base 0, so that the offsets
 * of a record are Dwfl's addresses whatever else was loaded. */
#include "symbols.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "demangle.h"
#include "unit.h"
#include "variable.h"

struct opened {
    Dwfl *dwfl;
    Dwfl_Module *module; /* NULL: no names from it */
    Dwarf *dwarf;        /* NULL: no debug information */
    Dwarf_Addr bias;     /* of dwarf's addresses below ours */
    bool tried, listed, collected;
    struct unit_table units;
    struct variable_table variables;
};

struct symbols {
    struct tool_arena arena;
    struct model *model;
    struct opened *opened; /* by module id */
    size_t opened_count, opened_room, changed;
    struct intern places; /* to answers */
    const struct symbol_stack **answer;
    size_t answer_count, answer_room;
    const struct symbol_stack **stack; /* by stack id */
    size_t stack_count, stack_room, stacks_done;
    char directory[4096]; /* working directory and '/', or "" */
};

struct symbols *symbols_new(struct model *model)
{
    struct symbols *symbols = calloc(1, sizeof(*symbols));

    if (symbols == NULL)
        tool_out_of_memory();
    symbols->model = model;
    if (getcwd(symbols->directory, sizeof(symbols->directory) - 1) == NULL)
        symbols->directory[0] = '\0';
    else if (strcmp(symbols->directory, "/") != 0)
        strcat(symbols->directory, "/");
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    size_t i;

    if (symbols == NULL)
        return;
    for (i = 0; i < symbols->opened_count; i++) {
        free(symbols->opened[i].variables.item);
        free(symbols->opened[i].units.item);
        if (symbols->opened[i].dwfl != NULL)
            dwfl_end(symbols->opened[i].dwfl);
    }
    intern_free(&symbols->places);
    free(symbols->opened);
    free(symbols->stack);
    free(symbols->answer);
    tool_arena_free(&symbols->arena);
    free(symbols);
}

size_t symbols_changed(const struct symbols *symbols)
{
    return symbols->changed;
}

/* ---- modules ------------------------------------------------------------- */

static bool same_build(Dwfl_Module *module, const struct model_module *wanted)
{
    const unsigned char *bits;
    GElf_Addr at;
    int size;

    if (wanted->build_id_size == 0)
        return true;
    size = dwfl_module_build_id(module, &bits, &at);
    if (size <= 0)
        return false;
    if ((uint32_t)size > wanted->build_id_size)
        size = (int)wanted->build_id_size;
    return memcmp(bits, wanted->build_id, (size_t)size) == 0;
}

static void open_module(struct symbols *symbols, uint32_t id)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
    };
    const struct model_module *wanted = &symbols->model->module[id];
    struct opened *opened = &symbols->opened[id];
    Dwfl_Module *module;

    opened->tried = true;
    if (wanted->open_path[0] != '/')
        return;
    opened->dwfl = dwfl_begin(&callbacks);
    if (opened->dwfl == NULL)
        return;
    dwfl_report_begin(opened->dwfl);
    module = dwfl_report_elf(opened->dwfl, wanted->open_path, wanted->open_path,
                             -1, 0, true);
    dwfl_report_end(opened->dwfl, NULL, NULL);
    if (module == NULL)
        return;
    if (!same_build(module, wanted)) {
        symbols->changed++;
        return;
    }
    opened->module = module;
    opened->dwarf = dwfl_module_getdwarf(module, &opened->bias);
}

static struct opened *take_module(struct symbols *symbols, uint32_t id)
{
    struct opened *opened;

    if (id == 0)
        return NULL;
    while (symbols->opened_count < symbols->model->module_count)
        *TOOL_PUSH(symbols->opened, symbols->opened_count,
                   symbols->opened_room) = (struct opened){0};
    opened = &symbols->opened[id];
    if (!opened->tried)
        open_module(symbols, id);
    return opened->module == NULL ? NULL : opened;
}

/* ---- files --------------------------------------------------------------- */

/* Without "x/../", "./" and "//". */
static void tidy(char *path)
{
    char *out = path, *in = path;

    while (*in != '\0') {
        size_t size = strcspn(in, "/");

        if (size == 2 && in[0] == '.' && in[1] == '.' && out > path + 1 &&
            !(out - path >= 3 && memcmp(out - 3, "../", 3) == 0)) {
            for (out--; out > path && out[-1] != '/'; out--)
                ;
        } else if (!(size == 1 && in[0] == '.') && (size > 0 || out == path)) {
            memmove(out, in, size);
            out += size;
            if (in[size] == '/')
                *out++ = '/';
        }
        in += size + (in[size] == '/');
    }
    *out = '\0';
}

static const char *comp_dir(Dwarf_Die *unit)
{
    Dwarf_Attribute attribute;

    return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
}

/* As a person in the working directory would name it. */
static const char *spell_file(struct symbols *symbols, const char *directory,
                              const char *file)
{
    size_t prefix = strlen(symbols->directory);
    char *path;

    if (file == NULL)
        return "";
    if (file[0] == '/' || directory == NULL)
        path = tool_print(&symbols->arena, "%s", file);
    else
        path = tool_print(&symbols->arena, "%s/%s", directory, file);
    tidy(path);
    if (prefix > 1 && strncmp(path, symbols->directory, prefix) == 0)
        path += prefix;
    return tool_clean(&symbols->arena, path, strlen(path));
}

/* ---- functions ----------------------------------------------------------- */

struct answer {
    struct symbols *symbols;
    struct symbol_frame frame[64];
    size_t count;
    struct symbol_frame next; /* file and line for the next level */
};

static const char *name_of(struct symbols *symbols, Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *name = NULL;

    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) != NULL ||
        dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute) != NULL)
        name = dwarf_formstring(&attribute);
    if (name == NULL)
        name = dwarf_diename(die);
    return name == NULL ? NULL : demangle_function(&symbols->arena, name);
}

static void add_level(struct answer *answer, const char *function, bool inlined)
{
    struct symbol_frame *frame;

    if (answer->count == sizeof(answer->frame) / sizeof(answer->frame[0]))
        return;
    frame = &answer->frame[answer->count++];
    *frame = answer->next;
    frame->function = function;
    frame->inlined = inlined;
}

/* Where the inlined `die` was called. */
static void move_to_call(struct answer *answer, Dwarf_Die *unit, Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    Dwarf_Word word;
    Dwarf_Files *files;
    size_t count;

    answer->next.file = "";
    answer->next.line = 0;
    if (dwarf_getsrcfiles(unit, &files, &count) == 0 &&
        dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &word) ==
            0)
        answer->next.file = spell_file(answer->symbols, comp_dir(unit),
                                       dwarf_filesrc(files, word, NULL, NULL));
    if (dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &word) ==
        0)
        answer->next.line = (int)word;
}

/* One level per inlined call, then the function. True: it was found. */
static bool add_scopes(struct answer *answer, Dwarf_Die *unit,
                       const Dwarf_Die *innermost)
{
    Dwarf_Die start = *innermost, *scope;
    int i, count = dwarf_getscopes_die(&start, &scope);
    bool done = false;

    for (i = 0; i < count && !done; i++) {
        int tag = dwarf_tag(&scope[i]);
        const char *name;

        if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine)
            continue;
        name = name_of(answer->symbols, &scope[i]);
        done = tag == DW_TAG_subprogram;
        add_level(answer, name == NULL ? "" : name, !done);
        if (!done)
            move_to_call(answer, unit, &scope[i]);
    }
    if (count > 0)
        free(scope);
    return done;
}

static Dwarf_Die *find_unit(struct opened *opened, uint64_t pc)
{
    if (opened->dwarf == NULL)
        return NULL;
    if (!opened->listed)
        unit_collect(&opened->units, opened->dwarf);
    opened->listed = true;
    return unit_find(&opened->units, pc - opened->bias);
}

static bool add_from_dwarf(struct answer *answer, struct opened *opened,
                           uint64_t pc)
{
    Dwarf_Die *unit = find_unit(opened, pc), *scope;
    int count;
    bool found;

    if (unit == NULL)
        return false;
    count = dwarf_getscopes(unit, pc - opened->bias, &scope);
    if (count <= 0)
        return false;
    found = add_scopes(answer, unit, &scope[0]);
    free(scope);
    return found;
}

/* A module without .symtab has but the exported names: the nearest one is
 * often another function's. */
static void add_from_symtab(struct answer *answer, Dwfl_Module *module,
                            uint64_t pc)
{
    GElf_Off into = 0;
    GElf_Sym symbol;
    const char *name =
        dwfl_module_addrinfo(module, pc, &into, &symbol, NULL, NULL, NULL);

    if (name == NULL || name[0] == '\0') {
        add_level(answer, "", false);
        return;
    }
    answer->next.near = into >= symbol.st_size;
    add_level(answer, demangle_function(&answer->symbols->arena, name), false);
}

static void set_line(struct answer *answer, struct opened *opened, uint64_t pc)
{
    Dwarf_Die *unit = find_unit(opened, pc);
    Dwarf_Line *line;
    int number = 0;

    if (unit == NULL)
        return;
    line = dwarf_getsrc_die(unit, pc - opened->bias);
    if (line == NULL || dwarf_lineno(line, &number) != 0)
        return;
    answer->next.file = spell_file(answer->symbols, comp_dir(unit),
                                   dwarf_linesrc(line, NULL, NULL));
    answer->next.line = number;
}

static void find_code(struct answer *answer, struct model_place place, int back)
{
    struct symbols *symbols = answer->symbols;
    struct opened *opened = take_module(symbols, place.module);
    uint64_t pc = place.offset - (uint64_t)back;

    answer->next = (struct symbol_frame){
        .function = "",
        .file = "",
        .module = symbols->model->module[place.module].path,
        .offset = place.offset,
    };
    if (opened == NULL) {
        add_level(answer, "", false);
        return;
    }
    set_line(answer, opened, pc);
    if (!add_from_dwarf(answer, opened, pc))
        add_from_symtab(answer, opened->module, pc);
}

uint64_t symbols_frame_id(const struct symbol_frame *frame)
{
    uint64_t word[4] = {(uint64_t)frame->line, frame->offset, frame->inlined,
                        frame->near};
    uint64_t id = tool_hash(TOOL_HASH, word, sizeof(word));

    id = tool_hash(id, frame->function, strlen(frame->function) + 1);
    id = tool_hash(id, frame->file, strlen(frame->file) + 1);
    return tool_hash(id, frame->module, strlen(frame->module) + 1);
}

uint64_t symbols_stack_id(uint64_t frame, uint64_t callers)
{
    uint64_t word[2] = {frame, callers};

    return tool_hash(TOOL_HASH, word, sizeof(word));
}

static uint64_t identify(const struct symbol_frame *frame, size_t count)
{
    uint64_t id = 0;

    while (count > 0)
        id = symbols_stack_id(symbols_frame_id(&frame[--count]), id);
    return id;
}

static const struct symbol_stack *
keep(struct symbols *symbols, const struct symbol_frame *frame, size_t count)
{
    struct symbol_stack *stack = tool_take(&symbols->arena, sizeof(*stack));

    stack->count = count;
    stack->id = identify(frame, count);
    if (count > 0)
        stack->frame = (const void *)tool_copy(
            &symbols->arena, (const char *)frame, count * sizeof(*frame));
    return stack;
}

const struct symbol_stack *symbols_code(struct symbols *symbols,
                                        struct model_place place, int back)
{
    struct {
        uint64_t module, offset, back;
    } key = {place.module, place.offset, (uint64_t)back};
    struct answer answer = {.symbols = symbols};
    bool added;
    uint32_t id = intern_add(&symbols->places, &symbols->arena, &key,
                             sizeof(key), &added);

    if (added) {
        find_code(&answer, place, back);
        *TOOL_PUSH(symbols->answer, symbols->answer_count,
                   symbols->answer_room) =
            keep(symbols, answer.frame, answer.count);
    }
    return symbols->answer[id - 1];
}

/* What <lockval.h> inlines is ours, and says nothing of the program. */
static bool is_annotation(const struct symbol_frame *frame)
{
    return strncmp(frame->function, "lockval_", 8) == 0 &&
           strcmp(tool_base(frame->file), "lockval.h") == 0;
}

static size_t skip_annotations(const struct symbol_frame *frame, size_t count)
{
    size_t skip = 0;

    while (skip + 1 < count && is_annotation(&frame[skip]))
        skip++;
    return skip;
}

static const struct symbol_stack *build_stack(struct symbols *symbols,
                                              const struct model_stack *from)
{
    const struct symbol_stack *stack;
    struct symbol_frame *frame = NULL;
    size_t count = 0, room = 0, skip, i, j;

    for (i = 0; i < from->count; i++) {
        const struct symbol_stack *part =
            symbols_code(symbols, from->frame[i], 1);

        for (j = 0; j < part->count; j++)
            *TOOL_PUSH(frame, count, room) = part->frame[j];
    }
    skip = skip_annotations(frame, count);
    stack = keep(symbols, skip > 0 ? frame + skip : frame, count - skip);
    free(frame);
    return stack;
}

const struct symbol_stack *symbols_stack(struct symbols *symbols,
                                         uint32_t stack)
{
    while (symbols->stack_count < symbols->model->stack_count)
        *TOOL_PUSH(symbols->stack, symbols->stack_count, symbols->stack_room) =
            NULL;
    if (symbols->stack[stack] == NULL) {
        tool_progress("naming the places in stacks", ++symbols->stacks_done,
                      symbols->stack_count);
        symbols->stack[stack] =
            build_stack(symbols, &symbols->model->stack[stack]);
    }
    return symbols->stack[stack];
}

/* ---- data ---------------------------------------------------------------- */

static const struct variable *find_variable(struct opened *opened,
                                            uint64_t address)
{
    if (opened->dwarf == NULL)
        return NULL;
    if (!opened->collected)
        variable_collect(&opened->variables, opened->dwarf);
    opened->collected = true;
    return variable_find(&opened->variables, address - opened->bias);
}

static const char *declared_at(struct symbols *symbols, Dwarf_Die *die)
{
    const char *file = dwarf_decl_file(die);
    int line = 0;

    dwarf_decl_line(die, &line);
    return file == NULL
               ? ""
               : tool_print(&symbols->arena, "%s:%d", tool_base(file), line);
}

const char *symbols_data(struct symbols *symbols, struct model_place place,
                         uint32_t family, const char **where, bool *near)
{
    struct opened *opened = take_module(symbols, place.module);
    const struct variable *variable;
    const char *name;
    GElf_Off into = 0;
    GElf_Sym symbol;

    *near = false;
    *where = "";
    if (opened == NULL)
        return NULL;
    variable = find_variable(opened, place.offset);
    if (variable != NULL) {
        Dwarf_Die die = variable->die;

        *where = declared_at(symbols, &die);
        name = variable_expression(&symbols->arena, &die,
                                   place.offset - variable->start, family);
        if (name != NULL)
            return name;
    }
    name = dwfl_module_addrinfo(opened->module, place.offset, &into, &symbol,
                                NULL, NULL, NULL);
    if (name == NULL || name[0] == '\0')
        return NULL;
    *near = into >= symbol.st_size;
    name = demangle_function(&symbols->arena, name);
    return into == 0 ? name
                     : tool_print(&symbols->arena, "%s+%lu", name,
                                  (unsigned long)into);
}

/* ---- stack frames -------------------------------------------------------- */

static bool find_function(Dwarf_Die *unit, uint64_t pc, Dwarf_Die *function)
{
    Dwarf_Die *scope;
    int i, count = dwarf_getscopes(unit, pc, &scope);
    bool found = false;

    for (i = 0; i < count && !found; i++) {
        found = dwarf_tag(&scope[i]) == DW_TAG_subprogram &&
                dwarf_haspc(&scope[i], pc) > 0;
        if (found)
            *function = scope[i];
    }
    if (count > 0)
        free(scope);
    return found;
}

const char *symbols_local(struct symbols *symbols, struct model_place code,
                          int64_t below, uint32_t family)
{
    struct opened *opened = take_module(symbols, code.module);
    Dwarf_Die *unit, function, variable;
    uint64_t inside, pc;

    if (opened == NULL)
        return NULL;
    unit = find_unit(opened, code.offset - 1);
    pc = code.offset - 1 - opened->bias;
    if (unit == NULL || !find_function(unit, pc, &function) ||
        !variable_local(&function, pc, -below, &variable, &inside))
        return NULL;
    return variable_expression(&symbols->arena, &variable, inside, family);
}
