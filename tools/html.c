/* SPDX-License-Identifier: BSD-2-Clause */
/* html.c: the report as one page for a browser, that works from disk.
 *
 * The page is html/report.html with its style and script, embedded when this is
 * built, and the data. Its policy lets nothing load and nothing run but that
 * script, known by its hash, whatever the names in the data are. */
#include <stdlib.h>
#include <string.h>

#include "html_data.h"
#include "html_parts.h"
#include "render.h"
#include "value.h"

/* '<' in JSON is in strings alone; so spelled, it can neither end the element
 * nor begin a comment. */
static void write_data(FILE *out, json_t *data)
{
    char *text = json_dumps(data, JSON_COMPACT), *at;

    if (text == NULL)
        tool_out_of_memory();
    for (at = text; *at != '\0';) {
        size_t size = strcspn(at, "<");

        fwrite(at, 1, size, out);
        at += size;
        if (*at == '<') {
            fputs("\\u003c", out);
            at++;
        }
    }
    free(text);
}

void render_html(const struct render *render)
{
    json_t *data = html_data(render);

    fwrite(html_before, 1, html_before_size, render->out);
    write_data(render->out, data);
    fwrite(html_after, 1, html_after_size, render->out);
    json_decref(data);
}
