/* SPDX-License-Identifier: BSD-2-Clause */
/* ww.c: wound/wait mutexes, as much of them as their lockdep cases need.
 *
 * Three mutexes o1 to o3 of one class, two contexts t1 and t2 of another. A
 * mutex that is locked within a context nests under it, so that many of one
 * class may be held. What a context may do in which state is checked here, as
 * the kernel's ww_mutex checks it: lockdep has no part in that.
 *
 * Steps:
 *   t1+ begin a context   t1= no more locks   t1- end it
 *   t1x forget its class  t1z forget that it has locks
 *   o1/t1 lock within t1  o1/t1! lock after backing off
 *   o1/   lock            o1? trylock         o1. unlock
 *   o1@   another, older context has it       o1@- no more
 *   o1~   another context is named as its owner
 *   A<o1  spinlock A, nested under o1         X1<o1 X2<o1 the same */
#include <stdlib.h>
#include <string.h>

#include "lab.h"

struct context {
    struct lockdep_map dep_map;
    bool classless, done;
    int acquired;
    const struct object *contending;
};

struct object {
    struct lockdep_map dep_map;
    struct context *context;
    bool contended;
};

static struct lock_class_key key;
static struct context contexts[2];
static struct object objects[3];
static struct lockdep_map *held[16];
static unsigned held_count;
static bool objected;

static void require(bool condition)
{
    if (!condition)
        objected = true;
}

static void hold(struct lockdep_map *map)
{
    if (held_count == 16)
        abort();
    held[held_count++] = map;
}

static void let_go(struct lockdep_map *map)
{
    unsigned i = held_count;

    while (i > 0 && held[i - 1] != map)
        i--;
    for (; i > 0 && i < held_count; i++)
        held[i - 1] = held[i];
    held_count -= i > 0;
    lock_release(map, 0);
}

void ww_end(void)
{
    while (held_count > 0)
        lock_release(held[--held_count], 0);
}

void ww_begin(void)
{
    unsigned i;

    objected = false;
    for (i = 0; i < 2; i++) {
        memset(&contexts[i], 0, sizeof contexts[i]);
        lockdep_init_map_wait(&contexts[i].dep_map, lab_name("ww context"),
                              &key, 0, LD_WAIT_SLEEP);
    }
    for (i = 0; i < 3; i++) {
        memset(&objects[i], 0, sizeof objects[i]);
        lockdep_init_map_wait(&objects[i].dep_map, lab_name("ww mutex"), &key,
                              0, LD_WAIT_SLEEP);
    }
}

bool ww_objected(void)
{
    return objected;
}

/* ---- contexts ------------------------------------------------------------ */

static void begin(struct context *context)
{
    mutex_acquire(&context->dep_map, 0, 0, 0);
    hold(&context->dep_map);
}

static void end(struct context *context)
{
    require(context->acquired == 0);
    context->done = true;
    let_go(&context->dep_map);
}

static void context_step(struct context *context, char what)
{
    switch (what) {
    case '+':
        begin(context);
        return;
    case '=':
        require(!context->done);
        context->done = true;
        return;
    case '-':
        end(context);
        return;
    case 'x':
        context->classless = true;
        return;
    case 'z':
        context->acquired = 0;
        return;
    default:
        abort();
    }
}

/* ---- mutexes ------------------------------------------------------------- */

static void acquired(struct object *object, struct context *context)
{
    require(object->context == NULL);
    require(!context->done);
    require(!context->classless);
    if (context->contending != NULL) {
        require(context->contending == object);
        require(context->acquired == 0);
        context->contending = NULL;
    }
    context->acquired++;
    object->context = context;
}

static void lock_within(struct object *object, struct context *context,
                        bool slow)
{
    if (slow)
        require(context->contending != NULL);
    if (object->context == context)
        return; /* EALREADY */
    mutex_acquire_nest(&object->dep_map, 0, 0, &context->dep_map, 0);
    if (object->contended && context->acquired > 0) { /* EDEADLK */
        require(context->contending == NULL);
        context->contending = object;
        mutex_release(&object->dep_map, 0);
        return;
    }
    hold(&object->dep_map);
    acquired(object, context);
}

static void unlock(struct object *object)
{
    if (object->context != NULL) {
        require(object->context->acquired > 0);
        object->context->acquired--;
        object->context = NULL;
    }
    let_go(&object->dep_map);
}

static void contend(struct object *object)
{
    mutex_acquire(&object->dep_map, 0, 0, 0);
    mutex_release(&object->dep_map, 0);
    object->contended = true;
}

static void lock_alone(struct object *object, int try)
{
    mutex_acquire(&object->dep_map, 0, try, 0);
    hold(&object->dep_map);
}

static void object_step(struct object *object, const char *text)
{
    switch (text[0]) {
    case '/':
        if (text[1] == 't')
            lock_within(object, &contexts[text[2] - '1'], text[3] == '!');
        else
            lock_alone(object, 0);
        return;
    case '?':
        lock_alone(object, 1);
        return;
    case '.':
        unlock(object);
        return;
    case '@':
        if (text[1] == '-')
            object->contended = false;
        else
            contend(object);
        return;
    case '~':
        object->context = &contexts[1];
        return;
    default:
        abort();
    }
}

/* "A<o1": a spinlock whose nesting o1 serialises. */
static void nest_spin(const char *text)
{
    const char *under = strchr(text, '<');
    int digit = under - text == 2 ? text[1] - '0' : 0;
    struct lock *lock = lab_lock(SPIN, text[0], digit);

    spin_acquire_nest(&lock->dep_map, 0, 0, &objects[under[2] - '1'].dep_map,
                      0);
    hold(&lock->dep_map);
}

void ww_step(const char *text)
{
    if (strchr(text, '<') != NULL)
        nest_spin(text);
    else if (text[0] == 't')
        context_step(&contexts[text[1] - '1'], text[2]);
    else
        object_step(&objects[text[1] - '1'], text + 2);
}
