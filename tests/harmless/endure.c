/* SPDX-License-Identifier: BSD-2-Clause */
/* endure MODE: a program that a fault or a limit meets while locks are taken.
 * Each mode ends with status 0 and writes "done", whatever becomes of a record;
 * what it needs for itself it has before.
 *
 *   grow         nests 3,000 pairs of mutexes: the record grows many times
 *   endless FILE the same again and again, with a forked child, until killed;
 *                FILE holds how many pairs were nested so far
 *   deny-NAME    a filter (seccomp) lets the call NAME fail from now on; grow,
 *                here and then in a child
 *   kill-open    a filter kills whoever opens a file from now on; the same
 *   sealed-find  so it does; a child then takes two locks in both orders
 *   sealed-lock  so it does; 20 children take one lock each
 *   sealed-nest  so it does; 20 children take one under another
 *   sealed-grow, sealed-outgrow
 *                so it does; a child nests 180,000 pairs, or it itself
 *   sealed-share, sealed-close, sealed-wait
 *                so it does; a child locks in shared memory, closes a file that
 *                it has locked, waits for one condition with two mutexes
 *   narrow       a child has no memory for a record, but room for one when it
 *                forks its own child
 *   user         becomes another user (as root); grow
 *   root         changes its root directory (as root); grow
 *   folder       changes its directory, which is removed; grow
 *   swap DIR TO, exchange DIR TO, detour DIR TO
 *                its record in DIR is a link to TO, or TO itself, from now on,
 *                or is moved to TO and a link to it; grow
 *   descriptors  opens all that it may; grow
 *   closed       closes every descriptor but 1; grow
 *   threads N    N threads with small stacks, all alive at once
 *   deep         threads of 64 KiB that lock at the bottom of a recursion
 *   storm        200 forks, each of which locks
 *   spawn        a child executes /bin/true; the parent ends by _exit
 *   chain N      execs itself N times, locks each time
 *   leave        the main thread ends by pthread_exit; another does the work
 *   quit         _exit while four threads lock
 *   jump         a handler on an alternate stack jumps out over a lock taken */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAIRS = 3000, NOBODY = 65534 };

static pthread_mutex_t pair[PAIRS][2];

static void nest(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

static int grow(void)
{
    size_t i;

    for (i = 0; i < PAIRS; i++)
        nest(&pair[i][0], &pair[i][1]);
    return 0;
}

static uint32_t *map_counter(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *counter;

    if (file < 0 || ftruncate(file, sizeof(uint32_t)) != 0)
        return NULL;
    counter = mmap(NULL, sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED,
                   file, 0);
    close(file);
    return counter == MAP_FAILED ? NULL : counter;
}

static int endless(const char *path)
{
    uint32_t *done = map_counter(path);
    pid_t first = getpid();
    uint32_t i;

    if (done == NULL)
        return 1;
    for (;;) {
        pid_t child = fork();

        for (i = 0; i < PAIRS; i++) {
            pthread_mutex_destroy(&pair[i][0]);
            pthread_mutex_init(&pair[i][0], NULL);
            nest(&pair[i][0], &pair[i][1]);
            if (getpid() == first && i >= *done)
                *done = i + 1;
        }
        if (child == 0)
            _exit(0);
        waitpid(child, NULL, 0);
    }
}

/* ---- system calls that fail ----------------------------------------------
 */

/* Call `number` meets `action`; where `flags` is not 0, only if all of them
 * are in its argument `at`. */
static int filter(long number, unsigned at, unsigned flags, unsigned action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 (unsigned)(offsetof(struct seccomp_data, args) + 8 * at)),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, flags),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* The same by a call that the preload cannot see coming. */
static int filter_unseen(long number, unsigned at, unsigned flags, int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 (unsigned)(offsetof(struct seccomp_data, args) + 8 * at)),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, flags),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

    syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static const struct {
    const char *name;
    long number;
    unsigned at, flags;
    int error;
} denials[] = {
    {"open", SYS_openat, 2, O_NOFOLLOW, EMFILE},
    {"fallocate", SYS_fallocate, 1, 0, ENOSPC},
    {"reserve", SYS_mmap, 3, MAP_NORESERVE, ENOMEM},
    {"mmap", SYS_mmap, 3, MAP_SHARED | MAP_FIXED, ENOMEM},
    {"memory", SYS_mmap, 3, MAP_ANONYMOUS, ENOMEM},
    {"fixed", SYS_mmap, 3, MAP_FIXED, ENOMEM},
    {"fstat", SYS_fstat, 1, 0, EACCES},
};

