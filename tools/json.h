/* SPDX-License-Identifier: BSD-2-Clause */
/* json.h: parts of the JSON report for other documents. The results are the
 * caller's. Includes findings.h, jansson; used by diff.c. */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>

#include "findings.h"

json_t *json_finding(const struct finding *finding);
json_t *json_step(const struct finding_step *step);

#endif
