/* SPDX-License-Identifier: BSD-2-Clause */
/* value.h: JSON values that are there: without memory the tool ends.
 *
 * Each function that takes a value owns it from then on. Strings must be clean
 * (tool.h), or jansson refuses them. Includes tool.h; used by the forms that
 * write JSON. */
#ifndef VALUE_H
#define VALUE_H

#include <jansson.h>

#include "tool.h"

json_t *value_checked(json_t *value);
json_t *value_object(void);
json_t *value_list(void);

void value_set(json_t *object, const char *key, json_t *value);
void value_push(json_t *list, json_t *value);

void value_set_text(json_t *object, const char *key, const char *text);
void value_set_count(json_t *object, const char *key, uint64_t count);

json_t *value_strings(const char *const *text, size_t count);

/* Indented, with a newline. What could not be written shows in ferror. */
void value_write(json_t *value, FILE *out);

#endif
