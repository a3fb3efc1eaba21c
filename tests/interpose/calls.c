/* SPDX-License-Identifier: BSD-2-Clause */
/* calls.c: functions that take a lock of libc's own give what libc gives, in a
 * handler as well. */
#include "case.h"

#include <signal.h>
#include <stdarg.h>
#include <syslog.h>
#include <time.h>

int __printf_chk(int flag, const char *format, ...);
int __vprintf_chk(int flag, const char *format, va_list list);
int __fprintf_chk(FILE *stream, int flag, const char *format, ...);
int __vfprintf_chk(FILE *stream, int flag, const char *format, va_list list);
void __syslog_chk(int priority, int flag, const char *format, ...);
void __vsyslog_chk(int priority, int flag, const char *format, va_list list);

/* Pointers, so that no compiler puts another function in the place of one. */
static int (*volatile put_text)(const char *) = puts;
static int (*volatile print)(const char *, ...) = printf;
static int (*volatile print_to)(FILE *, const char *, ...) = fprintf;

static volatile size_t far_too_much = (size_t)-1 / 2;

static void print_lists(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    SHOW(vprintf(format, list));
    va_end(list);
    va_start(list, format);
    SHOW(vfprintf(stdout, format, list));
    va_end(list);
    va_start(list, format);
    SHOW(__vprintf_chk(1, format, list));
    va_end(list);
    va_start(list, format);
    SHOW(__vfprintf_chk(stdout, 1, format, list));
    va_end(list);
}

static void write_all(void)
{
    SHOW((int)fwrite("abc\n", 1, 4, stdout));
    SHOW(fputs("text\n", stdout) >= 0);
    SHOW(put_text("line") >= 0);
    SHOW(print("%d %s %.2f\n", 1, "two", 3.0));
    SHOW(print_to(stdout, "%d %s %.2f\n", 1, "two", 3.0));
    SHOW(printf("%d %d\n", 1, 2));
    SHOW(__printf_chk(1, "%d %Lf\n", 4711, 1.5L));
    SHOW(__fprintf_chk(stdout, 1, "%d %Lf\n", 4711, 1.5L));
    print_lists("%s %d %g\n", "list", 7, 0.5);
    SHOW(fflush(stdout));
    errno = ENOENT;
    perror("perror");
}

static void read_all(void)
{
    char text[8] = "";
    FILE *file = tmpfile();

    CHECK(file != NULL && fputs("one\ntwo", file) >= 0);
    rewind(file);
    CHECK(fgets(text, sizeof(text), file) == text && text[3] == '\n');
    CHECK(fread(text, 1, 8, file) == 3 && text[0] == 't');
    CHECK(fgets(text, sizeof(text), file) == NULL && feof(file));
    CHECK(fclose(file) == 0);
}

static void tell_times(void)
{
    time_t then = 1000000000;
    struct tm parts, *shared;
    char text[32];

    CHECK(setenv("TZ", "UTC0", 1) == 0);
    CHECK((shared = localtime(&then)) != NULL && shared->tm_year == 101);
    CHECK((shared = gmtime(&then)) != NULL && shared->tm_sec == 40);
    CHECK(localtime_r(&then, &parts) == &parts && mktime(&parts) == then);
    CHECK(gmtime_r(&then, &parts) == &parts);
    CHECK(strftime(text, sizeof(text), "%F %T", &parts) == 19);
    SHOW((int)strlen(text));
    CHECK(strcmp(ctime(&then), "Sun Sep  9 01:46:40 2001\n") == 0);
}

static void log_lists(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vsyslog(LOG_DEBUG, format, list);
    va_end(list);
    va_start(list, format);
    __vsyslog_chk(LOG_DEBUG, 1, format, list);
    va_end(list);
}

/* To standard error as well: nobody else listens here. */
static void log_all(void)
{
    openlog("calls", LOG_PERROR, LOG_USER);
    syslog(LOG_DEBUG, "%d %s", 1, "two");
    __syslog_chk(LOG_DEBUG, 1, "%d %s", 2, "three");
    log_lists("%s %d", "list", 3);
    closelog();
}

static void allocate_all(void)
{
    char *block = malloc(100), *zeros = calloc(10, 10), *aligned;
    void *other;
    int i;

    CHECK(block != NULL && zeros != NULL);
    for (i = 0; i < 100; i++)
        CHECK(zeros[i] == 0);
    aligned = aligned_alloc(64, 128);
    CHECK(aligned != NULL && (unsigned long)aligned % 64 == 0);
    CHECK(posix_memalign(&other, 128, 10) == 0);
    CHECK((unsigned long)other % 128 == 0);
    SHOW(posix_memalign(&other, 3, 10));
    CHECK((block = realloc(block, 1000)) != NULL);
    free(block);
    free(zeros);
    free(aligned);
    free(other);
    errno = 0;
    SHOW(malloc(far_too_much) == NULL);
    SHOW(calloc(far_too_much, 4) == NULL);
}

static void call_all(void)
{
    write_all();
    read_all();
    tell_times();
    log_all();
    allocate_all();
}

static void calls_give_what_libc_gives(void)
{
    call_all();
}

static void handle(int number)
{
    (void)number;
    call_all();
}

static void handlers_may_call_them_as_before(void)
{
    CHECK(signal(SIGUSR1, handle) != SIG_ERR);
    CHECK(raise(SIGUSR1) == 0);
    call_all();
}

static void leave(int number)
{
    exit(number - SIGUSR1);
}

static void say_goodbye(void)
{
    fputs("goodbye\n", stdout);
}

static void handlers_may_exit(void)
{
    atexit(say_goodbye);
    CHECK(signal(SIGUSR1, leave) != SIG_ERR);
    raise(SIGUSR1);
    CHECK(0);
}

static const struct test_case cases[] = {
    CASE(calls_give_what_libc_gives),
    CASE(handlers_may_call_them_as_before),
    CASE(handlers_may_exit),
};

CASE_MAIN(cases)
