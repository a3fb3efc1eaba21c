/* SPDX-License-Identifier: BSD-2-Clause */
/* merge.c: what processes share is one: locks by their place, files by their
 * owners, ranges by their pieces; forks and waits for children order it. */
#include "check.h"
#include "maker.h"
#include "outcome.h"

enum { A = 1, B = 2 };

static struct maker one, two;

/* Lock `id` of class `id`, at a place that other processes know too. */
static struct lv_rec_shared *share(struct maker *maker, uint32_t id,
                                   uint32_t kind, uint64_t start, uint64_t end)
{
    struct lv_rec_instance *lock =
        maker_entry(maker, LV_REC_INSTANCE,
                    sizeof(*lock) + sizeof(struct lv_rec_shared) + 8);
    struct lv_rec_shared *shared = (void *)(lock + 1);

    lock->id = id;
    lock->class_id = id;
    lock->address = 0x1000 * maker->header.pid + id;
    *shared = (struct lv_rec_shared){
        .kind = kind,
        .device = 1,
        .inode = id,
        .start = start,
        .end = end,
        .owner = kind == LV_SHARED_MEMORY ? 0 : maker->header.pid};
    strcpy(shared->path, "/file");
    return shared;
}

static void define(struct maker *maker)
{
    maker_module(maker, 1, "/lib/prog");
    maker_thread(maker, 1, "prog");
    maker_class(maker, A, "a");
    maker_class(maker, B, "b");
    maker_call(maker, 10 + A, LV_PLACE(1, 0x100));
    maker_call(maker, 10 + B, LV_PLACE(1, 0x200));
}

static void start(struct maker *maker, uint32_t pid)
{
    maker_start(maker, pid);
    define(maker);
}

static void take(struct maker *maker, uint32_t outer, uint32_t inner)
{
    uint32_t held[] = {outer, 0};

    maker_seen(maker, 1, held, inner);
}

static void save(const struct maker *maker)
{
    char name[64];

    snprintf(name, sizeof(name), "prog.%u.0.lvr", maker->header.pid);
    maker_save(maker, in_scratch(name), 0);
}

/* The one grade that is told, of a finding or a hint; "": nothing is. */
static void expect(const char *grade)
{
    struct model *model = read_records(scratch());
    char *text = as_text(model), finding[64], hint[64];
    bool told;

    CHECK(model->damaged == 0);
    snprintf(finding, sizeof(finding), "grade   %s ", grade);
    snprintf(hint, sizeof(hint), "\n  %-13s", grade);
    told = grade[0] == '\0' ? !contains(text, " → ")
                            : contains(text, finding) || contains(text, hint);
    if (!told)
        fprintf(stderr, "%s", text);
    CHECK(told);
    free(text);
    drop_records(model);
}

/* Two processes take what `kind` tells in opposite orders. */
static void oppose(uint32_t kind, uint64_t end)
{
    struct maker *maker[] = {&one, &two};
    uint32_t i;

    for (i = 0; i < 2; i++) {
        start(maker[i], 7 + i);
        share(maker[i], A, kind, 0, end);
        share(maker[i], B, kind, 0, end);
        take(maker[i], i == 0 ? A : B, i == 0 ? B : A);
        save(maker[i]);
    }
}

static void lock_at_one_place_is_one(void)
{
    oppose(LV_SHARED_MEMORY, 0);
    expect("inversion");
}

static void locks_of_other_files_are_others(void)
{
    struct lv_rec_shared *shared;

    start(&one, 7);
    share(&one, A, LV_SHARED_MEMORY, 0, 0);
    share(&one, B, LV_SHARED_MEMORY, 0, 0);
    take(&one, A, B);
    save(&one);
    start(&two, 8);
    share(&two, A, LV_SHARED_MEMORY, 0, 0);
    shared = share(&two, B, LV_SHARED_MEMORY, 0, 0);
    shared->inode = 99;
    take(&two, B, A);
    save(&two);
    expect("class"); /* declared, and but across instances */
}

