/* SPDX-License-Identifier: BSD-2-Clause */
/* process.c: fork, exec and the closing of descriptors work as without us. */
#include "case.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/wait.h>

extern char **environ;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

static int status_of(pid_t child)
{
    int status = -1;

    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

static void use_locks(void)
{
    CHECK(pthread_mutex_lock(&other) == 0);
    CHECK_HELD(&other, 1);
    CHECK(pthread_mutex_unlock(&other) == 0);
    CHECK_HELD(&other, 0);
}

/* ---- fork -----------------------------------------------------------------
 */

static void child_of_fork_keeps_what_its_thread_held(void)
{
    pid_t child;

    CHECK(pthread_mutex_lock(&mutex) == 0);
    errno = 4711;
    child = fork();
    CHECK(errno == 4711);
    CHECK_HELD(&mutex, 1);
    use_locks();
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK_HELD(&mutex, 0);
    if (child == 0)
        _exit(7);
    CHECK(WEXITSTATUS(status_of(child)) == 7);
}

static void *use_locks_in_thread(void *unused)
{
    use_locks();
    return unused;
}

static void *fork_and_lock(void *unused)
{
    pid_t child;
    int i;

    (void)unused;
    for (i = 0; i < 50; i++) {
        child = fork();
        if (child == 0) {
            static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;

            CHECK(pthread_mutex_lock(&own) == 0);
            use_locks();
            CHECK(pthread_mutex_unlock(&own) == 0);
            in_thread(use_locks_in_thread, NULL);
            _exit(0);
        }
        CHECK(status_of(child) == 0);
    }
    return NULL;
}

static bool stop;

static void *make_news(void *unused)
{
    static pthread_mutex_t many[64]; /* all zeros: initialised */
    unsigned i = 0;

    (void)unused;
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        pthread_mutex_t *a = &many[i % 64], *b = &many[i / 64 % 64];

        i++;
        if (a >= b)
            continue;
        pthread_mutex_lock(a);
        pthread_mutex_lock(b);
        pthread_mutex_unlock(b);
        pthread_mutex_unlock(a);
    }
    return NULL;
}

/* The engine's lock must be in order in every child, whoever worked then. */
static void thread_may_fork_while_others_lock(void)
{
    pthread_t busy;

    CHECK(pthread_create(&busy, NULL, make_news, NULL) == 0);
    in_thread(fork_and_lock, NULL);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    CHECK(pthread_join(busy, NULL) == 0);
}

static int order[6], ordered;

static void note(int what)
{
    order[ordered++] = what;
    use_locks();
}

static void note_prepare(void)
{
    note(1);
}

static void note_parent(void)
{
    note(2);
}

static void fork_handlers_may_lock(void)
{
    pid_t child;

    CHECK(pthread_atfork(note_prepare, note_parent, use_locks) == 0);
    child = fork();
    if (child == 0)
        _exit(0);
    CHECK(status_of(child) == 0);
    CHECK(ordered == 2 && order[0] == 1 && order[1] == 2);
}

static void raw_fork_works(void)
{
    pid_t child = _Fork();

    use_locks();
    if (child == 0)
        _exit(3);
    CHECK(WEXITSTATUS(status_of(child)) == 3);
}

static void grandchildren_work(void)
{
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        child = fork();
        use_locks();
        if (child == 0)
            _exit(4);
        _exit(WEXITSTATUS(status_of(child)) + 1);
    }
    CHECK(WEXITSTATUS(status_of(child)) == 5);
}

static void daemon_works(void)
{
    int ends[2];
    char byte = 0;
    pid_t child;

    CHECK(pipe(ends) == 0);
    child = fork();
    if (child == 0) {
        CHECK(daemon(1, 1) == 0);
        use_locks();
        CHECK(write(ends[1], "x", 1) == 1);
        _exit(0);
    }
    CHECK(status_of(child) == 0);
    CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
}

/* ---- exec -----------------------------------------------------------------
 */

#define SCRIPT "echo $0 $1 ${SAID-nothing} $#"

static void exec_one_way(int way)
{
    char *argv[] = {"sh", "-c", SCRIPT, "zero", "one", NULL};
    char *envp[] = {"SAID=something", "PATH=/bin:/usr/bin", NULL};

    switch (way) {
    case 0:
        execve("/bin/sh", argv, envp);
        break;
    case 1:
        execv("/bin/sh", argv);
        break;
    case 2:
        execvp("sh", argv);
        break;
    case 3:
        execvpe("sh", argv, envp);
        break;
    case 4:
        execl("/bin/sh", "sh", "-c", SCRIPT, "zero", "one", (char *)NULL);
        break;
    case 5:
        execlp("sh", "sh", "-c", SCRIPT, "zero", "one", (char *)NULL);
        break;
    case 6:
        execle("/bin/sh", "sh", "-c", SCRIPT, "zero", "one", (char *)NULL,
               envp);
        break;
    case 7:
        fexecve(open("/bin/sh", O_RDONLY), argv, envp);
        break;
    default:
        execveat(AT_FDCWD, "/bin/sh", argv, envp, 0);
    }
    _exit(99);
}

