/* SPDX-License-Identifier: BSD-2-Clause */
/* openssl-providers-ok: the same with the lock order mended.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/real/openssl-providers-ok */
#define FIXED 1
#include "openssl-providers.c"
