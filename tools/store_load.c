/* SPDX-License-Identifier: BSD-2-Clause */
/* store_load.c: a database as findings; see store.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cross.h"
#include "cycle.h"
#include "document.h"
#include "store.h"
#include "told.h"

enum { DEEPEST = 4096 }; /* frames of a stack: more is a circle */

struct loader {
    struct store *store;
    struct findings *findings;
    struct tool_arena arena; /* for the time of loading */
    struct intern stacks;
    const struct symbol_stack **stack;
    size_t stack_count, stack_room;
    struct drawn {
        uint64_t id;
        uint32_t from, to;
        enum lv_dep_kind kind;
        bool up, down;
        uint64_t count;
    } * drawn; /* by id */
    size_t drawn_count, drawn_room;
    const uint32_t *parts;
    struct evidences evidence;
    int64_t *run;
    size_t run_count, run_room;
};

/* ---- columns ------------------------------------------------------------- */

static const char *text_at(struct loader *loader, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);

    if (text == NULL) {
        store_damaged(loader->store, "a text is missing");
        return "";
    }
    return tool_clean(&loader->findings->arena, text, strlen(text));
}

static uint64_t word_at(sqlite3_stmt *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row, column);
}

/* A number of ours, not an id: those below zero are none. */
static uint64_t count_at(sqlite3_stmt *row, int column)
{
    int64_t count = sqlite3_column_int64(row, column);

    return count < 0 ? 0 : (uint64_t)count;
}

/* ---- stacks -------------------------------------------------------------- */

static struct symbol_frame read_frame(struct loader *loader, sqlite3_stmt *row)
{
    uint64_t line = count_at(row, 3);

    return (struct symbol_frame){
        .function = text_at(loader, row, 1),
        .file = text_at(loader, row, 2),
        .line = line > INT32_MAX ? 0 : (int)line,
        .module = text_at(loader, row, 4),
        .offset = word_at(row, 5),
        .inlined = sqlite3_column_int64(row, 6) != 0,
        .near = sqlite3_column_int64(row, 7) != 0,
    };
}

static const struct symbol_stack *read_stack(struct loader *loader, uint64_t id)
{
    struct tool_arena *arena = &loader->findings->arena;
    struct symbol_stack *stack = tool_take(arena, sizeof(*stack));
    struct symbol_frame *frame = NULL;
    size_t count = 0, room = 0;
    uint64_t next = id;

    while (next != 0 && count < DEEPEST && !loader->store->failed) {
        sqlite3_stmt *row = store_query(
            loader->store,
            "SELECT caller, function, file, line, module, place, inlined, near "
            "FROM stack JOIN frame ON frame.id = stack.frame "
            "WHERE stack.id = ?1",
            "i", next);

        if (!store_row(loader->store, row))
            break;
        *TOOL_PUSH(frame, count, room) = read_frame(loader, row);
        next = word_at(row, 0);
    }
    if (next != 0)
        store_damaged(loader->store, "a stack has no end");
    stack->id = id;
    stack->count = count;
    if (count > 0)
        stack->frame = (const void *)tool_copy(arena, (const char *)frame,
                                               count * sizeof(*frame));
    free(frame);
    return stack;
}

static const struct symbol_stack *find_stack(void *context, uint64_t id)
{
    static const struct symbol_stack empty;
    struct loader *loader = context;
    bool added;
    uint32_t at;

    if (id == 0)
        return &empty;
    at = intern_add(&loader->stacks, &loader->arena, &id, sizeof(id), &added);
    if (added)
        *TOOL_PUSH(loader->stack, loader->stack_count, loader->stack_room) =
            read_stack(loader, id);
    return loader->stack[at - 1];
}

/* ---- classes ------------------------------------------------------------- */

