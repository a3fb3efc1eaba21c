/* SPDX-License-Identifier: BSD-2-Clause */
/* Held through a wait that lets go of it in between.
 * lockval: ok silent */
#include <lockval.h>
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void touch(void)
{
    const struct lockval_role role = {"owner", &lock};

    lockval_operation("touch", &role, 1);
}

int main(void)
{
    const struct timespec past = {1, 0};
    int i;

    lockval_rules("owned touch = owner:write\n");
    for (i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        touch();
        pthread_cond_timedwait(&never, &lock, &past);
        touch();
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
