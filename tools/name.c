/* SPDX-License-Identifier: BSD-2-Clause */
/* name.c: see name.h. */
#include "name.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

struct names {
    struct tool_arena arena;
    struct model *model;
    struct symbols *symbols;
    struct sources *sources;
    struct name *name; /* by class id, of those that were named */
    size_t name_count, name_room;
    struct tool_arena turn; /* until names_next */
    uint32_t *here;         /* ids of the classes that are told apart */
    size_t here_count;
    bool done;
};

struct names *names_new(struct model *model, struct symbols *symbols)
{
    struct names *names = calloc(1, sizeof(*names));

    if (names == NULL)
        tool_out_of_memory();
    names->model = model;
    names->symbols = symbols;
    names->sources = sources_new();
    return names;
}

void names_free(struct names *names)
{
    if (names == NULL)
        return;
    sources_free(names->sources);
    free(names->name);
    tool_arena_free(&names->turn);
    tool_arena_free(&names->arena);
    free(names);
}

/* ---- frames -------------------------------------------------------------- */

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The C and C++ libraries, and what their headers inlined. */
static bool is_system(const struct symbol_frame *frame)
{
    static const char *const modules[] = {"libc.so.",       "ld-linux",
                                          "libpthread.so.", "libstdc++.so.",
                                          "libc++.so.",     "libgcc_s.so."};
    const char *module = tool_base(frame->module);
    size_t i;

    for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
        if (starts(module, modules[i]))
            return true;
    return starts(frame->file, "/usr/include/") ||
           starts(frame->file, "/usr/lib/") ||
           starts(frame->function, "std::") ||
           starts(frame->function, "__gthread");
}

const struct symbol_frame *name_own_frame(const struct symbol_stack *stack)
{
    size_t i;

    for (i = 0; i < stack->count; i++)
        if (!is_system(&stack->frame[i]))
            return &stack->frame[i];
    return stack->count > 0 ? &stack->frame[0] : NULL;
}

static char *spell_offset(struct tool_arena *arena,
                          const struct symbol_frame *frame)
{
    if (frame->module[0] == '\0')
        return tool_print(arena, "code of no file");
    return tool_print(arena, "%s+0x%" PRIx64, tool_base(frame->module),
                      frame->offset);
}

char *name_position(struct tool_arena *arena, const struct symbol_frame *frame)
{
    if (frame->file[0] == '\0' || frame->line == 0)
        return spell_offset(arena, frame);
    return tool_print(arena, "%s:%d", tool_base(frame->file), frame->line);
}

char *name_function(struct tool_arena *arena, const struct symbol_frame *frame)
{
    if (frame->function[0] == '\0')
        return spell_offset(arena, frame);
    return tool_print(arena, "%s%s", frame->near ? "near " : "",
                      frame->function);
}

/* ---- parts of a name ----------------------------------------------------- */

static const char *noun(uint32_t family)
{
    static const char *const nouns[] = {
        [0] = "lock",
        [LV_FAMILY_MUTEX] = "mutex",
        [LV_FAMILY_RWLOCK] = "rwlock",
        [LV_FAMILY_SPIN] = "spinlock",
        [LV_FAMILY_C11] = "mutex",
        [LV_FAMILY_ANNOTATED] = "lock",
        [LV_FAMILY_SEQCOUNT] = "seqcount",
        [LV_FAMILY_PSEUDO] = "pseudo-lock",
        [LV_FAMILY_GLIB] = "mutex",
        [LV_FAMILY_BIT] = "bit lock",
        [LV_FAMILY_OPENMP] = "OpenMP lock",
        [LV_FAMILY_ONCE] = "initialisation",
        [LV_FAMILY_STDIO] = "stream",
        [LV_FAMILY_THREAD] = "thread",
        [LV_FAMILY_SEMAPHORE] = "semaphore",
        [LV_FAMILY_FILE] = "file lock",
        [LV_FAMILY_COND] = "condition variable",
        [LV_FAMILY_EVENT] = "semaphore",
        [LV_FAMILY_BARRIER] = "barrier",
    };

    return nouns[family];
}

