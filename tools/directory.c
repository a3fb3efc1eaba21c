/* SPDX-License-Identifier: BSD-2-Clause */
/* directory.c: see directory.h. */
#include "directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "confirmed.h"
#include "record_format.h"

static bool is_record(const char *name)
{
    size_t size = strlen(name), suffix = strlen(LV_REC_SUFFIX);

    return size > suffix && strcmp(name + size - suffix, LV_REC_SUFFIX) == 0;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void sort(struct directory_list *list)
{
    if (list->count > 0)
        qsort(list->name, list->count, sizeof(*list->name), by_name);
}

static void push(struct directory_list *list, const char *name)
{
    char *copy = strdup(name);

    if (copy == NULL)
        tool_out_of_memory();
    *TOOL_PUSH(list->name, list->count, list->room) = copy;
}

void directory_add(struct directory_list *list, const char *name)
{
    push(list, name);
    sort(list);
}

bool directory_read(struct directory_list *list, const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;

    if (directory == NULL)
        return false;
    while ((entry = readdir(directory)) != NULL)
        if (is_record(entry->d_name))
            push(list, entry->d_name);
    closedir(directory);
    sort(list);
    return true;
}

bool directory_has(const struct directory_list *list, const char *name)
{
    return list->count > 0 && bsearch(&name, list->name, list->count,
                                      sizeof(*list->name), by_name) != NULL;
}

void directory_free(struct directory_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        free(list->name[i]);
    free(list->name);
    memset(list, 0, sizeof(*list));
}

/* ---- to write to --------------------------------------------------------- */

static bool refuse(const char *path, const char *why)
{
    tool_error("cannot keep records in %s: %s; give another with --record DIR",
               path, why);
    return false;
}

bool directory_prepare(const char *path)
{
    struct stat about;

    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return refuse(path, strerror(errno));
    if (lstat(path, &about) != 0)
        return refuse(path, strerror(errno));
    if (S_ISLNK(about.st_mode))
        return refuse(path, "it is a symbolic link");
    if (!S_ISDIR(about.st_mode))
        return refuse(path, "it is not a directory");
    if (about.st_uid != geteuid())
        return refuse(path, "it belongs to another user");
    if (access(path, R_OK | W_OK | X_OK) != 0)
        return refuse(path, strerror(errno));
    return true;
}

void directory_clean(const char *path)
{
    struct directory_list list = {0};
    int directory = open(path, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    size_t i;

    if (directory < 0)
        return;
    if (directory_read(&list, path)) {
        for (i = 0; i < list.count; i++) {
            struct stat about;

            if (fstatat(directory, list.name[i], &about, AT_SYMLINK_NOFOLLOW) ==
                    0 &&
                S_ISREG(about.st_mode) && about.st_uid == geteuid())
                unlinkat(directory, list.name[i], 0);
        }
    }
    unlinkat(directory, CONFIRMED, 0);
    directory_free(&list);
    close(directory);
}
