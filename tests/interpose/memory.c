/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.c: memory comes and goes as without us, with locks inside or none. */
#include "case.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>

static const size_t page = 4096;

/* Something is known to live in this memory afterwards. */
static void use_lock_in(void *memory)
{
    pthread_mutex_t *mutex = memory;

    CHECK(pthread_mutex_init(mutex, NULL) == 0);
    CHECK(pthread_mutex_lock(mutex) == 0);
    CHECK(pthread_mutex_unlock(mutex) == 0);
}

static void blocks_with_locks_are_freed(void)
{
    size_t size;
    void *block;
    int i;

    free(NULL);
    for (i = 0; i < 3; i++)
        for (size = sizeof(pthread_mutex_t); size < 1 << 20; size *= 3) {
            CHECK((block = malloc(size)) != NULL);
            use_lock_in(block);
            errno = 4711;
            free(block);
            CHECK(errno == 4711);
            CHECK(posix_memalign(&block, 256, size) == 0);
            use_lock_in(block);
            free(block);
        }
}

static void realloc_keeps_what_it_moves(void)
{
    char *block = realloc(NULL, 100);
    size_t size, i;

    CHECK(block != NULL);
    for (size = 100; size < 1 << 20; size *= 2) {
        memset(block, 0x5a, size);
        use_lock_in(block);
        memset(block, 0x5a, sizeof(pthread_mutex_t));
        CHECK((block = realloc(block, size * 2)) != NULL);
        for (i = 0; i < size; i += 7)
            CHECK(block[i] == 0x5a);
    }
    use_lock_in(block);
    memset(block, 0x5a, sizeof(pthread_mutex_t));
    CHECK((block = realloc(block, 200)) != NULL);
    for (i = 0; i < 200; i++)
        CHECK(block[i] == 0x5a);
    errno = 0;
    CHECK(realloc(block, (size_t)1 << 62) == NULL && errno == ENOMEM);
    CHECK(block[0] == 0x5a);
    CHECK((block = reallocarray(block, 10, 100)) != NULL);
    CHECK(realloc(block, 0) == NULL);
}

static void mappings_with_locks_are_unmapped(void)
{
    char *memory, *moved;

    memory = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    use_lock_in(memory);
    use_lock_in(memory + 3 * page);
    CHECK(mmap(memory, page, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == memory);
    CHECK(memory[0] == 0);
    use_lock_in(memory);
    errno = 4711;
    CHECK(madvise(memory, page, MADV_DONTNEED) == 0 && errno == 4711);
    CHECK(memory[0] == 0);
    CHECK(madvise(memory + 1, page, MADV_DONTNEED) == -1 && errno == EINVAL);
    use_lock_in(memory);
    CHECK(mremap(memory, 4 * page, 2 * page, 0) == memory);
    moved = mmap(NULL, 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(moved != MAP_FAILED);
    CHECK(mremap(memory, 2 * page, 2 * page, MREMAP_MAYMOVE | MREMAP_FIXED,
                 moved) == moved);
    use_lock_in(moved);
    errno = 4711;
    CHECK(munmap(moved, 2 * page) == 0 && errno == 4711);
    CHECK(munmap((void *)1, page) == -1 && errno == EINVAL);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
          MAP_FAILED);
    CHECK(errno == EINVAL);
    CHECK(mmap64(NULL, page, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED);
    CHECK(errno == EBADF);
    CHECK(mremap((void *)1, page, page, 0) == MAP_FAILED && errno == EINVAL);
}

static void *churn(void *unused)
{
    void *block[64] = {NULL};
    unsigned i, seed = (unsigned)(uintptr_t)&i;

    for (i = 0; i < 100000; i++) {
        unsigned at = (seed = seed * 1103515245 + 12345) >> 16 & 63;

        free(block[at]);
        block[at] = malloc(seed >> 20 & 1023);
        if (block[at] != NULL && i % 16 == 0 &&
            malloc_usable_size(block[at]) >= sizeof(pthread_mutex_t))
            use_lock_in(block[at]);
    }
    for (i = 0; i < 64; i++)
        free(block[i]);
    return unused;
}

static void threads_may_churn_blocks_with_locks(void)
{
    pthread_t thread[4];
    int i;

    for (i = 0; i < 4; i++)
        CHECK(pthread_create(&thread[i], NULL, churn, NULL) == 0);
    for (i = 0; i < 4; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
}

/* The program's allocator: the same bytes in the same arenas. */
static void heap_is_the_programs_alone(void)
{
    struct mallinfo2 before, after;
    pthread_mutex_t mutex[200] = {PTHREAD_MUTEX_INITIALIZER};
    int i;

    before = mallinfo2();
    memset(mutex, 0, sizeof(mutex));
    for (i = 0; i < 200; i++)
        CHECK(pthread_mutex_lock(&mutex[i]) == 0);
    for (i = 0; i < 200; i++)
        CHECK(pthread_mutex_unlock(&mutex[i]) == 0);
    after = mallinfo2();
    CHECK(before.uordblks == after.uordblks);
    CHECK(before.arena == after.arena && before.hblkhd == after.hblkhd);
}

/* ---- modules --------------------------------------------------------------
 */

static int count_modules(struct dl_phdr_info *info, size_t size, void *count)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    (void)info;
    CHECK(size >= sizeof(*info));
    CHECK(pthread_mutex_lock(&mutex) == 0); /* in a callback of the loader */
    ++*(int *)count;
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    return 0;
}

static int stop_at_once(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)info, (void)size, (void)unused;
    return 5;
}

static void modules_are_listed_to_the_program(void)
{
    int count = 0;

    CHECK(dl_iterate_phdr(count_modules, &count) == 0);
    CHECK(count >= 3);
    CHECK(dl_iterate_phdr(stop_at_once, NULL) == 5);
}

static void closed_modules_are_gone(void)
{
    int i;

    for (i = 0; i < 5; i++) {
        void *handle = dlopen(LATE_LIBRARY, RTLD_NOW | RTLD_LOCAL);
        int (*work)(void);

        CHECK(handle != NULL);
        *(void **)&work = dlsym(handle, "late_work");
        CHECK(work != NULL && work() == 42);
        CHECK(dlclose(handle) == 0);
    }
    CHECK(dlopen("/no/such/library.so", RTLD_NOW) == NULL);
    puts(dlerror());
}

static const struct test_case cases[] = {
    CASE(blocks_with_locks_are_freed),
    CASE(realloc_keeps_what_it_moves),
    CASE(mappings_with_locks_are_unmapped),
    CASE(threads_may_churn_blocks_with_locks),
    CASE(heap_is_the_programs_alone),
    CASE(modules_are_listed_to_the_program),
    CASE(closed_modules_are_gone),
};
CASE_MAIN(cases)
