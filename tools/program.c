/* SPDX-License-Identifier: BSD-2-Clause */
/* program.c: see program.h. */
#include "program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifdef __x86_64__
#define MACHINE EM_X86_64
#else
#define MACHINE EM_AARCH64
#endif

enum { SCRIPTS = 4 }; /* interpreters of interpreters, as the kernel allows */

static bool refuse(const char *path, const char *why)
{
    tool_error("%s: %s", path, why);
    return false;
}

/* ---- the path ------------------------------------------------------------ */

static bool is_runnable(const char *path)
{
    struct stat about;

    if (stat(path, &about) != 0)
        return false;
    if (!S_ISREG(about.st_mode)) {
        errno = S_ISDIR(about.st_mode) ? EISDIR : EACCES;
        return false;
    }
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

static const char *search(struct tool_arena *arena, const char *name)
{
    const char *path = getenv("PATH");
    int worst = ENOENT;

    if (path == NULL)
        path = "/bin:/usr/bin";
    for (;;) {
        size_t size = strcspn(path, ":");
        const char *file = tool_print(arena, "%.*s%s%s", (int)size, path,
                                      size > 0 ? "/" : "", name);

        if (is_runnable(file))
            return file;
        if (errno == EACCES)
            worst = EACCES;
        if (path[size] == '\0')
            break;
        path += size + 1;
    }
    errno = worst;
    return NULL;
}

static const char *find(struct tool_arena *arena, const char *name)
{
    if (strchr(name, '/') == NULL)
        return search(arena, name);
    return is_runnable(name) ? name : NULL;
}

/* ---- the file ------------------------------------------------------------ */

static bool has_interpreter(int file, const ElfW(Ehdr) * header)
{
    size_t i;

    for (i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) part;
        off_t at = (off_t)(header->e_phoff + i * header->e_phentsize);

        if (pread(file, &part, sizeof(part), at) != (ssize_t)sizeof(part))
            return false;
        if (part.p_type == PT_INTERP)
            return true;
    }
    return false;
}

static bool check_elf(const char *path, int file, const ElfW(Ehdr) * header)
{
    const unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;

    if (header->e_ident[EI_CLASS] != class || header->e_machine != MACHINE)
        return refuse(path, "is built for another architecture than "
                            "libvalidator.so, which can not be loaded into it");
    /* The dynamic linker itself, run as a program, names none. */
    if (has_interpreter(file, header) ||
        strncmp(tool_base(path), "ld-linux", 8) == 0)
        return true;
    return refuse(path, "is a static program: nothing can be preloaded into "
                        "it; link it dynamically to check it");
}

/* The kernel makes the linker ignore LD_PRELOAD for these. */
static bool check_privilege(const char *path, int file)
{
    struct stat about;

    if (fstat(file, &about) != 0)
        return refuse(path, strerror(errno));
    if ((about.st_mode & S_ISUID) != 0 && about.st_uid != getuid())
        return refuse(path, "is setuid: nothing is preloaded into it; run a "
                            "copy without that bit, or run as its owner");
    if ((about.st_mode & S_ISGID) != 0 && about.st_gid != getgid())
        return refuse(path, "is setgid: nothing is preloaded into it; run a "
                            "copy without that bit");
    if (getuid() != 0 && fgetxattr(file, "security.capability", NULL, 0) > 0)
        return refuse(path, "has file capabilities: nothing is preloaded into "
                            "it; run a copy without them");
    return true;
}

/* "#! interpreter argument": the interpreter, or NULL. */
static const char *interpreter(struct tool_arena *arena, const char *head,
                               size_t size)
{
    const char *line = tool_copy(arena, head, size);
    size_t blank;

    if (size < 3 || line[0] != '#' || line[1] != '!')
        return NULL;
    line += 2;
    line += strspn(line, " \t");
    blank = strcspn(line, " \t\r\n");
    return blank == 0 ? NULL : tool_copy(arena, line, blank);
}

static bool check(struct tool_arena *arena, const char *path, int depth)
{
    union {
        ElfW(Ehdr) elf;
        char text[256];
    } head = {0};
    const char *script;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size;
    bool good;

    if (file < 0) /* executable, not readable: then it is not dumpable */
        return refuse(path, "cannot be read, so nothing is known of it");
    size = read(file, &head, sizeof(head));
    script = size > 0 ? interpreter(arena, head.text, (size_t)size) : NULL;
    if (size >= (ssize_t)sizeof(head.elf) &&
        memcmp(head.elf.e_ident, ELFMAG, SELFMAG) == 0)
        good = check_elf(path, file, &head.elf) && check_privilege(path, file);
    else if (script == NULL || depth == SCRIPTS)
        good = true; /* the shell runs it, or the kernel refuses it */
    else if (!is_runnable(script))
        good = refuse(script, "the interpreter that the script names is not "
                              "there or not executable");
    else
        good = check(arena, script, depth + 1);
    close(file);
    return good;
}

const char *program_find(struct tool_arena *arena, const char *name)
{
    const char *path = find(arena, name);

    if (path == NULL) {
        if (errno == ENOENT || errno == ENOTDIR)
            tool_error("%s: not found%s", name,
                       strchr(name, '/') ? "" : " in PATH");
        else if (errno == EISDIR)
            tool_error("%s: is a directory, not a program", name);
        else if (errno == EACCES)
            tool_error("%s: is not executable; chmod +x makes it so", name);
        else
            tool_error("%s: %s", name, strerror(errno));
        return NULL;
    }
    return check(arena, path, 0) ? path : NULL;
}