static void every_exec_runs_the_program(void)
{
    static int way; /* vfork returns twice */
    pid_t child;

    for (way = 0; way < 9; way++) {
        child = fork();
        if (child == 0)
            exec_one_way(way);
        CHECK(status_of(child) == 0);
        child = vfork();
        if (child == 0)
            exec_one_way(way);
        CHECK(status_of(child) == 0);
        use_locks();
    }
}

static void failed_exec_comes_back(void)
{
    char *argv[] = {"x", NULL};

    errno = 0;
    CHECK(execv("/no/such/program", argv) == -1 && errno == ENOENT);
    CHECK(execvp("no-such-program", argv) == -1 && errno == ENOENT);
    CHECK(execve("/etc/passwd", argv, environ) == -1 && errno == EACCES);
    CHECK(execl("/no/such/program", "x", (char *)NULL) == -1);
    CHECK(execle("/no/such/program", "x", (char *)NULL, environ) == -1);
    CHECK(execlp("no-such-program", "x", (char *)NULL) == -1);
    CHECK(fexecve(-1, argv, environ) == -1 && errno == EINVAL);
    CHECK(execveat(-1, "x", argv, environ, 0) == -1 && errno == EBADF);
    use_locks();
}

static void spawn_and_system_work(void)
{
    char *argv[] = {"sh", "-c", "exit 6", NULL};
    char line[16] = "";
    pid_t child;
    FILE *pipe_;

    CHECK(posix_spawn(&child, "/bin/sh", NULL, NULL, argv, environ) == 0);
    CHECK(WEXITSTATUS(status_of(child)) == 6);
    CHECK(WEXITSTATUS(system("exit 8")) == 8);
    pipe_ = popen("echo through", "r");
    CHECK(pipe_ != NULL && fgets(line, sizeof(line), pipe_) != NULL);
    CHECK(strcmp(line, "through\n") == 0);
    CHECK(pclose(pipe_) == 0);
    use_locks();
}

/* ---- waits for children ---------------------------------------------------
 */

static pid_t child_that_exits(int status)
{
    pid_t child = fork();

    if (child == 0)
        _exit(status);
    CHECK(child > 0);
    return child;
}

static void every_wait_returns_what_libc_returns(void)
{
    struct rusage usage;
    siginfo_t info = {0};
    pid_t child;
    int status = 0;

    child = child_that_exits(1);
    CHECK(wait(&status) == child && WEXITSTATUS(status) == 1);
    child = child_that_exits(2);
    CHECK(waitpid(child, NULL, 0) == child);
    child = child_that_exits(3);
    CHECK(wait3(&status, 0, &usage) == child && WEXITSTATUS(status) == 3);
    child = child_that_exits(4);
    CHECK(wait4(child, &status, 0, NULL) == child && WEXITSTATUS(status) == 4);
    child = child_that_exits(5);
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0);
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED) == 0);
    CHECK(info.si_pid == child && info.si_status == 5);
    child = child_that_exits(6);
    CHECK(waitid(P_ALL, 0, NULL, WEXITED) == 0);
    use_locks();
}

static void wait_that_fails_tells_why(void)
{
    siginfo_t info = {0};
    pid_t child;
    int status = 0;

    errno = 0;
    CHECK(wait(&status) == -1 && errno == ECHILD);
    CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
    CHECK(wait3(NULL, 0, NULL) == -1 && errno == ECHILD);
    CHECK(wait4(-1, (int *)8, 0, NULL) == -1 && errno == ECHILD);
    CHECK(waitid(P_ALL, 0, &info, WEXITED) == -1 && errno == ECHILD);
    CHECK(waitpid(-1, &status, 12345678) == -1 && errno == EINVAL);
    child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    CHECK(waitpid(child, &status, WNOHANG) == 0);
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG) == 0);
    CHECK(info.si_pid == 0);
    CHECK(kill(child, SIGSTOP) == 0);
    CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(WTERMSIG(status_of(child)) == SIGKILL);
}

/* ---- shared memory --------------------------------------------------------
 */

struct shared {
    pthread_mutex_t mutex;
    pthread_spinlock_t spin;
};

static void init_shared(struct shared *shared)
{
    pthread_mutexattr_t attr;

    CHECK(pthread_mutexattr_init(&attr) == 0);
    CHECK(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) == 0);
    CHECK(pthread_mutex_init(&shared->mutex, &attr) == 0);
    CHECK(pthread_spin_init(&shared->spin, PTHREAD_PROCESS_SHARED) == 0);
}

