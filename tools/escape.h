/* SPDX-License-Identifier: BSD-2-Clause */
/* escape.h: strings written so that a form takes them for text alone, whatever
 * they hold. Names come from records, and records from anywhere.
 * Includes nothing of ours; used by the forms. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdio.h>

/* For XML, in text and between quotes. What no XML may hold becomes U+FFFD. */
void escape_xml(FILE *out, const char *text);

/* For a workflow command of GitHub: its message, or one of its properties. */
void escape_message(FILE *out, const char *text);
void escape_property(FILE *out, const char *text);

/* For Markdown of GitHub: no markup, no HTML, no mention, no link. */
void escape_markdown(FILE *out, const char *text);

/* For graphviz, between double quotes. */
void escape_dot(FILE *out, const char *text);

#endif
