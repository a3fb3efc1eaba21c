/* SPDX-License-Identifier: BSD-2-Clause */
/* region.c: OpenMP's parallel regions and the barriers in them, which are an
 * order between threads and no lock: libgomp's, as gcc calls them, and
 * libomp's, as clang does.
 *
 * A region's function is run by one of ours, which tells of its beginning and
 * end in each thread of the team (event.h). Calls that the libraries make
 * inside pass nobody; of all barriers that are not written down, the compiler
 * calls one of these but for the region's last, which its return tells. */
#include "hooks.h"

#include <stdarg.h>

struct region {
    void (*run)(void *);
    void *data;
    struct lv_team team;
};

/* What the thread is in, and how many barriers it has passed there. */
static __thread struct inside {
    struct lv_team *team;
    uint32_t round;
} inside __attribute__((tls_model("initial-exec")));

static struct inside enter(struct lv_team *team)
{
    struct inside outer = inside;

    inside = (struct inside){team, 0};
    lv_team_enter(team);
    return outer;
}

static void leave(struct inside outer)
{
    lv_team_leave(inside.team);
    inside = outer;
}

static void run(void *given)
{
    struct region *region = given;
    struct inside outer = enter(&region->team);

    region->run(region->data);
    leave(outer);
}

static void arrive(void)
{
    if (inside.team != NULL)
        lv_team_arrive(inside.team, inside.round);
}

static void depart(void)
{
    if (inside.team != NULL)
        lv_team_depart(inside.team, inside.round++);
}

/* ---- libgomp: regions ------------------------------------------------------
 */

#define REGION(call)                                        \
    struct region region = {.run = function, .data = data}; \
                                                            \
    lv_team_begin(&region.team);                            \
    call;                                                   \
    lv_team_end(&region.team)

LV_HOOK void GOMP_parallel(void (*function)(void *), void *data,
                           unsigned threads, unsigned flags)
{
    REGION(LV_FOREIGN(GOMP_parallel)(run, &region, threads, flags));
}

#define LOOP(name)                                                            \
    LV_HOOK void name(void (*function)(void *), void *data, unsigned threads, \
                      long start, long end, long step, long chunk,            \
                      unsigned flags)                                         \
    {                                                                         \
        REGION(LV_FOREIGN(name)(run, &region, threads, start, end, step,      \
                                chunk, flags));                               \
    }

#define LOOP_WITHOUT_CHUNK(name)                                               \
    LV_HOOK void name(void (*function)(void *), void *data, unsigned threads,  \
                      long start, long end, long step, unsigned flags)         \
    {                                                                          \
        REGION(                                                                \
            LV_FOREIGN(name)(run, &region, threads, start, end, step, flags)); \
    }

LOOP(GOMP_parallel_loop_static)
LOOP(GOMP_parallel_loop_dynamic)
LOOP(GOMP_parallel_loop_guided)
LOOP(GOMP_parallel_loop_nonmonotonic_dynamic)
LOOP(GOMP_parallel_loop_nonmonotonic_guided)
LOOP_WITHOUT_CHUNK(GOMP_parallel_loop_runtime)
LOOP_WITHOUT_CHUNK(GOMP_parallel_loop_nonmonotonic_runtime)
LOOP_WITHOUT_CHUNK(GOMP_parallel_loop_maybe_nonmonotonic_runtime)

LV_HOOK void GOMP_parallel_sections(void (*function)(void *), void *data,
                                    unsigned threads, unsigned count,
                                    unsigned flags)
{
    REGION(LV_FOREIGN(GOMP_parallel_sections)(run, &region, threads, count,
                                              flags));
}

/* ---- libgomp: barriers -----------------------------------------------------
 */

LV_HOOK void GOMP_barrier(void)
{
    arrive();
    LV_FOREIGN(GOMP_barrier)();
    depart();
}

LV_HOOK void GOMP_loop_end(void)
{
    arrive();
    LV_FOREIGN(GOMP_loop_end)();
    depart();
}

LV_HOOK void GOMP_sections_end(void)
{
    arrive();
    LV_FOREIGN(GOMP_sections_end)();
    depart();
}

/* ---- libomp ----------------------------------------------------------------
 */

enum { ARGUMENTS = 16, MOST_ARGUMENTS = 256 };

struct task {
    lv_omp_task *run;
    void *argument[ARGUMENTS];
    struct lv_team team;
};

#define FOUR(a, i) a[i], a[i + 1], a[i + 2], a[i + 3]
#define SIXTEEN(a, i) \
    FOUR(a, i), FOUR(a, i + 4), FOUR(a, i + 8), FOUR(a, i + 12)
#define SIXTY_FOUR(a, i) \
    SIXTEEN(a, i), SIXTEEN(a, i + 16), SIXTEEN(a, i + 32), SIXTEEN(a, i + 48)

/* A task takes as many pointers as it was made with. More do no harm: who
 * calls clears the stack (the ABIs of x86-64 and aarch64). */
static void run_task(int32_t *thread, int32_t *bound, struct task *task)
{
    struct inside outer = enter(&task->team);

    task->run(thread, bound, SIXTEEN(task->argument, 0));
    leave(outer);
}

static void take_list(void **to, int32_t count, va_list list)
{
    int32_t i;

    for (i = 0; i < count; i++)
        to[i] = va_arg(list, void *);
}

/* A region with more variables than we can stand before. */
static void fork_unseen(lv_omp_place *place, int32_t count, lv_omp_task *body,
                        va_list list)
{
    void *a[MOST_ARGUMENTS] = {NULL};

    take_list(a, count < MOST_ARGUMENTS ? count : MOST_ARGUMENTS, list);
    real.__kmpc_fork_call(place, count, body, SIXTY_FOUR(a, 0),
                          SIXTY_FOUR(a, 64), SIXTY_FOUR(a, 128),
                          SIXTY_FOUR(a, 192));
}

LV_HOOK void __kmpc_fork_call(lv_omp_place *place, int32_t count,
                              lv_omp_task *body, ...)
{
    struct task task = {.run = body};
    __typeof__(&__kmpc_fork_call) fork_call = LV_FOREIGN(__kmpc_fork_call);
    va_list list;

    va_start(list, body);
    if (count > ARGUMENTS) {
        fork_unseen(place, count, body, list);
    } else {
        take_list(task.argument, count, list);
        lv_team_begin(&task.team);
        fork_call(place, 1, (lv_omp_task *)(void *)run_task, &task);
        lv_team_end(&task.team);
    }
    va_end(list);
}

LV_HOOK void __kmpc_barrier(lv_omp_place *place, int32_t thread)
{
    arrive();
    LV_FOREIGN(__kmpc_barrier)(place, thread);
    depart();
}
