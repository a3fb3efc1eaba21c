/* SPDX-License-Identifier: BSD-2-Clause */
/* hold.h: for how long locks were held: what S2 and S3 are about is cost.
 *
 * Wall time between begin and end in one thread, summed up for the whole run.
 * Only `mm stress` prints it: it differs from run to run. Any thread, no lock;
 * one hold of a kind at a time in a thread. */
#ifndef MM_HOLD_H
#define MM_HOLD_H

#include <stdio.h>

enum hold_kind { HOLD_MMAP_READ, HOLD_MMAP_WRITE, HOLD_VMA_READ, HOLDS };

void hold_begin(enum hold_kind kind);
void hold_end(enum hold_kind kind);

/* "mmap_lock W: 12 times, mean 3 us, longest 40 us; …" */
void hold_print(FILE *to);

#endif
