/* SPDX-License-Identifier: BSD-2-Clause */
/* settings.c: see settings.h. */
#include "settings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_FILE = 65536 };

static void warn(void *context, const char *message)
{
    tool_error("warning: %s: %s", (const char *)context, message);
}

/* ---- lockval.conf -------------------------------------------------------- */

static bool exists_in(int directory, const char *name)
{
    return faccessat(directory, name, F_OK, AT_EACCESS) == 0;
}

/* Only what we or root wrote: a stranger's file in a directory above is not an
 * order to us. */
static int open_trusted(int directory)
{
    int file =
        openat(directory, "lockval.conf", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;

    if (file < 0)
        return -1;
    if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) &&
        (about.st_uid == geteuid() || about.st_uid == 0))
        return file;
    close(file);
    return -1;
}

static int find_file(void)
{
    int directory = open(".", O_DIRECTORY | O_CLOEXEC), depth;

    for (depth = 0; depth < 64 && directory >= 0; depth++) {
        int file = open_trusted(directory), above;
        bool top = exists_in(directory, ".git");

        if (file >= 0 || top) {
            close(directory);
            return file;
        }
        above = openat(directory, "..", O_DIRECTORY | O_CLOEXEC);
        close(directory);
        directory = above;
    }
    if (directory >= 0)
        close(directory);
    return -1;
}

static void read_file(struct settings *settings)
{
    int file = find_file();
    static char text[LONGEST_FILE];
    ssize_t size;

    if (file < 0)
        return;
    size = read(file, text, sizeof(text));
    close(file);
    if (size > 0)
        lv_options_file(&settings->options, text, (size_t)size, warn,
                        (void *)(uintptr_t) "lockval.conf");
}

static void start(struct settings *settings)
{
    struct lv_options plain;

    memset(settings, 0, sizeof(*settings));
    lv_options_default(&plain);
    settings->options = plain;
    read_file(settings);
    lv_options_environment(&settings->options, getenv("LOCKVAL_OPTIONS"), warn,
                           (void *)(uintptr_t) "LOCKVAL_OPTIONS");
    settings->record_given =
        strcmp(settings->options.record, plain.record) != 0;
}

/* ---- flags --------------------------------------------------------------- */

struct flags {
    struct settings *settings;
    int argc, at;
    char **argv;
    const char *const *keys;
};

static void tell(void *context, const char *message)
{
    (void)context;
    tool_error("%s", message);
}

static bool takes(const struct flags *flags, const char *name, size_t size)
{
    size_t i;

    for (i = 0; flags->keys[i] != NULL; i++)
        if (strlen(flags->keys[i]) == size &&
            memcmp(flags->keys[i], name, size) == 0)
            return true;
    return false;
}

static bool refuse(const struct flags *flags, const char *name, size_t size)
{
    const char *near;
    size_t count = 0;

    while (flags->keys[count] != NULL)
        count++;
    near = lv_option_nearest(name, size, flags->keys, count);
    if (near == NULL)
        tool_error("unknown option --%.*s; --help lists them", (int)size, name);
    else
        tool_error("unknown option --%.*s; did you mean --%s?", (int)size, name,
                   near);
    return false;
}

/* The value after '=' or in the next word; NULL: none, which was told. */
static const char *take_value(struct flags *flags, const char *name,
                              const char *equals)
{
    if (equals != NULL)
        return equals + 1;
    if (flags->at < flags->argc)
        return flags->argv[flags->at++];
    tool_error("option %s needs a value", name);
    return NULL;
}

static bool take_long(struct flags *flags, const char *word)
{
    struct settings *settings = flags->settings;
    const char *name = word + 2, *equals = strchr(name, '='), *value = "";
    size_t size = equals ? (size_t)(equals - name) : strlen(name);
    enum lv_option_use use = lv_options_use(name, size);

    if (size == 4 && memcmp(name, "json", 4) == 0 && takes(flags, "format", 6))
        return lv_options_set(&settings->options, "format", 6, "json", 4, tell,
                              NULL);
    if (!takes(flags, name, size))
        return refuse(flags, name, size);
    if (size == 4 && memcmp(name, "help", 4) == 0)
        return settings->help = true;
    if (use != LV_OPTION_ALONE || equals != NULL) {
        value = take_value(flags, word, equals);
        if (value == NULL)
            return false;
    }
    if (size == 16 && memcmp(name, "gen-suppressions", 16) == 0) {
        settings->generate = value;
        return true;
    }
    if (size == 6 && memcmp(name, "output", 6) == 0) {
        settings->output = value;
        return true;
    }
    if (size == 5 && memcmp(name, "order", 5) == 0) {
        settings->order = value;
        return true;
    }
    if (size == 6 && memcmp(name, "record", 6) == 0)
        settings->record_given = true;
    return lv_options_set(&settings->options, name, size, value, strlen(value),
                          tell, NULL);
}

static bool take_short(struct flags *flags, const char *word)
{
    if (strcmp(word, "-h") == 0)
        return flags->settings->help = true;
    if (word[1] != 'o' || !takes(flags, "output", 6)) {
        tool_error("unknown option %s; --help lists them", word);
        return false;
    }
    flags->settings->output =
        word[2] != '\0' ? word + 2 : take_value(flags, "-o", NULL);
    return flags->settings->output != NULL;
}

static bool read_flags(struct settings *settings, int argc, char **argv,
                       int *at, bool stop, const char *const *keys)
{
    struct flags flags = {settings, argc, 0, argv, keys};
    int kept = 0;
    bool over = false;

    while (flags.at < argc) {
        char *word = argv[flags.at];
        bool flag = !over && word[0] == '-' && word[1] != '\0';

        if (!flag && stop)
            break;
        flags.at++;
        if (!flag) {
            argv[kept++] = word;
        } else if (strcmp(word, "--") == 0) {
            over = true;
            if (stop)
                break;
        } else if (word[1] == '-' ? !take_long(&flags, word)
                                  : !take_short(&flags, word)) {
            return false;
        }
    }
    *at = stop ? flags.at : kept;
    return true;
}

enum settings_found settings_read(struct settings *settings, int argc,
                                  char **argv, int *at, bool stop,
                                  const char *const *keys, const char *help)
{
    start(settings);
    if (!read_flags(settings, argc, argv, at, stop, keys))
        return SETTINGS_WRONG;
    if (!settings->help)
        return SETTINGS_READ;
    fputs(help, stdout);
    return SETTINGS_HELPED;
}