/* The child holds none of what its parent holds there, and waits for it. */
static void shared_lock_is_its_takers_alone(void)
{
    struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int tried[2];
    pid_t child;
    char byte;

    CHECK(shared != MAP_FAILED && pipe(tried) == 0);
    init_shared(shared);
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    child = fork();
    if (child == 0) {
        CHECK_HELD(&shared->mutex, 0);
        CHECK(pthread_mutex_trylock(&shared->mutex) == EBUSY);
        CHECK(write(tried[1], "", 1) == 1);
        CHECK(pthread_spin_lock(&shared->spin) == 0);
        CHECK(pthread_mutex_lock(&shared->mutex) == 0);
        CHECK_HELD(&shared->mutex, 1);
        CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
        CHECK(pthread_spin_unlock(&shared->spin) == 0);
        _exit(0);
    }
    CHECK(read(tried[0], &byte, 1) == 1);
    CHECK_HELD(&shared->mutex, 1);
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    CHECK(status_of(child) == 0);
    CHECK(munmap(shared, sizeof(*shared)) == 0);
}

static void attached_memory_holds_locks(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(struct shared), IPC_CREAT | 0600);
    struct shared *shared = shmat(id, NULL, 0);

    if (id == -1) /* not everywhere */
        return;
    CHECK(shmctl(id, IPC_RMID, NULL) == 0);
    CHECK(shared != (void *)-1);
    init_shared(shared);
    CHECK(pthread_mutex_lock(&shared->mutex) == 0);
    CHECK_HELD(&shared->mutex, 1);
    CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
    CHECK(shmdt(shared) == 0);
    CHECK(shmdt(shared) == -1 && errno == EINVAL);
    CHECK(shmat(-1, NULL, 0) == (void *)-1 && errno == EINVAL);
}

/* ---- who and where one is -------------------------------------------------
 */

static void change_of_identity_returns_what_libc_returns(void)
{
    uid_t me = getuid();
    pid_t child;

    errno = 4711;
    CHECK(setuid(me) == 0);
    CHECK(seteuid(me) == 0);
    CHECK(setreuid(me, me) == 0);
    CHECK(setresuid(me, me, me) == 0);
    CHECK(errno == 4711);
    CHECK(chroot("/nowhere/at/all") == -1);
    CHECK(errno == ENOENT || errno == EPERM);
    child = fork();
    if (child == 0) {
        if (me == 0)
            CHECK(setuid(65534) == 0);
        use_locks();
        errno = 0;
        CHECK(setuid(0) == -1);
        CHECK(errno == EPERM);
        _exit(0);
    }
    CHECK(WEXITSTATUS(status_of(child)) == 0);
}

/* ---- descriptors ----------------------------------------------------------
 */

static void closing_every_descriptor_is_survived(void)
{
    static pthread_mutex_t many[40]; /* all zeros: initialised */
    int fd, i, j;

    fflush(stdout);
    for (fd = 3; fd < 1024; fd++)
        close(fd);
    for (i = 0; i < 40; i++)
        for (j = i + 1; j < 40; j++) {
            CHECK(pthread_mutex_lock(&many[i]) == 0);
            CHECK(pthread_mutex_lock(&many[j]) == 0);
            CHECK_HELD(&many[j], 1);
            CHECK(pthread_mutex_unlock(&many[j]) == 0);
            CHECK(pthread_mutex_unlock(&many[i]) == 0);
        }
    for (fd = 0; fd < 3; fd++)
        close(fd);
    use_locks();
    _exit(0);
}

/* The program gets the lowest descriptors, as it would alone. */
static void descriptors_are_numbered_as_before(void)
{
    SHOW(open("/dev/null", O_RDONLY));
    SHOW(dup(1));
}

static void no_descriptor_is_inherited_from_us(void)
{
    fflush(stdout);
    CHECK(system("for fd in /proc/self/fd/*; do "
                 "case ${fd##*/} in [012]) ;; *) readlink $fd; esac; "
                 "done | grep -c lvr; true") == 0);
}

static const struct test_case cases[] = {
    CASE(child_of_fork_keeps_what_its_thread_held),
    CASE(thread_may_fork_while_others_lock),
    CASE(fork_handlers_may_lock),
    CASE(raw_fork_works),
    CASE(grandchildren_work),
    CASE(daemon_works),
    CASE(every_exec_runs_the_program),
    CASE(failed_exec_comes_back),
    CASE(spawn_and_system_work),
    CASE(every_wait_returns_what_libc_returns),
    CASE(wait_that_fails_tells_why),
    CASE(shared_lock_is_its_takers_alone),
    CASE(attached_memory_holds_locks),
    CASE(change_of_identity_returns_what_libc_returns),
    CASE(closing_every_descriptor_is_survived),
    CASE(descriptors_are_numbered_as_before),
    CASE(no_descriptor_is_inherited_from_us),
};
CASE_MAIN(cases)