static uint32_t read_kind(struct loader *loader, const char *word)
{
    static const char *const words[] = {"",     "declared", "static",
                                        "init", "first",    "frame"};
    uint32_t i;

    for (i = 1; i <= LV_CLASS_FRAME; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    store_damaged(loader->store, "a class is of no known kind");
    return LV_CLASS_FIRST;
}

static const char *base_of(struct loader *loader, const char *name,
                           uint64_t subclass)
{
    const char *slash = strrchr(name, '/');

    if (subclass == 0 || slash == NULL)
        return name;
    return tool_copy(&loader->findings->arena, name, (size_t)(slash - name));
}

static struct finding_class read_class(struct loader *loader, sqlite3_stmt *row)
{
    struct finding_class class = {
        .id = word_at(row, 0),
        .name = text_at(loader, row, 1),
        .key = text_at(loader, row, 2),
        .place = text_at(loader, row, 3),
        .module = text_at(loader, row, 4),
        .kind = read_kind(loader, text_at(loader, row, 5)),
        .family =
            (uint32_t)(count_at(row, 6) > LV_FAMILY_LAST ? 0
                                                         : count_at(row, 6)),
        .subclass = (uint32_t)(count_at(row, 7) & 0xff),
        .instances = count_at(row, 8),
    };

    class.own = class.name;
    class.site = find_stack(loader, word_at(row, 9));
    return class;
}

static int by_name(const void *left, const void *right, void *context)
{
    const struct finding_class *class = context;
    const struct finding_class *a = &class[*(const uint32_t *)left];
    const struct finding_class *b = &class[*(const uint32_t *)right];
    int order = strcmp(a->name, b->name);

    if (order == 0)
        order = strcmp(a->place, b->place);
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

/* As name.c does: the place first, then a number. */
static void tell_apart(struct loader *loader, uint32_t *order, bool by_place)
{
    struct findings *findings = loader->findings;
    size_t i, run = 0, count = findings->class_count - 1;
    const char **name = tool_take(&loader->arena, (count + 1) * sizeof(*name));

    qsort_r(order, count, sizeof(*order), by_name, findings->class);
    for (i = 0; i < count; i++) {
        const struct finding_class *class = &findings->class[order[i]];
        bool after = i > 0 && strcmp(findings->class[order[i - 1]].name,
                                     class->name) == 0;
        bool before =
            i + 1 < count &&
            strcmp(findings->class[order[i + 1]].name, class->name) == 0;

        run = after ? run + 1 : 1;
        name[i] = class->name;
        if (!after && !before)
            continue;
        if (!by_place)
            name[i] =
                tool_print(&findings->arena, "%s [%zu]", class->name, run);
        else if (class->place[0] != '\0' &&
                 strstr(class->name, class->place) == NULL)
            name[i] = tool_print(&findings->arena, "%s (%s)", class->name,
                                 class->place);
    }
    for (i = 0; i < count; i++)
        findings->class[order[i]].name = name[i];
}

static void name_classes(struct loader *loader)
{
    struct findings *findings = loader->findings;
    uint32_t *order =
        tool_take(&loader->arena, findings->class_count * sizeof(*order));
    size_t i;

    for (i = 1; i < findings->class_count; i++)
        order[i - 1] = (uint32_t)i;
    tell_apart(loader, order, true);
    tell_apart(loader, order, false);
    for (i = 1; i < findings->class_count; i++)
        findings->class[i].base = base_of(loader, findings->class[i].name,
                                          findings->class[i].subclass);
}

static void load_classes(struct loader *loader)
{
    struct findings *findings = loader->findings;
    sqlite3_stmt *row = store_query(
        loader->store,
        "SELECT id, name, key, place, module, kind, family, subclass, "
        "instances, site FROM class ORDER BY id",
        "");
    struct finding_class *class = NULL;
    size_t count = 0, room = 0;

    *TOOL_PUSH(class, count, room) = (struct finding_class){.name = "",
                                                            .key = "",
                                                            .own = "",
                                                            .place = "",
                                                            .module = "",
                                                            .base = ""};
    while (store_row(loader->store, row)) {
        struct finding_class new = read_class(loader, row);

        *TOOL_PUSH(class, count, room) = new;
    }
    findings->class_count = count;
    findings->class = (void *)tool_copy(&findings->arena, (const char *)class,
                                        count * sizeof(*class));
    free(class);
    name_classes(loader);
    findings->totals.classes = count - 1;
}

static int by_id(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = (int64_t)((const struct finding_class *)right)->id;

    return (a > b) - (a < b);
}

/* 0: there is none, which is damage. */
static uint32_t find_class(struct loader *loader, int64_t id)
{
    struct findings *findings = loader->findings;
    const struct finding_class *found =
        findings->class_count < 2
            ? NULL
            : bsearch(&id, findings->class + 1, findings->class_count - 1,
                      sizeof(*findings->class), by_id);

    if (found == NULL) {
        store_damaged(loader->store, "a class that is spoken of is missing");
        return 0;
    }
    return (uint32_t)(found - findings->class);
}

/* ---- dependencies -------------------------------------------------------- */

static enum lv_dep_kind read_dep_kind(struct loader *loader, const char *word)
{
    enum lv_dep_kind kind;

    for (kind = LV_DEP_EN; kind <= LV_DEP_SR; kind++)
        if (strcmp(word, findings_dep_kind(kind)) == 0)
            return kind;
    store_damaged(loader->store, "a dependency is of no known kind");
    return LV_DEP_EN;
}

static void load_drawn(struct loader *loader)
{
    sqlite3_stmt *row = store_query(
        loader->store,
        "SELECT id, from_class, to_class, kind, up, down FROM dependency "
        "ORDER BY id",
        "");

    while (store_row(loader->store, row))
        *TOOL_PUSH(loader->drawn, loader->drawn_count, loader->drawn_room) =
            (struct drawn){word_at(row, 0),
                           find_class(loader, sqlite3_column_int64(row, 1)),
                           find_class(loader, sqlite3_column_int64(row, 2)),
                           read_dep_kind(loader, text_at(loader, row, 3)),
                           sqlite3_column_int64(row, 4) != 0,
                           sqlite3_column_int64(row, 5) != 0,
                           0};
}

static int by_drawn(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = (int64_t)((const struct drawn *)right)->id;

    return (a > b) - (a < b);
}

static struct drawn *find_drawn(struct loader *loader, int64_t id)
{
    struct drawn *found = loader->drawn_count == 0
                              ? NULL
                              : bsearch(&id, loader->drawn, loader->drawn_count,
                                        sizeof(*loader->drawn), by_drawn);

    if (found == NULL)
        store_damaged(loader->store,
                      "a dependency that is spoken of is missing");
    return found;
}

static void count_seen(struct loader *loader)
{
    sqlite3_stmt *row =
        store_query(loader->store, "SELECT dependency, count FROM seen", "");

    while (store_row(loader->store, row)) {
        struct drawn *drawn = find_drawn(loader, sqlite3_column_int64(row, 0));

        if (drawn != NULL)
            drawn->count += count_at(row, 1);
    }
}

static int by_ends(const void *left, const void *right)
{
    const struct class_dependency *a = left, *b = right;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->to > b->to) - (a->to < b->to);
}

static void unite_kinds(struct loader *loader)
{
    struct findings *findings = loader->findings;
    size_t i, kept = 0;

    for (i = 0; i < loader->drawn_count; i++) {
        const struct drawn *drawn = &loader->drawn[i];

        *TOOL_PUSH(findings->dependency, findings->dependency_count,
                   findings->dependency_room) =
            (struct class_dependency){.from = drawn->from,
                                      .to = drawn->to,
                                      .kinds = 1u << drawn->kind,
                                      .count = drawn->count,
                                      .up = drawn->up,
                                      .down = drawn->down,
                                      .program = ""};
    }
    if (findings->dependency_count > 0)
        qsort(findings->dependency, findings->dependency_count,
              sizeof(*findings->dependency), by_ends);
    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *new = &findings->dependency[i];

        if (kept > 0 && by_ends(&findings->dependency[kept - 1], new) == 0) {
            findings->dependency[kept - 1].kinds |= new->kinds;
            findings->dependency[kept - 1].count += new->count;
            findings->dependency[kept - 1].up |= new->up;
            findings->dependency[kept - 1].down |= new->down;
        } else {
            findings->dependency[kept++] = *new;
        }
    }
    findings->dependency_count = findings->totals.dependencies = kept;
}