/* Frames by function and file, up to the fourth: what a rebuild keeps. */
static char *key_of_stack(struct names *names, const char *what,
                          const struct symbol_stack *stack)
{
    char *key = tool_print(&names->arena, "%s", what);
    size_t i, told = 0;

    for (i = 0; i < stack->count && told < 4; i++, told++) {
        const struct symbol_frame *frame = &stack->frame[i];
        bool sure = frame->function[0] != '\0' && !frame->near;

        key = tool_print(
            &names->arena, "%s|%s@%s", key, sure ? frame->function : "",
            tool_base(sure && frame->file[0] ? frame->file : frame->module));
    }
    return key;
}

/* In a wrapper (`my_mutex_init`) the lock has a parameter's name; its caller
 * knows it by a better one. */
static bool is_wrapper(const char *function)
{
    static const char *const parts[] = {"lock", "mutex", "mtx", "sem_"};
    size_t i;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcasestr(function, parts[i]) != NULL)
            return true;
    return false;
}

/* ---- names by kind ------------------------------------------------------- */

struct draft {
    struct names *names;
    const struct model_class *class;
    const char *text, *place, *key;
};

static void name_by_frame(struct draft *draft, const char *expression,
                          const struct symbol_frame *frame)
{
    struct tool_arena *arena = &draft->names->arena;

    draft->place = name_position(arena, frame);
    draft->text = tool_print(arena, "%s (%s)", expression, draft->place);
}

/* The frame that calls `frame`, if it belongs to the program as well. */
static const struct symbol_frame *caller_of(const struct symbol_stack *stack,
                                            const struct symbol_frame *frame)
{
    size_t next = (size_t)(frame - stack->frame) + 1;

    return next < stack->count && !is_system(&stack->frame[next])
               ? &stack->frame[next]
               : NULL;
}

/* The nearest caller of `frame` whose function is known for sure. */
static const char *known_caller(const struct symbol_stack *stack,
                                const struct symbol_frame *frame)
{
    for (frame++; frame < stack->frame + stack->count; frame++)
        if (frame->function[0] != '\0' && !frame->near && !is_system(frame))
            return frame->function;
    return NULL;
}

static void name_by_function(struct draft *draft, const char *how,
                             const struct symbol_stack *stack)
{
    struct tool_arena *arena = &draft->names->arena;
    const char *what = noun(draft->class->family), *caller;
    const struct symbol_frame *frame = name_own_frame(stack);

    if (frame == NULL) {
        draft->text = tool_print(arena, "%s of unknown origin", what);
        return;
    }
    while (is_wrapper(frame->function) && caller_of(stack, frame) != NULL)
        frame = caller_of(stack, frame);
    draft->place = name_position(arena, frame);
    caller = known_caller(stack, frame);
    if (frame->function[0] != '\0' && !frame->near)
        draft->text = tool_print(arena, "%s %s %s (%s)", what, how,
                                 frame->function, draft->place);
    else if (caller != NULL)
        draft->text = tool_print(arena, "%s %s %s (under %s)", what, how,
                                 draft->place, caller);
    else
        draft->text = tool_print(arena, "%s %s %s", what, how, draft->place);
}

static void name_init(struct draft *draft)
{
    struct sources *sources = draft->names->sources;
    const struct symbol_stack *stack =
        symbols_stack(draft->names->symbols, draft->class->stack);
    const struct symbol_frame *frame = name_own_frame(stack), *caller;
    const char *text = NULL, *outer;

    draft->key = key_of_stack(draft->names, "init", stack);
    if (frame != NULL && frame->line > 0)
        text = source_init(sources, frame->file, frame->line);
    while (text != NULL && is_wrapper(frame->function) &&
           (caller = caller_of(stack, frame)) != NULL) {
        outer =
            source_call(sources, caller->file, caller->line, frame->function);
        if (outer == NULL)
            break;
        text = outer;
        frame = caller;
    }
    if (text != NULL)
        name_by_frame(draft, text, frame);
    else
        name_by_function(draft, "from", stack);
}

