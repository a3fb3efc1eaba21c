/* SPDX-License-Identifier: BSD-2-Clause */
/* bound: a library with a lock function that it calls itself. */
void g_mutex_lock(void *mutex);
int bound_use(void);

static int held;

__attribute__((noinline)) void g_mutex_lock(void *mutex)
{
    *(int *)mutex = 1;
}

int bound_use(void)
{
    g_mutex_lock(&held);
    return held;
}