/* ---- witnesses ----------------------------------------------------------- */

static void read_gates(struct loader *loader, struct evidence *new)
{
    struct evidence_gate *gate = NULL;
    size_t room = 0;
    sqlite3_stmt *row;

    if (new->gates == 0)
        return;
    row = store_query(loader->store,
                      "SELECT class, how FROM gate WHERE gates = ?1", "i",
                      new->gates);
    while (store_row(loader->store, row))
        *TOOL_PUSH(gate, new->gate_count, room) = (struct evidence_gate){
            find_class(loader, sqlite3_column_int64(row, 0)),
            (uint32_t)sqlite3_column_int64(row, 1)};
    new->gate =
        (const void *)tool_copy(&loader->findings->arena, (const char *)gate,
                                new->gate_count * sizeof(*gate));
    free(gate);
}

static struct evidence read_witness(struct loader *loader, sqlite3_stmt *row,
                                    const struct drawn *drawn)
{
    struct evidence new = {
        .from = drawn->from,
        .to = drawn->to,
        .kind = drawn->kind,
        .id = word_at(row, 1),
        .run = word_at(row, 2),
        .gates = word_at(row, 3),
        .thread = text_at(loader, row, 4),
        .held_how = (uint32_t)sqlite3_column_int64(row, 7),
        .wanted_how = (uint32_t)sqlite3_column_int64(row, 8),
        .count = 1,
    };

    new.held_at = find_stack(loader, word_at(row, 5));
    new.wanted_at = find_stack(loader, word_at(row, 6));
    read_gates(loader, &new);
    return new;
}

