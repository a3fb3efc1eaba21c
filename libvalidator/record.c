/* SPDX-License-Identifier: BSD-2-Clause */
/* record.c: see record.h. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "raw.h"

#if defined(__x86_64__)
#define ARCH 62 /* EM_X86_64 */
#elif defined(__aarch64__)
#define ARCH 183 /* EM_AARCH64 */
#else
#error "lockval knows x86-64 and AArch64"
#endif

_Static_assert(sizeof(struct lv_rec_header) <= LV_REC_HEADER_SIZE,
               "the header outgrew its space");

/* A shell script starts thousands of programs: the first chunk is small. */
enum { FIRST_CHUNK = 64 * 1024, MAX_CHUNK = 4 * 1024 * 1024 };

/* Of a record that grows, so many pages are had at once. */
enum { SLICE = 128 * 1024 };

/* Files for children of a process that may open none any more. */
enum { SPARES = 8, SPARE_SIZE = 256 * 1024 };

static struct {
    char *base;      /* reserved range; the file is mapped at its start */
    size_t reserved; /* bytes of it */
    size_t mapped;   /* bytes that may be used */
    size_t ready;    /* of these, those before which nothing is to be done; 0:
                        of a fork that has no record of its own yet, or of a
                        loss that is still to be told */
    size_t used;     /* header included */
    bool file;
    bool forked;
    bool sealed; /* opens no file any more */
    bool shut;   /* of a forked child: `base` is its parent's, and stays so */
    dev_t device;
    ino_t inode; /* of the file */
    uint32_t parent_thread, parent_segment;
    /* Of a process without a file: the nearest parent's that has one, to be
     * told of the first thing that is lost; else NULL. */
    struct lv_rec_header *heir;
    char run[sizeof(((struct lv_rec_header *)0)->run)];
    char directory[4096];
    char path[4096 + 320];
} record;

/* Made when the process was sealed, and shared by all that it forks. Who puts
 * its pid into the header of one has it. */
static struct spare {
    char *base; /* NULL: none */
    int maker;
    unsigned n; /* with `maker`: its name */
} spare[SPARES];

/* Losses before there is a header to count them in, and after a failed fork. */
static _Atomic uint64_t early_lost[LV_LOST_KINDS];

void lv_record_lost(enum lv_lost what)
{
    if (record.base != NULL)
        __atomic_fetch_add(&lv_record_header()->lost[what], 1,
                           __ATOMIC_RELAXED);
    else
        atomic_fetch_add(&early_lost[what], 1);
}

struct lv_rec_header *lv_record_header(void)
{
    return (struct lv_rec_header *)record.base;
}

const char *lv_record_directory(void)
{
    return record.directory;
}

const char *lv_record_path(void)
{
    return record.file ? record.path : "";
}

/* Under `ulimit -v` the program's own needs come first. */
static size_t wanted_reserve(void)
{
    size_t want = (size_t)16 << 30;
    struct rlimit limit;

    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        while (want > limit.rlim_cur / 8 && want > MAX_CHUNK)
            want /= 2;
    return want;
}

static bool reserve(void)
{
    size_t size;

    for (size = wanted_reserve(); size >= FIRST_CHUNK; size /= 2) {
        void *at =
            lv_raw_mmap(NULL, size, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at != NULL) {
            record.base = at;
            record.reserved = size;
            return true;
        }
    }
    return false;
}

/* Beyond RLIMIT_FSIZE a file that grows raises SIGXFSZ. */
static bool may_grow_to(size_t size)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
           limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur;
}

/* What lies at the path now may be somebody else's. */
static int reopen_file(void)
{
    struct stat about;
    int fd;

    if (record.sealed)
        return -1;
    fd = lv_raw_openat(AT_FDCWD, record.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW,
                       0);
    if (fd < 0)
        return fd;
    if (lv_raw_call(SYS_fstat, fd, (long)&about, 0, 0, 0, 0) == 0 &&
        about.st_dev == record.device && about.st_ino == record.inode)
        return fd;
    lv_raw_close(fd);
    return -1;
}

