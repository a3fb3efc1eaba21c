/* SPDX-License-Identifier: BSD-2-Clause */
/* order.c: any text is read as a declared order, or refused. */
#include "order_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct order_file file;

    order_file_parse(&file, "fuzz", (const char *)data, size);
    order_file_free(&file);
    return 0;
}