static void families_that_share_nothing_stay_apart(void)
{
    struct lv_rec_shared *shared;
    uint32_t id;

    start(&one, 7);
    share(&one, A, LV_SHARED_MEMORY, 0, 0);
    share(&one, B, LV_SHARED_MEMORY, 0, 0);
    take(&one, A, B);
    save(&one);
    start(&two, 8);
    for (id = A; id <= B; id++) {
        shared = share(&two, id, LV_SHARED_MEMORY, 0, 0);
        shared->device = 2;
    }
    take(&two, B, A);
    save(&two);
    expect("");
}

/* The second lock at a place of one process is not the first one's heir. */
static void places_of_a_pool_stay_apart(void)
{
    oppose(LV_SHARED_MEMORY, 0);
    start(&one, 7);
    share(&one, A, LV_SHARED_MEMORY, 0, 0);
    share(&one, B, LV_SHARED_MEMORY, 0, 0);
    ((struct lv_rec_instance *)share(&one, B, LV_SHARED_MEMORY, 0, 0) - 1)->id =
        3;
    take(&one, A, B);
    save(&one);
    expect("class");
}

static void owner_never_waits_for_itself(void)
{
    struct lv_rec_shared *shared;
    struct maker *maker[] = {&one, &two};
    uint32_t i, id;

    oppose(LV_SHARED_FLOCK, UINT64_MAX);
    expect("inversion");
    for (i = 0; i < 2; i++) {
        start(maker[i], 7 + i);
        for (id = A; id <= B; id++) {
            shared = share(maker[i], id, LV_SHARED_FLOCK, 0, UINT64_MAX);
            shared->owner = 5;
        }
        take(maker[i], i == 0 ? A : B, i == 0 ? B : A);
        save(maker[i]);
    }
    expect("");
}

/* `from` to `to` of file A against 10 to 20 of it, and all of B. */
static void oppose_ranges(uint64_t from, uint64_t to)
{
    start(&one, 7);
    share(&one, A, LV_SHARED_RANGE, from, to);
    share(&one, B, LV_SHARED_RANGE, 0, UINT64_MAX);
    take(&one, A, B);
    save(&one);
    start(&two, 8);
    share(&two, A, LV_SHARED_RANGE, 10, 20);
    share(&two, B, LV_SHARED_RANGE, 0, UINT64_MAX);
    take(&two, B, A);
    save(&two);
}

static void ranges_that_overlap_exclude_each_other(void)
{
    oppose_ranges(10, 20);
    expect("inversion");
    oppose_ranges(0, 11);
    expect("inversion");
    oppose_ranges(19, UINT64_MAX);
    expect("inversion");
    oppose_ranges(0, UINT64_MAX);
    expect("inversion");
}

static void ranges_that_touch_do_not(void)
{
    struct lv_rec_class *class;

    oppose_ranges(0, 10);
    start(&one, 7); /* by ranges of other names */
    class = maker_class(&one, 3, "c");
    (void)class;
    ((struct lv_rec_instance *)share(&one, A, LV_SHARED_RANGE, 0, 10) - 1)
        ->class_id = 3;
    share(&one, B, LV_SHARED_RANGE, 0, UINT64_MAX);
    take(&one, A, B);
    ((struct lv_rec_observation *)(void *)(one.bytes + one.used -
                                           sizeof(struct lv_rec_hold) -
                                           sizeof(struct lv_rec_observation)))
        ->hold[0]
        .class_id = 3;
    save(&one);
    expect("");
}

/* The parent takes a, b in its `segment`; its child, forked in segment 1, takes
 * them in the other order. */
static void fork_a_child(uint32_t segment)
{
    static const uint32_t held[] = {A, 0};

    start(&one, 7);
    share(&one, A, LV_SHARED_MEMORY, 0, 0);
    share(&one, B, LV_SHARED_MEMORY, 0, 0);
    maker_fork(&two, 8, &one, "prog.7.0.lvr");
    two.header.parent_thread = 1;
    two.header.parent_segment = 1;
    maker_seen(&one, 1, held, B)->segment = segment;
    take(&two, B, A);
}

static void what_is_before_a_fork_is_before_the_child(void)
{
    fork_a_child(1);
    save(&one);
    save(&two);
    expect("ordered");
}

static void what_is_after_a_fork_can_overlap_the_child(void)
{
    fork_a_child(2);
    save(&one);
    save(&two);
    expect("inversion");
}

