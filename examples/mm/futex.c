/* SPDX-License-Identifier: BSD-2-Clause */
/* futex.c: see futex.h. Stands for no kernel code. */
#include "futex.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

void (*futex_before_wait)(void);

void futex_wait(atomic_uint *word, unsigned expected)
{
    futex_will_wait();
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

void futex_wait_until(atomic_uint *word, unsigned expected,
                      const struct timespec *deadline)
{
    /* FUTEX_WAIT_BITSET takes an absolute time, FUTEX_WAIT a relative one. */
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline,
            NULL, FUTEX_BITSET_MATCH_ANY);
}

void futex_wake(atomic_uint *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}
