/* SPDX-License-Identifier: BSD-2-Clause */
/* test_report.c: a report counts what waits. */
#include "queue.h"

int main(void)
{
    int waiting = 0, taken = 0;

    queue_put(1);
    queue_put(2);
    queue_report(&waiting, &taken);
    return waiting == 2 && taken == 0 ? 0 : 1;
}
