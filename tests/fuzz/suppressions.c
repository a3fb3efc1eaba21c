/* SPDX-License-Identifier: BSD-2-Clause */
/* suppressions.c: any text is read as a file of suppressions, or refused. */
#include <stdint.h>

#include "suppress_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct suppress_list list = {0};

    suppress_file_parse(&list, "fuzz", (const char *)data, size);
    suppress_file_free(&list);
    return 0;
}