/* The first of each dependency serves as its witness in the report; all of
 * those that may close a circle are kept. */
static void load_witnesses(struct loader *loader)
{
    struct findings *findings = loader->findings;
    sqlite3_stmt *row = store_query(
        loader->store,
        "SELECT dependency, id, run, gates, thread, held_at, wanted_at, "
        "held_how, wanted_how FROM witness "
        "ORDER BY dependency, gate_count, id",
        "");

    while (store_row(loader->store, row)) {
        const struct drawn *drawn =
            find_drawn(loader, sqlite3_column_int64(row, 0));
        struct class_dependency key, *of;
        bool circles;

        if (drawn == NULL)
            return;
        key = (struct class_dependency){.from = drawn->from, .to = drawn->to};
        of = bsearch(&key, findings->dependency, findings->dependency_count,
                     sizeof(key), by_ends);
        circles = loader->parts[drawn->from] != 0 &&
                  loader->parts[drawn->from] == loader->parts[drawn->to];
        if (of->seen.from == NULL || circles) {
            struct evidence new = read_witness(loader, row, drawn);

            if (of->seen.from == NULL)
                of->seen = of->fall = evidence_step(findings, &new);
            if (circles)
                *TOOL_PUSH(loader->evidence.item, loader->evidence.count,
                           loader->evidence.room) = new;
        }
    }
}

static void check_witnesses(struct loader *loader)
{
    size_t i;

    for (i = 0; i < loader->findings->dependency_count; i++)
        if (loader->findings->dependency[i].seen.from == NULL)
            store_damaged(loader->store, "a dependency has no witness");
}

/* ---- findings ------------------------------------------------------------ */

/* Of fingerprint and grade, at `column` and behind it. */
static uint32_t key_of(struct loader *loader, struct intern *keys,
                       sqlite3_stmt *row, int column, bool *added)
{
    char *key =
        tool_print(&loader->arena, "%s %s", text_at(loader, row, column),
                   text_at(loader, row, column + 1));

    return intern_add(keys, &loader->arena, key, strlen(key), added);
}

static bool read_finding(struct loader *loader, sqlite3_stmt *row,
                         struct finding *finding)
{
    struct document_source source = {&loader->findings->arena, find_stack,
                                     loader};
    const char *fingerprint = text_at(loader, row, 0);
    const char *document = (const char *)sqlite3_column_text(row, 2);

    if (document == NULL || strlen(fingerprint) != 16 ||
        !document_to_finding(&source, document, finding))
        return store_damaged(loader->store, "a finding makes no sense");
    memcpy(finding->fingerprint, fingerprint, 17);
    return true;
}

static void load_documents(struct loader *loader, struct intern *keys,
                           struct finding **finding, size_t *count)
{
    sqlite3_stmt *row =
        store_query(loader->store,
                    "SELECT fingerprint, grade, document FROM finding "
                    "WHERE kind <> ?1 ORDER BY fingerprint, grade",
                    "t", STORE_CONFIRMATION);
    size_t room = 0;
    bool added;

    while (store_row(loader->store, row)) {
        struct finding new;

        key_of(loader, keys, row, 0, &added);
        if (!added || !read_finding(loader, row, &new))
            break;
        *TOOL_PUSH(*finding, *count, room) = new;
    }
    if (row != NULL)
        sqlite3_reset(row);
}

/* In the order in which the runs were started. */
static void add_test(struct loader *loader, struct intern *tests,
                     struct finding *finding, uint32_t at, const char *test)
{
    char *key = tool_print(&loader->arena, "%u %s", at, test);
    size_t count = finding->test_count;
    const char **list;
    bool added;