static void name_first(struct draft *draft)
{
    const struct symbol_stack *stack =
        symbols_stack(draft->names->symbols, draft->class->stack);
    const struct symbol_frame *frame = name_own_frame(stack);
    const char *text = NULL;

    draft->key = key_of_stack(draft->names, "first", stack);
    if (frame != NULL && frame->line > 0)
        text = source_lock(draft->names->sources, frame->file, frame->line);
    if (text != NULL)
        name_by_frame(draft, text, frame);
    else
        name_by_function(draft, "first locked in", stack);
}

static void name_static(struct draft *draft)
{
    struct names *names = draft->names;
    const struct model_class *class = draft->class;
    const char *module =
        tool_base(names->model->module[class->site.module].path);
    bool near;
    const char *text = symbols_data(names->symbols, class->site, class->family,
                                    &draft->place, &near);

    if (text != NULL && !near) {
        draft->text = text;
        draft->key = tool_print(&names->arena, "static|%s", text);
        return;
    }
    draft->text =
        tool_print(&names->arena, "%s %s%s%s in %s+0x%" PRIx64,
                   noun(class->family), near ? "near " : "", near ? text : "",
                   near ? "," : "static", module, class->site.offset);
    draft->key = tool_print(&names->arena, "static|%s", module);
}

static void name_in_frame(struct draft *draft)
{
    struct names *names = draft->names;
    const struct model_class *class = draft->class;
    const struct symbol_stack *code =
        symbols_code(names->symbols, class->site, 1);
    const struct symbol_frame *frame = &code->frame[code->count - 1];
    const char *function = name_function(&names->arena, frame);
    const char *text = symbols_local(names->symbols, class->site, class->offset,
                                     class->family);

    draft->place = name_position(&names->arena, frame);
    if (text != NULL)
        draft->text = tool_print(&names->arena, "%s of %s", text, function);
    else
        draft->text = tool_print(&names->arena, "%s in the frame of %s",
                                 noun(class->family), function);
    draft->key =
        tool_print(&names->arena, "frame|%s|%s", text == NULL ? "" : text,
                   frame->near ? "" : frame->function);
}

/* A number in a path is a process's or a day's: another run has another. */
static void name_file(struct draft *draft)
{
    char *key = tool_print(&draft->names->arena, "%s", draft->class->name);
    const char *from;
    char *to = key;

    for (from = key; *from != '\0'; from++) {
        bool digit = *from >= '0' && *from <= '9';

        if (!digit)
            *to++ = *from;
        else if (to == key || to[-1] != '#')
            *to++ = '#';
    }
    *to = '\0';
    draft->text = draft->class->name;
    draft->key = key;
}

static struct draft make(struct names *names, uint32_t class_id)
{
    const struct model_class *class = &names->model->class[class_id];
    struct draft draft = {names, class, NULL, "", ""};

    if (class->kind == LV_CLASS_STATIC)
        name_static(&draft);
    else if (class->kind == LV_CLASS_INIT)
        name_init(&draft);
    else if (class->kind == LV_CLASS_FIRST)
        name_first(&draft);
    else if (class->kind == LV_CLASS_FRAME)
        name_in_frame(&draft);
    else if (class->family == LV_FAMILY_FILE)
        name_file(&draft);
    else
        draft.text = draft.key = class->name;
    if (class->subclass != 0) {
        draft.text =
            tool_print(&names->arena, "%s/%u", draft.text, class->subclass);
        draft.key =
            tool_print(&names->arena, "%s/%u", draft.key, class->subclass);
    }
    return draft;
}

/* ---- all of them, told apart --------------------------------------------- */

struct order {
    const char *text;
    uint32_t class_id;
};

static int by_text(const void *left, const void *right)
{
    const struct order *a = left, *b = right;
    int order = strcmp(a->text, b->text);

    return order != 0
               ? order
               : (a->class_id > b->class_id) - (a->class_id < b->class_id);
}

