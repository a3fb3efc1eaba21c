/* SPDX-License-Identifier: BSD-2-Clause */
/* plan.c: see plan.h. */
#include "plan.h"

#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { CALLERS = 2 };

struct writer {
    FILE *out;
    bool exact; /* the modules are those that ran */
    bool paths; /* name callers */
    size_t places;
};

static void write_place(struct writer *writer, const char *word, uint64_t start,
                        uint64_t end, const char *module)
{
    fprintf(writer->out, "%s %" PRIx64 " %" PRIx64 " %s\n", word, start, end,
            tool_base(module));
    writer->places++;
}

/* ---- a function of that name, wherever it is now ------------------------- */

static void write_symbols(struct writer *writer, const char *word, Elf *elf,
                          Elf_Scn *section, const struct symbol_frame *frame)
{
    GElf_Shdr header;
    Elf_Data *data;
    GElf_Sym symbol;
    int i;

    if (gelf_getshdr(section, &header) == NULL || header.sh_entsize == 0 ||
        (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) ||
        (data = elf_getdata(section, NULL)) == NULL)
        return;
    for (i = 0; gelf_getsym(data, i, &symbol) != NULL; i++) {
        const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);

        if (name != NULL && GELF_ST_TYPE(symbol.st_info) == STT_FUNC &&
            symbol.st_value != 0 && strcmp(name, frame->function) == 0)
            write_place(writer, word, symbol.st_value + 1,
                        symbol.st_value + symbol.st_size + 1, frame->module);
    }
}

static void write_function(struct writer *writer, const char *word,
                           const struct symbol_frame *frame)
{
    int file = open(frame->module, O_RDONLY | O_CLOEXEC);
    Elf_Scn *section = NULL;
    Elf *elf;

    if (file < 0)
        return;
    elf_version(EV_CURRENT);
    elf = elf_begin(file, ELF_C_READ_MMAP, NULL);
    while (elf != NULL && (section = elf_nextscn(elf, section)) != NULL)
        write_symbols(writer, word, elf, section, frame);
    elf_end(elf);
    close(file);
}

/* ---- steps --------------------------------------------------------------- */

/* Inlined calls share a place with the function that they are in. */
static const struct symbol_frame *concrete(const struct symbol_stack *stack,
                                           const struct symbol_frame *frame)
{
    while (frame->inlined && frame + 1 < stack->frame + stack->count)
        frame++;
    return frame;
}

/* Those that called `frame`, as far as inlining leaves them a place. */
static void write_callers(struct writer *writer, const char *word,
                          const struct symbol_stack *stack,
                          const struct symbol_frame *frame)
{
    const struct symbol_frame *end = stack->frame + stack->count;
    unsigned left = CALLERS;

    for (frame = concrete(stack, frame) + 1; frame < end && left > 0; frame++)
        if (!frame->inlined && frame->module[0] != '\0') {
            write_place(writer, word, frame->offset, frame->offset + 1,
                        frame->module);
            left--;
        }
}

static bool write_stack(struct writer *writer, const char *word,
                        const struct symbol_stack *stack)
{
    const struct symbol_frame *frame = name_own_frame(stack);

    if (frame == NULL || frame->module[0] == '\0')
        return false;
    if (writer->exact || frame->function[0] == '\0')
        write_place(writer, word, frame->offset, frame->offset + 1,
                    frame->module);
    else
        write_function(writer, word, concrete(stack, frame));
    if (writer->exact && writer->paths)
        write_callers(writer, word[0] == 'h' ? "held-under" : "wanted-under",
                      stack, frame);
    return true;
}

/* "SIGUSR1", "SIGRTMIN+2", and what may stand behind it. */
static int signal_of(const char *name)
{
    int number, offset = 0;

    if (strncmp(name, "SIGRTMIN", 8) == 0) {
        if (name[8] == '+')
            sscanf(name + 9, "%d", &offset);
        return SIGRTMIN + offset;
    }
    for (number = 1; strncmp(name, "SIG", 3) == 0 && number < 32; number++) {
        const char *known = sigabbrev_np(number);
        size_t size = known == NULL ? 0 : strlen(known);

        if (size > 0 && strncmp(name + 3, known, size) == 0 &&
            (name[3 + size] == '\0' || name[3 + size] == ' '))
            return number;
    }
    return 0;
}

