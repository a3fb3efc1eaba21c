/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h: a test is a function named after the rule it proves.
 *
 * Each runs in a process of its own under a time limit, so that a crash or a
 * hang is that test's failure alone. Output is TAP, for meson. Header-only;
 * used by the tests of tools/. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct check_test {
    const char *name;
    void (*run)(void);
};

#define CHECK_TEST(rule) \
    {                    \
#rule, rule      \
    }

/* Fail the test, with the place and what was expected. */
#define CHECK(condition)                                               \
    do {                                                               \
        if (!(condition)) {                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
                    #condition);                                       \
            exit(1);                                                   \
        }                                                              \
    } while (0)

#define CHECK_TEXT(is, wanted)                                              \
    do {                                                                    \
        const char *check_is = (is), *check_wanted = (wanted);              \
        if (check_is == NULL || strcmp(check_is, check_wanted) != 0) {      \
            fprintf(stderr, "%s:%d: %s is\n  %s\nwanted\n  %s\n", __FILE__, \
                    __LINE__, #is, check_is ? check_is : "(null)",          \
                    check_wanted);                                          \
            exit(1);                                                        \
        }                                                                   \
    } while (0)

/* Run one test in a child; true if it ended well within `seconds`. */
static inline bool check_one(const struct check_test *test, unsigned seconds)
{
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        alarm(seconds);
        test->run();
        exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static inline int check_main(const struct check_test *test, size_t count)
{
    size_t i, failed = 0;

    printf("1..%zu\n", count);
    for (i = 0; i < count; i++) {
        bool good = check_one(&test[i], 60);

        failed += !good;
        printf("%sok %zu - %s\n", good ? "" : "not ", i + 1, test[i].name);
    }
    return failed > 0;
}

#endif
