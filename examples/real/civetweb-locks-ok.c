/* SPDX-License-Identifier: BSD-2-Clause */
/* civetweb-locks-ok: the same with the lock order mended.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/real/civetweb-locks-ok */
#define FIXED 1
#include "civetweb-locks.c"
