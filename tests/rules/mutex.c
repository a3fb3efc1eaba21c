/* SPDX-License-Identifier: BSD-2-Clause */
/* A role may be a lock that the library sees by itself; the steady state of a
 * thousand rounds must not hide the one that goes wrong.
 * lockval: bug rule locks=lock */
#include <lockval.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void touch(void)
{
    const struct lockval_role role = {"owner", &lock};

    lockval_operation("touch", &role, 1);
}

int main(void)
{
    int i;

    lockval_rules("owned touch = owner:write\n");
    for (i = 0; i < 1000; i++) {
        pthread_mutex_lock(&lock);
        touch();
        pthread_mutex_unlock(&lock);
    }
    touch();
    return 0;
}
