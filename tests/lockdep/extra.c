/* SPDX-License-Identifier: BSD-2-Clause */
/* extra.c: what the kernel's catalogue leaves untested, both ways each: pins,
 * downgrades, comparators, sequence counts, waits without a hold, might_lock,
 * keys made at run time, ends of locks and threads, classes changed. */
#include <pthread.h>
#include <stdlib.h>

#include "lab.h"

static struct lock *a(void)
{
    return lab_lock(MUTEX, 'A', 0);
}

static struct lock *b(void)
{
    return lab_lock(MUTEX, 'B', 0);
}

static struct lock *x(int digit)
{
    return lab_lock(MUTEX, 'X', digit);
}

static void take(struct lock *lock)
{
    lab_take('m', lock);
}

static void both(struct lock *outer, struct lock *inner)
{
    take(outer);
    take(inner);
    lab_drop(inner);
    lab_drop(outer);
}

/* ---- pins ---------------------------------------------------------------- */

static void pin_kept(void)
{
    struct pin_cookie cookie;

    take(a());
    cookie = lockdep_pin_lock(a());
    lockdep_unpin_lock(a(), cookie);
    lab_drop(a());
}

static void pin_broken(void)
{
    take(a());
    lockdep_pin_lock(a());
    lab_drop(a());
}

static void pin_again(void)
{
    struct pin_cookie cookie;

    take(a());
    cookie = lockdep_pin_lock(a());
    lockdep_unpin_lock(a(), cookie);
    lockdep_repin_lock(a(), cookie);
    lockdep_unpin_lock(a(), cookie);
    lab_drop(a());
}

static void unpin_what_is_not(void)
{
    struct pin_cookie cookie = NIL_COOKIE;

    take(a());
    lockdep_unpin_lock(a(), cookie);
    lab_drop(a());
}

/* ---- downgrade ----------------------------------------------------------- */

/* Write A, then B; and B, then A as a recursive reader. */
static void write_then_read(bool downgrade)
{
    struct lock *rw = lab_lock(RWLOCK, 'A', 0);
    struct lock *spin = lab_lock(SPIN, 'B', 0);

    lab_take('w', rw);
    if (downgrade)
        lock_downgrade(&rw->dep_map, 0);
    lab_take('s', spin);
    lab_drop(spin);
    lab_drop(rw);
    lab_take('s', spin);
    lab_take('r', rw);
}

static void downgraded(void)
{
    write_then_read(true);
}

static void not_downgraded(void)
{
    write_then_read(false);
}

/* ---- comparator ---------------------------------------------------------- */

static int by_address(const struct lockdep_map *left,
                      const struct lockdep_map *right)
{
    return left < right ? -1 : left > right;
}

static void compare(int first, int second)
{
    lock_set_cmp_fn(x(1), by_address, NULL);
    lock_set_cmp_fn(x(2), by_address, NULL);
    take(x(first));
    take(x(second));
}

static void in_order(void)
{
    compare(1, 2);
}

static void out_of_order(void)
{
    compare(2, 1);
}

/* ---- sequence counts ----------------------------------------------------- */

static seqcount_t count;

static void begin_count(void)
{
    lockdep__seqcount_init(&count, lab_name("count"));
}

static void seq_balanced(void)
{
    begin_count();
    write_seqcount_begin(&count);
    write_seqcount_end(&count);
}

static void seq_nested(void)
{
    begin_count();
    write_seqcount_begin(&count);
    write_seqcount_begin(&count);
    write_seqcount_end(&count);
    write_seqcount_end(&count);
}

static void seq_unbalanced(void)
{
    begin_count();
    write_seqcount_begin(&count);
    write_seqcount_end(&count);
    write_seqcount_end(&count);
}

static void seq_reader_waits(void)
{
    begin_count();
    write_seqcount_begin(&count);
    take(a());
    lab_drop(a());
    write_seqcount_end(&count);
    take(a());
    read_seqcount_begin(&count);
}

static void seq_reader_looks_once(void)
{
    begin_count();
    write_seqcount_begin(&count);
    take(a());
    lab_drop(a());
    write_seqcount_end(&count);
    take(a());
    raw_read_seqcount(&count);
}

static void seq_handler_waits(void)
{
    begin_count();
    write_seqcount_begin(&count);
    write_seqcount_end(&count);
    lab_hard_enter(true);
    read_seqcount_begin(&count);
    lab_hard_exit();
}

static void seq_handler_kept_out(void)
{
    begin_count();
    lab_hard_off();
    write_seqcount_begin(&count);
    write_seqcount_end(&count);
    lab_hard_on();
    lab_hard_enter(true);
    read_seqcount_begin(&count);
    lab_hard_exit();
}

/* ---- waits --------------------------------------------------------------- */

static void sync_alone(void)
{
    lock_map_sync(&a()->dep_map);
    both(a(), b());
}

static void sync_inside_itself(void)
{
    take(a());
    lock_map_sync(&a()->dep_map);
}

