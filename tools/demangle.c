/* SPDX-License-Identifier: BSD-2-Clause */
/* demangle.c: see demangle.h. */
#include "demangle.h"

#include <stdlib.h>
#include <string.h>

/* libstdc++'s; declared here since <cxxabi.h> is C++. */
char *__cxa_demangle(const char *symbol, char *buffer, size_t *size,
                     int *status);

/* Without ".isra.0", "@VERSION", " [clone .cold]". */
static void cut_additions(char *name)
{
    char *clone = strstr(name, " [clone ");
    size_t plain = strcspn(name + (name[0] == '.'), ".@");

    if (clone != NULL)
        *clone = '\0';
    else if (strchr(name, '(') == NULL && strchr(name, ':') == NULL)
        name[plain + (name[0] == '.')] = '\0';
}

static bool ends_in(const char *text, size_t size, const char *end)
{
    size_t length = strlen(end);

    return size >= length && memcmp(text + size - length, end, length) == 0;
}

/* The parenthesis that opens the one at `close`, or NULL. */
static char *opening(char *name, char *close)
{
    int depth = 0;

    for (; close >= name; close--) {
        depth += *close == ')';
        depth -= *close == '(';
        if (depth == 0)
            return close;
    }
    return NULL;
}

/* "f(int) const" to "f"; "operator()" stays whole. */
static void cut_parameters(char *name)
{
    char *close = strrchr(name, ')'), *open;

    if (close == NULL ||
        (close[1] != '\0' && strcmp(close + 1, " const") != 0 &&
         strcmp(close + 1, " &") != 0))
        return;
    open = opening(name, close);
    if (open == NULL || open == name ||
        ends_in(name, (size_t)(open - name), "operator"))
        return;
    *open = '\0';
}

/* "void f<int>" to "f<int>": templates spell their result. */
static char *skip_result(char *name)
{
    char *at, *start = name;
    int depth = 0;

    if (strstr(name, "operator") != NULL)
        return name;
    for (at = name; *at != '\0'; at++) {
        depth += *at == '<' || *at == '(' || *at == '{';
        depth -= *at == '>' || *at == ')' || *at == '}';
        if (*at == ' ' && depth == 0)
            start = at + 1;
    }
    return start;
}

char *demangle_function(struct tool_arena *arena, const char *symbol)
{
    int status = 0;
    char *full = NULL, *clean;

    if (symbol[0] == '_' && symbol[1] == 'Z')
        full = __cxa_demangle(symbol, NULL, NULL, &status);
    if (full == NULL) {
        clean = tool_clean(arena, symbol, strlen(symbol));
        cut_additions(clean);
        return clean;
    }
    cut_additions(full);
    cut_parameters(full);
    clean = skip_result(full);
    clean = tool_clean(arena, clean, strlen(clean));
    free(full);
    return clean;
}
