/* SPDX-License-Identifier: BSD-2-Clause */
/* calls.c: libc's functions that take a lock of its own inside, so that a
 * signal handler must not call them. That lock is not seen; that a thread is in
 * such a call is, and a handler that makes one is noted (event.h). Outside of
 * handlers each costs two stores to memory of the thread's own.
 *
 * What libc's functions call of each other does not come by here, but for
 * malloc and its like. Nor does putc: it takes two nanoseconds alone, and loops
 * over it would notice. */
#include "hooks.h"

/* The result of `call`, a call that takes the lock of `kind`. */
#define WITHIN(name, kind, call)                                 \
    ({                                                           \
        uint32_t before_ = lv_call_begin(name, kind, LV_CALLER); \
        __typeof__(call) result_ = call;                         \
                                                                 \
        lv_call_end(before_);                                    \
        result_;                                                 \
    })

/* ---- streams --------------------------------------------------------------
 */

LV_HOOK size_t fwrite(const void *from, size_t size, size_t count, FILE *stream)
{
    lv_hook_ready();
    return WITHIN("fwrite()", LV_CALL_STREAM,
                  real.fwrite(from, size, count, stream));
}

LV_HOOK int fputs(const char *text, FILE *stream)
{
    lv_hook_ready();
    return WITHIN("fputs()", LV_CALL_STREAM, real.fputs(text, stream));
}

LV_HOOK int puts(const char *text)
{
    lv_hook_ready();
    return WITHIN("puts()", LV_CALL_STREAM, real.puts(text));
}

LV_HOOK int fflush(FILE *stream)
{
    lv_hook_ready();
    return WITHIN("fflush()", LV_CALL_STREAM, real.fflush(stream));
}

LV_HOOK size_t fread(void *to, size_t size, size_t count, FILE *stream)
{
    lv_hook_ready();
    return WITHIN("fread()", LV_CALL_STREAM,
                  real.fread(to, size, count, stream));
}

LV_HOOK char *fgets(char *to, int size, FILE *stream)
{
    lv_hook_ready();
    return WITHIN("fgets()", LV_CALL_STREAM, real.fgets(to, size, stream));
}

LV_HOOK int vprintf(const char *format, va_list list)
{
    lv_hook_ready();
    return WITHIN("vprintf()", LV_CALL_STREAM, real.vprintf(format, list));
}

LV_HOOK int vfprintf(FILE *stream, const char *format, va_list list)
{
    lv_hook_ready();
    return WITHIN("vfprintf()", LV_CALL_STREAM,
                  real.vfprintf(stream, format, list));
}

LV_HOOK int __vprintf_chk(int flag, const char *format, va_list list)
{
    lv_hook_ready();
    return WITHIN("printf()", LV_CALL_STREAM,
                  real.__vprintf_chk(flag, format, list));
}

LV_HOOK int __vfprintf_chk(FILE *stream, int flag, const char *format,
                           va_list list)
{
    lv_hook_ready();
    return WITHIN("fprintf()", LV_CALL_STREAM,
                  real.__vfprintf_chk(stream, flag, format, list));
}

LV_HOOK int printf(const char *format, ...)
{
    va_list list;
    int result;

    lv_hook_ready();
    va_start(list, format);
    result = WITHIN("printf()", LV_CALL_STREAM, real.vprintf(format, list));
    va_end(list);
    return result;
}

LV_HOOK int fprintf(FILE *stream, const char *format, ...)
{
    va_list list;
    int result;

    lv_hook_ready();
    va_start(list, format);
    result = WITHIN("fprintf()", LV_CALL_STREAM,
                    real.vfprintf(stream, format, list));
    va_end(list);
    return result;
}

LV_HOOK int __printf_chk(int flag, const char *format, ...)
{
    va_list list;
    int result;

    lv_hook_ready();
    va_start(list, format);
    result = WITHIN("printf()", LV_CALL_STREAM,
                    real.__vprintf_chk(flag, format, list));
    va_end(list);
    return result;
}

LV_HOOK int __fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
    va_list list;
    int result;

    lv_hook_ready();
    va_start(list, format);
    result = WITHIN("fprintf()", LV_CALL_STREAM,
                    real.__vfprintf_chk(stream, flag, format, list));
    va_end(list);
    return result;
}

LV_HOOK void perror(const char *text)
{
    uint32_t before;

    lv_hook_ready();
    before = lv_call_begin("perror()", LV_CALL_STREAM, LV_CALLER);
    real.perror(text);
    lv_call_end(before);
}

/* ---- the log --------------------------------------------------------------
 */

LV_HOOK void vsyslog(int priority, const char *format, va_list list)
{
    uint32_t before;

    lv_hook_ready();
    before = lv_call_begin("syslog()", LV_CALL_LOG, LV_CALLER);
    real.vsyslog(priority, format, list);
    lv_call_end(before);
}

LV_HOOK void __vsyslog_chk(int priority, int flag, const char *format,
                           va_list list)
{
    uint32_t before;

    lv_hook_ready();
    before = lv_call_begin("syslog()", LV_CALL_LOG, LV_CALLER);
    real.__vsyslog_chk(priority, flag, format, list);
    lv_call_end(before);
}

LV_HOOK void syslog(int priority, const char *format, ...)
{
    uint32_t before;
    va_list list;

    lv_hook_ready();
    va_start(list, format);
    before = lv_call_begin("syslog()", LV_CALL_LOG, LV_CALLER);
    real.vsyslog(priority, format, list);
    lv_call_end(before);
    va_end(list);
}

LV_HOOK void __syslog_chk(int priority, int flag, const char *format, ...)
{
    uint32_t before;
    va_list list;

    lv_hook_ready();
    va_start(list, format);
    before = lv_call_begin("syslog()", LV_CALL_LOG, LV_CALLER);
    real.__vsyslog_chk(priority, flag, format, list);
    lv_call_end(before);
    va_end(list);
}

/* ---- time and the end -----------------------------------------------------
 */

LV_HOOK struct tm *localtime(const time_t *time)
{
    lv_hook_ready();
    return WITHIN("localtime()", LV_CALL_TIME, real.localtime(time));
}

LV_HOOK struct tm *localtime_r(const time_t *time, struct tm *to)
{
    lv_hook_ready();
    return WITHIN("localtime_r()", LV_CALL_TIME, real.localtime_r(time, to));
}

LV_HOOK struct tm *gmtime(const time_t *time)
{
    lv_hook_ready();
    return WITHIN("gmtime()", LV_CALL_TIME, real.gmtime(time));
}

LV_HOOK struct tm *gmtime_r(const time_t *time, struct tm *to)
{
    lv_hook_ready();
    return WITHIN("gmtime_r()", LV_CALL_TIME, real.gmtime_r(time, to));
}

LV_HOOK char *ctime(const time_t *time)
{
    lv_hook_ready();
    return WITHIN("ctime()", LV_CALL_TIME, real.ctime(time));
}

LV_HOOK time_t mktime(struct tm *parts)
{
    lv_hook_ready();
    return WITHIN("mktime()", LV_CALL_TIME, real.mktime(parts));
}

LV_HOOK size_t strftime(char *to, size_t size, const char *format,
                        const struct tm *parts)
{
    lv_hook_ready();
    return WITHIN("strftime()", LV_CALL_TIME,
                  real.strftime(to, size, format, parts));
}

/* It is entered, and not left: what runs at the end is in no call. */
LV_HOOK void exit(int status)
{
    lv_hook_ready();
    lv_call_end(lv_call_begin("exit()", LV_CALL_EXIT, LV_CALLER));
    real.exit(status);
    __builtin_unreachable();
}