static struct order *sort(struct names *names)
{
    size_t i;
    struct order *order = calloc(names->here_count + 1, sizeof(*order));

    if (order == NULL)
        tool_out_of_memory();
    for (i = 0; i < names->here_count; i++)
        order[i] =
            (struct order){names->name[names->here[i]].text, names->here[i]};
    qsort(order, names->here_count, sizeof(*order), by_text);
    return order;
}

/* Among neighbours of one name: add where each is, or else a number. */
static bool tell_apart(struct names *names, bool by_place)
{
    size_t i, run = 0, count = names->here_count;
    struct order *order = sort(names);
    bool changed = false;

    for (i = 0; i < count; i++) {
        bool after = i > 0 && strcmp(order[i].text, order[i - 1].text) == 0;
        bool before =
            i + 1 < count && strcmp(order[i].text, order[i + 1].text) == 0;
        struct name *name = &names->name[order[i].class_id];

        run = after ? run + 1 : 1;
        if (!after && !before)
            continue;
        changed = true;
        if (!by_place)
            name->text = tool_print(&names->turn, "%s [%zu]", name->text, run);
        else if (name->place[0] != '\0' &&
                 strstr(name->text, name->place) == NULL)
            name->text =
                tool_print(&names->turn, "%s (%s)", name->text, name->place);
    }
    free(order);
    return changed;
}

/* A member of an object, named by the line that handles it. */
static bool is_member(const struct model_class *class, const char *text)
{
    return (class->kind == LV_CLASS_INIT || class->kind == LV_CLASS_FIRST) &&
           strchr(text, '(') != NULL &&
           strcspn(text, ".>") < strcspn(text, "(");
}

static bool is_alike(const struct names *names, uint32_t a, uint32_t b)
{
    const struct model_class *left = &names->model->class[a];
    const struct model_class *right = &names->model->class[b];

    return left->kind == right->kind && left->family == right->family &&
           left->subclass == right->subclass &&
           strcmp(names->name[a].text, names->name[b].text) == 0 &&
           is_member(left, names->name[a].text);
}

/* By the names that are not told apart yet. */
static void find_alike(struct names *names)
{
    struct order *order = sort(names);
    size_t i;

    for (i = 0; i < names->here_count; i++) {
        uint32_t class_id = order[i].class_id;

        names->name[class_id].alike =
            i > 0 && is_alike(names, order[i - 1].class_id, class_id)
                ? names->name[order[i - 1].class_id].alike
                : class_id;
    }
    free(order);
}

/* Once for each class, whatever it is told apart from later. */
static void make_new(struct names *names)
{
    while (names->name_count < names->model->class_count) {
        uint32_t id = (uint32_t)names->name_count;
        struct draft draft = {.text = "", .key = "", .place = ""};
        const struct model_class *class = &names->model->class[id];

        if (id != 0)
            draft = make(names, id);
        *TOOL_PUSH(names->name, names->name_count, names->name_room) =
            (struct name){draft.text,  draft.key,    draft.text, draft.place,
                          class->site, class->stack, id};
    }
}

static void make_all(struct names *names)
{
    size_t i;

    make_new(names);
    names->here =
        tool_take(&names->turn, names->name_count * sizeof(*names->here));
    for (i = 1; i < names->name_count; i++)
        if (names->model->class[i].here)
            names->here[names->here_count++] = (uint32_t)i;
    if (names->here_count > 0)
        find_alike(names);
    if (names->here_count > 0 && tell_apart(names, true))
        tell_apart(names, false);
    names->done = true;
}

const struct name *names_class(struct names *names, uint32_t class_id)
{
    if (!names->done)
        make_all(names);
    return &names->name[class_id];
}

void names_next(struct names *names)
{
    size_t i;

    for (i = 0; i < names->name_count; i++)
        names->name[i].text = names->name[i].own;
    names->here_count = 0;
    names->done = false;
    tool_arena_free(&names->turn);
}
