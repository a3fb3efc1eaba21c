/* SPDX-License-Identifier: BSD-2-Clause */
typedef int lv_memory_libc_placeholder;
