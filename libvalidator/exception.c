/* SPDX-License-Identifier: BSD-2-Clause */
typedef int lv_exception_placeholder;