static void reap(uint32_t pid)
{
    struct lv_rec_reaped *reaped =
        maker_entry(&one, LV_REC_REAPED, sizeof(*reaped));

    reaped->thread = 1;
    reaped->segment = 3;
    reaped->pid = pid;
}

static void child_that_was_waited_for_is_over(void)
{
    fork_a_child(3);
    reap(8);
    save(&one);
    save(&two);
    expect("ordered");
}

static void wait_for_another_child_says_nothing(void)
{
    fork_a_child(3);
    reap(9);
    save(&one);
    save(&two);
    expect("inversion");
}

/* ---- what each of them did besides --------------------------------------- */

enum { C = 3, WORKER = 2 };

static struct lv_rec_hold hold_of(uint32_t lock)
{
    return (struct lv_rec_hold){.instance = lock,
                                .class_id = lock,
                                .how = LV_HOW_WRITE,
                                .stack = 10 * WORKER + lock};
}

static void add_misuse(struct maker *maker)
{
    struct lv_rec_misuse *misuse = maker_entry(
        maker, LV_REC_MISUSE, sizeof(*misuse) + sizeof(misuse->hold[0]));

    misuse->kind = LV_MISUSE_DESTROY_HELD;
    misuse->thread = misuse->other_thread = WORKER;
    misuse->count = 1;
    misuse->lock = misuse->other = misuse->hold[0] = hold_of(C);
}

static void add_operation(struct maker *maker)
{
    size_t size = sizeof(struct lv_rec_operation) + sizeof(struct lv_rec_role);
    struct lv_rec_operation *operation =
        maker_entry(maker, LV_REC_OPERATION, size + sizeof(struct lv_rec_hold));

    operation->kind = LV_OPERATION;
    operation->thread = WORKER;
    operation->role_count = operation->count = 1;
    strcpy(operation->name, "operation");
    strcpy(operation->role[0].name, "role");
    operation->role[0].instance = operation->role[0].class_id = C;
    operation->role[0].state = LV_ROLE_FREE;
    *lv_rec_operation_holds(operation) = hold_of(C);
}

static void add_deadlock(struct maker *maker)
{
    struct lv_rec_deadlock *deadlock =
        maker_entry(maker, LV_REC_DEADLOCK,
                    sizeof(*deadlock) + 2 * sizeof(deadlock->party[0]));
    uint32_t i;

    deadlock->count = 2;
    for (i = 0; i < 2; i++) {
        deadlock->party[i].thread = i == 0 ? WORKER : 1;
        deadlock->party[i].held = hold_of(i == 0 ? C : A);
        deadlock->party[i].wanted = hold_of(i == 0 ? A : C);
    }
}

static void add_hang(struct maker *maker)
{
    struct lv_rec_hang *hang =
        maker_entry(maker, LV_REC_HANG, sizeof(*hang) + sizeof(hang->wait[0]));

    hang->count = 1;
    hang->wait[0].thread = hang->wait[0].joined = WORKER;
    hang->wait[0].kind = LV_WAIT_JOIN;
    hang->wait[0].count = 1;
    hang->wait[0].hold[0] = hang->wait[0].wanted = hold_of(C);
}

/* All that a process can tell of a lock of its own, by its second thread. */
static void tell_of_own(struct maker *maker)
{
    uint32_t lock, need[] = {C, 0};

    maker_thread(maker, WORKER, "worker");
    maker_class(maker, C, "c");
    for (lock = A; lock <= C; lock++)
        maker_call(maker, 10 * WORKER + lock, LV_PLACE(1, 0x300 + lock));
    maker_lock(maker, C, C);
    add_misuse(maker);
    maker_signal(maker, WORKER, C, need);
    add_operation(maker);
    add_deadlock(maker);
    add_hang(maker);
}

/* A thread and a lock of one process: its second, and its third, at its own
 * address. `pid` is that of the process. */
static bool is_own(const struct model *model, const struct model_family *family,
                   uint32_t thread, uint32_t lock, uint32_t pid)
{
    const struct model_thread *t = &family->thread[thread];
    const struct model_instance *i = &family->instance[lock];

    return thread != 0 && lock != 0 && strcmp(t->name, "worker") == 0 &&
           i->shared == 0 && model->process[t->process].pid == pid &&
           model->process[i->process].pid == pid &&
           strcmp(model->class[i->class_id].name, "c") == 0;
}

