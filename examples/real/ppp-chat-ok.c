/* SPDX-License-Identifier: BSD-2-Clause */
/* ppp-chat-ok: the same with the lock order mended.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/real/ppp-chat-ok */
#define FIXED 1
#include "ppp-chat.c"
