/* SPDX-License-Identifier: BSD-2-Clause */
/* across: two processes that wait for each other's mutexes in shared memory for
 * ever (hang), or one for the other for long (slow; exits 0). The same for
 * locks on files that the second argument begins the names of: `flock`, and
 * `mixed` with a mutex. */
#define _GNU_SOURCE /* F_OFD_SETLKW */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONG_US = 1500000 };

struct shared {
    pthread_mutex_t mutex[2];
    pthread_barrier_t both;
};

static struct shared *share(void)
{
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mutex;
    pthread_barrierattr_t barrier;

    if (shared == MAP_FAILED)
        return NULL;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->mutex[0], &mutex);
    pthread_mutex_init(&shared->mutex[1], &mutex);
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&shared->both, &barrier, 2);
    return shared;
}

static void wait_for_other(struct shared *shared, int mine)
{
    pthread_mutex_lock(&shared->mutex[mine]);
    pthread_barrier_wait(&shared->both);
    pthread_mutex_lock(&shared->mutex[!mine]);
    pthread_mutex_unlock(&shared->mutex[!mine]);
    pthread_mutex_unlock(&shared->mutex[mine]);
}

static int open_file(const char *prefix, int number)
{
    char path[256];

    snprintf(path, sizeof(path), "%s%d", prefix, number);
    return open(path, O_RDWR | O_CREAT, 0600);
}

static void lock_files(struct shared *shared, const char *prefix, int mine)
{
    int own = open_file(prefix, mine), other = open_file(prefix, !mine);

    flock(own, LOCK_EX);
    pthread_barrier_wait(&shared->both);
    flock(other, LOCK_EX);
}

/* One has the mutex, the other the file, by an open file's range. */
static void lock_both(struct shared *shared, const char *prefix, int first)
{
    struct flock range = {.l_type = F_WRLCK, .l_start = 10, .l_len = 10};
    int file = open_file(prefix, 0);

    if (first)
        pthread_mutex_lock(&shared->mutex[0]);
    else
        fcntl(file, F_OFD_SETLKW, &range);
    range.l_start = 15;
    pthread_barrier_wait(&shared->both);
    if (first)
        fcntl(file, F_OFD_SETLKW, &range);
    else
        pthread_mutex_lock(&shared->mutex[0]);
}

static void keep_long(struct shared *shared, int first)
{
    if (first)
        pthread_mutex_lock(&shared->mutex[0]);
    pthread_barrier_wait(&shared->both);
    if (first) {
        usleep(LONG_US);
        pthread_mutex_unlock(&shared->mutex[0]);
        return;
    }
    pthread_mutex_lock(&shared->mutex[1]);
    pthread_mutex_lock(&shared->mutex[0]);
    pthread_mutex_unlock(&shared->mutex[0]);
    pthread_mutex_unlock(&shared->mutex[1]);
}

int main(int argc, char **argv)
{
    struct shared *shared = share();
    int status = 0;
    pid_t child;

    if (shared == NULL || argc != 3)
        return 2;
    child = fork();
    if (strcmp(argv[1], "hang") == 0)
        wait_for_other(shared, child == 0);
    else if (strcmp(argv[1], "flock") == 0)
        lock_files(shared, argv[2], child == 0);
    else if (strcmp(argv[1], "mixed") == 0)
        lock_both(shared, argv[2], child == 0);
    else
        keep_long(shared, child == 0);
    if (child == 0)
        _exit(0);
    waitpid(child, &status, 0);
    return status != 0;
}
