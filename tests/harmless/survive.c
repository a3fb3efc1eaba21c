/* SPDX-License-Identifier: BSD-2-Clause */
/* survive MODE: programs that are right, or wrong in one known way, under
 * circumstances in which a careless validator would kill, hang or accuse them.
 *
 *   grow       nests 3,000 pairs of mutexes: the record grows many times
 *   abba       one inversion: a line on standard error when preloaded alone
 *   crowd      many wait long for a thread that takes other locks meanwhile
 *   reinit     a forked child initialises the lock that was held at the fork
 *   slot       a thread takes a semaphore, ends, and its joiner posts
 *   coroutine  a thread ends that locked on a stack of its own making, between
 *              the halves of an inversion of locks in memory beside it */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static sem_t turn, slot;

static int grow(void)
{
    static pthread_mutex_t pair[3000][2];
    size_t i;

    for (i = 0; i < 3000; i++) {
        pthread_mutex_lock(&pair[i][0]);
        pthread_mutex_lock(&pair[i][1]);
        pthread_mutex_unlock(&pair[i][1]);
        pthread_mutex_unlock(&pair[i][0]);
    }
    return 0;
}

static void nest(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

static void *forward(void *unused)
{
    nest(&a, &b);
    sem_post(&turn);
    return unused;
}

static void *backward(void *unused)
{
    sem_wait(&turn);
    nest(&b, &a);
    return unused;
}

static int abba(void)
{
    pthread_t one, two;

    sem_init(&turn, 0, 0);
    pthread_create(&one, NULL, forward, NULL);
    pthread_create(&two, NULL, backward, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}

static void *wait_for_a(void *unused)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    return unused;
}

/* Writes over what the stack below had. */
static __attribute__((noinline)) void scribble(void)
{
    volatile char bytes[2048];
    size_t i;

    for (i = 0; i < sizeof(bytes); i++)
        bytes[i] = 0x41;
}

static int crowd(void)
{
    pthread_t thread[16];
    struct timespec now, end;
    size_t i;

    pthread_mutex_lock(&a);
    for (i = 0; i < 16; i++)
        pthread_create(&thread[i], NULL, wait_for_a, NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += 2; /* many slices of a wait */
    do {
        for (i = 0; i < 1000; i++) {
            pthread_mutex_lock(&b);
            pthread_mutex_unlock(&b);
            scribble();
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec);
    pthread_mutex_unlock(&a);
    for (i = 0; i < 16; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

static void before(void)
{
    pthread_mutex_lock(&a);
}

static void in_parent(void)
{
    pthread_mutex_unlock(&a);
}

static void in_child(void)
{
    pthread_mutex_init(&a, NULL);
}

static int reinit(void)
{
    int status;
    pid_t child;

    pthread_atfork(before, in_parent, in_child);
    child = fork();
    if (child == 0) {
        nest(&a, &b);
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}

static void *take_slot(void *unused)
{
    sem_wait(&slot);
    sem_post(&slot);
    sem_wait(&slot);
    sem_post(&slot);
    sem_wait(&slot);
    return unused;
}

static int slots(void)
{
    pthread_t thread;

    sem_init(&slot, 0, 1);
    pthread_create(&thread, NULL, take_slot, NULL);
    pthread_join(thread, NULL);
    sem_post(&slot);
    return 0;
}

static ucontext_t home, away;

static void lock_there(void)
{
    pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&local);
    pthread_mutex_unlock(&local);
}

static void *wander(void *stack)
{
    getcontext(&away);
    away.uc_stack.ss_sp = stack;
    away.uc_stack.ss_size = 64 * 1024;
    away.uc_link = &home;
    makecontext(&away, lock_there, 0);
    swapcontext(&home, &away);
    return stack;
}

static pthread_mutex_t *heap; /* two of them, that know no end */
static sem_t wandered;

static void *heap_forward(void *unused)
{
    nest(&heap[0], &heap[1]);
    sem_post(&turn);
    return unused;
}

static void *heap_backward(void *unused)
{
    sem_wait(&wandered);
    nest(&heap[1], &heap[0]);
    return unused;
}

static int coroutine(void)
{
    void *stack = malloc(64 * 1024);
    pthread_t one, two, wanderer;

    heap = malloc(2 * sizeof(*heap));
    pthread_mutex_init(&heap[0], NULL);
    pthread_mutex_init(&heap[1], NULL);
    sem_init(&turn, 0, 0);
    sem_init(&wandered, 0, 0);
    pthread_create(&one, NULL, heap_forward, NULL);
    pthread_create(&two, NULL, heap_backward, NULL);
    sem_wait(&turn);
    pthread_create(&wanderer, NULL, wander, stack);
    pthread_join(wanderer, NULL);
    sem_post(&wandered);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    free(heap);
    free(stack);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(void);
} modes[] = {
    {"grow", grow},     {"abba", abba},  {"crowd", crowd},
    {"reinit", reinit}, {"slot", slots}, {"coroutine", coroutine},
};

int main(int argc, char **argv)
{
    size_t i;

    for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (argc == 2 && strcmp(argv[1], modes[i].name) == 0)
            return modes[i].run();
    return 2;
}
