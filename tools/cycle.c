/* SPDX-License-Identifier: BSD-2-Clause */
/* cycle.c: see cycle.h. */
#include "cycle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "option.h"

/* A thread that nobody named carries its program's name, cut to 15 bytes. */
static bool is_named(const struct model *model, const struct model_thread *t)
{
    const char *program = tool_base(model->process[t->process].program);
    size_t size = strlen(t->name);

    return size > 0 && (strncmp(t->name, program, size) != 0 ||
                        (program[size] != '\0' && size < 15));
}

const char *cycle_thread(struct findings *findings, size_t family,
                         uint32_t thread)
{
    const struct model_thread *t =
        &findings->model->family[family].thread[thread];

    if (thread == 0)
        return "an unknown thread";
    if (is_named(findings->model, t))
        return t->name;
    if (t->number == 1)
        return "main";
    return tool_print(&findings->arena, "thread %u", t->number);
}

const char *cycle_thread_of_many(struct findings *findings, size_t family,
                                 uint32_t thread)
{
    const struct model *model = findings->model;
    const char *name = cycle_thread(findings, family, thread);
    uint32_t pid =
        model->process[model->family[family].thread[thread].process].pid;

    return strcmp(name, "main") == 0
               ? tool_print(&findings->arena, "process %u", pid)
               : tool_print(&findings->arena, "%s of process %u", name, pid);
}

void cycle_set_process(const struct findings *findings, size_t family,
                       uint32_t thread, struct finding *finding)
{
    const struct model *model = findings->model;
    const struct model_process *process =
        &model->process[model->family[family].thread[thread].process];

    finding->program = process->program;
    finding->pid = process->pid;
}

const char *cycle_class(struct findings *findings, uint32_t class_id)
{
    return names_class(findings->names, class_id)->text;
}

const char *cycle_event(struct findings *findings, uint32_t class_id)
{
    return cycle_event_of(findings->model->class[class_id].family);
}

const char *cycle_event_of(uint32_t family)
{
    switch (family) {
    case LV_FAMILY_COND:
        return "the signal of ";
    case LV_FAMILY_EVENT:
        return "the post of ";
    case LV_FAMILY_BARRIER:
        return "the others at ";
    case LV_FAMILY_THREAD:
        return "";
    default:
        return NULL;
    }
}

static const char *key_of(struct findings *findings, uint32_t class_id)
{
    return names_class(findings->names, class_id)->key;
}

/* ---- fingerprints -------------------------------------------------------- */

static uint64_t mix(uint64_t hash, const char *text)
{
    return tool_hash(hash, text, strlen(text) + 1);
}

/* Function and file of the innermost own frame: the rest of a stack changes
 * with what calls it, and with which thread came first. */
uint64_t cycle_hash_stack(uint64_t hash, const struct symbol_stack *stack)
{
    const struct symbol_frame *frame = name_own_frame(stack);

    if (frame == NULL)
        return mix(hash, "");
    if (frame->near || frame->function[0] == '\0')
        return mix(hash, tool_base(frame->module));
    return mix(mix(hash, frame->function), tool_base(frame->file));
}

static uint64_t mix_stack(struct findings *findings, uint64_t hash,
                          uint32_t stack)
{
    return cycle_hash_stack(hash, symbols_stack(findings->symbols, stack));
}

void cycle_set_fingerprint(struct finding *finding, uint64_t hash)
{
    snprintf(finding->fingerprint, sizeof(finding->fingerprint), "%016" PRIx64,
             hash);
}

/* ---- cycles -------------------------------------------------------------- */

static const char *const grades[] = {"deadlock",       "inversion", "class",
                                     "class-inferred", "guarded",   "ordered",
                                     "single-thread"};

const char *cycle_grade(enum lv_grade grade)
{
    return grades[grade];
}

/* A cycle turned so that it begins with the lock of the smallest name. */
struct turned {
    struct findings *findings;
    size_t family;
    const struct lv_cycle *cycle;
    uint32_t first;
    bool by_instance; /* closes among instances, not only classes */
};

