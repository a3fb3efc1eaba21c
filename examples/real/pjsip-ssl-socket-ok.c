/* SPDX-License-Identifier: BSD-2-Clause */
/* pjsip-ssl-socket-ok: the same with the lock order mended.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/real/pjsip-ssl-socket-ok */
#define FIXED 1
#include "pjsip-ssl-socket.c"
