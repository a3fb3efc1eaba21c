/* SPDX-License-Identifier: BSD-2-Clause */
/* stdio.c: flockfile and its like give what libc gives. */
#include "case.h"

static FILE *stream;

static void *fail_to_lock(void *unused)
{
    CHECK(ftrylockfile(stream) != 0);
    CHECK_HELD(stream, 0);
    return unused;
}

static void stream_is_held_until_its_last_unlock(void)
{
    stream = stdout;
    flockfile(stream);
    CHECK_HELD(stream, 1);
    CHECK(ftrylockfile(stream) == 0);
    in_thread(fail_to_lock, NULL);
    funlockfile(stream);
    CHECK_HELD(stream, 1);
    SHOW(fputs("inside\n", stream) >= 0);
    funlockfile(stream);
    CHECK_HELD(stream, 0);
}

static void closed_stream_is_held_no_more(void)
{
    int i;

    for (i = 0; i < 3; i++) {
        stream = tmpfile();
        CHECK(stream != NULL);
        flockfile(stream);
        flockfile(stream);
        CHECK_HELD(stream, 1);
        CHECK(fclose(stream) == 0);
        CHECK_HELD(stream, 0);
    }
}

static const struct test_case cases[] = {
    CASE(stream_is_held_until_its_last_unlock),
    CASE(closed_stream_is_held_no_more),
};

CASE_MAIN(cases)
