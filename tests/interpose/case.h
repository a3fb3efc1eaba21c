/* SPDX-License-Identifier: BSD-2-Clause */
/* case.h: programs that run alone and preloaded, and must not tell.
 *
 * A program holds cases, each named after its rule; `both` runs one of them
 * without and with libvalidator.so and compares status, output and errors. A
 * case checks what libc promises with CHECK, prints what may differ from
 * machine to machine but not between the two runs with SHOW, and with
 * CHECK_HELD what the validator, if there, knows. Header-only. */
#ifndef CASE_H
#define CASE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <lockval.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                                \
    do {                                                                \
        if (!(condition)) {                                             \
            fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, \
                    __LINE__, #condition, errno);                       \
            _exit(1);                                                   \
        }                                                               \
    } while (0)

#define SHOW(expression) \
    printf("%s = %ld, errno %d\n", #expression, (long)(expression), errno)

/* Does this thread hold `lock`, as far as the validator knows? */
#define CHECK_HELD(lock, expected) \
    CHECK(lockval__ops == NULL || lockval_is_held(lock) == (expected))

struct test_case {
    const char *name;
    void (*run)(void);
};

#define CASE(rule)  \
    {               \
#rule, rule \
    }

/* A moment that lies `ms` milliseconds ahead (or behind). */
static inline struct timespec ahead(clockid_t clock, long ms)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

/* Run `function` in a thread and wait for its end. */
static inline void *in_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    void *value = NULL;

    CHECK(pthread_create(&thread, NULL, function, argument) == 0);
    CHECK(pthread_join(thread, &value) == 0);
    return value;
}

static inline int case_main(int argc, char **argv,
                            const struct test_case *cases, size_t count)
{
    size_t i;

    alarm(50);
    for (i = 0; i < count; i++) {
        if (argc == 1)
            puts(cases[i].name); /* the list, for a reader */
        else if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return 0;
        }
    }
    return argc == 1 ? 0 : 2;
}

#define CASE_MAIN(cases)                                      \
    int main(int argc, char **argv)                           \
    {                                                         \
        return case_main(argc, argv, cases,                   \
                         sizeof(cases) / sizeof((cases)[0])); \
    }

#endif
