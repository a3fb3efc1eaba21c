/* SPDX-License-Identifier: BSD-2-Clause */
/* directory.c: what is cleaned of a directory of records: what is ours there,
 * and nothing else. */
#include "directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "outcome.h"

static void put_file(const char *path)
{
    close(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static bool is_there(const char *path)
{
    struct stat about;

    return lstat(path, &about) == 0;
}

static void own_records_are_cleaned(void)
{
    put_file(in_scratch("a.1.0.lvr"));
    put_file(in_scratch("other"));
    directory_clean(scratch());
    CHECK(!is_there(in_scratch("a.1.0.lvr")));
    CHECK(is_there(in_scratch("other")));
}

static void links_pipes_and_files_of_others_stay(void)
{
    put_file(in_scratch("other"));
    CHECK(symlink("other", in_scratch("link.1.0.lvr")) == 0);
    CHECK(mkfifo(in_scratch("pipe.1.0.lvr"), 0600) == 0);
    put_file(in_scratch("theirs.1.0.lvr"));
    if (geteuid() == 0)
        CHECK(chown(in_scratch("theirs.1.0.lvr"), 12345, 12345) == 0);
    directory_clean(scratch());
    CHECK(is_there(in_scratch("link.1.0.lvr")));
    CHECK(is_there(in_scratch("pipe.1.0.lvr")));
    CHECK(is_there(in_scratch("theirs.1.0.lvr")) == (geteuid() == 0));
}

static void nothing_is_cleaned_through_a_link(void)
{
    put_file(in_scratch("a.1.0.lvr"));
    CHECK(symlink(scratch(), in_scratch("link")) == 0);
    directory_clean(in_scratch("link"));
    CHECK(is_there(in_scratch("a.1.0.lvr")));
}

int main(void)
{
    static const struct check_test tests[] = {
        CHECK_TEST(own_records_are_cleaned),
        CHECK_TEST(links_pipes_and_files_of_others_stay),
        CHECK_TEST(nothing_is_cleaned_through_a_link),
    };

    return check_main(tests, sizeof(tests) / sizeof(tests[0]));
}