static uint32_t pid_of(const struct model *model,
                       const struct model_family *family, uint32_t thread)
{
    return model->process[family->thread[thread].process].pid;
}

static void check_told(const struct model *model,
                       const struct model_family *family, size_t i)
{
    const struct lv_rec_misuse *misuse = family->misuse[i];
    const struct lv_rec_signal *signal = family->signal[i];
    const struct lv_rec_operation *operation = family->operation[i];
    const struct lv_rec_party *party = family->deadlock[i]->party;
    const struct lv_rec_wait *wait = family->hang[i]->wait;
    uint32_t pid = pid_of(model, family, misuse->thread);

    CHECK(is_own(model, family, misuse->thread, misuse->lock.instance, pid));
    CHECK(is_own(model, family, misuse->other_thread, misuse->other.instance,
                 pid));
    CHECK(is_own(model, family, misuse->thread, misuse->hold[0].instance, pid));
    CHECK(is_own(model, family, signal->thread, signal->event.instance, pid));
    CHECK(is_own(model, family, signal->thread, signal->need[0].lock.instance,
                 pid));
    CHECK(is_own(model, family, operation->thread, operation->role[0].instance,
                 pid));
    CHECK(is_own(model, family, operation->thread,
                 lv_rec_operation_holds(operation)->instance, pid));
    CHECK(is_own(model, family, party[0].thread, party[0].held.instance, pid));
    CHECK(
        is_own(model, family, party[0].thread, party[1].wanted.instance, pid));
    CHECK(pid_of(model, family, party[1].thread) == pid);
    CHECK(is_own(model, family, wait->thread, wait->wanted.instance, pid));
    CHECK(is_own(model, family, wait->joined, wait->hold[0].instance, pid));
}

static void what_each_did_stays_its_own_where_they_share(void)
{
    struct model *model;
    size_t i, families = 0;

    oppose(LV_SHARED_MEMORY, 0);
    tell_of_own(&one);
    tell_of_own(&two);
    save(&one);
    save(&two);
    model = read_records(scratch());
    CHECK(model->damaged == 0);
    for (i = 0; i < model->family_count; i++) {
        const struct model_family *family = &model->family[i];

        if (family->misuse_count == 0)
            continue;
        families++;
        CHECK(family->misuse_count == 2 && family->hang_count == 2 &&
              family->signal_count == 2 && family->operation_count == 2 &&
              family->deadlock_count == 2);
        CHECK(pid_of(model, family, family->misuse[0]->thread) !=
              pid_of(model, family, family->misuse[1]->thread));
        check_told(model, family, 0);
        check_told(model, family, 1);
    }
    CHECK(families == 1);
    drop_records(model);
}

static void shared_entries_are_checked(void)
{
    struct lv_rec_shared *shared;
    int what;

    for (what = 0; what < 4; what++) {
        struct model *model;

        start(&one, 7);
        shared = share(&one, A, LV_SHARED_RANGE, 3, 4);
        if (what == 0)
            shared->kind = 99;
        else if (what == 1)
            shared->end = 3;
        else if (what == 2)
            memset(shared->path, 'x', 8);
        else
            ((struct lv_rec_instance *)shared - 1)->head.size -= 8;
        save(&one);
        catch_errors();
        model = read_records(scratch());
        free(caught_errors());
        CHECK(model->damaged == 1);
        drop_records(model);
    }
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(lock_at_one_place_is_one),
        CHECK_TEST(locks_of_other_files_are_others),
        CHECK_TEST(families_that_share_nothing_stay_apart),
        CHECK_TEST(places_of_a_pool_stay_apart),
        CHECK_TEST(owner_never_waits_for_itself),
        CHECK_TEST(ranges_that_overlap_exclude_each_other),
        CHECK_TEST(ranges_that_touch_do_not),
        CHECK_TEST(what_is_before_a_fork_is_before_the_child),
        CHECK_TEST(what_is_after_a_fork_can_overlap_the_child),
        CHECK_TEST(child_that_was_waited_for_is_over),
        CHECK_TEST(wait_for_another_child_says_nothing),
        CHECK_TEST(what_each_did_stays_its_own_where_they_share),
        CHECK_TEST(shared_entries_are_checked),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
