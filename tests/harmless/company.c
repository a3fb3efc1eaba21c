/* SPDX-License-Identifier: BSD-2-Clause */
/* company MODE: a program that does what a preload may stumble over, or that is
 * built and looked at by tools of the same kind. Each mode ends with status 0
 * and writes "done", unless told otherwise.
 *
 *   fork             another fork handler, older than ours, makes threads
 *   strict           may only read, write and end from now on (seccomp)
 *   clone            runs a function in a child that shares its memory
 *   vfork            a child of vfork executes a program, and fails to
 *   spawn            posix_spawn with file actions and attributes
 *   namespace PATH   a library of its own in a namespace of its own (dlmopen)
 *   cancel           threads are cancelled in every kind of wait
 *   handlers         signals on alternate stacks meet threads that lock
 *   contend          eight threads, one counter
 *   invert           two locks, both orders: what the validator is for
 *   leak             loses memory (LeakSanitizer ends it)
 *   race             counts without a lock (ThreadSanitizer ends it)
 *   overrun          writes behind a block (AddressSanitizer ends it) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { LOCKS = 200, THREADS = 8, ROUNDS = 20000 };

static pthread_mutex_t lock[LOCKS];

static int nest_all(void)
{
    int i;

    for (i = 0; i + 1 < LOCKS; i++) {
        pthread_mutex_lock(&lock[i]);
        pthread_mutex_lock(&lock[i + 1]);
        pthread_mutex_unlock(&lock[i + 1]);
        pthread_mutex_unlock(&lock[i]);
    }
    return 0;
}

static int ended_well(pid_t child)
{
    int status;

    return waitpid(child, &status, 0) == child && status == 0;
}

/* ---- processes -----------------------------------------------------------
 */

static int strict(void)
{
    pid_t child = fork();

    if (child == 0) {
        pthread_mutex_lock(&lock[0]);
        pthread_mutex_unlock(&lock[0]);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
            _exit(1);
        nest_all();
        syscall(SYS_exit, 0);
    }
    return !ended_well(child) || nest_all();
}

static bool forking;
static int born;

static void *be_born(void *unused)
{
    born++;
    return unused;
}

static void bear(void)
{
    pthread_t child;

    if (forking && pthread_create(&child, NULL, be_born, NULL) == 0)
        pthread_join(child, NULL);
}

/* Before the constructors of any library. */
static void register_early(void)
{
    pthread_atfork(bear, bear, bear);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const early)(void) = register_early;

static int fork_with_handlers(void)
{
    int i;

    forking = true;
    for (i = 0; i < 20; i++) {
        pid_t child = fork();

        if (child == 0) {
            nest_all();
            _exit(born == 2 + 2 * i ? 0 : 1);
        }
        if (!ended_well(child) || born != 2 + 2 * i)
            return 1;
    }
    forking = false;
    return nest_all();
}

static int in_clone(void *unused)
{
    (void)unused;
    nest_all();
    _exit(0);
}

static int share(void)
{
    static char stack[256 * 1024] __attribute__((aligned(16)));
    int i;

    for (i = 0; i < 20; i++)
        if (!ended_well(clone(in_clone, stack + sizeof(stack),
                              CLONE_VM | CLONE_VFORK | SIGCHLD, NULL)))
            return 1;
    return nest_all();
}

