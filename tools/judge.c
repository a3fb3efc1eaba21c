/* SPDX-License-Identifier: BSD-2-Clause */
/* judge.c: see judge.h. */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

#include "cycle.h"
#include "option.h"

/* One operation against one rule. */
struct trial {
    struct findings *findings;
    size_t family;
    const struct lv_rec_operation *operation;
    const struct lv_rec_hold *hold;
    const char *rule, *name, *needs;
    struct rule_lack *lack; /* what of the rule is not met */
    size_t lack_count, lack_room;
};

/* ---- conditions ---------------------------------------------------------- */

static bool strong_enough(uint32_t how, enum rule_mode mode)
{
    return mode != RULE_WRITE || (how & LV_HOW_MODE) == LV_HOW_WRITE;
}

static bool is_held(const struct lv_rec_role *role)
{
    return role->state == LV_ROLE_LOCK || role->state == LV_ROLE_RIGHT;
}

/* Each object of the role, and at least one. */
static bool has_role(const struct trial *trial, const struct rule_node *node)
{
    const struct lv_rec_operation *operation = trial->operation;
    bool any = false;
    uint32_t i;

    for (i = 0; i < operation->role_count; i++) {
        const struct lv_rec_role *role = &operation->role[i];

        if (strcmp(role->name, node->name) != 0)
            continue;
        if (!is_held(role) || !strong_enough(role->how, node->mode))
            return false;
        any = true;
    }
    return any;
}

/* By its name, with or without the subclass. */
static bool is_class(const struct trial *trial, uint32_t class_id,
                     const char *name)
{
    const struct model_class *class = &trial->findings->model->class[class_id];

    return strcmp(class->name, name) == 0 ||
           strcmp(cycle_class(trial->findings, class_id), name) == 0;
}

static bool has_class(const struct trial *trial, const struct rule_node *node)
{
    uint32_t i;

    for (i = 0; i < trial->operation->count; i++)
        if (is_class(trial, trial->hold[i].class_id, node->name) &&
            strong_enough(trial->hold[i].how, node->mode))
            return true;
    return false;
}

static bool is_met(const struct trial *trial, const struct rule_node *node)
{
    switch (node->what) {
    case RULE_ROLE:
        return has_role(trial, node);
    case RULE_CLASS:
        return has_class(trial, node);
    case RULE_NOT:
        return !is_met(trial, node->left);
    case RULE_ALL:
        return is_met(trial, node->left) && is_met(trial, node->right);
    case RULE_ANY:
        return is_met(trial, node->left) || is_met(trial, node->right);
    }
    return false;
}

/* ---- what is missing ----------------------------------------------------- */

static const char *const modes[] = {"held", "read", "write"};

static const char *class_name(const struct trial *trial, uint32_t class_id,
                              const char *otherwise)
{
    return class_id == 0 ? otherwise : cycle_class(trial->findings, class_id);
}

static const struct symbol_stack *stack_at(const struct trial *trial,
                                           uint32_t stack)
{
    return symbols_stack(trial->findings->symbols, stack);
}

static void add_lack(struct trial *trial, const struct rule_lack *new)
{
    size_t i;

    for (i = 0; i < trial->lack_count; i++)
        if (strcmp(trial->lack[i].condition, new->condition) == 0)
            return;
    *TOOL_PUSH(trial->lack, trial->lack_count, trial->lack_room) = *new;
}

static const char *spell(struct trial *trial, const struct rule_node *node,
                         bool wanted)
{
    return tool_print(&trial->findings->arena, "%s%s%s:%s", wanted ? "" : "!",
                      node->what == RULE_CLASS ? "*" : "", node->name,
                      modes[node->mode]);
}

static void lack_role(struct trial *trial, const struct rule_node *node,
                      bool wanted)
{
    const struct lv_rec_operation *operation = trial->operation;
    struct rule_lack lack = {.condition = spell(trial, node, wanted),
                             .lock = node->name,
                             .wanted = wanted,
                             .at = stack_at(trial, 0)};
    uint32_t i;

    for (i = 0; i < operation->role_count; i++) {
        const struct lv_rec_role *role = &operation->role[i];
        bool good = is_held(role) && strong_enough(role->how, node->mode);

        if (strcmp(role->name, node->name) != 0 || good == wanted)
            continue;
        lack.lock = class_name(trial, role->class_id, node->name);
        lack.at = stack_at(trial, wanted ? role->lost : role->stack);
        break;
    }
    add_lack(trial, &lack);
}

