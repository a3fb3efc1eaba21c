/* SPDX-License-Identifier: BSD-2-Clause */
/* escape.c: see escape.h. */
#include "escape.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* U+FFFE and U+FFFF are characters that XML leaves out. */
static bool is_noncharacter(const char *text)
{
    return memcmp(text, "\xef\xbf", 2) == 0 &&
           ((unsigned char)text[2] == 0xbe || (unsigned char)text[2] == 0xbf);
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void escape_xml(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *replaced = entity(*text);

        if (replaced != NULL) {
            fputs(replaced, out);
        } else if ((unsigned char)*text < ' ' && *text != '\n') {
            fputs("\xef\xbf\xbd", out);
        } else if ((unsigned char)*text == 0xef && is_noncharacter(text)) {
            fputs("\xef\xbf\xbd", out);
            text += 2;
        } else {
            fputc(*text, out);
        }
    }
}

static void escape_percent(FILE *out, const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (strchr(special, *text) != NULL)
            fprintf(out, "%%%02X", (unsigned char)*text);
        else
            fputc(*text, out);
    }
}

void escape_message(FILE *out, const char *text)
{
    escape_percent(out, text, "%\r\n");
}

void escape_property(FILE *out, const char *text)
{
    escape_percent(out, text, "%\r\n:,");
}

/* A backslash would not stop a mention, nor a tag in a table. */
void escape_markdown(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x80 && ispunct((unsigned char)*text))
            fprintf(out, "&#%d;", *text);
        else if ((unsigned char)*text < ' ')
            fputc(' ', out);
        else
            fputc(*text, out);
    }
}

void escape_dot(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        if ((unsigned char)*text < ' ')
            fputc(' ', out);
        else
            fputc(*text, out);
    }
}
