/* SPDX-License-Identifier: BSD-2-Clause */
/* libfabric-tcp-ok: the same with the lock order mended.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/real/libfabric-tcp-ok */
#define FIXED 1
#include "libfabric-tcp.c"
