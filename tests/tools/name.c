/* SPDX-License-Identifier: BSD-2-Clause */
/* name.c: what locks and frames are called. The module of the records that are
 * written here is this test itself: its own variables, frames and lines. */
#include "name.h"

#include <link.h>
#include <pthread.h>

#include "check.h"
#include "maker.h"
#include "outcome.h"

#ifdef __clang__
#define APART __attribute__((noinline, optnone))
#else
#define APART __attribute__((noipa))
#endif

/* ---- what is named ------------------------------------------------------- */

static pthread_mutex_t plain;
static struct entry {
    long uses;
    pthread_mutex_t lock;
} table[4];
static struct {
    struct {
        char pad[8];
        pthread_rwlock_t inner[2][3];
    } part;
} nested;
static struct annotated {
    int state;
    struct {
        int count;
    } seq;
} annotated[2];

struct cache {
    int size;
    pthread_mutex_t lock;
};

static uintptr_t bias;

static int find_bias(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    bias = info->dlpi_addr;
    return 1; /* the first is the program */
}

static lv_place place(const volatile void *address)
{
    return LV_PLACE(1, (uintptr_t)address - bias);
}

static APART lv_place fake_init(const void *lock, const void *attributes)
{
    (void)lock, (void)attributes;
    return place(__builtin_return_address(0));
}

static APART lv_place fake_lock(const void *lock)
{
    (void)lock;
    return place(__builtin_return_address(0));
}

static int line_of_init, line_of_wrapped, line_of_first;

static APART lv_place make_cache(struct cache *c)
{
    line_of_init = __LINE__ + 1;
    lv_place at = fake_init(&c->lock, NULL);

    c->size++; /* no tail call */
    return at;
}

/* A project's own function: two places, its own and its caller's. */
static APART void my_mutex_init(pthread_mutex_t *mutex, lv_place *frame)
{
    frame[0] = fake_init(mutex, NULL);
    frame[1] = place(__builtin_return_address(0));
}

static APART void make_queue(struct cache *queue, lv_place *frame)
{
    line_of_wrapped = __LINE__ + 1;
    my_mutex_init(&queue->lock, frame);
    queue->size++;
}

static APART lv_place use(struct cache *cache)
{
    line_of_first = __LINE__ + 1;
    lv_place at = fake_lock(&cache->lock);

    cache->size++;
    return at;
}

/* ---- helpers ------------------------------------------------------------- */

static struct maker maker;

static void begin(void)
{
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);

    CHECK(size > 0);
    path[size] = '\0';
    dl_iterate_phdr(find_bias, NULL);
    maker_start(&maker, 7);
    maker_module(&maker, 1, path);
}

static struct lv_rec_class *add_class(uint32_t id, uint32_t kind,
                                      uint32_t family)
{
    struct lv_rec_class *class = maker_class(&maker, id, "");

    class->kind = (uint16_t)kind;
    class->family = (uint8_t)family;
    return class;
}

/* Valid until the next call but three. */
static const char *name_of(uint32_t class_id)
{
    static char text[4][512];
    static unsigned turn;
    struct model *model;
    struct findings *findings;
    char *name = text[turn++ % 4];

    maker_save(&maker, in_scratch("prog.7.0.lvr"), 0);
    model = read_records(scratch());
    CHECK(model->damaged == 0);
    findings = findings_new(model);
    snprintf(name, sizeof(text[0]), "%s",
             names_class(findings->names, class_id)->text);
    findings_free(findings);
    drop_records(model);
    return name;
}

static const char *static_name(const volatile void *lock, uint32_t family)
{
    begin();
    add_class(1, LV_CLASS_STATIC, family)->site = place(lock);
    return name_of(1);
}

static const char *at_line(const char *what, int line)
{
    static char text[256];

    snprintf(text, sizeof(text), "%s (name.c:%d)", what, line);
    return text;
}

/* ---- rules --------------------------------------------------------------- */

static void static_lock_has_its_variables_name(void)
{
    CHECK_TEXT(static_name(&plain, LV_FAMILY_MUTEX), "plain");
}

static void static_lock_in_an_array_has_index_and_member(void)
{
    CHECK_TEXT(static_name(&table[3].lock, LV_FAMILY_MUTEX), "table[3].lock");
    CHECK_TEXT(static_name(&table[0].lock, LV_FAMILY_MUTEX), "table[0].lock");
}

static void dimensions_are_told_each(void)
{
    CHECK_TEXT(static_name(&nested.part.inner[1][2], LV_FAMILY_RWLOCK),
               "nested.part.inner[1][2]");
}

static void annotated_lock_ends_where_it_begins(void)
{
    CHECK_TEXT(static_name(&annotated[1], LV_FAMILY_ANNOTATED), "annotated[1]");
    CHECK_TEXT(static_name(&annotated[1].seq, LV_FAMILY_SEQCOUNT),
               "annotated[1].seq");
}

static void declared_name_is_taken_with_its_subclass(void)
{
    struct lv_rec_class *subclass;

    begin();
    maker_class(&maker, 1, "dir");
    subclass = maker_class(&maker, 2, "dir");
    subclass->subclass = 3;
    subclass->base = 1;
    CHECK_TEXT(name_of(1), "dir");
    CHECK_TEXT(name_of(2), "dir/3");
}