static const struct lv_step *step_at(const struct turned *turned, uint32_t i)
{
    return &turned->cycle->step[(turned->first + i) % turned->cycle->count];
}

static struct turned turn(struct findings *findings, size_t family,
                          const struct lv_cycle *cycle)
{
    struct turned turned = {findings, family, cycle, 0, true};
    uint32_t i;

    for (i = 0; i < cycle->count; i++) {
        const struct lv_step *step = &cycle->step[i];
        const struct lv_step *best = &cycle->step[turned.first];

        if (step->to != cycle->step[(i + 1) % cycle->count].from)
            turned.by_instance = false;
        if (strcmp(key_of(findings, step->from_class),
                   key_of(findings, best->from_class)) < 0)
            turned.first = i;
    }
    return turned;
}

/* One number for each instance of a class that occurs with several. */
static unsigned number_of(const struct turned *turned, uint32_t instance,
                          uint32_t class_id)
{
    uint32_t i, seen[64], count = 0, at = 0;

    for (i = 0; i < turned->cycle->count; i++) {
        const struct lv_step *step = step_at(turned, i);
        uint32_t ends[2] = {step->from, step->to}, k, j;
        uint32_t classes[2] = {step->from_class, step->to_class};

        for (k = 0; k < 2; k++) {
            for (j = 0; j < count && seen[j] != ends[k]; j++)
                ;
            if (classes[k] != class_id || j < count || count == 64)
                continue;
            seen[count++] = ends[k];
        }
    }
    while (at < count && seen[at] != instance)
        at++;
    return count > 1 ? at + 1 : 0;
}

/* "name", or "name #2" where several locks of a class are in the cycle; where
 * the cycle closes by class only, just a nesting inside a class is numbered. */
static const char *name_end(const struct turned *turned,
                            const struct lv_step *step, uint32_t instance,
                            uint32_t class_id)
{
    const char *name = cycle_class(turned->findings, class_id);
    unsigned number;

    if (!turned->by_instance &&
        (step->from_class != step->to_class || step->from == step->to))
        return name;
    number = number_of(turned, instance, class_id);
    if (number == 0)
        return name;
    return tool_print(&turned->findings->arena, "%s #%u", name, number);
}

void cycle_add_gates(struct findings *findings, struct finding_step *step,
                     const struct lv_rec_hold *hold, uint32_t count,
                     uint32_t skip)
{
    uint32_t i;

    step->gate = tool_take(&findings->arena, (count + 1) * sizeof(*step->gate));
    for (i = 0; i < count; i++)
        if (i != skip && (hold[i].how & LV_HOW_AGAIN) == 0)
            step->gate[step->gate_count++] =
                cycle_class(findings, hold[i].class_id);
}

static struct finding_step make_step(const struct turned *turned,
                                     const struct lv_step *from)
{
    const struct lv_rec_observation *seen = from->seen;
    const struct lv_rec_hold *hold = &seen->hold[from->hold];
    struct finding_step step = {
        .from = name_end(turned, from, from->from, from->from_class),
        .to = name_end(turned, from, from->to, from->to_class),
        .from_event = cycle_event(turned->findings, from->from_class),
        .to_event = cycle_event(turned->findings, from->to_class),
        .kind = findings_dep_kind(from->kind),
        .thread = cycle_thread(turned->findings, turned->family, seen->thread),
        .held_at = symbols_stack(turned->findings->symbols, hold->stack),
        .wanted_at =
            symbols_stack(turned->findings->symbols, seen->wanted.stack),
        .held_how = hold->how,
        .wanted_how = seen->wanted.how,
    };

    cycle_add_gates(turned->findings, &step, seen->hold, seen->count,
                    from->hold);
    return step;
}

static const struct model_thread *thread_at(const struct turned *turned,
                                            uint32_t i)
{
    return &turned->findings->model->family[turned->family]
                .thread[step_at(turned, i)->seen->thread];
}

