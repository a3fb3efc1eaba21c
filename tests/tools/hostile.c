/* SPDX-License-Identifier: BSD-2-Clause */
/* hostile.c: a record whose every name attacks some form, and findings that are
 * suppressed or known, for forms.py.
 *
 * usage: hostile record PATH        write the record
 *        hostile render FORM PATH   render it, the first finding suppressed
 *                                   and the second one known to the baseline */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maker.h"
#include "option.h"
#include "outcome.h"
#include "render.h"

static const char *const names[] = {
    "</script><script>window.bad=1</script>",
    "]]></failure><x a=\"",
    "::error file=x.c,line=1::bad\n::error::bad",
    "%0A::error::bad",
    "[text](http://bad.example) {0} {lambda()#1}",
    "\"]; bad [label=\"x\\",
    "<!-- <img src=x onerror=window.bad=1> &amp;",
    "`@team` | *x* _y_ <details>",
    "\033[31m\xef\xbf\xbf\xe2\x80\xae' onclick='window.bad=1",
    "back\\slash\\",
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static struct maker maker;

/* A circle through all of them, and an inversion of each pair. */
static void make(void)
{
    uint32_t i;

    maker_start(&maker, 7);
    maker_module(&maker, 1, "/lib/<b>\"x'&[y](z)::%0A\n.so");
    for (i = 1; i <= NAMES; i++) {
        maker_thread(&maker, i, names[NAMES - i]);
        maker_class(&maker, i, names[i - 1]);
        maker_lock(&maker, i, i);
    }
    for (i = 1; i <= NAMES; i++) {
        uint32_t next = i % NAMES + 1;

        maker_call(&maker, 10 * i + i, LV_PLACE(1, 0x100 * i));
        if (10 * i + next != 10 * next + next)
            maker_call(&maker, 10 * i + next, LV_PLACE(1, 0x100 * i + 8));
        maker_seen(&maker, i, (const uint32_t[]){i, 0}, next);
    }
    maker_call(&maker, 10 * 2 + 1, LV_PLACE(1, 0x777));
    maker_seen(&maker, 2, (const uint32_t[]){2, 0}, 1);
    maker_misuse(&maker, LV_MISUSE_EXIT_HELD, 3, 3);
}

static const struct {
    const char *name;
    void (*render)(const struct render *);
} forms[] = {
    {"text", render_text},     {"json", render_json},
    {"sarif", render_sarif},   {"junit", render_junit},
    {"github", render_github}, {"gitlab", render_gitlab},
    {"dot", render_dot},       {"tsan", render_tsan},
    {"html", render_html},
};

static int render(const char *form, const char *path)
{
    struct model *model = read_records(path);
    struct findings *findings = findings_new(model);
    struct render render = {findings, stdout, LV_FAIL_DEFAULT, false};
    size_t i;

    if (findings->finding_count < 2)
        abort();
    findings->finding[0].suppressed_by = "lock:x";
    findings->finding[0].suppressed_reason = names[0];
    findings->finding[1].known = true;
    findings->finding[1].test = (const char **)(uintptr_t)&names[3];
    findings->finding[1].test_count = 1;
    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (strcmp(forms[i].name, form) == 0)
            forms[i].render(&render);
    findings_free(findings);
    drop_records(model);
    return ferror(stdout) != 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "record") == 0) {
        make();
        maker_save(&maker, argv[2], 0);
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "render") == 0)
        return render(argv[2], argv[3]);
    return 2;
}