static void sync_in_a_circle(void)
{
    take(b());
    lock_map_sync(&a()->dep_map);
    lab_drop(b());
    both(a(), b());
}

static void may_lock_alone(void)
{
    might_lock(a());
    both(a(), b());
}

static void may_lock_what_it_has(void)
{
    take(a());
    might_lock(a());
}

static void may_lock_in_a_circle(void)
{
    take(b());
    might_lock(a());
    lab_drop(b());
    both(a(), b());
}

static void may_sleep_in_a_mutex(void)
{
    take(a());
    might_sleep();
}

static void may_sleep_in_a_spinlock(void)
{
    lab_take('s', lab_lock(SPIN, 'A', 0));
    might_sleep();
}

/* ---- keys ---------------------------------------------------------------- */

static struct lock keyed[2];

static void key_locks(const char *first, const char *second)
{
    static struct lock_class_key keys[2];

    lockdep_register_key(&keys[0]);
    lockdep_register_key(&keys[1]);
    lockdep_init_map(&keyed[0].dep_map, lab_name(first), &keys[0], 0);
    lockdep_init_map(&keyed[1].dep_map, lab_name(second), &keys[1], 0);
    both(&keyed[0], &keyed[1]);
    lockdep_reset_lock(&keyed[0].dep_map);
    lockdep_reset_lock(&keyed[1].dep_map);
    lockdep_unregister_key(&keys[0]);
    lockdep_unregister_key(&keys[1]);
}

static void keys_apart(void)
{
    key_locks("one", "other");
}

static void key_shared(void)
{
    key_locks("one", "one");
}

/* What was learned of a lock ends with it. */
static void key_used_again(void)
{
    lockdep_init_map(&keyed[0].dep_map, lab_name("old"), NULL, 0);
    both(&keyed[0], a());
    lockdep_reset_lock(&keyed[0].dep_map);
    lockdep_init_map(&keyed[0].dep_map, lab_name("new"), NULL, 0);
    both(a(), &keyed[0]);
    lockdep_reset_lock(&keyed[0].dep_map);
}

/* ---- ends ---------------------------------------------------------------- */

static void free_lock(bool held)
{
    struct lock *lock = malloc(sizeof *lock);

    if (lock == NULL)
        abort();
    lockdep_init_map(&lock->dep_map, lab_name("freed"), NULL, 0);
    lock_acquire_exclusive(&lock->dep_map, 0, 0, NULL, 0);
    if (!held)
        lock_release(&lock->dep_map, 0);
    free(lock);
}

static void freed_held(void)
{
    free_lock(true);
}

static void freed_free(void)
{
    free_lock(false);
}

static void *leave(void *release)
{
    lock_acquire_exclusive(&a()->dep_map, 0, 0, NULL, 0);
    if (release != NULL)
        lock_release(&a()->dep_map, 0);
    return NULL;
}

static void leave_thread(void *release)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, leave, release) != 0 ||
        pthread_join(thread, NULL) != 0)
        abort();
}

static void exit_held(void)
{
    leave_thread(NULL);
}

static void exit_free(void)
{
    leave_thread(&count);
}

/* ---- classes ------------------------------------------------------------- */

static struct lock_class_key other_key;

static void classes_apart(void)
{
    lockdep_set_class_and_name(x(2), &other_key, lab_name("other"));
    both(x(1), x(2));
}

static void classes_together(void)
{
    lockdep_set_class_and_name(a(), &other_key, lab_name("same"));
    lockdep_set_class_and_name(b(), &other_key, lab_name("same"));
    both(a(), b());
}

static void class_of_a_held_lock(void)
{
    take(x(1));
    lock_set_class(&x(1)->dep_map, lab_name("other"), &other_key, 0, 0);
    take(x(2));
}

static void subclass_of_the_lock(void)
{
    const char *name = x(2)->dep_map.name;

    lockdep_set_subclass(x(2), 1);
    if (x(2)->dep_map.name != name)
        abort();
    both(x(1), x(2));
}

static void nest(unsigned first, unsigned second)
{
    mutex_acquire(&x(1)->dep_map, first, 0, 0);
    mutex_acquire(&x(2)->dep_map, second, 0, 0);
    mutex_release(&x(2)->dep_map, 0);
    mutex_release(&x(1)->dep_map, 0);
}

static void nested(void)
{
    nest(0, SINGLE_DEPTH_NESTING);
}

static void nested_alike(void)
{
    nest(1, 1);
}

static void nested_both_ways(void)
{
    nest(0, 1);
    nest(1, 0);
}

static void novalidate(void)
{
    lockdep_set_novalidate_class(a());
    both(a(), b());
    both(b(), a());
}

static void validate(void)
{
    both(a(), b());
    both(b(), a());
}

static void lockdep_is_off(void)
{
    lockdep_off();
    validate();
    lockdep_on();
}

static void assert_what_is(void)
{
    take(a());
    lockdep_assert_held(a());
    lockdep_assert_held_write(a());
    lockdep_assert_not_held(b());
    if (!lockdep_is_held(a()) && lockval__ops != NULL)
        abort();
}