static bool is_in_one_process(const struct turned *turned)
{
    uint32_t i;

    for (i = 1; i < turned->cycle->count; i++)
        if (thread_at(turned, i)->process != thread_at(turned, 0)->process)
            return false;
    return true;
}

static bool is_of_one_program(const struct turned *turned)
{
    const struct model *model = turned->findings->model;
    uint32_t i;

    for (i = 1; i < turned->cycle->count; i++)
        if (strcmp(model->process[thread_at(turned, i)->process].program,
                   model->process[thread_at(turned, 0)->process].program) != 0)
            return false;
    return true;
}

/* "process 12", "thread 2 of process 12", "reader (process 12)" */
static void tell_processes_apart(const struct turned *turned,
                                 struct finding_step *step)
{
    const struct model *model = turned->findings->model;
    struct tool_arena *arena = &turned->findings->arena;
    uint32_t i;

    for (i = 0; i < turned->cycle->count; i++) {
        const struct model_process *process =
            &model->process[thread_at(turned, i)->process];
        const char *name = tool_print(arena, "process %u", process->pid);

        if (!is_of_one_program(turned))
            name =
                tool_print(arena, "%s (%s)", tool_base(process->program), name);
        if (strcmp(step[i].thread, "main") != 0)
            name = tool_print(arena, "%s of %s", step[i].thread, name);
        step[i].thread = name;
    }
}

/* Two threads of one name in a cycle get their numbers. */
static void tell_threads_apart(const struct turned *turned,
                               struct finding_step *step)
{
    const struct model_family *family =
        &turned->findings->model->family[turned->family];
    uint32_t i, j, count = turned->cycle->count;
    bool *twice = tool_take(&turned->findings->arena, count * sizeof(*twice));

    if (!is_in_one_process(turned)) {
        tell_processes_apart(turned, step);
        return;
    }

    for (i = 0; i < count; i++)
        for (j = 0; j < count; j++)
            if (step_at(turned, i)->seen->thread !=
                    step_at(turned, j)->seen->thread &&
                strcmp(step[i].thread, step[j].thread) == 0)
                twice[i] = true;
    for (i = 0; i < count; i++) {
        uint32_t thread = step_at(turned, i)->seen->thread;

        if (twice[i])
            step[i].thread =
                tool_print(&turned->findings->arena, "%s (thread %u)",
                           step[i].thread, family->thread[thread].number);
    }
}

const char *cycle_list(struct findings *findings, const char **name,
                       size_t count)
{
    const char *list = name[0];
    size_t i;

    for (i = 1; i < count; i++)
        list = tool_print(&findings->arena, "%s%s%s", list,
                          i + 1 < count ? ", " : " and ", name[i]);
    return list;
}

/* Somebody waits without taking anything: a grace period, an acknowledge, what
 * another initialises. */
static bool has_wait(const struct model *model, const struct lv_cycle *cycle)
{
    uint32_t i;

    for (i = 0; i < cycle->count; i++) {
        const struct lv_step *step = &cycle->step[i];

        uint32_t kind = model->class[step->to_class].family;

        if (step->seen->wanted.how & LV_HOW_SYNC || kind == LV_FAMILY_ONCE ||
            kind == LV_FAMILY_SEMAPHORE)
            return true;
    }
    return false;
}

static bool has_signal(const struct model *model, const struct lv_cycle *cycle)
{
    uint32_t i;

    for (i = 0; i < cycle->count; i++)
        if (model->class[cycle->step[i].from_class].flags & LV_CLASS_SIGNAL)
            return true;
    return false;
}

static const char *kind_of_cycle(const struct findings *findings,
                                 const struct lv_cycle *cycle)
{
    if (cycle->grade == LV_GRADE_DEADLOCK)
        return "deadlock";
    if (has_signal(findings->model, cycle))
        return "signal";
    return has_wait(findings->model, cycle) ? "wait-inversion" : "inversion";
}