/* The other way round: an inversion for who takes the child for its parent. */
static int grow_in_child(void)
{
    pid_t child = fork();
    int i, status;

    if (child == 0) {
        for (i = 0; i < PAIRS; i++)
            nest(&pair[i][1], &pair[i][0]);
        _exit(0);
    }
    return waitpid(child, &status, 0) != child || status != 0;
}

static int deny(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(denials) / sizeof(denials[0]); i++)
        if (strcmp(name, denials[i].name) == 0)
            return filter_unseen(denials[i].number, denials[i].at,
                                 denials[i].flags, denials[i].error) != 0 ||
                   grow() || grow_in_child();
    return 2;
}

static int seal(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
           filter(SYS_openat, 1, 0, SECCOMP_RET_KILL_PROCESS) != 0;
}

static int kill_open(void)
{
    return seal() || grow() || grow_in_child();
}

static void *nest_back(void *turn)
{
    sem_wait(turn);
    nest(&pair[0][1], &pair[0][0]);
    return NULL;
}

static void nest_both_ways(void)
{
    pthread_t thread;
    sem_t turn;

    sem_init(&turn, 0, 0);
    if (pthread_create(&thread, NULL, nest_back, &turn) != 0)
        _exit(1);
    nest(&pair[0][0], &pair[0][1]);
    sem_post(&turn);
    pthread_join(thread, NULL);
}

static void lock_one(void)
{
    pthread_mutex_lock(&pair[0][0]);
    pthread_mutex_unlock(&pair[0][0]);
}

static void nest_one(void)
{
    nest(&pair[0][0], &pair[0][1]);
}

static void nest_many(void)
{
    size_t i, j;

    for (i = 0; i < PAIRS; i++)
        for (j = 0; j < 60; j++)
            nest(&pair[i][0], &pair[(i + j) % PAIRS][1]);
}

