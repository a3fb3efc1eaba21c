/* SPDX-License-Identifier: BSD-2-Clause */
/* layout.c: see layout.h. */
#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a person can read and `dot` places in a second or two. */
enum { MOST_NODES = 150, MOST_EDGES = 600, CYCLE_NODES = 80, SECONDS = 8 };
enum { CHARACTER = 7, PADDING = 24, HEIGHT = 28, LONGEST_NAME = 34 };
#define POINTS 72.0 /* of an inch, in which graphviz counts */

/* ---- which --------------------------------------------------------------- */

struct choice {
    const struct lock_graph *graph;
    bool *in; /* by class */
    size_t count;
};

static void take(struct choice *choice, uint32_t class_id, size_t most)
{
    if (class_id == 0 || choice->in[class_id] || choice->count >= most)
        return;
    choice->in[class_id] = true;
    choice->count++;
}

/* Of the marks from `least` on, in the findings' order: worst first. */
static void take_cycles(struct choice *choice, enum lock_mark least)
{
    const struct findings *findings = choice->graph->findings;
    size_t i, j;

    for (i = 0; i < findings->finding_count; i++) {
        const struct finding *finding = &findings->finding[i];

        for (j = 0; j < finding->lock_count; j++) {
            uint32_t id = lock_graph_class(choice->graph, finding->lock[j]);

            if (choice->graph->of_class[id] >= least)
                take(choice, id, CYCLE_NODES);
        }
    }
}

/* Next to those, each with an eye for what was there before this began. */
static void take_neighbours(struct choice *choice, struct tool_arena *arena)
{
    const struct findings *findings = choice->graph->findings;
    bool *core = tool_take(arena, findings->class_count + 1);
    size_t i;

    memcpy(core, choice->in, findings->class_count);
    for (i = 0; i < findings->dependency_count; i++) {
        const struct class_dependency *d = &findings->dependency[i];

        if (core[d->from])
            take(choice, d->to, MOST_NODES);
        if (core[d->to])
            take(choice, d->from, MOST_NODES);
    }
}

/* Whatever has a dependency, as long as there is room. */
static void take_rest(struct choice *choice)
{
    const struct findings *findings = choice->graph->findings;
    size_t i;

    for (i = 0; i < findings->dependency_count; i++) {
        take(choice, findings->dependency[i].from, MOST_NODES);
        take(choice, findings->dependency[i].to, MOST_NODES);
    }
}

static size_t count_connected(const struct findings *findings,
                              struct tool_arena *arena)
{
    bool *seen = tool_take(arena, findings->class_count + 1);
    size_t i, count = 0;

    for (i = 0; i < findings->dependency_count; i++) {
        seen[findings->dependency[i].from] = true;
        seen[findings->dependency[i].to] = true;
    }
    for (i = 0; i < findings->class_count; i++)
        count += seen[i];
    return count;
}

static bool is_drawn(const struct choice *choice, size_t dependency)
{
    const struct class_dependency *d =
        &choice->graph->findings->dependency[dependency];

    return choice->in[d->from] && choice->in[d->to];
}

/* ---- the child ----------------------------------------------------------- */

