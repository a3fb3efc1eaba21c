/* SPDX-License-Identifier: BSD-2-Clause */
/* linux/debug_locks.h: what the lock selftest needs of it. See ../kernel.h. */
#include "../kernel.h"