static void lack_class(struct trial *trial, const struct rule_node *node,
                       bool wanted)
{
    struct rule_lack lack = {.condition = spell(trial, node, wanted),
                             .lock = node->name,
                             .wanted = wanted,
                             .at = stack_at(trial, 0)};
    uint32_t i;

    for (i = 0; i < trial->operation->count && !wanted; i++) {
        const struct lv_rec_hold *hold = &trial->hold[i];

        if (!is_class(trial, hold->class_id, node->name) ||
            !strong_enough(hold->how, node->mode))
            continue;
        lack.lock = cycle_class(trial->findings, hold->class_id);
        lack.at = stack_at(trial, hold->stack);
        break;
    }
    add_lack(trial, &lack);
}

/* The parts that keep `node` from being as `wanted`. */
static void find_lacks(struct trial *trial, const struct rule_node *node,
                       bool wanted)
{
    if (is_met(trial, node) == wanted)
        return;
    switch (node->what) {
    case RULE_ROLE:
        lack_role(trial, node, wanted);
        return;
    case RULE_CLASS:
        lack_class(trial, node, wanted);
        return;
    case RULE_NOT:
        find_lacks(trial, node->left, !wanted);
        return;
    case RULE_ALL:
    case RULE_ANY:
        find_lacks(trial, node->left, wanted);
        find_lacks(trial, node->right, wanted);
        return;
    }
}

/* ---- words --------------------------------------------------------------- */

static char letter(uint32_t how)
{
    return (how & LV_HOW_MODE) == LV_HOW_WRITE ? 'W' : 'R';
}

static void add_held(struct findings *findings, struct finding *finding,
                     const char *name, uint32_t how)
{
    finding->held[finding->held_count++] =
        tool_print(&findings->arena, "%s(%c)", name, letter(how));
}

/* The locks, oldest first, then the rights that serve a role. */
static void list_held(const struct trial *trial, struct finding *finding)
{
    const struct lv_rec_operation *operation = trial->operation;
    uint32_t i;

    finding->held = tool_take(&trial->findings->arena,
                              (operation->count + operation->role_count + 1) *
                                  sizeof(*finding->held));
    for (i = 0; i < operation->count; i++)
        if (!(trial->hold[i].how & LV_HOW_AGAIN))
            add_held(trial->findings, finding,
                     cycle_class(trial->findings, trial->hold[i].class_id),
                     trial->hold[i].how);
    for (i = 0; i < operation->role_count; i++)
        if (operation->role[i].state == LV_ROLE_RIGHT)
            add_held(trial->findings, finding,
                     class_name(trial, operation->role[i].class_id,
                                operation->role[i].name),
                     operation->role[i].how);
}

static const char *join(struct tool_arena *arena, const char **word,
                        size_t count)
{
    const char *list = count == 0 ? "nothing" : word[0];
    size_t i;

    for (i = 1; i < count; i++)
        list = tool_print(arena, "%s, %s", list, word[i]);
    return list;
}

/* Each lock that is missing or must not be held, once. */
static void list_locks(const struct trial *trial, struct finding *finding)
{
    size_t i, j;

    finding->lock = tool_take(&trial->findings->arena,
                              (trial->lack_count + 1) * sizeof(char *));
    for (i = 0; i < trial->lack_count; i++) {
        for (j = 0; j < finding->lock_count; j++)
            if (strcmp(finding->lock[j], trial->lack[i].lock) == 0)
                break;
        if (j == finding->lock_count)
            finding->lock[finding->lock_count++] = trial->lack[i].lock;
    }
}

static const char *sentence(const struct trial *trial,
                            const struct finding *finding)
{
    struct tool_arena *arena = &trial->findings->arena;
    const char *held = join(arena, finding->held, finding->held_count);
    const char *operation = trial->operation->kind == LV_OPERATION
                                ? tool_print(arena, " %s", trial->name)
                                : "";

    return tool_print(arena, "%s%s: needs %s; held: %s", trial->rule, operation,
                      trial->needs, held);
}

/* The place is the innermost own function and its caller: what tells of
 * operations is often a function of the program's own. */
static uint64_t hash_place(const struct trial *trial, uint64_t sum)
{
    const struct symbol_stack *stack = stack_at(trial, trial->operation->stack);
    const struct symbol_frame *own = name_own_frame(stack);

    sum = cycle_hash_stack(sum, stack);
    if (own == NULL || own + 1 >= stack->frame + stack->count)
        return sum;
    return tool_hash(sum, own[1].function, strlen(own[1].function) + 1);
}

