/* SPDX-License-Identifier: BSD-2-Clause */
/* html_data.h: what the page of html.c shows, as JSON for its script.
 *
 * Strings, frames and stacks are told once and meant by index, so that a graph
 * of thousands of classes stays small. report.js says what each field is.
 * Includes render.h; used by html.c. */
#ifndef HTML_DATA_H
#define HTML_DATA_H

#include <jansson.h>

#include "render.h"

/* To be given back with json_decref. */
json_t *html_data(const struct render *render);

#endif
