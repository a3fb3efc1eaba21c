/* SPDX-License-Identifier: BSD-2-Clause */
/* urcu: a reader waits for a grace period (`inside`; `unseen`: it entered its
 * section past the library's table of calls, as if compiled in); or, `hang`,
 * two threads that wait for each other through one. */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "../../examples/bugs/urcu-calls.h"
#include "family.h"

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;

static void *writer(void *unused)
{
    pthread_mutex_lock(&a);
    meet();
    urcu_memb_synchronize_rcu();
    return unused;
}

static void *reader(void *unused)
{
    urcu_memb_register_thread();
    urcu_memb_read_lock();
    meet();
    pthread_mutex_lock(&a);
    return unused;
}

static void enter_unseen(void)
{
    void *library = dlopen("liburcu-memb.so.8", RTLD_NOW);
    void (*lock)(void) = NULL;

    *(void **)&lock = dlsym(library, "urcu_memb_read_lock");
    lock();
}

int main(int argc, char **argv)
{
    pthread_t thread[2];

    if (argc == 2 && strcmp(argv[1], "hang") != 0) {
        urcu_memb_register_thread();
        if (strcmp(argv[1], "inside") == 0)
            urcu_memb_read_lock();
        else
            enter_unseen();
        urcu_memb_synchronize_rcu();
    }
    pthread_create(&thread[0], NULL, writer, NULL);
    pthread_create(&thread[1], NULL, reader, NULL);
    pthread_join(thread[0], NULL);
    pthread_join(thread[1], NULL);
    return 0;
}