/* Bytes [from, size) of the file, on disk. */
static bool allocate(int fd, size_t from, size_t size)
{
    long done = lv_raw_fallocate(fd, 0, from, size - from);

    if (done == -EOPNOTSUPP)
        done = lv_raw_ftruncate(fd, size);
    return done >= 0;
}

/* Bytes [mapped, size) of the file. */
static bool extend_file(size_t size)
{
    int fd;
    void *at;

    if (!may_grow_to(size))
        return false;
    fd = reopen_file();
    if (fd < 0)
        return false;
    if (!allocate(fd, record.mapped, size)) {
        lv_raw_close(fd);
        return false;
    }
    at = lv_raw_mmap(record.base + record.mapped, size - record.mapped,
                     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
                     record.mapped);
    lv_raw_close(fd);
    return at != NULL;
}

static bool extend_memory(size_t size)
{
    void *at = lv_raw_mmap(record.base + record.mapped, size - record.mapped,
                           PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    return at != NULL;
}

/* Bytes [from, to), which hold zeros, will be written soon. What is written to
 * the file comes into the page cache at once, and costs half of what a fault
 * for each page does. It does no harm where it fails. */
static void have_pages(size_t from, size_t to)
{
    static char zeros[4096];
    struct iovec part[SLICE / sizeof zeros];
    size_t i, count = (to - from) / sizeof zeros;
    int fd = record.file ? reopen_file() : -1;

    if (fd >= 0) {
        for (i = 0; i < count; i++)
            part[i] = (struct iovec){zeros, sizeof zeros};
        lv_raw_call(SYS_pwritev, fd, (long)part, (long)count, (long)from, 0, 0);
        lv_raw_close(fd);
    }
    lv_populate(record.base + from, to - from);
}

/* Make room for `need` more bytes and a zero head after them. */
static bool grow(size_t need)
{
    size_t least = record.used + need + sizeof(struct lv_rec_head);
    size_t chunk = record.mapped < FIRST_CHUNK ? FIRST_CHUNK : record.mapped;
    size_t size;

    if (chunk > MAX_CHUNK)
        chunk = MAX_CHUNK;
    if (need > record.reserved)
        return false;
    size = record.mapped + chunk;
    if (size < least)
        size = (least + MAX_CHUNK - 1) / MAX_CHUNK * MAX_CHUNK;
    if (size > record.reserved)
        size = record.reserved;
    if (size < least)
        return false;
    if (!(record.file ? extend_file(size) : extend_memory(size)))
        return false;
    record.mapped = size;
    return true;
}

/* The program's name as part of a file name: what is odd becomes '_'. */
static void copy_stem(char *to, size_t size, const char *program)
{
    const char *name = strrchr(program, '/');
    size_t i;

    name = name == NULL ? program : name + 1;
    for (i = 0; i + 1 < size && name[i] != '\0'; i++) {
        char c = name[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                     (c == '.' && i > 0);
        to[i] = plain ? c : '_';
    }
    to[i] = '\0';
    if (i == 0)
        to[0] = '_', to[1] = '\0';
}

static void remember_file(int fd)
{
    struct stat about;

    if (lv_raw_call(SYS_fstat, fd, (long)&about, 0, 0, 0, 0) != 0)
        return;
    record.device = about.st_dev;
    record.inode = about.st_ino;
}

/* A directory of somebody else, or behind a link of theirs, would let them put
 * another file in the record's place. */
static bool is_safe_directory(void)
{
    struct stat about;

    return lstat(record.directory, &about) == 0 && S_ISDIR(about.st_mode) &&
           (about.st_uid == geteuid() || about.st_uid == 0);
}

/* The file stays, of a size that says so: what its process does is not kept. */
static void abandon_file(void)
{
    int fd = reopen_file();

    if (fd < 0)
        return;
    if (may_grow_to(LV_REC_ABANDONED))
        lv_raw_ftruncate(fd, LV_REC_ABANDONED);
    lv_raw_close(fd);
}

static void name_file(const char *program, int pid, unsigned n)
{
    char stem[200];

    copy_stem(stem, sizeof stem, program);
    snprintf(record.path, sizeof record.path, "%s/%s.%d.%u" LV_REC_SUFFIX,
             record.directory, stem, pid, n);
}

/* A new file in the record directory, open; pids and execs may repeat, so `n`.
 * Negative: none. */
static int create_file(const char *program, unsigned *n)
{
    if (record.sealed || !is_safe_directory())
        return -EACCES;
    for (*n = 0; *n < 10000; ++*n) {
        int fd;

        name_file(program, lv_raw_getpid(), *n);
        fd = lv_raw_openat(AT_FDCWD, record.path,
                           O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                           0600);
        if (fd != -EEXIST)
            return fd;
    }
    return -EEXIST;
}

static bool create_own(const char *program)
{
    unsigned n;
    int fd = create_file(program, &n);

    if (fd < 0)
        return false;
    remember_file(fd);
    lv_raw_close(fd);
    return true;
}

static void read_small_file(const char *path, char *to, size_t size)
{
    int fd = record.sealed
                 ? -1
                 : lv_raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    size_t got = 0;

    if (fd < 0)
        return;
    while (got < size - 1) {
        long n = lv_raw_read(fd, to + got, size - 1 - got);
        if (n <= 0)
            break;
        got += n;
    }
    lv_raw_close(fd);
}

static void fill_header(struct lv_rec_header *header, const char *program)
{
    struct timespec now;
    unsigned i;

    header->version = LV_REC_VERSION;
    header->header_size = LV_REC_HEADER_SIZE;
    header->arch = ARCH;
    header->pid = lv_raw_getpid();
    header->ppid = getppid();
    header->state = LV_STATE_RUNNING;
    clock_gettime(CLOCK_REALTIME, &now);
    header->start_ns = (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    snprintf(header->program, sizeof header->program, "%s", program);
    memcpy(header->run, record.run, sizeof header->run);
    read_small_file("/proc/self/cmdline", header->command,
                    sizeof header->command);
    for (i = 0; i < LV_LOST_KINDS; i++)
        header->lost[i] = atomic_exchange(&early_lost[i], 0);
    __atomic_store_n(&header->magic, LV_REC_MAGIC, __ATOMIC_RELEASE);
}

/* ---- spares ---------------------------------------------------------------
 */

static bool make_spare(struct spare *made, const char *program)
{
    int fd = create_file(program, &made->n);

    if (fd < 0)
        return false;
    made->maker = lv_raw_getpid();
    if (may_grow_to(SPARE_SIZE) && allocate(fd, 0, SPARE_SIZE))
        made->base = lv_raw_mmap(NULL, SPARE_SIZE, PROT_READ | PROT_WRITE,
                                 MAP_SHARED, fd, 0);
    lv_raw_close(fd);
    return made->base != NULL;
}

/* The path is the record's own again. */
static void make_spares(void)
{
    static char own[sizeof record.path];
    int i;

    memcpy(own, record.path, sizeof own);
    for (i = 0; i < SPARES; i++)
        if (!make_spare(&spare[i], lv_record_header()->program))
            break;
    memcpy(record.path, own, sizeof own);
}

/* No system call: the kernel could end the process for it. */
static bool take_spare(const char *program)
{
    int i;

    for (i = 0; i < SPARES && spare[i].base != NULL; i++) {
        struct lv_rec_header *header = (struct lv_rec_header *)spare[i].base;
        uint32_t nobody = 0;

        if (!__atomic_compare_exchange_n(&header->pid, &nobody, lv_raw_getpid(),
                                         false, __ATOMIC_RELAXED,
                                         __ATOMIC_RELAXED))
            continue;
        name_file(program, spare[i].maker, spare[i].n);
        record.base = spare[i].base;
        record.reserved = record.mapped = record.ready = SPARE_SIZE;
        record.used = LV_REC_HEADER_SIZE;
        return true;
    }
    return false;
}

/* ---- opening --------------------------------------------------------------
 */

/* Create, reserve and map a first chunk; falls back to anonymous memory. False:
 * that cannot be had either, `record` is as before but for its file. */
static bool begin(const char *program)
{
    char *before = record.base;
    size_t mapped = record.mapped, used = record.used, ready = record.ready;

    /* What has no file has ids that no file knows. */
    if (record.file && record.sealed && take_spare(program))
        return true;
    record.file = record.directory[0] != '\0' && create_own(program);
    if (reserve()) {
        record.mapped = record.ready = 0;
        record.used = LV_REC_HEADER_SIZE;
        if (record.file && grow(0))
            return true;
        if (record.file)
            abandon_file();
        record.file = false;
        if (grow(0)) {
            lv_record_lost(LV_LOST_RECORD);
            return true;
        }
        lv_raw_munmap(record.base, record.reserved);
    } else if (record.file) {
        abandon_file();
    }
    record.file = false;
    record.base = before;
    record.mapped = mapped;
    record.used = used;
    record.ready = ready;
    return false;
}

bool lv_record_open(const char *directory, const char *run, const char *test)
{
    char program[2048];

    if (directory[0] == '/')
        snprintf(record.directory, sizeof record.directory, "%s", directory);
    else if (getcwd(record.directory, sizeof record.directory) == NULL ||
             strlen(record.directory) + strlen(directory) + 2 >
                 sizeof record.directory)
        record.directory[0] = '\0';
    else
        strcat(strcat(record.directory, "/"), directory);
    if (record.directory[0] != '\0')
        mkdir(record.directory, 0700);
    snprintf(record.run, sizeof record.run, "%s", run);
    lv_raw_program(program, sizeof program);
    if (!begin(program))
        return false;
    fill_header(lv_record_header(), program);
    snprintf(lv_record_header()->test, sizeof(lv_record_header()->test), "%s",
             test);
    return record.file;
}

void lv_record_forked(uint32_t thread, uint32_t segment)
{
    /* One that has said nothing is its child's parent in name alone. */
    if (!record.forked) {
        record.parent_thread = thread;
        record.parent_segment = segment;
    }
    record.forked = true;
    record.ready = 0;
}

bool lv_record_has_begun(void)
{
    return !record.forked;
}

/* The child's file continues the parent's ids; the parent's mapping stays, for
 * the engine's tables point into it. */
static void open_child(void)
{
    struct lv_rec_header *parent = lv_record_header();
    char parent_name[256] = "";
    uint64_t committed = record.used - LV_REC_HEADER_SIZE;
    bool had_file = record.file;
    struct lv_rec_header *header;

    if (had_file)
        snprintf(parent_name, sizeof parent_name, "%s",
                 strrchr(record.path, '/') + 1);
    record.shut = !begin(parent->program);
    if (record.file)
        record.heir = NULL;
    else if (had_file)
        record.heir = parent;
    if (record.shut)
        record.ready = 0;
    if (record.shut)
        return;
    header = lv_record_header();
    fill_header(header, parent->program);
    header->ppid = parent->pid;
    memcpy(header->test, parent->test, sizeof header->test);
    header->instances = parent->instances;
    if (had_file) {
        header->parent_committed = committed;
        header->parent_thread = record.parent_thread;
        header->parent_segment = record.parent_segment;
        memcpy(header->parent, parent_name, sizeof header->parent);
    }
}

/* The record that this process writes to is open. */
static bool has_record(void)
{
    if (record.forked && !record.shut) {
        record.forked = false;
        open_child();
    }
    return record.base != NULL && !record.shut;
}

void lv_record_reserve(void)
{
    if (has_record() && record.file &&
        record.mapped - record.used < MAX_CHUNK / 2)
        grow(MAX_CHUNK);
}

/* As the program executed next will see it. `access` is asked, which leaves out
 * the capabilities that end there; and where the real user is another than the
 * effective one, nothing is preloaded. */
static bool successor_may_create(void)
{
    return lv_raw_call(SYS_faccessat, AT_FDCWD, (long)record.directory,
                       W_OK | X_OK, 0, 0, 0) == 0 &&
           may_grow_to(FIRST_CHUNK);
}

bool lv_record_foresee(void)
{
    if (record.base == NULL || record.sealed || successor_may_create())
        return false;
    lv_record_lost(LV_LOST_RECORD);
    return true;
}

void lv_record_foresaw_wrong(void)
{
    __atomic_fetch_sub(&lv_record_header()->lost[LV_LOST_RECORD], 1,
                       __ATOMIC_RELAXED);
}

void lv_record_seal(void)
{
    if (!record.sealed && record.file)
        make_spares();
    record.sealed = true;
}

bool lv_record_is_sealed(void)
{
    return record.sealed;
}

/* What an entry of this kind tells is found in it alone; others say what the
 * words mean that such entries use. */
static bool is_evidence(enum lv_rec_type type)
{
    switch (type) {
    case LV_REC_MODULE:
    case LV_REC_STACK:
    case LV_REC_CLASS:
    case LV_REC_INSTANCE:
    case LV_REC_THREAD:
    case LV_REC_THREAD_NAME:
    case LV_REC_JOIN:
    case LV_REC_REAPED:
    case LV_REC_WAITS:
        return false;
    default:
        return true;
    }
}

/* Nobody reads a record without a file. */
static void tell_heir(void)
{
    if (record.heir == NULL)
        return;
    __atomic_fetch_add(&record.heir->lost[LV_LOST_RECORD], 1, __ATOMIC_RELAXED);
    record.heir = NULL;
}

/* What is not usual: no record yet, none any more, or no room that is ready.
 * False: there is none. */
static bool make_ready(enum lv_rec_type type, size_t size)
{
    size_t ready = record.ready, end;

    if (!has_record())
        return false;
    if (is_evidence(type))
        tell_heir();
    end = record.used + size + sizeof(struct lv_rec_head);
    if (size > UINT32_MAX || (end > record.mapped && !grow(size)))
        return false;
    if (record.heir != NULL)
        return true;
    record.ready = (end + SLICE - 1) / SLICE * SLICE;
    if (record.ready > record.mapped)
        record.ready = record.mapped;
    if (ready != 0 && record.ready - ready <= SLICE)
        have_pages(ready, record.ready);
    return true;
}

void *lv_record_append(enum lv_rec_type type, size_t size)
{
    struct lv_rec_head *head;

    size = (size + 7) & ~(size_t)7;
    if (record.used + size + sizeof *head > record.ready &&
        !make_ready(type, size)) {
        lv_record_lost(LV_LOST_RECORD);
        return NULL;
    }
    /* The type waits in `flags`'s place for the commit: head stays 0. */
    head = (struct lv_rec_head *)(record.base + record.used);
    record.used += size;
    head->flags = type;
    head->size = size;
    return head;
}

void lv_record_commit(void *entry)
{
    struct lv_rec_head *head = entry;
    struct lv_rec_head done = {.type = head->flags, .size = head->size};
    uint64_t word;

    memcpy(&word, &done, sizeof word);
    __atomic_store_n((uint64_t *)entry, word, __ATOMIC_RELEASE);
    lv_record_header()->committed = record.used - LV_REC_HEADER_SIZE;
}

uint64_t lv_record_offset(const void *entry)
{
    return (uint64_t)((const char *)entry - record.base);
}
