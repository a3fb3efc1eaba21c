/* SPDX-License-Identifier: BSD-2-Clause */
/* junit.c: the report as JUnit's XML, as Jenkins and GitLab show it.
 *
 * A test case for each finding, named by its locks and fingerprint so that its
 * history is one line: failed if it fails the run, else skipped with the
 * reason. A kind of which there is nothing is a test case that passed: a suite
 * without any counts as an error there. */
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "explain.h"
#include "point.h"
#include "render.h"
#include "told.h"

struct junit {
    const struct render *render;
    struct tool_arena arena;
    struct point_root root;
    const struct told *told;
    size_t count;
};

static void attribute(const struct junit *junit, const char *name,
                      const char *value)
{
    fprintf(junit->render->out, " %s=\"", name);
    escape_xml(junit->render->out, value);
    fputc('"', junit->render->out);
}

static const char *case_name(struct junit *junit, const struct finding *finding)
{
    const char *name = "";
    size_t i;

    for (i = 0; i < finding->lock_count; i++)
        name = tool_print(&junit->arena, "%s%s%s", name, i > 0 ? " → " : "",
                          finding->lock[i]);
    return tool_print(&junit->arena, "%s [%s]", name, finding->fingerprint);
}

static void print_place(struct junit *junit, const struct finding *finding)
{
    const struct symbol_frame *frame = point_finding(finding);
    struct point point;

    if (frame == NULL)
        return;
    point = point_of(&junit->root, &junit->arena, frame);
    if (point.path == NULL)
        return;
    attribute(junit, "file", point.path);
    if (point.line > 0)
        attribute(junit, "line", tool_print(&junit->arena, "%d", point.line));
}

static void print_tests(struct junit *junit, const struct finding *finding)
{
    size_t i;

    if (finding->test_count == 0 && finding->confirmation == NULL)
        return;
    fprintf(junit->render->out, "      <properties>\n");
    if (finding->confirmation != NULL) {
        fprintf(junit->render->out, "        <property name=\"confirmation\"");
        attribute(junit, "value", finding->confirmation);
        fprintf(junit->render->out, "/>\n");
    }
    for (i = 0; i < finding->test_count; i++) {
        fprintf(junit->render->out, "        <property name=\"test\"");
        attribute(junit, "value", finding->test[i]);
        fprintf(junit->render->out, "/>\n");
    }
    fprintf(junit->render->out, "      </properties>\n");
}

static void print_failure(struct junit *junit, const struct told *told)
{
    char *text = told_text(told, junit->render);

    fprintf(junit->render->out, "      <failure");
    attribute(junit, "message", told->finding->message);
    attribute(junit, "type", told->finding->kind);
    fputc('>', junit->render->out);
    escape_xml(junit->render->out, text);
    fprintf(junit->render->out, "</failure>\n");
    free(text);
}

static void print_case(struct junit *junit, const struct told *told)
{
    const struct finding *finding = told->finding;
    const char *excuse =
        told_excuse(&junit->arena, told, junit->render->fail_on);

    fprintf(junit->render->out, "    <testcase");
    attribute(junit, "classname",
              tool_print(&junit->arena, "lockval.%s", finding->kind));
    attribute(junit, "name", case_name(junit, finding));
    attribute(junit, "time", "0");
    print_place(junit, finding);
    fprintf(junit->render->out, ">\n");
    print_tests(junit, finding);
    if (excuse == NULL) {
        print_failure(junit, told);
    } else {
        fprintf(junit->render->out, "      <skipped");
        attribute(junit, "message", excuse);
        fprintf(junit->render->out, "/>\n");
    }
    fprintf(junit->render->out, "    </testcase>\n");
}

static bool is_there(const struct junit *junit, const char *kind)
{
    size_t i;

    for (i = 0; i < junit->count; i++)
        if (strcmp(junit->told[i].finding->kind, kind) == 0)
            return true;
    return false;
}

static size_t count_absent(const struct junit *junit)
{
    const struct explain_page *page;
    size_t i, count = 0;

    for (i = 0; (page = explain_kind(i)) != NULL; i++)
        count += !is_there(junit, page->name);
    return count;
}

static void print_absent(const struct junit *junit)
{
    const struct explain_page *page;
    size_t i;

    for (i = 0; (page = explain_kind(i)) != NULL; i++)
        if (!is_there(junit, page->name))
            fprintf(junit->render->out,
                    "    <testcase classname=\"lockval.%s\" name=\"none\" "
                    "time=\"0\"/>\n",
                    page->name);
}

static void print_head(const struct junit *junit, const char *element)
{
    size_t i, failures = 0;

    for (i = 0; i < junit->count; i++)
        failures +=
            finding_fails(junit->told[i].finding, junit->render->fail_on);
    fprintf(junit->render->out,
            "<%s name=\"lockval\" tests=\"%zu\" failures=\"%zu\" "
            "errors=\"%d\" skipped=\"%zu\" time=\"0\">\n",
            element, junit->count + count_absent(junit), failures, 0,
            junit->count - failures);
}

void render_junit(const struct render *render)
{
    struct junit junit = {.render = render};
    size_t i;

    point_root(&junit.root, &junit.arena);
    junit.told = told_list(render->findings, &junit.arena, &junit.count);
    fprintf(render->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    print_head(&junit, "testsuites");
    fprintf(render->out, "  ");
    print_head(&junit, "testsuite");
    for (i = 0; i < junit.count; i++)
        print_case(&junit, &junit.told[i]);
    print_absent(&junit);
    fprintf(render->out, "  </testsuite>\n</testsuites>\n");
    tool_arena_free(&junit.arena);
}
