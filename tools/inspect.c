/* SPDX-License-Identifier: BSD-2-Clause */
/* inspect.c: see inspect.h. */
#include "inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

/* Longest first where one is the beginning of another. */
static const struct prefix {
    const char *text;
    enum inspect_family family;
} prefixes[] = {
    {"pthread_mutex_", INSPECT_MUTEX},
    {"pthread_rwlock_", INSPECT_RWLOCK},
    {"pthread_spin_", INSPECT_SPIN},
    {"pthread_cond_", INSPECT_CONDITION},
    {"mtx_", INSPECT_C11},
    {"cnd_", INSPECT_C11},
    {"sem_wait", INSPECT_SEMAPHORE},
    {"sem_timedwait", INSPECT_SEMAPHORE},
    {"pthread_once", INSPECT_ONCE},
    {"call_once", INSPECT_ONCE},
    {"__cxa_guard_", INSPECT_ONCE},
    {"g_mutex_", INSPECT_GLIB},
    {"g_rw_lock_", INSPECT_GLIB},
    {"g_rec_mutex_", INSPECT_GLIB},
    {"g_bit_lock", INSPECT_GLIB},
    {"omp_set_", INSPECT_OPENMP},
    {"GOMP_critical", INSPECT_OPENMP},
};

/* Locks that never come by, by a part of a symbol's name. */
static const struct mark {
    const char *text;
    const char *whose;
} marks[] = {
    {"3std3sys4sync", "Rust's std"},
    {"3std10sys_common", "Rust's std"},
    {"3std3sys4unix5locks", "Rust's std"},
    {"11parking_lot", "parking_lot"},
    {"runtime.futex", "Go"},
    {"11QBasicMutex", "Qt"},
    {"13QtLinuxFutex", "Qt"},
    {"4absl5Mutex", "abseil"},
    {"24synchronization_internal", "abseil"},
};

/* Files whose futexes are known. */
static const struct mark files[] = {
    {"libstdc++.so", "std::future and waits for std::atomic"},
    {"libc++.so", "waits for std::atomic"},
    {"libgomp.so", "barriers and tasks of OpenMP"},
    {"libtbb.so", "TBB"},
    {"libglib-2.0.so", "GLib: g_mutex_* called from outside are seen"},
};

static const char *const own_locks[] = {
    "pthread_mutex_lock", "pthread_rwlock_wrlock", "mtx_lock",
    "g_mutex_lock",       "omp_set_lock",          "GOMP_critical_start",
};

const char *inspect_family(unsigned family)
{
    static const char *const names[] = {
        "mutexes",        "rwlocks",
        "spinlocks",      "condition variables",
        "C11 mutexes",    "semaphores",
        "initialisation", "GLib's locks",
        "OpenMP's locks", "annotations",
    };

    return names[family];
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* ---- symbols ------------------------------------------------------------- */

struct look {
    struct inspect *found;
    Elf *elf;
    size_t machine;
    bool has_syscall; /* imports libc's function of that name */
    bool defines[sizeof(own_locks) / sizeof(own_locks[0])];
    bool passes[sizeof(own_locks) / sizeof(own_locks[0])];
};

static void note_import(struct look *look, const char *name)
{
    size_t i;

    if (strcmp(name, "syscall") == 0)
        look->has_syscall = true;
    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (starts(name, prefixes[i].text))
            look->found->calls |= 1u << prefixes[i].family;
    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strstr(name, marks[i].text) != NULL)
            look->found->uses = marks[i].whose;
}

static void note_definition(struct look *look, const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(own_locks) / sizeof(own_locks[0]); i++)
        if (strcmp(name, own_locks[i]) == 0)
            look->defines[i] = true;
    if (strcmp(name, "lockval__ops") == 0)
        look->found->calls |= 1u << INSPECT_ANNOTATED;
    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (look->found->whose[0] == '\0' &&
            strstr(name, marks[i].text) != NULL)
            look->found->whose = marks[i].whose;
}

