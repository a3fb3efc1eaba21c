/* SPDX-License-Identifier: BSD-2-Clause */
/* rules.c: any text is read as rules, or refused. */
#include "rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rule_set set = {0};

    rules_parse(&set, "fuzz", (const char *)data, size);
    rules_choose(&set, "");
    rules_free(&set);
    return 0;
}