static void lock_shared(void)
{
    pthread_mutex_t *lock = mmap(NULL, sizeof(*lock), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    if (lock == MAP_FAILED || pthread_mutex_init(lock, &attr) != 0)
        _exit(1);
    nest(lock, &pair[0][0]);
}

static int file = -1;

static void close_locked(void)
{
    if (flock(file, LOCK_EX) != 0 || close(file) != 0)
        _exit(1);
}

static pthread_cond_t signalled = PTHREAD_COND_INITIALIZER;
static bool over;

static void *wait_with_one(void *begun)
{
    pthread_mutex_lock(&pair[0][0]);
    sem_post(begun);
    while (!over)
        pthread_cond_wait(&signalled, &pair[0][0]);
    pthread_mutex_unlock(&pair[0][0]);
    return NULL;
}

/* It has begun when its mutex can be had. */
static void wait_with_two(void)
{
    struct timespec past = {1, 0};
    pthread_t thread;
    sem_t begun;

    sem_init(&begun, 0, 0);
    if (pthread_create(&thread, NULL, wait_with_one, &begun) != 0)
        _exit(1);
    sem_wait(&begun);
    pthread_mutex_lock(&pair[0][0]);
    pthread_mutex_unlock(&pair[0][0]);
    pthread_mutex_lock(&pair[0][1]);
    pthread_cond_timedwait(&signalled, &pair[0][1], &past);
    pthread_mutex_unlock(&pair[0][1]);
    pthread_mutex_lock(&pair[0][0]);
    over = true;
    pthread_cond_broadcast(&signalled);
    pthread_mutex_unlock(&pair[0][0]);
    pthread_join(thread, NULL);
}

/* A process that opens no file, or so many children of it, one after the other.
 */
static int sealed(int children, void (*act)(void))
{
    int status = seal();

    if (children == 0 && status == 0)
        act();
    while (children-- > 0 && status == 0) {
        pid_t child = fork();

        if (child == 0) {
            act();
            _exit(0);
        }
        if (waitpid(child, &status, 0) != child)
            return 1;
    }
    return status;
}

static const struct {
    const char *name;
    int children;
    void (*act)(void);
} seals[] = {
    {"find", 1, nest_both_ways}, {"lock", 20, lock_one},
    {"nest", 20, nest_one},      {"grow", 1, nest_many},
    {"outgrow", 0, nest_many},   {"share", 1, lock_shared},
    {"close", 1, close_locked},  {"wait", 1, wait_with_two},
};

static int sealed_by_name(const char *name)
{
    size_t i;

    file = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (i = 0; i < sizeof(seals) / sizeof(seals[0]); i++)
        if (strcmp(name, seals[i].name) == 0)
            return sealed(seals[i].children, seals[i].act);
    return 2;
}

/* Its pairs are the other way round, so that in its parent's record they would
 * be a circle. */
static int live_narrow(const struct rlimit *wide)
{
    struct rlimit narrow = {1, wide->rlim_max};
    pid_t child;
    int status;

    if (setrlimit(RLIMIT_AS, &narrow) != 0)
        return 1;
    nest(&pair[0][1], &pair[0][0]);
    if (setrlimit(RLIMIT_AS, wide) != 0)
        return 1;
    child = fork();
    if (child == 0) {
        nest(&pair[1][1], &pair[1][0]);
        _exit(0);
    }
    return waitpid(child, &status, 0) != child || status != 0;
}

static int narrow(void)
{
    struct rlimit wide;
    pid_t child;
    int status;

    nest(&pair[0][0], &pair[0][1]);
    if (getrlimit(RLIMIT_AS, &wide) != 0)
        return 1;
    child = fork();
    if (child == 0)
        _exit(live_narrow(&wide));
    if (waitpid(child, &status, 0) != child || status != 0)
        return 1;
    nest(&pair[1][0], &pair[1][1]);
    return 0;
}

/* ---- who and where one is ------------------------------------------------
 */

static int user(void)
{
    return setuid(NOBODY) != 0 || grow();
}

static int root(void)
{
    char folder[] = "root-XXXXXX";

    return mkdtemp(folder) == NULL || chroot(folder) != 0 || chdir("/") != 0 ||
           grow();
}

static int folder(void)
{
    char name[] = "gone-XXXXXX";
    char path[PATH_MAX];

    if (mkdtemp(name) == NULL || realpath(name, path) == NULL)
        return 1;
    return chdir(path) != 0 || rmdir(path) != 0 || grow();
}

static int put_link(const char *to, const char *path)
{
    return unlink(path) != 0 || symlink(to, path) != 0;
}

static int put_file(const char *to, const char *path)
{
    return unlink(path) != 0 || link(to, path) != 0;
}

static int put_away(const char *to, const char *path)
{
    return rename(path, to) != 0 || symlink(to, path) != 0;
}

/* The directory holds one record. */
static int swap(const char *directory, const char *to,
                int (*place)(const char *, const char *))
{
    DIR *listed = opendir(directory);
    struct dirent *entry;
    char path[PATH_MAX] = "";

    while (listed != NULL && (entry = readdir(listed)) != NULL)
        if (strstr(entry->d_name, ".lvr") != NULL)
            snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
    if (listed == NULL || closedir(listed) != 0)
        return 1;
    if (path[0] != '\0' && place(to, path) != 0)
        return 1;
    return grow();
}

static int descriptors(void)
{
    struct rlimit few = {64, 64};

    if (setrlimit(RLIMIT_NOFILE, &few) != 0)
        return 1;
    while (open("/dev/null", O_RDONLY) >= 0)
        ;
    return errno != EMFILE || grow();
}

static int closed(void)
{
    int fd;

    for (fd = 0; fd < 1024; fd++)
        if (fd != 1)
            close(fd);
    return grow() || open("/dev/null", O_RDONLY) != 0;
}

/* ---- threads and stacks --------------------------------------------------
 */

static pthread_barrier_t all;
static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;
static int counted;

static void *count(void *barrier)
{
    pthread_mutex_lock(&shared);
    counted++;
    pthread_mutex_unlock(&shared);
    if (barrier != NULL)
        pthread_barrier_wait(barrier);
    return NULL;
}

static int threads(int n)
{
    pthread_t *thread = calloc((size_t)n, sizeof(*thread));
    pthread_attr_t attr;
    int i;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 * 1024);
    pthread_barrier_init(&all, NULL, (unsigned)n + 1);
    for (i = 0; i < n; i++)
        if (pthread_create(&thread[i], &attr, count, &all) != 0)
            return 1;
    pthread_barrier_wait(&all);
    for (i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
    free(thread);
    return counted == n ? 0 : 1;
}

/* Leaves about as much of the stack as a lock and an unlock alone need. */
static __attribute__((noinline)) void descend(volatile char *low)
{
    volatile char here[256];

    here[0] = 1;
    if (here - low > 12 * 1024)
        descend(low);
    else
        nest(&pair[1][0], &pair[0][1]);
    here[1] = here[0];
}

static void *go_deep(void *unused)
{
    pthread_attr_t attr;
    void *low;
    size_t size;

    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &low, &size);
    pthread_attr_destroy(&attr);
    descend(low);
    return unused;
}