static const char *sentence(struct findings *findings,
                            const struct finding *finding, enum lv_grade grade,
                            bool processes)
{
    const char *const apart = ", by processes with locks of their own: one "
                              "that does it all can deadlock";
    const char *const ends[] = {
        [LV_GRADE_DEADLOCK] = "; the threads waited for each other",
        [LV_GRADE_INVERSION] = " by threads that can run at the same time",
        [LV_GRADE_CLASS] =
            processes ? apart : ", though not yet on the same locks",
        [LV_GRADE_CLASS_INFERRED] =
            processes
                ? apart
                : ", by locks of like origin, though not on the same ones",
        [LV_GRADE_GUARDED] = ", but always under another lock",
        [LV_GRADE_ORDERED] =
            finding_has_hold(finding, FINDING_SIGNALLED)
                ? ", but by a thread that had signalled, when it held the lock "
                  "last, to whoever joins it"
            : finding_has_hold(finding, FINDING_NEWBORN)
                ? ", but once before anybody else could know the lock"
                : ", but by threads of which one ends before the other "
                  "begins",
        [LV_GRADE_SINGLE_THREAD] = ", but by one thread alone",
    };
    const char *names =
        cycle_list(findings, finding->lock, finding->lock_count);

    if (finding->lock_count == 1)
        return tool_print(&findings->arena,
                          "%s is taken while another lock of its kind is "
                          "held, in no order that is known",
                          names);
    if (finding_has_hold(finding, LV_HOW_CONTEXT))
        return tool_print(&findings->arena,
                          "%s close a circle: a handler can interrupt the "
                          "holder of what it waits for%s",
                          names,
                          grade == LV_GRADE_INVERSION ? "" : ends[grade]);
    return tool_print(
        &findings->arena, "%s are %s in %s%s", names,
        strcmp(finding->kind, "wait-inversion") == 0 ? "waited for" : "taken",
        finding->lock_count == 2 ? "opposite orders"
                                 : "orders that form a circle",
        processes && grade == LV_GRADE_INVERSION
            ? " by processes that can run at the same time"
            : ends[grade]);
}

static uint64_t hash_cycle(const struct turned *turned, const char *kind)
{
    struct findings *findings = turned->findings;
    uint64_t hash = mix(TOOL_HASH, kind);
    uint32_t i;

    for (i = 0; i < turned->cycle->count; i++) {
        const struct lv_step *step = step_at(turned, i);

        hash = mix(hash, key_of(findings, step->from_class));
        hash = mix_stack(findings, hash, step->seen->hold[step->hold].stack);
        hash = mix_stack(findings, hash, step->seen->wanted.stack);
    }
    return hash;
}

static struct finding cycle_as(struct findings *findings, size_t family,
                               const struct lv_cycle *cycle, const char *kind)
{
    struct turned turned = turn(findings, family, cycle);
    struct finding_step *step =
        tool_take(&findings->arena, cycle->count * sizeof(*step));
    struct finding finding = {
        .kind = kind,
        .grade = grades[cycle->grade],
        .fail = 1u << cycle->grade,
        .step = step,
        .step_count = cycle->count,
        .lock_count = cycle->count,
        .count = 1,
    };
    uint32_t i;

    finding.lock =
        tool_take(&findings->arena, cycle->count * sizeof(*finding.lock));
    for (i = 0; i < cycle->count; i++) {
        step[i] = make_step(&turned, step_at(&turned, i));
        finding.lock[i] = step[i].from;
    }
    tell_threads_apart(&turned, step);
    cycle_set_process(findings, family, cycle->step[0].seen->thread, &finding);
    finding.message =
        sentence(findings, &finding, cycle->grade, !is_in_one_process(&turned));
    cycle_set_fingerprint(&finding, hash_cycle(&turned, "inversion"));
    return finding;
}

struct finding cycle_finding(struct findings *findings, size_t family,
                             const struct lv_cycle *cycle)
{
    return cycle_as(findings, family, cycle, kind_of_cycle(findings, cycle));
}

