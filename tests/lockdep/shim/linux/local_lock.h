/* SPDX-License-Identifier: BSD-2-Clause */
/* linux/local_lock.h: what the lock selftest needs of it. See ../locks.h. */
#include "../locks.h"
