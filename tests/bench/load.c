/* SPDX-License-Identifier: BSD-2-Clause */
/* load: workloads whose cost is measured alone and preloaded, by turns.
 *
 *   load CASE [N]
 *   own, one       two threads, a mutex each or one for both
 *   read           a reader-writer lock, for reading
 *   cond, sem      ping-pong of two threads
 *   create         threads created and joined
 *   many [N]       64 threads, N (1,000) mutexes, three at a time, the order
 *                  consistent, the choice random
 *   heap [N]       N (1,000,000) mutexes, each from malloc, in pairs: twice
 *   forward [N]    4 N random pairs of N mutexes, i before j where i < j
 *   reverse [N]    a chain of N (30,000) mutexes, from its end
 *   quick [N]      nothing but N nests of two, for counting instructions
 *
 * A JSON object per line and measure: "ns" of one step, or "bytes" of memory.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MANY_THREADS = 64, MANY_STEPS = 4000, PINGS = 40000, CREATES = 3000 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What one thread did alone is measured by its own CPU time, which others on
 * the machine disturb less. */
static double spent(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void tell(const char *bench, const char *name, const char *unit,
                 double value)
{
    printf("{\"bench\": \"%s\", \"case\": \"%s\", \"%s\": %.2f}\n", bench, name,
           unit, value);
    fflush(stdout);
}

/* Each caller has a state of its own. */
static uint32_t roll(uint64_t *state, uint32_t sides)
{
    *state ^= *state << 13; /* xorshift64 */
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 32) * sides >> 32);
}

static void start(pthread_t *thread, void *(*run)(void *), void *argument)
{
    if (pthread_create(thread, NULL, run, argument) != 0)
        abort();
}

/* ---- two threads ---------------------------------------------------------
 */

enum { ROUNDS = 1000000, ROUNDS_OF_TWO = 5000000 };

static struct {
    _Alignas(64) pthread_mutex_t mutex;
} apart[2];
static pthread_barrier_t gate;

struct two {
    pthread_mutex_t *mutex;
    double began, ended, spent;
};

static void *lock_often(void *argument)
{
    struct two *my = argument;
    int i;

    pthread_barrier_wait(&gate);
    my->began = now();
    my->spent = -spent();
    for (i = 0; i < ROUNDS_OF_TWO; i++) {
        pthread_mutex_lock(my->mutex);
        pthread_mutex_unlock(my->mutex);
    }
    my->spent += spent();
    my->ended = now();
    return NULL;
}

static void run_two(struct two *a, struct two *b)
{
    pthread_t one, other;

    pthread_barrier_init(&gate, NULL, 2);
    start(&one, lock_often, a);
    start(&other, lock_often, b);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
}

/* Each alone, and so by its own time. */
static void run_own(uint32_t unused)
{
    struct two a = {.mutex = &apart[0].mutex}, b = {.mutex = &apart[1].mutex};

    (void)unused;
    run_two(&a, &b);
    tell("own", "", "ns", (a.spent + b.spent) / ROUNDS_OF_TWO / 2);
}

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

static void run_one(uint32_t unused)
{
    struct two a = {.mutex = &apart[0].mutex}, b = a;

    (void)unused;
    run_two(&a, &b);
    tell("one", "", "ns",
         (-lesser(-a.ended, -b.ended) - lesser(a.began, b.began)) /
             ROUNDS_OF_TWO / 2);
}