static bool write_step(struct writer *writer, const struct finding_step *step)
{
    bool in_handler = (step->held_how & LV_HOW_CONTEXT) != 0;
    int number = step->wanted_how & LV_HOW_CONTEXT ? signal_of(step->to) : 0;

    if (step->wanted_how & LV_HOW_CONTEXT && number == 0)
        return false;
    if (number != 0)
        fprintf(writer->out, "step signal %d\n", number);
    else
        fprintf(writer->out, "step\n");
    if (!in_handler && step->from_event == NULL &&
        !write_stack(writer, "held", step->held_at) && number != 0)
        return false;
    return number != 0 || write_stack(writer, "wanted", step->wanted_at);
}

/* A context that is entered without waiting is no step of its own: whoever
 * enters it goes on to what is waited for inside. */
static bool goes_on(const struct finding_step *step)
{
    return (step->wanted_how & LV_HOW_PSEUDO) != 0 &&
           (step->wanted_how & (LV_HOW_SYNC | LV_HOW_CONTEXT)) == 0;
}

/* Step `*at` and those that it goes on to, as one; `*at` is then behind them.
 */
static struct finding_step join(const struct finding *finding, size_t *at)
{
    struct finding_step joined = finding->step[*at % finding->step_count];
    const struct finding_step *last;

    do
        last = &finding->step[(*at)++ % finding->step_count];
    while (goes_on(last));
    joined.to = last->to;
    joined.wanted_at = last->wanted_at;
    joined.wanted_how = last->wanted_how;
    return joined;
}

/* Behind one that ends in a wait; the count: there is none. */
static size_t first_of(const struct finding *finding)
{
    size_t i;

    for (i = 0; i < finding->step_count; i++)
        if (!goes_on(&finding->step[i]))
            return (i + 1) % finding->step_count;
    return finding->step_count;
}

size_t plan_steps(const struct finding *finding, struct finding_step *step)
{
    size_t i, count = 0, first = first_of(finding);

    if (finding->step_count > LV_STEER_STEPS || first == finding->step_count)
        return 0;
    for (i = first; i < first + finding->step_count;)
        step[count++] = join(finding, &i);
    return count;
}

const char *plan_obstacle(struct tool_arena *arena,
                          const struct finding *finding)
{
    size_t i;

    if (finding->step_count > LV_STEER_STEPS)
        return tool_print(arena,
                          "its circle is of %zu steps, and %d at most "
                          "can be steered",
                          finding->step_count, LV_STEER_STEPS);
    for (i = 0; i < finding->step_count; i++)
        if (finding->step[i].wanted_how & LV_HOW_CONTEXT &&
            signal_of(finding->step[i].to) == 0)
            return tool_print(arena,
                              "%s is no signal that could be sent: it "
                              "comes where the program says so, and there "
                              "alone",
                              finding->step[i].to);
    return NULL;
}

/* Does a reader wait for a reader? It does behind a writer. */
static bool needs_writers(const struct finding_step *step, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if ((step[i].wanted_how & LV_HOW_MODE) == LV_HOW_READ &&
            (step[(i + 1) % count].held_how & LV_HOW_MODE) != LV_HOW_WRITE)
            return true;
    return false;
}

bool plan_write(const struct findings *findings, const struct finding *finding,
                const struct plan_tactics *tactics, FILE *out)
{
    struct writer writer = {
        .out = out,
        .paths = tactics->paths,
        .exact = !tactics->wide && findings->model != NULL &&
                 !findings_rebuilt(findings),
    };
    struct finding_step step[LV_STEER_STEPS];
    size_t i, count = plan_steps(finding, step);

    fprintf(out, "lockval-steer 1\nwait %u\nskip %u\n%s%s", tactics->wait_ms,
            tactics->skip, needs_writers(step, count) ? "writers\n" : "",
            tactics->displace ? "displace\n" : "");
    for (i = 0; i < count; i++)
        if (!write_step(&writer, &step[i]))
            return false;
    return writer.places > 0;
}
