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
        CHECK_TEST(shared_entries_are_checked),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