/* What each thread held and wanted, as an observation of that alone. */
static const struct lv_rec_observation *
party_seen(struct findings *findings, const struct lv_rec_party *party)
{
    struct lv_rec_observation *seen =
        tool_take(&findings->arena, sizeof(*seen) + sizeof(seen->hold[0]));

    seen->thread = party->thread;
    seen->count = 1;
    seen->wanted = party->wanted;
    seen->hold[0] = party->held;
    return seen;
}

struct finding deadlock_finding(struct findings *findings, size_t family,
                                const struct lv_rec_deadlock *deadlock)
{
    struct lv_step *step =
        tool_take(&findings->arena, deadlock->count * sizeof(*step));
    struct lv_cycle cycle = {LV_GRADE_DEADLOCK, deadlock->count, step};
    uint32_t i;

    for (i = 0; i < deadlock->count; i++) {
        const struct lv_rec_party *party = &deadlock->party[i];

        step[i] = (struct lv_step){
            .from = party->held.instance,
            .to = party->wanted.instance,
            .from_class = party->held.class_id,
            .to_class = party->wanted.class_id,
            .seen = party_seen(findings, party),
        };
    }
    return cycle_as(findings, family, &cycle, "deadlock");
}

/* ---- misuse -------------------------------------------------------------- */

static const struct misuse_words {
    const char *kind;
    const char *did; /* "THREAD did LOCK" */
    const char *end;
} misuses[] = {
    [LV_MISUSE_SELF_DEADLOCK] = {"self-deadlock", "waits for",
                                 ", which it holds itself: it waits for ever"},
    [LV_MISUSE_UNLOCK_NOT_HELD] = {"unlock-not-held", "unlocked",
                                   ", which nobody held"},
    [LV_MISUSE_UNLOCK_OTHER_THREAD] = {"unlock-other-thread", "unlocked",
                                       ", which another thread holds"},
    [LV_MISUSE_DESTROY_HELD] = {"destroy-held", "destroyed",
                                " while it was held"},
    [LV_MISUSE_REINIT_HELD] = {"reinit-held", "initialised",
                               " again while it was held"},
    [LV_MISUSE_FREE_HELD] = {"free-held", "freed the memory of",
                             " while it was held"},
    [LV_MISUSE_EXIT_HELD] = {"exit-held", "ended while it held", ""},
    [LV_MISUSE_SEQ_NESTED] = {"seqcount", "began a write of",
                              " inside another write of it"},
    [LV_MISUSE_SEQ_UNBALANCED] = {"seqcount", "ended a write of",
                                  " that had not begun"},
    [LV_MISUSE_SEQ_WRITERS] = {"seqcount", "began a write of",
                               " while another thread was writing it"},
    [LV_MISUSE_SEQ_UNLOCKED] = {"seqcount", "began a write of",
                                " without the lock that serialises its "
                                "writers"},
    [LV_MISUSE_TWO_MUTEXES] = {"wait-inversion", "waits with",
                               " for what another waits for with another "
                               "mutex"},
    [LV_MISUSE_FORK_HELD] = {"fork", "waits, in a forked child, for",
                             ", which another thread held at the fork: nobody "
                             "will release it there"},
    [LV_MISUSE_FREED] = {"rule", "used", ", whose memory was freed"},
    [LV_MISUSE_DESTROYED] = {"rule", "used", " after it was destroyed"},
    [LV_MISUSE_UNINITIALISED] = {"rule", "used",
                                 ", which was never initialised"},
    [LV_MISUSE_READ_TWICE] = {"inversion", "read-locked",
                              " twice: a writer that comes between waits for "
                              "the first and blocks the second"},
    [LV_MISUSE_SAME_CLASS] = {"inversion", "takes",
                              " while it holds another of its class, in no "
                              "order that is known"},
    [LV_MISUSE_RCU] = {"rcu", "waits for all readers of",
                       " to leave, of which it is one itself"},
    [LV_MISUSE_LEFT_HELD] = {"free-held", "left the function that",
                             " is local to with it held"},
    [LV_MISUSE_UNSAFE_CALL] = {"signal", "calls", " in a signal handler"},
    [LV_MISUSE_UNSAFE_INSIDE] = {"signal", "calls", " in a signal handler"},
    [LV_MISUSE_CONTEXT] = {"context", "waits for",
                           " inside one that does not allow such a wait"},
};

