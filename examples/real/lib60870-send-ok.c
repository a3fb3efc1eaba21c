/* SPDX-License-Identifier: BSD-2-Clause */
/* lib60870-send-ok: the same with the lock order mended.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/real/lib60870-send-ok */
#define FIXED 1
#include "lib60870-send.c"