static void assert_what_is_not(void)
{
    take(b());
    lockdep_assert_held(a());
}

static void assert_not_what_is(void)
{
    take(a());
    lockdep_assert_not_held(a());
}

static void assert_write_of_a_reader(void)
{
    struct lock *rw = lab_lock(RWLOCK, 'A', 0);

    lab_take('r', rw);
    lockdep_assert_held_write(rw);
}

/* A grace period, waited for with what a reader takes. */
static void grace_period(bool outside)
{
    take(a());
    if (outside)
        lab_drop(a());
    synchronize_rcu();
    if (!outside)
        lab_drop(a());
    rcu_read_lock();
    lab_take('s', lab_lock(SPIN, 'A', 0));
    lab_drop(lab_lock(SPIN, 'A', 0));
    rcu_read_unlock();
}

static void grace_period_fine(void)
{
    grace_period(true);
}

static void grace_period_in_a_spinlock(void)
{
    lab_take('s', lab_lock(SPIN, 'A', 0));
    synchronize_rcu();
}

static void grace_period_in_a_circle(void)
{
    struct lock *lock = &keyed[0];

    lockdep_init_map(&lock->dep_map, lab_name("plain"), NULL, 0);
    take(lock);
    synchronize_rcu();
    lab_drop(lock);
    rcu_read_lock();
    take(lock);
    lab_drop(lock);
    rcu_read_unlock();
    lockdep_reset_lock(&lock->dep_map);
}

#define CYCLE "cycle"

const struct extra extras[] = {
    {"pin", "pin kept", NULL, pin_kept},
    {"pin", "pin broken", "rule", pin_broken},
    {"pin", "pin again", NULL, pin_again},
    {"pin", "unpin what is not", "rule", unpin_what_is_not},
    {"downgrade", "downgraded", NULL, downgraded},
    {"downgrade", "not downgraded", CYCLE, not_downgraded},
    {"comparator", "in order", NULL, in_order},
    {"comparator", "out of order", CYCLE, out_of_order},
    {"seqcount", "seq balanced", NULL, seq_balanced},
    {"seqcount", "seq nested", "seqcount", seq_nested},
    {"seqcount", "seq unbalanced", "seqcount", seq_unbalanced},
    {"seqcount", "seq reader waits", CYCLE, seq_reader_waits},
    {"seqcount", "seq reader looks once", NULL, seq_reader_looks_once},
    {"seqcount", "seq handler waits", CYCLE, seq_handler_waits},
    {"seqcount", "seq handler kept out", NULL, seq_handler_kept_out},
    {"lock_sync", "sync alone", NULL, sync_alone},
    {"lock_sync", "sync inside itself", CYCLE, sync_inside_itself},
    {"lock_sync", "sync in a circle", CYCLE, sync_in_a_circle},
    {"might_lock", "may lock alone", NULL, may_lock_alone},
    {"might_lock", "may lock what it has", CYCLE, may_lock_what_it_has},
    {"might_lock", "may lock in a circle", CYCLE, may_lock_in_a_circle},
    {"might_sleep", "may sleep in a mutex", NULL, may_sleep_in_a_mutex},
    {"might_sleep", "may sleep in a spinlock", "context",
     may_sleep_in_a_spinlock},
    {"dynamic keys", "keys apart", NULL, keys_apart},
    {"dynamic keys", "key shared", CYCLE, key_shared},
    {"dynamic keys", "key used again", NULL, key_used_again},
    {"freed while held", "freed held", "free-held", freed_held},
    {"freed while held", "freed free", NULL, freed_free},
    {"exit while held", "exit held", "exit-held", exit_held},
    {"exit while held", "exit free", NULL, exit_free},
    {"set_class", "classes apart", NULL, classes_apart},
    {"set_class", "classes together", CYCLE, classes_together},
    {"set_class", "class of a held lock", NULL, class_of_a_held_lock},
    {"set_class", "subclass of the lock", NULL, subclass_of_the_lock},
    {"subclass", "nested", NULL, nested},
    {"subclass", "nested alike", CYCLE, nested_alike},
    {"subclass", "nested both ways", CYCLE, nested_both_ways},
    {"novalidate", "no validation", NULL, novalidate},
    {"novalidate", "validation", CYCLE, validate},
    {"novalidate", "lockdep off", NULL, lockdep_is_off},
    {"assertions", "what is held", NULL, assert_what_is},
    {"assertions", "what is not held", "rule", assert_what_is_not},
    {"assertions", "what should not be held", "rule", assert_not_what_is},
    {"assertions", "written by a reader", "rule", assert_write_of_a_reader},
    {"grace period", "with nothing held", NULL, grace_period_fine},
    {"grace period", "under a spinlock", "context", grace_period_in_a_spinlock},
    {"grace period", "in a circle", CYCLE, grace_period_in_a_circle},
};
const unsigned extra_count = sizeof extras / sizeof *extras;
