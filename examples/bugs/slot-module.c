/* SPDX-License-Identifier: BSD-2-Clause */
/* slot-module: what reuse-dlclose loads: a module with a mutex in it. */
#include <pthread.h>

extern pthread_mutex_t slot;
pthread_mutex_t slot = PTHREAD_MUTEX_INITIALIZER;
