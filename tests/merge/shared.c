/* SPDX-License-Identifier: BSD-2-Clause */
/* shared.c: locks that several runs of this program find by a name.
 *
 *   shared PLACE PATH   PATH is taken three times, in order: x and y are
 * mutexes in the file PLACE, u and v semaphores named after it; a leading "-"
 * deletes the file before */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct locks {
    int made;
    pthread_mutex_t x, y;
};

static struct locks *locks;
static sem_t *u, *v;

static void make_mutex(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t shared;

    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(mutex, &shared);
}

static int map(const char *path, int deleted)
{
    int fd = open(path, O_RDWR | O_CREAT, 0600);

    if (fd < 0 || ftruncate(fd, 4096) != 0 || (deleted && unlink(path) != 0))
        return -1;
    locks = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (locks == MAP_FAILED)
        return -1;
    if (!locks->made) {
        make_mutex(&locks->x);
        make_mutex(&locks->y);
    }
    locks->made = 1;
    return 0;
}

static sem_t *find_semaphore(const char *place, char which)
{
    char name[128];

    snprintf(name, sizeof(name), "%s-%c", place, which);
    return sem_open(name, O_CREAT, 0600, 1);
}

static void take(char name)
{
    if (name == 'x' || name == 'y')
        pthread_mutex_lock(name == 'x' ? &locks->x : &locks->y);
    else
        sem_wait(name == 'u' ? u : v);
}

static void give(char name)
{
    if (name == 'x' || name == 'y')
        pthread_mutex_unlock(name == 'x' ? &locks->x : &locks->y);
    else
        sem_post(name == 'u' ? u : v);
}

int main(int argc, char **argv)
{
    int deleted, round;

    if (argc != 3)
        return 2;
    deleted = argv[2][0] == '-';
    argv[2] += deleted;
    if (strchr("xy", argv[2][0]) != NULL) {
        if (map(argv[1], deleted) != 0)
            return 1;
    } else {
        u = find_semaphore(argv[1], 'u');
        v = find_semaphore(argv[1], 'v');
        if (u == SEM_FAILED || v == SEM_FAILED)
            return 1;
    }
    for (round = 0; round < 3; round++) {
        take(argv[2][0]);
        take(argv[2][1]);
        give(argv[2][1]);
        give(argv[2][0]);
    }
    return 0;
}