static int deep(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    int i;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 * 1024);
    for (i = 0; i < 8; i++) {
        if (pthread_create(&thread, &attr, go_deep, NULL) != 0)
            return 1;
        pthread_join(thread, NULL);
    }
    return 0;
}

/* ---- processes -----------------------------------------------------------
 */

static int storm(void)
{
    int i, status, bad = 0;

    for (i = 0; i < 200; i++) {
        pid_t child = fork();

        if (child == 0) {
            nest(&pair[i][0], &pair[i][1]);
            _exit(i % 7);
        }
        bad |= waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
               WEXITSTATUS(status) != i % 7;
    }
    return bad;
}

static int spawn(void)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    nest(&pair[0][0], &pair[0][1]);
    if (waitpid(child, &status, 0) != child || status != 0 ||
        write(1, "done\n", 5) != 5)
        _exit(1);
    _exit(0);
}

static int chain(const char *self, int left)
{
    char text[16];

    nest(&pair[0][0], &pair[0][1]);
    if (left == 0)
        return 0;
    snprintf(text, sizeof(text), "%d", left - 1);
    execl(self, self, "chain", text, (char *)NULL);
    return 1;
}

static void *work_then_end(void *unused)
{
    grow();
    if (write(1, "done\n", 5) != 5)
        exit(1);
    exit(0);
    return unused;
}

static int leave(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, work_then_end, NULL) != 0)
        return 1;
    pthread_exit(NULL);
}

static void *lock_for_ever(void *unused)
{
    for (;;)
        grow();
    return unused;
}

static int quit(void)
{
    pthread_t thread;
    int i;

    for (i = 0; i < 4; i++)
        if (pthread_create(&thread, NULL, lock_for_ever, NULL) != 0)
            return 1;
    grow();
    if (write(1, "done\n", 5) != 5)
        _exit(1);
    _exit(0);
}

/* ---- handlers ------------------------------------------------------------
 */

static sigjmp_buf back;

static void jump_out(int number)
{
    siglongjmp(back, number);
}

static int jump(void)
{
    static char alternate[64 * 1024];
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
    struct sigaction action = {.sa_handler = jump_out, .sa_flags = SA_ONSTACK};
    volatile int i;

    if (sigaltstack(&stack, NULL) != 0 ||
        sigaction(SIGUSR1, &action, NULL) != 0)
        return 1;
    for (i = 0; i < 100; i++)
        if (sigsetjmp(back, 1) == 0) {
            pthread_mutex_lock(&shared);
            raise(SIGUSR1);
            return 1;
        } else {
            pthread_mutex_unlock(&shared);
        }
    return grow();
}

static const struct {
    const char *name;
    int (*run)(void);
} modes[] = {
    {"grow", grow},     {"kill-open", kill_open},
    {"user", user},     {"root", root},
    {"folder", folder}, {"closed", closed},
    {"deep", deep},     {"descriptors", descriptors},
    {"storm", storm},   {"spawn", spawn},
    {"leave", leave},   {"quit", quit},
    {"jump", jump},     {"narrow", narrow},
};

static int run(int argc, char **argv)
{
    size_t i;

    if (argc == 3 && strcmp(argv[1], "threads") == 0)
        return threads(atoi(argv[2]));
    if (argc == 3 && strcmp(argv[1], "chain") == 0)
        return chain(argv[0], atoi(argv[2]));
    if (argc == 3 && strcmp(argv[1], "endless") == 0)
        return endless(argv[2]);
    if (argc == 4 && strcmp(argv[1], "swap") == 0)
        return swap(argv[2], argv[3], put_link);
    if (argc == 4 && strcmp(argv[1], "exchange") == 0)
        return swap(argv[2], argv[3], put_file);
    if (argc == 4 && strcmp(argv[1], "detour") == 0)
        return swap(argv[2], argv[3], put_away);
    if (argc == 2 && strncmp(argv[1], "deny-", 5) == 0)
        return deny(argv[1] + 5);
    if (argc == 2 && strncmp(argv[1], "sealed-", 7) == 0)
        return sealed_by_name(argv[1] + 7);
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
