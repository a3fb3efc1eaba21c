/* SPDX-License-Identifier: BSD-2-Clause */
/* linux/sched/mm.h: what the lock selftest needs of it. See ../../kernel.h. */
#include "../../kernel.h"
