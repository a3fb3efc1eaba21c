/* SPDX-License-Identifier: BSD-2-Clause */
/* store_add.c: what one run showed, as rows; see store.h. */
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "store.h"

/* Once in a session is enough for what never changes. True: do it. */
static bool is_first(struct store *store, char what, uint64_t id)
{
    struct {
        uint64_t what, id;
    } key = {(uint64_t)what, id};
    bool added;

    intern_add(&store->written, &store->arena, &key, sizeof(key), &added);
    return added;
}

/* ---- stacks -------------------------------------------------------------- */

static bool add_frame(struct store *store, const struct symbol_frame *frame,
                      uint64_t id)
{
    if (!is_first(store, 'f', id))
        return true;
    return store_do(store,
                    "INSERT INTO frame VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
                    "ON CONFLICT DO NOTHING",
                    "ittitiii", id, frame->function, frame->file,
                    (int64_t)frame->line, frame->module, frame->offset,
                    (int64_t)frame->inlined, (int64_t)frame->near);
}

static bool add_stack(void *context, const struct symbol_stack *stack)
{
    struct store *store = context;
    uint64_t caller = 0;
    size_t i = stack->count;

    if (stack->count == 0 || !is_first(store, 's', stack->id))
        return !store->failed;
    while (i-- > 0) {
        uint64_t frame = symbols_frame_id(&stack->frame[i]);
        uint64_t id = symbols_stack_id(frame, caller);

        if (!add_frame(store, &stack->frame[i], frame) ||
            ((i == 0 || is_first(store, 's', id)) &&
             !store_do(store,
                       "INSERT INTO stack VALUES (?1, ?2, ?3) "
                       "ON CONFLICT DO NOTHING",
                       "iii", id, frame, caller)))
            return false;
        caller = id;
    }
    return true;
}

/* ---- classes ------------------------------------------------------------- */

static const char *kind_of(uint32_t kind)
{
    static const char *const words[] = {
        [LV_CLASS_DECLARED] = "declared", [LV_CLASS_STATIC] = "static",
        [LV_CLASS_INIT] = "init",         [LV_CLASS_FIRST] = "first",
        [LV_CLASS_FRAME] = "frame",
    };

    return words[kind];
}

static bool add_class(struct store *store, const struct finding_class *class)
{
    return add_stack(store, class->site) &&
           store_do(
               store,
               "INSERT INTO class VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
               "?10) ON CONFLICT (id) DO UPDATE SET "
               "module = min(module, excluded.module), "
               "family = min(family, excluded.family), "
               "instances = max(instances, excluded.instances), "
               "site = min(site, excluded.site) "
               "WHERE excluded.module < module OR excluded.family < family OR "
               "excluded.instances > instances OR excluded.site < site",
               "itttttiiii", class->id, class->own, class->key, class->place,
               class->module, kind_of(class->kind), (int64_t) class->family,
               (int64_t) class->subclass, class->instances, class->site->id);
}

static bool add_classes(struct store *store, const struct findings *findings)
{
    size_t i;

    for (i = 1; i < findings->class_count; i++)
        if ((i >= findings->model->class_count ||
             findings->model->class[i].here) &&
            !add_class(store, &findings->class[i]))
            return false;
    return true;
}

/* ---- dependencies -------------------------------------------------------- */

static bool add_gates(struct store *store, const struct findings *findings,
                      const struct evidence *evidence)
{
    size_t i;

    if (evidence->gates == 0 || !is_first(store, 'g', evidence->gates))
        return true;
    for (i = 0; i < evidence->gate_count; i++)
        if (!store_do(store,
                      "INSERT INTO gate VALUES (?1, ?2, ?3) "
                      "ON CONFLICT DO NOTHING",
                      "iii", evidence->gates,
                      findings->class[evidence->gate[i].class].id,
                      (int64_t)evidence->gate[i].how))
            return false;
    return true;
}

/* Would it be trimmed at once? */
static bool is_wanted(struct store *store, uint64_t dependency,
                      const struct evidence *evidence)
{
    sqlite3_stmt *last =
        store_query(store,
                    "SELECT gate_count, id FROM witness WHERE dependency = ?1 "
                    "ORDER BY gate_count, id LIMIT 1 OFFSET 7",
                    "i", dependency);
    bool wanted = true;

    if (store_row(store, last)) {
        uint64_t gates = (uint64_t)sqlite3_column_int64(last, 0);

        wanted = evidence->gate_count < gates ||
                 (evidence->gate_count == gates &&
                  (int64_t)evidence->id < sqlite3_column_int64(last, 1));
    }
    if (last != NULL)
        sqlite3_reset(last);
    return wanted;
}

static bool add_witness(struct store *store, const struct findings *findings,
                        uint64_t dependency, const struct evidence *evidence)
{
    /* Stacks and gates in any case: what is there must not depend on what
     * came first. */
    if (!add_stack(store, evidence->held_at) ||
        !add_stack(store, evidence->wanted_at) ||
        !add_gates(store, findings, evidence))
        return false;
    if (!is_wanted(store, dependency, evidence))
        return !store->failed;
    return store_do(store,
                    "INSERT INTO touched VALUES (?1) ON CONFLICT DO NOTHING",
                    "i", dependency) &&
           store_do(store,
                    "INSERT INTO witness VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                    "?8, ?9, ?10) ON CONFLICT DO NOTHING",
                    "iiiiitiiii", dependency, (int64_t)evidence->gate_count,
                    evidence->id, evidence->run, evidence->gates,
                    evidence->thread, evidence->held_at->id,
                    evidence->wanted_at->id, (int64_t)evidence->held_how,
                    (int64_t)evidence->wanted_how);
}