static void init_lock_has_the_expression_of_its_init(void)
{
    struct cache cache = {0};
    struct lv_rec_class *class;

    begin();
    maker_call(&maker, 1, make_cache(&cache));
    class = add_class(1, LV_CLASS_INIT, LV_FAMILY_MUTEX);
    class->stack = 1;
    CHECK_TEXT(name_of(1), at_line("c->lock", line_of_init));
}

static void wrapped_init_has_its_callers_expression(void)
{
    struct cache cache = {0};
    lv_place frame[2];

    begin();
    make_queue(&cache, frame);
    maker_stack(&maker, 1, 2, frame);
    add_class(1, LV_CLASS_INIT, LV_FAMILY_MUTEX)->stack = 1;
    CHECK_TEXT(name_of(1), at_line("queue->lock", line_of_wrapped));
}

static void first_lock_has_the_expression_of_its_lock(void)
{
    struct cache cache = {0};

    begin();
    maker_call(&maker, 1, use(&cache));
    add_class(1, LV_CLASS_FIRST, LV_FAMILY_MUTEX)->stack = 1;
    CHECK_TEXT(name_of(1), at_line("cache->lock", line_of_first));
}

#ifndef __SANITIZE_ADDRESS__ /* which gives variables other places */
static APART lv_place here(volatile void *escape)
{
    (void)escape;
    return place(__builtin_return_address(0));
}

static void frame_lock_has_its_variables_name(void)
{
    struct {
        long first;
        pthread_mutex_t guard;
    } volatile local = {0};
    struct lv_rec_class *class;
    uintptr_t cfa = (uintptr_t)__builtin_dwarf_cfa();
    lv_place at;

    begin();
    at = here(&local);
    class = add_class(1, LV_CLASS_FRAME, LV_FAMILY_MUTEX);
    class->site = at;
    class->offset = (int64_t)(cfa - (uintptr_t)&local.guard);
    CHECK_TEXT(name_of(1), "local.guard of frame_lock_has_its_variables_name");
}
#endif

static void unknown_module_gives_its_offset(void)
{
    begin();
    maker_module(&maker, 2, "/nowhere/libx.so");
    add_class(1, LV_CLASS_STATIC, LV_FAMILY_SPIN)->site = LV_PLACE(2, 0x4060);
    maker_call(&maker, 1, LV_PLACE(2, 0x1234));
    add_class(2, LV_CLASS_INIT, LV_FAMILY_RWLOCK)->stack = 1;
    CHECK_TEXT(name_of(1), "spinlock static in libx.so+0x4060");
    CHECK_TEXT(name_of(2), "rwlock from libx.so+0x1234");
}

static void equal_names_are_told_apart(void)
{
    begin();
    maker_module(&maker, 2, "/nowhere/libx.so");
    maker_call(&maker, 1, LV_PLACE(2, 0x1234));
    maker_stack(&maker, 2, 2,
                (lv_place[]){LV_PLACE(2, 0x1234), LV_PLACE(2, 0x99)});
    add_class(1, LV_CLASS_INIT, LV_FAMILY_MUTEX)->stack = 1;
    add_class(2, LV_CLASS_INIT, LV_FAMILY_MUTEX)->stack = 2;
    CHECK_TEXT(name_of(1), "mutex from libx.so+0x1234 [1]");
    CHECK_TEXT(name_of(2), "mutex from libx.so+0x1234 [2]");
}

static void hostile_names_are_made_safe(void)
{
    begin();
    maker_class(&maker, 1, "a\033[2Jb\xff\xe2\x80\xae");
    CHECK_TEXT(name_of(1), "a\\x1b[2Jb\\xff\\xe2\\x80\\xae");
}

static void changed_module_gives_no_names(void)
{
    struct lv_rec_module *module;

    begin();
    module = (void *)maker.bytes;
    module->build_id_size = 20;
    memset(module->build_id, 0x5a, 20);
    add_class(1, LV_CLASS_STATIC, LV_FAMILY_MUTEX)->site = place(&plain);
    CHECK(!contains(name_of(1), "plain"));
    CHECK(contains(name_of(1), "mutex static in "));
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(static_lock_has_its_variables_name),
        CHECK_TEST(static_lock_in_an_array_has_index_and_member),
        CHECK_TEST(dimensions_are_told_each),
        CHECK_TEST(annotated_lock_ends_where_it_begins),
        CHECK_TEST(declared_name_is_taken_with_its_subclass),
        CHECK_TEST(init_lock_has_the_expression_of_its_init),
        CHECK_TEST(wrapped_init_has_its_callers_expression),
        CHECK_TEST(first_lock_has_the_expression_of_its_lock),
#ifndef __SANITIZE_ADDRESS__
        CHECK_TEST(frame_lock_has_its_variables_name),
#endif
        CHECK_TEST(unknown_module_gives_its_offset),
        CHECK_TEST(equal_names_are_told_apart),
        CHECK_TEST(hostile_names_are_made_safe),
        CHECK_TEST(changed_module_gives_no_names),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
