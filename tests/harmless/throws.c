/* SPDX-License-Identifier: BSD-2-Clause */
/* throws.c: a C main whose C++ library throws: linked to it (LINKED), or
 * dlopened (LIBRARY). Where the unwinder or operator new became another one it
 * hangs, aborts or is told by free. */
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THROWS = 2000, THREADS = 4 };

static int (*thrower)(int);
static void *(*allocator)(size_t);

#ifdef LINKED
int throw_and_catch(int depth);
void *new_for_c(size_t size);

static void find(void)
{
    thrower = throw_and_catch;
    allocator = new_for_c;
}
#else
static void find(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        puts(dlerror());
        exit(1);
    }
    *(void **)&thrower = dlsym(library, "throw_and_catch");
    *(void **)&allocator = dlsym(library, "new_for_c");
}
#endif

static void *throw_often(void *caught)
{
    int *count = caught;

    for (int i = 0; i < THROWS; i++)
        *count += thrower(i % 20) == -1;
    return NULL;
}

int main(void)
{
    pthread_t thread[THREADS];
    int caught[THREADS] = {0};

    alarm(60);
    find();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, throw_often, &caught[i]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        printf("caught %d\n", caught[i]);
    }
    for (size_t size = 1; size < 1 << 22; size *= 2)
        free(allocator(size));
    return 0;
}