/* Characters, not bytes. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += (*text & 0xc0) != 0x80;
    return width < LONGEST_NAME ? width : LONGEST_NAME;
}

static void write_class(FILE *out, const struct findings *findings, uint32_t id)
{
    fprintf(out, "n%" PRIu32 " [width=%.3f]\n", id,
            (double)(width_of(findings->class[id].name) * CHARACTER + PADDING) /
                POINTS);
}

static void write_graph(FILE *out, const struct choice *choice)
{
    const struct findings *findings = choice->graph->findings;
    size_t i, edges = 0;
    uint32_t id;

    fprintf(out,
            "digraph{nslimit=2;mclimit=1;nodesep=0.25;ranksep=0.6;"
            "edge[dir=none];"
            "node[shape=box,fixedsize=true,label=\"\",height=%.3f]\n",
            HEIGHT / POINTS);
    for (id = 1; id < findings->class_count; id++)
        if (choice->in[id])
            write_class(out, findings, id);
    for (i = 0; i < findings->dependency_count; i++)
        if (is_drawn(choice, i) &&
            (choice->graph->of_dependency[i] != LOCK_PLAIN ||
             edges++ < MOST_EDGES))
            fprintf(out, "n%" PRIu32 "->n%" PRIu32 "\n",
                    findings->dependency[i].from, findings->dependency[i].to);
    fprintf(out, "}\n");
}

static _Noreturn void execute(int in, int out)
{
    static char program[] = "dot", form[] = "-Tplain";
    char *argv[] = {program, form, NULL};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(null, STDERR_FILENO) < 0)
        _exit(126);
    execvp(program, argv);
    _exit(127);
}

/* Its exit status, or -1 where it had to be ended. */
static int wait_for(pid_t child)
{
    const struct timespec moment = {0, 5 * 1000 * 1000};
    struct timespec begin, now;
    int status;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (;;) {
        pid_t ended = waitpid(child, &status, WNOHANG);

        if (ended == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
        if (ended < 0 && errno != EINTR)
            return 0; /* SIGCHLD is ignored: its output tells */
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - begin.tv_sec > SECONDS)
            break;
        nanosleep(&moment, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

static const char *run(int in, int out)
{
    pid_t child;
    int status;

    fflush(NULL);
    child = fork();
    if (child == 0)
        execute(in, out);
    if (child < 0)
        return "graphviz could not be started";
    status = wait_for(child);
    if (status == 127)
        return "graphviz (the program dot) was not found";
    if (status < 0)
        return "graphviz took too long";
    return status == 0 ? NULL : "graphviz failed";
}

static char *read_all(struct tool_arena *arena, int file)
{
    struct stat about;
    char *text;
    ssize_t size;

    if (fstat(file, &about) != 0)
        return NULL;
    text = tool_take(arena, (size_t)about.st_size + 1);
    size = pread(file, text, (size_t)about.st_size, 0);
    return size == about.st_size ? text : NULL;
}

/* ---- its answer ---------------------------------------------------------- */

struct reader {
    struct layout *layout;
    struct tool_arena *arena;
    const struct lock_graph *graph;
    size_t nodes; /* that were asked for */
    char *at;
};

static double take_number(struct reader *reader)
{
    return strtod(reader->at, &reader->at);
}

static uint32_t take_node(struct reader *reader)
{
    reader->at += strspn(reader->at, " ");
    if (*reader->at == 'n')
        reader->at++;
    return (uint32_t)strtoul(reader->at, &reader->at, 10);
}

static void read_node(struct reader *reader)
{
    struct layout *layout = reader->layout;
    struct layout_node *node = &layout->node[layout->node_count++];

    node->class_id = take_node(reader);
    node->x = take_number(reader) * POINTS;
    node->y = layout->height - take_number(reader) * POINTS;
    node->width = take_number(reader) * POINTS;
    node->height = take_number(reader) * POINTS;
}

static void read_edge(struct reader *reader)
{
    struct layout *layout = reader->layout;
    struct layout_edge *edge = &layout->edge[layout->edge_count];
    uint32_t from = take_node(reader), to = take_node(reader);
    size_t i, count = (size_t)take_number(reader);

    edge->dependency = lock_graph_dependency(reader->graph, from, to);
    if (count > 10000 ||
        edge->dependency == reader->graph->findings->dependency_count)
        return;
    edge->count = count;
    edge->point = tool_take(reader->arena, count * sizeof(*edge->point));
    for (i = 0; i < count; i++) {
        edge->point[i][0] = take_number(reader) * POINTS;
        edge->point[i][1] = layout->height - take_number(reader) * POINTS;
    }
    layout->edge_count++;
}

/* Ends with "stop"; else it was cut short. */
static bool read_plain(struct reader *reader)
{
    struct layout *layout = reader->layout;

    while (reader->at != NULL && *reader->at != '\0') {
        char *line = reader->at;

        if (strncmp(line, "stop", 4) == 0)
            return true;
        if (strncmp(line, "graph ", 6) == 0) {
            reader->at += 6;
            take_number(reader);
            layout->width = take_number(reader) * POINTS;
            layout->height = take_number(reader) * POINTS;
        } else if (strncmp(line, "node ", 5) == 0 &&
                   layout->node_count < reader->nodes) {
            reader->at += 5;
            read_node(reader);
        } else if (strncmp(line, "edge ", 5) == 0 &&
                   layout->edge_count <
                       reader->graph->findings->dependency_count) {
            reader->at += 5;
            read_edge(reader);
        }
        reader->at = strchr(reader->at, '\n');
        reader->at += reader->at != NULL;
    }
    return false;
}

static const char *lay_out(struct layout *layout, struct tool_arena *arena,
                           const struct choice *choice, int in, int out)
{
    struct reader reader = {layout, arena, choice->graph, choice->count, NULL};
    FILE *file = fdopen(dup(in), "w");
    const char *failure;

    if (file == NULL)
        return "graphviz could not be started";
    write_graph(file, choice);
    if (fclose(file) != 0 || lseek(in, 0, SEEK_SET) != 0)
        return "graphviz could not be started";
    failure = run(in, out);
    if (failure != NULL)
        return failure;
    reader.at = read_all(arena, out);
    return reader.at != NULL && read_plain(&reader) ? NULL : "graphviz failed";
}

/* ---- all of it ----------------------------------------------------------- */

static void choose(struct choice *choice, struct layout *layout,
                   struct tool_arena *arena)
{
    const struct findings *findings = choice->graph->findings;

    choice->in = tool_take(arena, findings->class_count + 1);
    layout->partial = count_connected(findings, arena) > MOST_NODES ||
                      findings->dependency_count > MOST_EDGES;
    take_cycles(choice, LOCK_CYCLE);
    if (choice->count == 0)
        take_cycles(choice, LOCK_HINT);
    if (layout->partial)
        take_neighbours(choice, arena);
    if (!layout->partial || choice->count == 0)
        take_rest(choice);
}

void layout_make(struct layout *layout, struct tool_arena *arena,
                 const struct lock_graph *graph)
{
    struct choice choice = {.graph = graph};
    int in = memfd_create("lockval", MFD_CLOEXEC);
    int out = memfd_create("lockval", MFD_CLOEXEC);

    memset(layout, 0, sizeof(*layout));
    choose(&choice, layout, arena);
    layout->node = tool_take(arena, (choice.count + 1) * sizeof(*layout->node));
    layout->edge = tool_take(arena, (graph->findings->dependency_count + 1) *
                                        sizeof(*layout->edge));
    layout->failure = in < 0 || out < 0
                          ? "graphviz could not be started"
                          : lay_out(layout, arena, &choice, in, out);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    if (layout->failure != NULL)
        layout->node_count = layout->edge_count = 0;
}
