/* SPDX-License-Identifier: BSD-2-Clause */
typedef int lv_record_placeholder;