    intern_add(tests, &loader->arena, key, strlen(key), &added);
    if (!added)
        return;
    if ((count & (count - 1)) == 0) { /* 0 or a power of two: it is full */
        list = tool_take(&loader->findings->arena,
                         (count == 0 ? 1 : 2 * count) * sizeof(*list));
        if (count > 0)
            memcpy(list, finding->test, count * sizeof(*list));
        finding->test = list;
    }
    finding->test[finding->test_count++] = test;
}

static void load_tests(struct loader *loader, struct intern *keys,
                       struct finding *finding, size_t count)
{
    sqlite3_stmt *row = store_query(
        loader->store,
        "SELECT fingerprint, grade, test, count, program FROM found "
        "JOIN run ON run.id = found.run ORDER BY started, run.id",
        "");
    struct intern tests = {0};
    bool added;

    while (store_row(loader->store, row)) {
        uint32_t at = key_of(loader, keys, row, 0, &added);

        if (at > count) {
            store_damaged(loader->store,
                          "a finding that is spoken of is missing");
            break;
        }
        finding[at - 1].count += count_at(row, 3);
        add_test(loader, &tests, &finding[at - 1], at, text_at(loader, row, 2));
    }
    if (row != NULL)
        sqlite3_reset(row);
    intern_free(&tests);
}

static void load_findings(struct loader *loader)
{
    struct intern keys = {0};
    struct finding *finding = NULL;
    size_t i, count = 0;

    load_documents(loader, &keys, &finding, &count);
    load_tests(loader, &keys, finding, count);
    for (i = 0; i < count; i++)
        findings_add(loader->findings, finding[i]);
    free(finding);
    intern_free(&keys);
}

static void load_exceptions(struct loader *loader)
{
    struct findings *findings = loader->findings;
    struct document_source source = {&findings->arena, find_stack, loader};
    sqlite3_stmt *row =
        store_query(loader->store,
                    "SELECT document, (SELECT sum(count) FROM excepted "
                    "WHERE excepted.exception = exception.key) FROM exception "
                    "ORDER BY id",
                    "");

    while (store_row(loader->store, row)) {
        const char *document = (const char *)sqlite3_column_text(row, 0);
        struct raw_exception new;

        if (document == NULL ||
            !document_to_exception(&source, document, &new)) {
            store_damaged(loader->store, "an exception makes no sense");
            break;
        }
        new.count = count_at(row, 1);
        *TOOL_PUSH(findings->exception, findings->exception_count,
                   findings->exception_room) = new;
    }
    if (row != NULL)
        sqlite3_reset(row);
}

static void load_totals(struct loader *loader)
{
    struct finding_totals *totals = &loader->findings->totals;
    sqlite3_stmt *row = store_query(
        loader->store,
        "SELECT sum(processes), sum(threads), sum(acquisitions), "
        "sum(instances), sum(chains), sum(misses), sum(lost), sum(refused) "
        "FROM run",
        "");

    if (!store_row(loader->store, row))
        return;
    totals->processes = count_at(row, 0);
    totals->threads = count_at(row, 1);
    totals->acquisitions = count_at(row, 2);
    totals->instances = count_at(row, 3);
    totals->chains = count_at(row, 4);
    totals->misses = count_at(row, 5);
    totals->lost = count_at(row, 6);
    totals->refused = count_at(row, 7);
    sqlite3_reset(row);
}

/* ---- across runs --------------------------------------------------------- */

static void load_runs(struct loader *loader)
{
    sqlite3_stmt *row =
        store_query(loader->store, "SELECT id FROM run ORDER BY id", "");

    while (store_row(loader->store, row))
        *TOOL_PUSH(loader->run, loader->run_count, loader->run_room) =
            sqlite3_column_int64(row, 0);
}

static bool run_shows(struct loader *loader, int64_t run, uint64_t dependency)
{
    sqlite3_stmt *row = store_query(
        loader->store, "SELECT 1 FROM seen WHERE run = ?1 AND dependency = ?2",
        "ii", run, dependency);
    bool shows = store_row(loader->store, row);

    if (row != NULL)
        sqlite3_reset(row);
    return shows;
}

static bool covers(void *context, const uint64_t *dependency, size_t count)
{
    struct loader *loader = context;
    size_t i, j;

    for (i = 0; i < loader->run_count; i++) {
        for (j = 0; j < count; j++)
            if (!run_shows(loader, loader->run[i], dependency[j]))
                break;
        if (j == count)
            return true;
    }
    return false;
}