static bool add_dependency(struct store *store, const struct findings *findings,
                           uint64_t id, const struct evidence *evidence)
{
    bool same = evidence->up || evidence->down;

    if ((is_first(store, 'd', id) || same) &&
        !store_do(store,
                  "INSERT INTO dependency VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                  "ON CONFLICT (id) DO UPDATE SET up = max(up, excluded.up), "
                  "down = max(down, excluded.down)",
                  "iiitii", id, findings->class[evidence->from].id,
                  findings->class[evidence->to].id,
                  findings_dep_kind(evidence->kind), (int64_t)evidence->up,
                  (int64_t)evidence->down))
        return false;
    return store_do(store,
                    "INSERT INTO seen VALUES (?1, ?2, ?3) "
                    "ON CONFLICT DO NOTHING",
                    "iii", evidence->run, id, evidence->count);
}

static bool add_evidence(struct store *store, struct findings *findings,
                         uint64_t run)
{
    struct evidences all = {0};
    uint64_t last = 0;
    size_t i;
    bool good = true;

    for (i = 0; i < findings->model->family_count; i++)
        evidence_collect(&all, findings, i, run);
    evidence_keep(&all, findings, true);
    for (i = 0; i < all.count && good; i++) {
        uint64_t id = evidence_dependency(findings, &all.item[i]);

        if (i == 0 || id != last)
            good = add_dependency(store, findings, id, &all.item[i]);
        last = id;
        good = good && add_witness(store, findings, id, &all.item[i]);
    }
    evidence_free(&all);
    return good;
}

/* ---- findings ------------------------------------------------------------ */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return tool_hash(hash, text, strlen(text) + 1);
}

static bool add_document(struct store *store, const struct finding *finding,
                         const char *grade, const char *kind)
{
    char *document = document_of_finding(finding);
    bool good = document_stacks(finding, add_stack, store) &&
                store_do(store,
                         "INSERT INTO finding VALUES (?1, ?2, ?3, ?4, ?5) "
                         "ON CONFLICT (fingerprint, grade) DO UPDATE SET "
                         "kind = excluded.kind, id = excluded.id, "
                         "document = excluded.document WHERE excluded.id < id",
                         "tttit", finding->fingerprint, grade, kind,
                         hash_text(TOOL_HASH, document), document);

    free(document);
    return good;
}

static bool add_finding(struct store *store, const struct finding *finding,
                        uint64_t run)
{
    const char *grade = finding->grade == NULL ? "" : finding->grade;

    return add_document(store, finding, grade, finding->kind) &&
           store_do(store,
                    "INSERT INTO found VALUES (?1, ?2, ?3, ?4) "
                    "ON CONFLICT DO NOTHING",
                    "itti", run, finding->fingerprint, grade, finding->count);
}

bool store_confirm(struct store *store, const struct finding *finding)
{
    return add_document(store, finding, finding->confirmation,
                        STORE_CONFIRMATION);
}

static bool add_exception(struct store *store,
                          const struct raw_exception *exception, uint64_t run)
{
    char *document = document_of_exception(exception);
    const char *verdict = findings_verdict(exception->verdict);
    uint64_t key = hash_text(hash_text(TOOL_HASH, exception->lock), verdict);
    bool good;

    key = tool_hash(key, &exception->site->id, sizeof(exception->site->id));
    good = document_exception_stacks(exception, add_stack, store) &&
           store_do(store,
                    "INSERT INTO exception VALUES (?1, ?2, ?3, ?4) "
                    "ON CONFLICT (key) DO UPDATE SET id = excluded.id, "
                    "document = excluded.document WHERE excluded.id < id",
                    "itit", key, verdict, hash_text(TOOL_HASH, document),
                    document) &&
           store_do(store,
                    "INSERT INTO excepted VALUES (?1, ?2, ?3) "
                    "ON CONFLICT DO NOTHING",
                    "iii", run, key, exception->count);
    free(document);
    return good;
}

static bool add_findings(struct store *store, const struct findings *findings,
                         uint64_t run)
{
    size_t i;

    for (i = 0; i < findings->finding_count; i++)
        if (!add_finding(store, &findings->finding[i], run))
            return false;
    for (i = 0; i < findings->exception_count; i++)
        if (!add_exception(store, &findings->exception[i], run))
            return false;
    return true;
}

/* ---- all of it ----------------------------------------------------------- */

bool store_has(struct store *store, uint64_t run)
{
    sqlite3_stmt *statement =
        store_query(store, "SELECT 1 FROM run WHERE id = ?1", "i", run);
    bool has = store_row(store, statement);

    if (statement != NULL)
        sqlite3_reset(statement);
    return has;
}

static bool add_run(struct store *store, const struct findings *findings,
                    const struct store_run *run)
{
    const struct finding_totals *totals = &findings->totals;

    return store_do(store,
                    "INSERT INTO run VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
                    "?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING",
                    "ittiiiiiiiii", run->id, run->test, run->program,
                    run->started, totals->processes, totals->threads,
                    totals->acquisitions, totals->instances, totals->chains,
                    totals->misses, totals->lost, totals->refused);
}

bool store_add(struct store *store, struct findings *findings,
               const struct store_run *run)
{
    return add_run(store, findings, run) && add_classes(store, findings) &&
           add_evidence(store, findings, run->id) &&
           add_findings(store, findings, run->id);
}