static void *sleep_on(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

static void run_read(uint32_t unused)
{
    static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    pthread_t sleeper;
    double before;
    int i;

    (void)unused;
    start(&sleeper, sleep_on, NULL);
    before = spent();
    for (i = 0; i < 2 * ROUNDS; i++) {
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_unlock(&lock);
    }
    tell("read", "", "ns", (spent() - before) / ROUNDS / 2);
}

/* ---- ping-pong ----------------------------------------------------------- */

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn;

static void play(int mine)
{
    int i;

    for (i = 0; i < PINGS; i++) {
        pthread_mutex_lock(&table);
        while (turn != mine)
            pthread_cond_wait(&turned, &table);
        turn = !mine;
        pthread_cond_signal(&turned);
        pthread_mutex_unlock(&table);
    }
}

static void *answer(void *unused)
{
    play(1);
    return unused;
}

static void run_cond(uint32_t unused)
{
    double before = now();
    pthread_t other;

    (void)unused;
    start(&other, answer, NULL);
    play(0);
    pthread_join(other, NULL);
    tell("cond", "", "ns", (now() - before) / PINGS);
}

static sem_t ping, pong;

static void *answer_posts(void *unused)
{
    int i;

    for (i = 0; i < PINGS; i++) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return unused;
}

static void run_sem(uint32_t unused)
{
    double before;
    pthread_t other;
    int i;

    (void)unused;
    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    before = now();
    start(&other, answer_posts, NULL);
    for (i = 0; i < PINGS; i++) {
        sem_post(&ping);
        sem_wait(&pong);
    }
    pthread_join(other, NULL);
    tell("sem", "", "ns", (now() - before) / PINGS);
}

static void *end_at_once(void *argument)
{
    return argument;
}

static void run_create(uint32_t unused)
{
    double before;
    pthread_t thread;
    int i;

    (void)unused;
    for (i = 0; i < 100; i++) {
        start(&thread, end_at_once, NULL);
        pthread_join(thread, NULL);
    }
    before = now();
    for (i = 0; i < CREATES; i++) {
        start(&thread, end_at_once, NULL);
        pthread_join(thread, NULL);
    }
    tell("create", "", "ns", (now() - before) / CREATES);
}

/* ---- many locks ----------------------------------------------------------
 */

static pthread_mutex_t *mutexes;
static uint32_t mutex_count;

static void make_mutexes(uint32_t count)
{
    uint32_t i;

    mutexes = malloc(count * sizeof *mutexes);
    mutex_count = count;
    if (mutexes == NULL)
        abort();
    for (i = 0; i < count; i++)
        pthread_mutex_init(&mutexes[i], NULL);
}

static void sort3(uint32_t *n)
{
    uint32_t i, j, keep;

    for (i = 1; i < 3; i++)
        for (j = i; j > 0 && n[j - 1] > n[j]; j--)
            keep = n[j], n[j] = n[j - 1], n[j - 1] = keep;
}

static void *take_three(void *argument)
{
    uint64_t state = 88172645463325252ULL * ((uintptr_t)argument + 1);
    uint32_t n[3];
    int i;

    pthread_barrier_wait(&gate);
    for (i = 0; i < MANY_STEPS; i++) {
        do {
            n[0] = roll(&state, mutex_count);
            n[1] = roll(&state, mutex_count);
            n[2] = roll(&state, mutex_count);
        } while (n[0] == n[1] || n[1] == n[2] || n[0] == n[2]);
        sort3(n);
        pthread_mutex_lock(&mutexes[n[0]]);
        pthread_mutex_lock(&mutexes[n[1]]);
        pthread_mutex_lock(&mutexes[n[2]]);
        pthread_mutex_unlock(&mutexes[n[2]]);
        pthread_mutex_unlock(&mutexes[n[1]]);
        pthread_mutex_unlock(&mutexes[n[0]]);
    }
    return NULL;
}

static void run_many(uint32_t count)
{
    pthread_t thread[MANY_THREADS];
    double before;
    uintptr_t i;

    make_mutexes(count);
    pthread_barrier_init(&gate, NULL, MANY_THREADS + 1);
    for (i = 0; i < MANY_THREADS; i++)
        start(&thread[i], take_three, (void *)i);
    pthread_barrier_wait(&gate);
    before = now();
    for (i = 0; i < MANY_THREADS; i++)
        pthread_join(thread[i], NULL);
    tell("many", "", "ns", (now() - before) / MANY_THREADS / MANY_STEPS / 3);
}

/* ---- a heap of mutexes ---------------------------------------------------
 */

static double resident(void)
{
    long pages = 0, all;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fscanf(file, "%ld %ld", &all, &pages) != 2)
        abort();
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* From one place, so that the second pass does what the first did. */
__attribute__((noinline)) static double pass(pthread_mutex_t **heap,
                                             uint32_t count)
{
    double before = spent();
    uint32_t i;

    for (i = 0; i + 1 < count; i += 2) {
        pthread_mutex_lock(heap[i]);
        pthread_mutex_lock(heap[i + 1]);
        pthread_mutex_unlock(heap[i + 1]);
        pthread_mutex_unlock(heap[i]);
    }
    return (spent() - before) / (count / 2);
}

static void run_heap(uint32_t count)
{
    pthread_mutex_t **heap = malloc(count * sizeof *heap);
    double first, second, before;
    pthread_t sleeper;
    uint32_t i;

    if (heap == NULL)
        abort();
    before = spent();
    for (i = 0; i < count; i++) {
        heap[i] = malloc(sizeof *heap[i]);
        if (heap[i] == NULL)
            abort();
        pthread_mutex_init(heap[i], NULL);
    }
    tell("heap", "init", "ns", (spent() - before) / count);
    start(&sleeper, sleep_on, NULL); /* from here on others know them */
    first = pass(heap, count);
    second = pass(heap, count);
    tell("heap", "first", "ns", first);
    tell("heap", "second", "ns", second);
    tell("heap", "live", "bytes", resident() / count);
    before = spent();
    for (i = 0; i < count; i++) {
        pthread_mutex_destroy(heap[i]);
        free(heap[i]);
    }
    tell("heap", "destroy", "ns", (spent() - before) / count);
    tell("heap", "gone", "bytes", resident() / count);
}

/* ---- the order's graph ---------------------------------------------------
 */

static void take_pair(uint32_t a, uint32_t b)
{
    pthread_mutex_lock(&mutexes[a]);
    pthread_mutex_lock(&mutexes[b]);
    pthread_mutex_unlock(&mutexes[b]);
    pthread_mutex_unlock(&mutexes[a]);
}

static void run_forward(uint32_t count)
{
    uint64_t state = 88172645463325252ULL;
    uint32_t i, a, b;
    pthread_t sleeper;
    char name[16];
    double before;

    make_mutexes(count);
    start(&sleeper, sleep_on, NULL);
    before = spent();
    for (i = 0; i < 4 * count; i++) {
        do {
            a = roll(&state, count);
            b = roll(&state, count);
        } while (a == b);
        take_pair(a < b ? a : b, a < b ? b : a);
    }
    snprintf(name, sizeof name, "%u", count);
    tell("forward", name, "ns", (spent() - before) / (4 * count));
}

static void run_reverse(uint32_t count)
{
    pthread_t sleeper;
    double before;
    uint32_t i;

    make_mutexes(count);
    start(&sleeper, sleep_on, NULL);
    before = spent();
    for (i = count - 1; i > 0; i--)
        take_pair(i - 1, i);
    tell("reverse", "", "ns", (spent() - before) / (count - 1));
}

static void run_quick(uint32_t count)
{
    pthread_t sleeper;

    make_mutexes(2);
    start(&sleeper, sleep_on, NULL);
    while (count-- > 0)
        take_pair(0, 1);
}

/* -------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*run)(uint32_t count);
    uint32_t usual;
} cases[] = {
    {"own", run_own, 0},
    {"one", run_one, 0},
    {"read", run_read, 0},
    {"cond", run_cond, 0},
    {"sem", run_sem, 0},
    {"create", run_create, 0},
    {"many", run_many, 1000},
    {"heap", run_heap, 1000000},
    {"forward", run_forward, 1000},
    {"reverse", run_reverse, 30000},
    {"quick", run_quick, 1000},
};

int main(int argc, char **argv)
{
    size_t i;

    for (i = 0; argc > 1 && i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(argv[1], cases[i].name) != 0)
            continue;
        cases[i].run(argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10)
                              : cases[i].usual);
        return 0;
    }
    fprintf(stderr, "usage: load CASE [N]\n");
    return 2;
}
