/* SPDX-License-Identifier: BSD-2-Clause */
/* value.c: see value.h. */
#include "value.h"

json_t *value_checked(json_t *value)
{
    if (value == NULL)
        tool_out_of_memory();
    return value;
}

json_t *value_object(void)
{
    return value_checked(json_object());
}

json_t *value_list(void)
{
    return value_checked(json_array());
}

void value_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value_checked(value)) != 0)
        tool_out_of_memory();
}

void value_push(json_t *list, json_t *value)
{
    if (json_array_append_new(list, value_checked(value)) != 0)
        tool_out_of_memory();
}

void value_set_text(json_t *object, const char *key, const char *text)
{
    value_set(object, key, json_string(text));
}

void value_set_count(json_t *object, const char *key, uint64_t count)
{
    value_set(object, key, json_integer((json_int_t)count));
}

json_t *value_strings(const char *const *text, size_t count)
{
    json_t *list = value_list();
    size_t i;

    for (i = 0; i < count; i++)
        value_push(list, json_string(text[i]));
    return list;
}

void value_write(json_t *value, FILE *out)
{
    json_dumpf(value, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(value);
}