static void read_symbols(struct look *look, Elf_Scn *section,
                         const GElf_Shdr *head)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t i,
        count = head->sh_entsize == 0 ? 0 : head->sh_size / head->sh_entsize;

    for (i = 1; i < count && data != NULL; i++) {
        GElf_Sym symbol;
        const char *name;

        if (gelf_getsym(data, (int)i, &symbol) == NULL)
            return;
        name = elf_strptr(look->elf, head->sh_link, symbol.st_name);
        if (name == NULL)
            continue;
        if (symbol.st_shndx == SHN_UNDEF)
            note_import(look, name);
        else
            note_definition(look, name);
    }
}

/* A function that is called by way of a relocation can be another's. */
static void read_relocations(struct look *look, Elf_Scn *section,
                             const GElf_Shdr *head)
{
    Elf_Data *data = elf_getdata(section, NULL);
    Elf_Scn *table = elf_getscn(look->elf, head->sh_link);
    Elf_Data *symbols = table == NULL ? NULL : elf_getdata(table, NULL);
    size_t i, k,
        count = head->sh_entsize == 0 ? 0 : head->sh_size / head->sh_entsize;
    GElf_Shdr about;

    if (symbols == NULL || gelf_getshdr(table, &about) == NULL)
        return;
    for (i = 0; i < count && data != NULL; i++) {
        GElf_Rela entry;
        GElf_Sym symbol;
        const char *name;

        if (gelf_getrela(data, (int)i, &entry) == NULL)
            return;
        if (GELF_R_SYM(entry.r_info) == 0 ||
            gelf_getsym(symbols, (int)GELF_R_SYM(entry.r_info), &symbol) ==
                NULL)
            continue;
        name = elf_strptr(look->elf, about.sh_link, symbol.st_name);
        for (k = 0;
             name != NULL && k < sizeof(own_locks) / sizeof(own_locks[0]); k++)
            if (strcmp(name, own_locks[k]) == 0)
                look->passes[k] = true;
    }
}

/* ---- code ---------------------------------------------------------------- */

enum { NEAR = 64 }; /* from the call's number to the call itself */

/* x86-64: "mov $202, %eax" and then "syscall"; or "mov $202, %edi" and then a
 * call, where libc's syscall() is imported. */
static size_t count_x86(const struct look *look, const uint8_t *code,
                        size_t size)
{
    static const uint8_t direct[] = {0xb8, 202, 0, 0, 0};
    static const uint8_t by_libc[] = {0xbf, 202, 0, 0, 0};
    size_t i, k, count = 0;

    for (i = 0; i + sizeof(direct) < size; i++) {
        bool raw = memcmp(code + i, direct, sizeof(direct)) == 0;
        bool libc = look->has_syscall &&
                    memcmp(code + i, by_libc, sizeof(by_libc)) == 0;

        if (!raw && !libc)
            continue;
        for (k = i + 5; k + 1 < size && k < i + NEAR; k++)
            if ((raw && code[k] == 0x0f && code[k + 1] == 0x05) ||
                (libc && code[k] == 0xe8) ||
                (libc && code[k] == 0xff && code[k + 1] == 0x15)) {
                count++;
                break;
            }
    }
    return count;
}

/* AArch64: "mov w8, #98" or "mov x8, #98" and then "svc #0"; or in w0, and then
 * "bl". */
static size_t count_arm(const struct look *look, const uint8_t *code,
                        size_t size)
{
    const uint32_t *word = (const void *)code;
    size_t i, k, count = 0, words = size / 4;

    for (i = 0; i < words; i++) {
        bool raw = word[i] == 0x52800c48 || word[i] == 0xd2800c48;
        bool libc = look->has_syscall &&
                    (word[i] == 0x52800c40 || word[i] == 0xd2800c40);

        if (!raw && !libc)
            continue;
        for (k = i + 1; k < words && k < i + NEAR / 4; k++)
            if ((raw && word[k] == 0xd4000001) ||
                (libc && word[k] >> 26 == 0x25)) {
                count++;
                break;
            }
    }
    return count;
}

static void read_code(struct look *look, Elf_Scn *section)
{
    Elf_Data *data = elf_rawdata(section, NULL);

    if (data == NULL || data->d_buf == NULL)
        return;
    if (look->machine == EM_X86_64)
        look->found->futexes += count_x86(look, data->d_buf, data->d_size);
    else if (look->machine == EM_AARCH64)
        look->found->futexes += count_arm(look, data->d_buf, data->d_size);
}