static unsigned fails_as(uint32_t misuse)
{
    if (misuse == LV_MISUSE_UNSAFE_CALL)
        return LV_FAIL_SINGLE_THREAD;
    if (misuse == LV_MISUSE_UNSAFE_INSIDE)
        return LV_FAIL_CLASS_INFERRED;
    if (misuse == LV_MISUSE_LEFT_HELD || misuse == LV_MISUSE_TWO_MUTEXES)
        return LV_FAIL_MISUSE;
    if (misuse == LV_MISUSE_SELF_DEADLOCK || misuse == LV_MISUSE_FORK_HELD)
        return LV_FAIL_DEADLOCK;
    if (misuse == LV_MISUSE_READ_TWICE)
        return LV_FAIL_INVERSION;
    if (misuse == LV_MISUSE_SAME_CLASS)
        return LV_FAIL_CLASS;
    return misuse >= LV_MISUSE_SEQ_NESTED ? LV_FAIL_RULE : LV_FAIL_MISUSE;
}

static const char *grade_of(uint32_t misuse)
{
    if (misuse == LV_MISUSE_SELF_DEADLOCK || misuse == LV_MISUSE_FORK_HELD ||
        misuse == LV_MISUSE_RCU)
        return grades[LV_GRADE_DEADLOCK];
    if (misuse == LV_MISUSE_SAME_CLASS)
        return grades[LV_GRADE_CLASS];
    if (misuse == LV_MISUSE_UNSAFE_CALL)
        return grades[LV_GRADE_SINGLE_THREAD];
    if (misuse == LV_MISUSE_UNSAFE_INSIDE)
        return grades[LV_GRADE_CLASS_INFERRED];
    return fails_as(misuse) == LV_FAIL_INVERSION ? grades[LV_GRADE_INVERSION]
                                                 : NULL;
}

static uint64_t hash_misuse(struct findings *findings,
                            const struct lv_rec_misuse *misuse)
{
    uint64_t hash = mix(TOOL_HASH, misuses[misuse->kind].kind);

    hash = tool_hash(hash, &misuse->kind, sizeof(misuse->kind));
    hash = mix(hash, key_of(findings, misuse->lock.class_id));
    hash = mix_stack(findings, hash, misuse->lock.stack);
    return mix_stack(findings, hash, misuse->other.stack);
}

/* Its locks are the one that does not allow the wait, and the one waited for
 * if it was for a lock. */
static void tell_context(struct findings *findings, struct finding *finding,
                         struct finding_step *step,
                         const struct lv_rec_misuse *misuse)
{
    bool lock = misuse->lock.instance != misuse->other.instance;

    finding->lock = tool_take(&findings->arena, 2 * sizeof(*finding->lock));
    finding->lock[0] = step->from =
        cycle_class(findings, misuse->other.class_id);
    finding->lock[1] = step->to;
    finding->lock_count = lock ? 2 : 1;
    finding->message = tool_print(
        &findings->arena, "%s waits%s%s inside %s, where nobody may wait so",
        step->thread, lock ? " for " : "", lock ? step->to : "", step->from);
}

/* Its locks are both mutexes, the earlier wait's first. */
static void tell_two(struct findings *findings, struct finding *finding,
                     struct finding_step *step,
                     const struct lv_rec_misuse *misuse)
{
    if (misuse->other.class_id == 0)
        return;
    step->from = cycle_class(findings, misuse->other.class_id);
    finding->lock = tool_take(&findings->arena, 2 * sizeof(*finding->lock));
    finding->lock[0] = step->from;
    finding->lock[1] = step->to;
    finding->lock_count = 2;
    finding->message = tool_print(
        &findings->arena,
        "%s waits for a condition variable with %s, while %s waits for it "
        "with %s: what a signal does then is undefined",
        step->thread, step->to, finding->holder, step->from);
}

