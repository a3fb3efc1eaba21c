/* SPDX-License-Identifier: BSD-2-Clause */
typedef int lv_event_placeholder;