static int vfork_and_exec(void)
{
    int i;

    for (i = 0; i < 20; i++) {
        pid_t child = vfork();

        if (child == 0) {
            execl("/nowhere", "nowhere", (char *)NULL);
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
        if (!ended_well(child))
            return 1;
        nest_all();
    }
    return 0;
}

static int spawn(void)
{
    char *const argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
                          (char *)(uintptr_t) "read line", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t child;
    int result;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/proc/self/cmdline",
                                     O_RDONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    result =
        posix_spawn(&child, "/bin/sh", &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (result != 0 || waitpid(child, NULL, 0) != child)
        return 1;
    return posix_spawn(&child, "/nowhere", NULL, NULL, argv, environ) !=
               ENOENT ||
           nest_all();
}

static int namespace(const char *path)
{
    void *handle = dlmopen(LM_ID_NEWLM, path, RTLD_NOW);
    int (*throwing)(int);

    if (handle == NULL)
        return 1;
    throwing = (int (*)(int))dlsym(handle, "throw_and_catch");
    if (throwing == NULL || throwing(3) != -1 || nest_all() != 0)
        return 1;
    return dlclose(handle) != 0 || nest_all();
}

/* ---- threads -------------------------------------------------------------
 */

static pthread_t thread[THREADS];
static pthread_barrier_t all;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t empty;

static void give_back(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void *wait_for_ever(void *kind)
{
    pthread_mutex_lock(&held);
    pthread_cleanup_push(give_back, &held);
    if (kind == NULL)
        pthread_cond_wait(&never, &held);
    pthread_cleanup_pop(1);
    for (;;)
        if (kind == &empty)
            sem_wait(&empty);
        else
            pause();
    return NULL;
}

static int cancel(void)
{
    void *const kinds[] = {NULL, &empty, &never};
    void *value;
    int i;

    sem_init(&empty, 0, 0);
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, wait_for_ever, kinds[i % 3]) != 0)
            return 1;
    for (i = 0; i < THREADS; i++) {
        pthread_cancel(thread[i]);
        if (pthread_join(thread[i], &value) != 0 || value != PTHREAD_CANCELED)
            return 1;
    }
    return pthread_mutex_trylock(&held) != 0 || nest_all();
}

static _Thread_local volatile int rang;
static atomic_int had_enough;

static void ring(int number)
{
    static _Thread_local char deep[4096];
    char here[4096];

    memset(here, number, sizeof(here));
    memcpy(deep, here, sizeof(deep));
    rang++;
}

static void *lock_until_rung(void *unused)
{
    stack_t stack = {.ss_size = 64 * 1024};

    stack.ss_sp = malloc(stack.ss_size);
    if (stack.ss_sp == NULL || sigaltstack(&stack, NULL) != 0)
        return NULL;
    pthread_barrier_wait(&all);
    while (rang < 50)
        nest_all();
    atomic_fetch_add(&had_enough, 1);
    pthread_barrier_wait(&all);
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    free(stack.ss_sp);
    (void)unused;
    return &all;
}

/* Signals merge: each thread counts what reached it, and gets more until it
 * has had enough. */
static int handlers(void)
{
    struct sigaction action = {.sa_handler = ring, .sa_flags = SA_ONSTACK};
    void *value;
    int i;

    if (sigaction(SIGUSR1, &action, NULL) != 0)
        return 1;
    pthread_barrier_init(&all, NULL, 3);
    for (i = 0; i < 2; i++)
        if (pthread_create(&thread[i], NULL, lock_until_rung, NULL) != 0)
            return 1;
    pthread_barrier_wait(&all);
    while (atomic_load(&had_enough) < 2)
        for (i = 0; i < 2; i++) {
            pthread_kill(thread[i], SIGUSR1);
            sched_yield();
        }
    pthread_barrier_wait(&all);
    for (i = 0; i < 2; i++)
        if (pthread_join(thread[i], &value) != 0 || value != &all)
            return 1;
    return 0;
}

static int counter;

static void *count(void *locked)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        if (locked != NULL)
            pthread_mutex_lock(&held);
        counter++;
        if (locked != NULL)
            pthread_mutex_unlock(&held);
    }
    return NULL;
}

static int count_all(void *locked)
{
    int i;

    for (i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, count, locked) != 0)
            return 1;
    for (i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    return locked != NULL && counter != THREADS * ROUNDS;
}

static int contend(void)
{
    return count_all(&counter);
}

static int race(void)
{
    return count_all(NULL);
}

static sem_t alive[2], go[2], gone[2];

static void *take_in_turn(void *first)
{
    int i = first == &lock[1];

    sem_post(&alive[i]);
    sem_wait(&go[i]);
    pthread_mutex_lock(&lock[i]);
    pthread_mutex_lock(&lock[!i]);
    pthread_mutex_unlock(&lock[!i]);
    pthread_mutex_unlock(&lock[i]);
    sem_post(&gone[i]);
    return NULL;
}

static int invert(void)
{
    int i;

    for (i = 0; i < 2; i++) {
        sem_init(&alive[i], 0, 0);
        sem_init(&go[i], 0, 0);
        sem_init(&gone[i], 0, 0);
        if (pthread_create(&thread[i], NULL, take_in_turn, &lock[i]) != 0)
            return 1;
    }
    for (i = 0; i < 2; i++)
        sem_wait(&alive[i]);
    for (i = 0; i < 2; i++) {
        sem_post(&go[i]);
        sem_wait(&gone[i]);
    }
    for (i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

/* ---- what sanitizers find -------------------------------------------------
 */

static __attribute__((noinline)) char *forget(size_t size)
{
    char *block = malloc(size);

    block[0] = 1;
    return block;
}

static int leak(void)
{
    volatile int sum = 0, i;

    for (i = 1; i < 20; i++)
        sum += forget((size_t)i * 1000)[0];
    return sum != 19;
}

static int overrun(void)
{
    volatile size_t past = 1000;
    char *block = forget(1000);

    block[past] = 1;
    free(block);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(void);
} modes[] = {
    {"fork", fork_with_handlers},
    {"strict", strict},
    {"clone", share},
    {"vfork", vfork_and_exec},
    {"spawn", spawn},
    {"cancel", cancel},
    {"handlers", handlers},
    {"contend", contend},
    {"invert", invert},
    {"leak", leak},
    {"race", race},
    {"overrun", overrun},
};

static int run(int argc, char **argv)
{
    size_t i;

    if (argc == 3 && strcmp(argv[1], "namespace") == 0)
        return namespace(argv[2]);
    for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (argc == 2 && strcmp(argv[1], modes[i].name) == 0)
            return modes[i].run();
    return 2;
}

int main(int argc, char **argv)
{
    int status = run(argc, argv);

    if (status == 0 && write(1, "done\n", 5) != 5)
        return 1;
    return status;
}
