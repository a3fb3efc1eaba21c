/* SPDX-License-Identifier: BSD-2-Clause */
/* counters.c: see counters.h. Stands for no kernel code. */
#include "counters.h"

atomic_ulong counters[COUNTERS];

static const char *const names[COUNTERS] = {
#define COUNTER(name, text) text,
    MM_COUNTERS(COUNTER)
#undef COUNTER
};

void counters_print(FILE *to)
{
    const char *separator = "";

    for (int i = 0; i < COUNTERS; i++) {
        unsigned long value = atomic_load(&counters[i]);

        if (value == 0)
            continue;
        fprintf(to, "%s%lu %s", separator, value, names[i]);
        separator = ", ";
    }
}
