/* SPDX-License-Identifier: BSD-2-Clause */
/* early.h: what early.c left behind; see there. */
#ifndef EARLY_H
#define EARLY_H

#include <pthread.h>

/* Locked by the constructor. */
extern pthread_mutex_t early_held;

/* How often something went wrong. */
extern int early_errors;

/* End the thread that the constructor started. */
void early_stop(void);

#endif
