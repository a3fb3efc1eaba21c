/* SPDX-License-Identifier: BSD-2-Clause */
/* linux/spinlock.h: what the lock selftest needs of it. See ../locks.h. */
#include "../locks.h"