static uint64_t hash(const struct trial *trial)
{
    uint64_t sum = tool_hash(TOOL_HASH, "rule", 5);
    size_t i;

    sum = tool_hash(sum, trial->rule, strlen(trial->rule) + 1);
    sum = tool_hash(sum, trial->name, strlen(trial->name) + 1);
    for (i = 0; i < trial->lack_count; i++)
        sum = tool_hash(sum, trial->lack[i].condition,
                        strlen(trial->lack[i].condition) + 1);
    return hash_place(trial, sum);
}

/* ---- findings ------------------------------------------------------------ */

static struct finding_step *make_step(const struct trial *trial,
                                      const struct finding *finding)
{
    struct finding_step *step =
        tool_take(&trial->findings->arena, sizeof(*step));

    *step = (struct finding_step){
        .from = finding->lock_count > 0 ? finding->lock[0] : trial->name,
        .to = trial->name,
        .kind = "EN",
        .thread = cycle_thread(trial->findings, trial->family,
                               trial->operation->thread),
        .gate = finding->held,
        .gate_count = finding->held_count,
        .held_at = stack_at(trial, 0),
        .wanted_at = stack_at(trial, trial->operation->stack),
    };
    return step;
}

static struct finding convict(struct trial *trial)
{
    struct findings *findings = trial->findings;
    struct finding finding = {
        .kind = "rule",
        .fail = LV_FAIL_RULE,
        .rule = trial->rule,
        .operation = trial->name,
        .step_count = 1,
        .count = 1,
    };

    cycle_set_process(findings, trial->family, trial->operation->thread,
                      &finding);
    finding.lack_count = trial->lack_count;
    finding.lack =
        (const void *)tool_copy(&findings->arena, (const char *)trial->lack,
                                trial->lack_count * sizeof(*trial->lack));
    list_held(trial, &finding);
    list_locks(trial, &finding);
    finding.message = sentence(trial, &finding);
    finding.step = make_step(trial, &finding);
    cycle_set_fingerprint(&finding, hash(trial));
    return finding;
}

static void judge_rule(struct trial *trial, const struct rule *rule,
                       void (*found)(struct findings *, struct finding))
{
    trial->rule = rule->name;
    trial->name = rule->operation;
    trial->needs = rule->condition;
    trial->lack_count = 0;
    if (is_met(trial, rule->root))
        return;
    find_lacks(trial, rule->root, true);
    found(trial->findings, convict(trial));
}

/* An assertion is recorded only where it failed. */
static void judge_assertion(struct trial *trial,
                            void (*found)(struct findings *, struct finding))
{
    const struct lv_rec_operation *operation = trial->operation;
    bool wanted = operation->kind == LV_ASSERT_HELD;
    const struct lv_rec_role *role = operation->role;
    const char *lock =
        class_name(trial, operation->role_count == 0 ? 0 : role->class_id,
                   "a lock that was never used");
    bool write = wanted && (operation->how & LV_HOW_MODE) == LV_HOW_WRITE;
    struct rule_lack lack = {
        .lock = lock,
        .wanted = wanted,
        .at = stack_at(trial, operation->role_count == 0 ? 0
                              : wanted                   ? role->lost
                                                         : role->stack),
    };

    lack.condition =
        tool_print(&trial->findings->arena, "%s%s:%s", wanted ? "" : "!", lock,
                   modes[write ? RULE_WRITE : RULE_HELD]);
    trial->rule = trial->name = wanted ? "assert_held" : "assert_not_held";
    trial->needs = lack.condition;
    add_lack(trial, &lack);
    found(trial->findings, convict(trial));
}

void judge_operation(struct findings *findings, size_t family,
                     const struct lv_rec_operation *operation,
                     void (*found)(struct findings *, struct finding))
{
    const struct rule_set *set = findings->rules;
    struct trial trial = {.findings = findings,
                          .family = family,
                          .operation = operation,
                          .hold = lv_rec_operation_holds(operation)};
    size_t i;

    if (operation->kind != LV_OPERATION)
        judge_assertion(&trial, found);
    else
        for (i = 0; set != NULL && i < set->count; i++)
            if (strcmp(set->rule[i].operation, operation->name) == 0 &&
                rules_applies(set, &set->rule[i]))
                judge_rule(&trial, &set->rule[i], found);
    free(trial.lack);
}
