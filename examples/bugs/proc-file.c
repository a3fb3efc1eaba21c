/* SPDX-License-Identifier: BSD-2-Clause */
/* proc-file: two programs that map one file take its locks in opposite orders.
 * lockval: bug inversion inversion locks=*,*
 *
 * The second is this program, executed anew: it shares nothing but the file,
 * and has it at another address.
 * Run: build/tools/lockval run -- build/examples/bugs/proc-file */
#include "processes.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

struct file {
    pthread_rwlock_t index;
    pthread_mutex_t data;
};

static struct file *map(int fd)
{
    return mmap(NULL, sizeof(struct file), PROT_READ | PROT_WRITE, MAP_SHARED,
                fd, 0);
}

static void write_entry(struct file *file)
{
    pthread_rwlock_wrlock(&file->index);
    pthread_mutex_lock(&file->data);
    pthread_mutex_unlock(&file->data);
    pthread_rwlock_unlock(&file->index);
}

static void read_entry(struct file *file)
{
    pthread_mutex_lock(&file->data);
    pthread_rwlock_rdlock(&file->index);
    pthread_rwlock_unlock(&file->index);
    pthread_mutex_unlock(&file->data);
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/proc-file-XXXXXX";
    int fd = argc > 1 ? open(argv[1], O_RDWR) : mkstemp(path), good;
    pid_t child;

    if (fd < 0 || (argc == 1 && ftruncate(fd, sizeof(struct file)) != 0))
        return 1;
    if (argc > 1) {
        mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        read_entry(map(fd));
        return 0;
    }
    if (pipe(turn_pipe) != 0)
        return 1;
    child = fork();
    if (child == 0) {
        turn_wait();
        execl(argv[0], argv[0], path, (char *)NULL);
        _exit(1);
    }
    write_entry(map(fd));
    turn_end();
    good = child > 0 && wait_for(child);
    unlink(path);
    return good ? 0 : 1;
}
