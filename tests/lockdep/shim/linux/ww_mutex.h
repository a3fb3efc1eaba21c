/* SPDX-License-Identifier: BSD-2-Clause */
/* linux/ww_mutex.h: what the lock selftest needs of it. See ../ww.h. */
#include "../ww.h"
