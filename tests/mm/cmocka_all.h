/* SPDX-License-Identifier: BSD-2-Clause */
/* cmocka_all.h: cmocka and what it wants included before it. */
#ifndef MM_TESTS_CMOCKA_ALL_H
#define MM_TESTS_CMOCKA_ALL_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