static const char *test_of(void *context, uint64_t run)
{
    struct loader *loader = context;
    sqlite3_stmt *row = store_query(
        loader->store, "SELECT test FROM run WHERE id = ?1", "i", run);
    const char *test = "";

    if (store_row(loader->store, row))
        test = text_at(loader, row, 0);
    else
        store_damaged(loader->store, "a run that is spoken of is missing");
    if (row != NULL)
        sqlite3_reset(row);
    return test;
}

static void load_crossings(struct loader *loader)
{
    struct cross_source source = {covers, test_of, loader};

    if (loader->evidence.count == 0 || loader->store->failed)
        return;
    load_runs(loader);
    cross_find(loader->findings, &loader->evidence, loader->parts, &source);
}

/* ---- reruns -------------------------------------------------------------- */

/* As it happened; the finding's own identity and history stay. */
static void confirm(struct tool_arena *arena, struct finding *finding,
                    const struct finding *shown)
{
    finding->predicted =
        (const void *)tool_copy(arena, (const char *)finding, sizeof(*finding));
    finding->confirmation = shown->confirmation;
    finding->confirmation_reason = shown->confirmation_reason;
    finding->attempts = shown->attempts;
    findings_happened(finding, shown);
}

static void confirm_same(struct findings *findings, const struct finding *shown)
{
    struct finding *circle;
    size_t i;

    for (i = 0; i < findings->finding_count; i++)
        if (findings->finding[i].confirmation == NULL &&
            strcmp(findings->finding[i].fingerprint, shown->fingerprint) == 0)
            confirm(&findings->arena, &findings->finding[i], shown);
    for (i = 0; i < findings->exception_count; i++) {
        circle = findings->exception[i].circle;
        if (circle != NULL && circle->confirmation == NULL &&
            strcmp(circle->fingerprint, shown->fingerprint) == 0)
            confirm(&findings->arena, circle, shown);
    }
}

/* `confirmed` comes before `not confirmed`. */
static void load_confirmations(struct loader *loader)
{
    sqlite3_stmt *row =
        store_query(loader->store,
                    "SELECT fingerprint, grade, document FROM finding "
                    "WHERE kind = ?1 ORDER BY grade, fingerprint",
                    "t", STORE_CONFIRMATION);

    while (store_row(loader->store, row)) {
        struct finding shown;

        if (!read_finding(loader, row, &shown))
            break;
        if (shown.confirmation == NULL ||
            strcmp(shown.confirmation, text_at(loader, row, 1)) != 0) {
            store_damaged(loader->store, "a confirmation makes no sense");
            break;
        }
        confirm_same(loader->findings, &shown);
    }
    if (row != NULL)
        sqlite3_reset(row);
}

/* No statement is left half read: that keeps others from writing. */
static void rest(struct store *store)
{
    size_t i;

    for (i = 0; i < store->statement_count; i++)
        sqlite3_reset(store->statement[i].statement);
}

static void free_loader(struct loader *loader)
{
    rest(loader->store);
    intern_free(&loader->stacks);
    free(loader->stack);
    free(loader->drawn);
    free(loader->run);
    evidence_free(&loader->evidence);
    tool_arena_free(&loader->arena);
}

bool store_confirmations(struct store *store, struct findings *findings)
{
    struct loader loader = {.store = store, .findings = findings};

    load_confirmations(&loader);
    free_loader(&loader);
    return !store->failed;
}

/* ---- all of it ----------------------------------------------------------- */

static void load(struct loader *loader)
{
    load_totals(loader);
    load_classes(loader);
    load_drawn(loader);
    count_seen(loader);
    unite_kinds(loader);
    loader->parts = cross_parts(loader->findings);
    load_witnesses(loader);
    check_witnesses(loader);
    load_findings(loader);
    load_exceptions(loader);
    load_crossings(loader);
    told_name(loader->findings);
    load_confirmations(loader);
    findings_sort(loader->findings);
    loader->findings->described = true;
}

struct findings *store_findings(struct store *store)
{
    struct loader loader = {.store = store, .findings = findings_empty()};

    load(&loader);
    free_loader(&loader);
    if (!store->failed)
        return loader.findings;
    findings_free(loader.findings);
    return NULL;
}