static bool holds(Elf_Scn *section, const char *word)
{
    Elf_Data *data = elf_rawdata(section, NULL);

    return data != NULL && data->d_buf != NULL &&
           memmem(data->d_buf, data->d_size, word, strlen(word)) != NULL;
}

/* ---- the file ------------------------------------------------------------ */

/* What survives stripping. */
static void read_origin(struct look *look, Elf_Scn *section, const char *name)
{
    if (strcmp(name, ".go.buildinfo") == 0)
        look->found->whose = "Go";
    if (strcmp(name, ".comment") == 0 && holds(section, "rustc version"))
        look->found->whose = "Rust's std";
}

static void read_section(struct look *look, Elf_Scn *section, size_t names,
                         bool code)
{
    GElf_Shdr head;
    const char *name;

    if (gelf_getshdr(section, &head) == NULL || head.sh_type == SHT_NOBITS)
        return;
    name = elf_strptr(look->elf, names, head.sh_name);
    if (code) {
        if (head.sh_flags & SHF_EXECINSTR)
            read_code(look, section);
    } else if (head.sh_type == SHT_DYNSYM || head.sh_type == SHT_SYMTAB) {
        read_symbols(look, section, &head);
    } else if (head.sh_type == SHT_RELA) {
        read_relocations(look, section, &head);
    } else if (name != NULL) {
        read_origin(look, section, name);
    }
}

/* Symbols before code, which is read by what they say. */
static void read_sections(struct look *look)
{
    Elf_Scn *section;
    size_t names;
    int pass;

    if (elf_getshdrstrndx(look->elf, &names) != 0)
        return;
    for (pass = 0; pass < 2; pass++)
        for (section = NULL;
             (section = elf_nextscn(look->elf, section)) != NULL;)
            read_section(look, section, names, pass == 1);
}

static bool same_build(Elf *elf, const struct model_module *module)
{
    Elf_Scn *section = NULL;
    GElf_Shdr head;

    if (module->build_id_size == 0)
        return true;
    while ((section = elf_nextscn(elf, section)) != NULL) {
        Elf_Data *data;

        if (gelf_getshdr(section, &head) == NULL || head.sh_type != SHT_NOTE)
            continue;
        data = elf_rawdata(section, NULL);
        if (data != NULL && data->d_buf != NULL &&
            memmem(data->d_buf, data->d_size, module->build_id,
                   module->build_id_size) != NULL)
            return true;
    }
    return false;
}

static void conclude(struct look *look, const char *path)
{
    struct inspect *found = look->found;
    size_t i;

    for (i = 0; i < sizeof(own_locks) / sizeof(own_locks[0]); i++)
        if (look->defines[i] && !look->passes[i])
            found->bound = own_locks[i];
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (starts(tool_base(path), files[i].text))
            found->whose = files[i].whose;
}

static void read_elf(struct inspect *found, int file,
                     const struct model_module *module)
{
    struct look look = {.found = found};
    GElf_Ehdr head;

    elf_version(EV_CURRENT);
    look.elf = elf_begin(file, ELF_C_READ_MMAP, NULL);
    if (look.elf == NULL || gelf_getehdr(look.elf, &head) == NULL) {
        found->unread = "is no ELF file";
    } else if (!same_build(look.elf, module)) {
        found->unread = "was rebuilt since";
    } else {
        look.machine = head.e_machine;
        read_sections(&look);
        conclude(&look, module->path);
    }
    elf_end(look.elf);
}

struct inspect inspect_module(struct tool_arena *arena,
                              const struct model_module *module)
{
    struct inspect found = {.whose = "", .uses = "", .bound = ""};
    int file = open(module->open_path, O_RDONLY | O_CLOEXEC);

    if (file < 0) {
        found.unread =
            tool_print(arena, "cannot be opened (%s)", strerror(errno));
        return found;
    }
    read_elf(&found, file, module);
    close(file);
    return found;
}
