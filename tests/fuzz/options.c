/* SPDX-License-Identifier: BSD-2-Clause */
/* options.c: any text is read as LOCKVAL_OPTIONS and as lockval.conf; what was
 * read and is written as text reads back as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "option.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round(const struct lv_options *options)
{
    static char once[16 * LV_OPTION_PATH], twice[16 * LV_OPTION_PATH];
    struct lv_options again;

    if (lv_options_render(options, once, sizeof(once)) == 0)
        abort();
    lv_options_default(&again);
    if (!lv_options_environment(&again, once, NULL, NULL) ||
        lv_options_render(&again, twice, sizeof(twice)) == 0 ||
        strcmp(once, twice) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lv_options options;
    char *text = malloc(size + 1);

    if (text == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    lv_options_default(&options);
    lv_options_environment(&options, text, NULL, NULL);
    check_round(&options);
    lv_options_default(&options);
    lv_options_file(&options, text, size, NULL, NULL);
    check_round(&options);
    free(text);
    return 0;
}
