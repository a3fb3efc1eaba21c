/* SPDX-License-Identifier: BSD-2-Clause */
/* linux/delay.h: what the lock selftest needs of it. See ../kernel.h. */
#include "../kernel.h"
