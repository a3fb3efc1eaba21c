/* SPDX-License-Identifier: BSD-2-Clause */
/* bytes.c: memory and strings, for the library itself and its allocator.
 *
 * The compiler and the engine call these by their plain names. libc's would be
 * those of whoever comes first: a sanitizer's check what they are given, know
 * nothing of the engine's locks, and would accuse the program of our races. So
 * the library brings its own, which nobody else sees (exports.awk).
 *
 * Compiled so that no loop here becomes a call of the function that it is in
 * (meson.build). Includes nothing of ours. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void *memset(void *to, int byte, size_t size)
{
    unsigned char *at = to;

#if defined(__x86_64__)
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(byte) : "memory");
#else
    while (size-- > 0)
        *at++ = (unsigned char)byte;
#endif
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    unsigned char *at = to;
    const unsigned char *source = from;

#if defined(__x86_64__)
    __asm__ volatile("rep movsb"
                     : "+D"(at), "+S"(source), "+c"(size)
                     :
                     : "memory");
#else
    while (size-- > 0)
        *at++ = *source++;
#endif
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *at = to;
    const unsigned char *source = from;

    if ((uintptr_t)at - (uintptr_t)source >= size)
        return memcpy(to, from, size);
    while (size-- > 0)
        at[size] = source[size];
    return to;
}

static int difference(const unsigned char *a, const unsigned char *b,
                      size_t size)
{
    for (; size > 0; a++, b++, size--)
        if (*a != *b)
            return *a - *b;
    return 0;
}

/* Word by word as far as they agree. */
int memcmp(const void *left, const void *right, size_t size)
{
    typedef uint64_t __attribute__((may_alias, aligned(1))) word;
    const unsigned char *a = left, *b = right;

    while (size >= sizeof(word) && *(const word *)a == *(const word *)b)
        a += sizeof(word), b += sizeof(word), size -= sizeof(word);
    return difference(a, b, size);
}

void *memchr(const void *from, int byte, size_t size)
{
    const unsigned char *at = from;

    for (; size > 0; at++, size--)
        if (*at == (unsigned char)byte)
            return (void *)(uintptr_t)at;
    return NULL;
}

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end != '\0')
        end++;
    return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);

    return end == NULL ? size : (size_t)(end - text);
}

int strncmp(const char *left, const char *right, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (left[i] != right[i] || left[i] == '\0')
            return (unsigned char)left[i] - (unsigned char)right[i];
    return 0;
}

int strcmp(const char *left, const char *right)
{
    return strncmp(left, right, SIZE_MAX);
}

char *strchr(const char *text, int byte)
{
    for (; *text != (char)byte; text++)
        if (*text == '\0')
            return NULL;
    return (char *)(uintptr_t)text;
}

char *strrchr(const char *text, int byte)
{
    size_t i = strlen(text) + 1;

    while (i-- > 0)
        if (text[i] == (char)byte)
            return (char *)(uintptr_t)(text + i);
    return NULL;
}

char *strstr(const char *text, const char *part)
{
    size_t size = strlen(part);

    for (;; text++) {
        if (strncmp(text, part, size) == 0)
            return (char *)(uintptr_t)text;
        if (*text == '\0')
            return NULL;
    }
}

char *strcpy(char *restrict to, const char *restrict from)
{
    return memcpy(to, from, strlen(from) + 1);
}

char *strcat(char *restrict to, const char *restrict from)
{
    strcpy(to + strlen(to), from);
    return to;
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
    size_t used = strnlen(from, size);

    memcpy(to, from, used);
    memset(to + used, 0, size - used);
    return to;
}
