/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.c: see explain.h; the pages are in explain_pages.c. */
#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "option.h"
#include "tool.h"

static const char help[] =
    "lockval explain KIND: what a kind of finding means, why it can deadlock, "
    "and\nhow people fix it\n\n";

const struct explain_page *explain_find(const char *name)
{
    const struct explain_page *page;
    size_t i;

    for (i = 0; (page = explain_page(i)) != NULL; i++)
        if (strcmp(page->name, name) == 0)
            return page;
    return NULL;
}

/* Words in lines of at most 78 columns, after `indent` blanks; "\n\n" begins a
 * paragraph. */
static void print_text(const char *text, int indent)
{
    int column = 0;

    for (text += strspn(text, " \n"); *text != '\0';) {
        int size = (int)strcspn(text, " \n");

        if (column > 0 && column + 1 + size > 78) {
            putchar('\n');
            column = 0;
        }
        column += printf("%*s%.*s", column == 0 ? indent : 1, "", size, text);
        text += size;
        if (strncmp(text, "\n\n", 2) == 0) {
            fputs("\n\n", stdout);
            column = 0;
        }
        text += strspn(text, " \n");
    }
    putchar('\n');
}

static void print_page(const struct explain_page *page)
{
    printf("%s: %s\n\nWhat it means\n", page->name, page->brief);
    print_text(page->means, 2);
    printf("\nWhy it matters\n");
    print_text(page->why, 2);
    printf("\nHow people fix it\n");
    print_text(page->fix, 2);
}

static void print_list(void)
{
    const struct explain_page *page;
    size_t i;

    fputs(help, stdout);
    for (i = 0; (page = explain_page(i)) != NULL; i++)
        printf("  %-20s %s\n", page->name, page->brief);
}

static int refuse(const char *word)
{
    const char *name[64];
    const char *near;
    size_t count = 0;

    while (count < 64 && explain_page(count) != NULL) {
        name[count] = explain_page(count)->name;
        count++;
    }
    near = lv_option_nearest(word, strlen(word), name, count);
    if (near == NULL)
        tool_error("%s is no kind of finding; `lockval explain` lists them",
                   word);
    else
        tool_error("%s is no kind of finding; did you mean %s?", word, near);
    return TOOL_FAILED;
}

int explain_command(int argc, char **argv)
{
    const struct explain_page *page;

    if (argc == 0 || strcmp(argv[0], "--help") == 0 ||
        strcmp(argv[0], "-h") == 0) {
        print_list();
        return TOOL_OK;
    }
    page = explain_find(argv[0]);
    if (page == NULL)
        return refuse(argv[0]);
    print_page(page);
    return TOOL_OK;
}