/* Its locks are the signal, and libc's own, by the call that takes it. */
static void tell_unsafe(struct findings *findings, struct finding *finding,
                        struct finding_step *step,
                        const struct lv_rec_misuse *misuse)
{
    bool inside = misuse->kind == LV_MISUSE_UNSAFE_INSIDE;

    step->from = cycle_class(findings, misuse->other.class_id);
    finding->lock = tool_take(&findings->arena, 2 * sizeof(*finding->lock));
    finding->lock[0] = step->from;
    finding->lock[1] = step->to;
    finding->lock_count = 2;
    finding->message = tool_print(
        &findings->arena,
        "%s calls %s in the handler of %s: it is not async-signal-safe, and %s",
        step->thread, step->to, step->from,
        inside ? "the handler interrupted a call that takes the same lock "
                 "inside libc"
               : "takes a lock inside libc that the interrupted code can hold");
}

struct finding misuse_finding(struct findings *findings, size_t family,
                              const struct lv_rec_misuse *misuse)
{
    const struct misuse_words *words = &misuses[misuse->kind];
    struct finding_step *step = tool_take(&findings->arena, sizeof(*step));
    struct finding finding = {
        .kind = words->kind,
        .grade = grade_of(misuse->kind),
        .fail = fails_as(misuse->kind),
        .misuse = misuse->kind,
        .step = step,
        .step_count = 1,
        .lock_count = 1,
        .count = 1,
    };

    cycle_set_process(findings, family, misuse->thread, &finding);
    finding.lock = tool_take(&findings->arena, sizeof(*finding.lock));
    finding.lock[0] = cycle_class(findings, misuse->lock.class_id);
    if (misuse->other_thread != 0)
        finding.holder = cycle_thread(findings, family, misuse->other_thread);
    *step = (struct finding_step){
        .from = finding.lock[0],
        .to = finding.lock[0],
        .kind = "EN",
        .thread = cycle_thread(findings, family, misuse->thread),
        .held_at = symbols_stack(findings->symbols, misuse->other.stack),
        .wanted_at = symbols_stack(findings->symbols, misuse->lock.stack),
        .held_how = misuse->other.how,
        .wanted_how = misuse->lock.how,
    };
    cycle_add_gates(findings, step, misuse->hold, misuse->count, UINT32_MAX);
    finding.message = tool_print(&findings->arena, "%s %s %s%s", step->thread,
                                 words->did, finding.lock[0], words->end);
    if (misuse->kind == LV_MISUSE_SELF_DEADLOCK &&
        misuse->lock.how & LV_HOW_TIMED)
        finding.message = tool_print(
            &findings->arena,
            "%s waits for %s, which it holds itself: it waits in vain",
            step->thread, finding.lock[0]);
    if (misuse->kind == LV_MISUSE_TWO_MUTEXES && finding.holder != NULL)
        tell_two(findings, &finding, step, misuse);
    if (misuse->kind == LV_MISUSE_UNSAFE_CALL ||
        misuse->kind == LV_MISUSE_UNSAFE_INSIDE)
        tell_unsafe(findings, &finding, step, misuse);
    if (misuse->kind == LV_MISUSE_FORK_HELD &&
        misuse->other_thread == misuse->thread)
        finding.message = tool_print(
            &findings->arena,
            "%s waits, in a forked child, for %s, which it held itself at the "
            "fork: its owner is a thread of the parent's, and nobody can "
            "release it there",
            step->thread, finding.lock[0]);
    if (misuse->kind == LV_MISUSE_CONTEXT)
        tell_context(findings, &finding, step, misuse);
    if (misuse->kind == LV_MISUSE_SEQ_UNLOCKED && misuse->other.class_id != 0)
        finding.message =
            tool_print(&findings->arena, "%s, %s", finding.message,
                       cycle_class(findings, misuse->other.class_id));
    cycle_set_fingerprint(&finding, hash_misuse(findings, misuse));
    return finding;
}
