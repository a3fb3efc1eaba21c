/* SPDX-License-Identifier: BSD-2-Clause */
/* judge_load.c: the rules of a report, from the records and a file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum { LONGEST_FILE = 1 << 20 };

static bool parse_file(struct rule_set *set, const char *path, FILE *file)
{
    char *text = malloc(LONGEST_FILE);
    size_t size;
    bool good;

    if (text == NULL)
        tool_out_of_memory();
    size = fread(text, 1, LONGEST_FILE, file);
    good = !ferror(file) && size < LONGEST_FILE;
    if (!good)
        tool_error("%s: %s", path,
                   ferror(file) ? strerror(errno) : "longer than 1 MiB");
    else
        good = rules_parse(set, tool_base(path), text, size);
    free(text);
    return good;
}

static bool read_file(struct rule_set *set, const char *path)
{
    FILE *file = fopen(path, "re");
    bool good;

    if (file == NULL) {
        tool_error("%s: %s", path, strerror(errno));
        return false;
    }
    good = parse_file(set, path, file);
    fclose(file);
    return good;
}

bool judge_load(struct rule_set *set, const struct model *model,
                const char *file, const char *profile)
{
    bool good = true;
    size_t i;

    memset(set, 0, sizeof(*set));
    for (i = 0; i < model->rules_count; i++)
        if (!rules_parse(set, "the program's", model->rules[i],
                         strlen(model->rules[i])))
            good = false;
    if (file[0] != '\0' && !read_file(set, file))
        good = false;
    if (!rules_choose(set, profile))
        good = false;
    if (set->error[0] != '\0')
        tool_error("rules: %s", set->error);
    return good;
}
