/* SPDX-License-Identifier: BSD-2-Clause */
/* outcome.c: see outcome.h. */
#include "outcome.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "option.h"
#include "render.h"

static char directory[] = "/tmp/lockval-test-XXXXXX";
static pid_t owner;

static void clean_up(void)
{
    DIR *list;
    const struct dirent *entry;

    if (owner != getpid())
        return;
    list = opendir(directory);
    while (list != NULL && (entry = readdir(list)) != NULL)
        unlinkat(dirfd(list), entry->d_name, 0);
    if (list != NULL)
        closedir(list);
    rmdir(directory);
}

const char *scratch(void)
{
    if (owner == getpid())
        return directory;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    if (mkdtemp(directory) == NULL)
        abort();
    owner = getpid();
    atexit(clean_up);
    return directory;
}

const char *in_scratch(const char *name)
{
    static char path[8][4096];
    static unsigned next;
    char *out = path[next++ % 8];

    snprintf(out, sizeof(path[0]), "%s/%s", scratch(), name);
    return out;
}

static int kept = -1;
static FILE *caught;

void catch_errors(void)
{
    fflush(stderr);
    kept = dup(STDERR_FILENO);
    caught = tmpfile();
    if (kept < 0 || caught == NULL || dup2(fileno(caught), STDERR_FILENO) < 0)
        abort();
}

char *caught_errors(void)
{
    char *text = calloc(1, 65536);

    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(caught);
    if (text == NULL)
        abort();
    text[fread(text, 1, 65535, caught)] = '\0';
    fclose(caught);
    return text;
}

unsigned count_lines(const char *text)
{
    unsigned count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

struct model *read_records(const char *path)
{
    struct model *model = malloc(sizeof(*model));

    if (model == NULL)
        abort();
    model_start(model);
    model_read(model, path, NULL);
    model_learn(model);
    return model;
}

void drop_records(struct model *model)
{
    model_free(model);
    free(model);
}

static char *rendered(struct model *model, void (*form)(const struct render *))
{
    struct findings *findings = findings_new(model);
    char *text = NULL;
    size_t size = 0;
    struct render render = {findings, open_memstream(&text, &size),
                            LV_FAIL_DEFAULT, false};

    if (render.out == NULL)
        abort();
    form(&render);
    fclose(render.out);
    findings_free(findings);
    return text;
}

char *as_text(struct model *model)
{
    return rendered(model, render_text);
}

char *as_json(struct model *model)
{
    return rendered(model, render_json);
}

bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}
