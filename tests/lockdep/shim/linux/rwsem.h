/* SPDX-License-Identifier: BSD-2-Clause */
/* linux/rwsem.h: what the lock selftest needs of it. See ../locks.h. */
#include "../locks.h"
