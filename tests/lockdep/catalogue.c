/* SPDX-License-Identifier: BSD-2-Clause */
/* catalogue.c: the cases of the kernel's lock self-test, as a table.
 *
 *   catalogue --list        a line per case: GROUP, FAMILY, NAME, what must be
 *                           told
 *   catalogue --run GROUP   plays the cases of a group: of a family, those of
 *                           one context. Contexts are shared by all cases of a
 *                           process, and two of them can deadlock across cases.
 *
 * The cases, their order and what is expected of each are those of the kernel's
 * lib/locking-selftest.c (Linux 6.1, 394 cases); scripts, locks and code are
 * ours. A script is a list of steps; events are parted by '|', so that they can
 * be permuted:
 *   A, a     take and drop lock A (to D, X to Z) of the case's kind;
 *            X1, X2: two locks of one class
 *   w:A w:a  the same of the kind that the letter says (lab.h)
 *   !A       initialise
 *   off on enter exit                  of the case's context
 *   hoff hon henter nenter hexit       hard (nenter: not threaded)
 *   soff son senter sexit              soft
 *   rcu urcu bh ubh sched usched       RCU read sections
 *   reclaim ureclaim alloc nofs unofs  allocations that may enter the fs
 *   o1… t1… A<o1                       wound/wait (ww.c)
 * Used by run.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

struct pattern {
    const char *family, *script;
    const char *kinds;    /* a case for each */
    const char *told;     /* of those, the ones that are to be told */
    const char *finding;  /* as which kind; "" in a name: no kind is told */
    const char *contexts; /* a case for each of 'h' and 's'; NULL: none */
    int permute;          /* events in all orders */
};

#define ALL "swrmWRt"
#define NOT_RLOCK "swmWRt"
#define CYCLE "cycle"

static const struct pattern patterns[] = {
    {"AA", "X1 X2", ALL, NOT_RLOCK, CYCLE, NULL, 0},
    {"ABBA", "A B b a B A a b", ALL, NOT_RLOCK, CYCLE, NULL, 0},
    {"ABBCCA", "A B b a B C c b C A a c", ALL, NOT_RLOCK, CYCLE, NULL, 0},
    {"ABCABC", "A B b a C A a c B C c b", ALL, NOT_RLOCK, CYCLE, NULL, 0},
    {"ABBCCDDA", "A B b a B C c b C D d c D A a d", ALL, NOT_RLOCK, CYCLE, NULL,
     0},
    {"ABCDBDDA", "A B b a C D d c B D d b D A a d", ALL, NOT_RLOCK, CYCLE, NULL,
     0},
    {"ABCDBCDA", "A B b a C D d c B C c b D A a d", ALL, NOT_RLOCK, CYCLE, NULL,
     0},
    {"double unlock", "A a a", ALL, ALL, "unlock-not-held", NULL, 0},
    {"initialize held", "A !A", ALL, ALL, "reinit-held", NULL, 0},

    {"recursive read", "X1 X1", "rR", "R", CYCLE, NULL, 0},
    {"recursive read #2", "X1 X2", "rR", "R", CYCLE, NULL, 0},
    {"mixed read-write", "r:X1 w:X2", "-", "-", CYCLE, NULL, 0},
    {"mixed read-write sem", "R:X1 W:X2", "-", "-", CYCLE, NULL, 0},
    {"mixed write-read", "w:X1 r:X2", "-", "-", CYCLE, NULL, 0},
    {"mixed write-read sem", "W:X1 R:X2", "-", "-", CYCLE, NULL, 0},
    {"read/lock-write ABBA", "r:X1 s:Y1 s:y1 r:x1 s:Y1 w:X1 w:x1 s:y1", "-",
     "-", CYCLE, NULL, 0},
    {"read/lock-write ABBA sem", "R:X1 m:Y1 m:y1 R:x1 m:Y1 W:X1 W:x1 m:y1", "-",
     "-", CYCLE, NULL, 0},
    {"read/lock-read ABBA", "r:X1 s:Y1 s:y1 r:x1 s:Y1 r:X1 r:x1 s:y1", "-", "",
     CYCLE, NULL, 0},
    {"read/lock-read ABBA sem", "R:X1 m:Y1 m:y1 R:x1 m:Y1 R:X1 R:x1 m:y1", "-",
     "-", CYCLE, NULL, 0},
    {"write/lock-write ABBA", "w:X1 s:Y1 s:y1 w:x1 s:Y1 w:X1 w:x1 s:y1", "-",
     "-", CYCLE, NULL, 0},
    {"write/lock-write ABBA sem", "W:X1 m:Y1 m:y1 W:x1 m:Y1 W:X1 W:x1 m:y1",
     "-", "-", CYCLE, NULL, 0},
    {"chain cached R-L/L-W",
     "r:X1 s:Y1 s:y1 r:x1 s:Y1 r:X1 r:x1 s:y1 s:Y1 w:X1 w:x1 s:y1", "-", "-",
     CYCLE, NULL, 0},
    {"W1R2/W2R3/W3R1",
     "w:X1 r:Y1 r:y1 w:x1|w:Y1 r:Z1 r:z1 w:y1|w:Z1 r:X1 r:x1 w:z1", "-", "-",
     CYCLE, NULL, 1},
    {"W1W2/R2R3/W3R1",
     "w:X1 w:Y1 w:y1 w:x1|r:Y1 r:Z1 r:z1 r:y1|w:Z1 r:X1 r:x1 w:z1", "-", "-",
     CYCLE, NULL, 1},
    {"W1W2/R2R3/R3W1",
     "w:X1 w:Y1 w:y1 w:x1|r:Y1 r:Z1 r:z1 r:y1|r:Z1 w:X1 w:x1 r:z1", "-", "",
     CYCLE, NULL, 1},
    {"W1R2/R2R3/W3W1",
     "w:X1 r:Y1 r:y1 w:x1|r:Y1 r:Z1 r:z1 r:y1|w:Z1 w:X1 w:x1 w:z1", "-", "",
     CYCLE, NULL, 1},

    {"irqs-on + irq-safe-A", "enter A a exit|A a", "swr", "sw", CYCLE, "hs", 1},
    {"sirq-safe-A => hirqs-on", "senter A a sexit|hoff A hon a", "swr", "sw",
     CYCLE, NULL, 1},
    {"safe-A + irqs-on", "enter A a exit|off A on a", "swr", "sw", CYCLE, "hs",
     1},
    {"safe-A + unsafe-B #1", "A B b a|B b|enter A a exit", "swr", "sw", CYCLE,
     "hs", 1},
    {"safe-A + unsafe-B #2", "off A B b a on|B b|enter A a exit", "swr", "sw",
     CYCLE, "hs", 1},
    {"irq lock-inversion", "off w:A B b w:a on|B b|enter r:A r:a exit", "swr",
     "sw", CYCLE, "hs", 1},
    {"irq read-recursion", "off w:A w:a on|r:A r:a|enter A s:B s:b a exit",
     "wr", "w", CYCLE, "hs", 1},
    {"irq read-recursion #2", "off s:B A a s:b on|r:A r:a|enter s:B s:b exit",
     "wr", "w", CYCLE, "hs", 1},
    {"irq read-recursion #3", "off w:B A a w:b on|r:A r:a|enter r:B r:b exit",
     "wr", "w", CYCLE, "hs", 1},

    {"ww fail acquire", "t1+ o1/t1 o1/t1 o1. o1? o1.", "-", "", "ww", NULL, 0},
    {"ww normal", "t1+ o1/ o1. o1/ o1. o1/ o1. o1? o1. o1/t1 o1.", "-", "",
     "ww", NULL, 0},
    {"ww unneeded slow", "t1+ o1/t1!", "-", "-", "ww", NULL, 0},
    {"ww two contexts", "t1+ t2+", "-", "-", CYCLE, NULL, 0},
    {"ww different class", "t1+ t1x o1/t1", "-", "-", "ww", NULL, 0},
    {"ww context done twice", "t1+ t1= t1= t1-", "-", "-", "ww", NULL, 0},
    {"ww context unlock twice", "t1+ t1= t1- t1-", "-", "-", "unlock-not-held",
     NULL, 0},
    {"ww context fini early", "t1+ o1/t1 t1= t1-", "-", "-", "ww", NULL, 0},
    {"ww lock after done", "t1+ t1= o1/t1", "-", "-", "ww", NULL, 0},
    {"ww object unlock twice", "o1/ o1. o1.", "-", "-", "unlock-not-held", NULL,
     0},
    {"ww object unbalanced", "t1+ o1/t1 t1z o1. t1-", "-", "-", "ww", NULL, 0},
    {"ww stale context", "t1+ o1~ o1/t1", "-", "-", "ww", NULL, 0},
    {"ww EDEADLK normal", "o2@ t1+ o1/t1 o2/t1 o2@- o1. o2/t1", "-", "", "ww",
     NULL, 0},
    {"ww EDEADLK normal slow", "o2@ t1+ o1/t1 o2/t1 o2@- o1. o2/t1!", "-", "",
     "ww", NULL, 0},
    {"ww EDEADLK no unlock", "o2@ t1+ o1/t1 o2/t1 o2@- o2/t1", "-", "-", "ww",
     NULL, 0},
    {"ww EDEADLK no unlock slow", "o2@ t1+ o1/t1 o2/t1 o2@- o2/t1!", "-", "-",
     "ww", NULL, 0},
    {"ww EDEADLK more", "o2@ t1+ o1/t1 o2/t1 o3/t1", "-", "-", "ww", NULL, 0},
    {"ww EDEADLK more slow", "o2@ t1+ o1/t1 o2/t1 o3/t1!", "-", "-", "ww", NULL,
     0},
    {"ww EDEADLK more EDEADLK", "o2@ o3@ t1+ o1/t1 o2/t1 o3/t1", "-", "-", "ww",
     NULL, 0},
    {"ww EDEADLK more EDEADLK slow", "o2@ o3@ t1+ o1/t1 o2/t1 o3/t1!", "-", "-",
     "ww", NULL, 0},
    {"ww EDEADLK wrong", "o2@ t1+ o1/t1 o2/t1 o1. o3/t1", "-", "-", "ww", NULL,
     0},
    {"ww EDEADLK wrong slow", "o2@ t1+ o1/t1 o2/t1 o1. o3/t1!", "-", "-", "ww",
     NULL, 0},
    {"ww spin nest unlocked", "A<o1", "-", "-", "rule", NULL, 0},
    {"ww spin nest", "t1+ o1/t1 X1<o1 X2<o1", "-", "", "rule", NULL, 0},
    {"ww context block", "t1+ o1/t1 o2/", "-", "-", CYCLE, NULL, 0},
    {"ww context try", "t1+ o1/t1 o2? o2. o1.", "-", "", CYCLE, NULL, 0},
    {"ww context context", "t1+ o1/t1 o2/t1 o2. o1.", "-", "", CYCLE, NULL, 0},
    {"ww try block", "o1? o2/ o2. o1.", "-", "-", CYCLE, NULL, 0},
    {"ww try try", "o1? o2? o2. o1.", "-", "", CYCLE, NULL, 0},
    {"ww try context", "o1? t1+ o2/t1", "-", "-", CYCLE, NULL, 0},
    {"ww block block", "o1/ o2/", "-", "-", CYCLE, NULL, 0},
    {"ww block try", "o1/ o2?", "-", "", CYCLE, NULL, 0},
    {"ww block context", "o1/ t1+ o2/t1", "-", "-", CYCLE, NULL, 0},
    {"ww spin block", "p:A p:a o1/ p:A p:a o1. p:A o1/ o1. p:a", "-", "-",
     CYCLE, NULL, 0},
    {"ww spin try", "p:A p:a o1? p:A p:a o1. p:A o1? o1. p:a", "-", "", CYCLE,
     NULL, 0},
    {"ww spin context", "p:A p:a t1+ o1/t1 p:A p:a o1. p:A o1/t1 o1. p:a", "-",
     "-", CYCLE, NULL, 0},

    {"queued RE_Er", "henter q:A s:B s:b q:a hexit hoff s:B q:A q:a s:b hon",
     "-", "-", CYCLE, NULL, 0},
    {"queued ER_rE", "henter s:B q:A q:a s:b hexit hoff q:A s:B s:b q:a hon",
     "-", "", CYCLE, NULL, 0},
    {"queued inversion",
     "henter s:B s:b hexit hoff s:B q:A q:a s:b hon q:A q:a", "-", "-", CYCLE,
     NULL, 0},

    {"fs_reclaim correct", "reclaim nalloc ureclaim", "-", "", "reclaim", NULL,
     0},
    {"fs_reclaim wrong", "reclaim alloc ureclaim", "-", "-", "reclaim", NULL,
     0},
    {"fs_reclaim protected", "reclaim nofs alloc unofs ureclaim", "-", "",
     "reclaim", NULL, 0},

    {"in hardirq", "henter B b hexit", "Upsm", "m", "context", NULL, 0},
    {"in hardirq (not threaded)", "nenter B b hexit", "Upsm", "sm", "context",
     NULL, 0},
    {"in softirq", "senter B b sexit", "Upsm", "m", "context", NULL, 0},
    {"in RCU", "rcu B b urcu", "Upsm", "m", "context", NULL, 0},
    {"in RCU-bh", "bh B b ubh", "Upsm", "m", "context", NULL, 0},
    {"in RCU-sched", "sched B b usched", "Upsm", "sm", "context", NULL, 0},
    {"in RAW_SPINLOCK", "p:A B b p:a", "Upsm", "sm", "context", NULL, 0},
    {"in SPINLOCK", "s:A B b s:a", "Upsm", "m", "context", NULL, 0},
    {"in MUTEX", "m:A B b m:a", "Upsm", "", "context", NULL, 0},

    {"local_lock 2", "l:A l:a henter s:A s:a hexit hoff s:A l:A l:a s:a hon",
     "-", "", CYCLE, NULL, 0},
    {"local_lock 3A",
     "l:A s:B s:b l:a henter s:A s:a hexit hoff s:A l:A l:a s:a hon", "-", "",
     CYCLE, NULL, 0},
    {"local_lock 3B",
     "l:A s:B s:b l:a henter s:A s:a hexit hoff s:A l:A l:a s:a hon "
     "hoff s:A s:B s:b s:a hon",
     "-", "-", CYCLE, NULL, 0},
    {"hardirq unsafe, softirq safe",
     "m:A hoff s:C s:c hon m:a henter s:A s:a hexit hoff s:A s:B s:b s:a hon "
     "hoff s:B s:C s:c s:b hon senter s:D s:d sexit soff s:D s:d son "
     "hoff s:C s:D s:d s:c hon",
     "-", "-", CYCLE, NULL, 0},
};

enum { PATTERNS = sizeof patterns / sizeof *patterns };

/* One case: a pattern, with a choice of each of its degrees of freedom. */
struct instance {
    const struct pattern *pattern;
    char kind, context;
    const char *order; /* of events, "" if not permuted */
    char name[96];
};

/* ---- steps --------------------------------------------------------------- */

static void nalloc(void)
{
    might_alloc(GFP_NOFS);
}

static void alloc(void)
{
    might_alloc(GFP_KERNEL);
}

static void reclaim(void)
{
    fs_reclaim_acquire(GFP_KERNEL);
}

static void ureclaim(void)
{
    fs_reclaim_release(GFP_KERNEL);
}

static void nofs(void)
{
    memalloc_nofs_save();
}

static void unofs(void)
{
    memalloc_nofs_restore(0);
}

static void hard_enter(void)
{
    lab_hard_enter(true);
}

static void hard_enter_not_threaded(void)
{
    lab_hard_enter(false);
}

static void bh(void)
{
    lab_soft_off();
    rcu_read_lock_bh();
}

static void ubh(void)
{
    rcu_read_unlock_bh();
    lab_soft_on();
}

static const struct {
    const char *word;
    void (*hard)(void);
    void (*soft)(void); /* the same of the other context, where it differs */
} words[] = {
    {"off", lab_hard_off, lab_soft_off},
    {"on", lab_hard_on, lab_soft_on},
    {"enter", hard_enter, lab_soft_enter},
    {"exit", lab_hard_exit, lab_soft_exit},
    {"hoff", lab_hard_off, NULL},
    {"hon", lab_hard_on, NULL},
    {"henter", hard_enter, NULL},
    {"nenter", hard_enter_not_threaded, NULL},
    {"hexit", lab_hard_exit, NULL},
    {"soff", lab_soft_off, NULL},
    {"son", lab_soft_on, NULL},
    {"senter", lab_soft_enter, NULL},
    {"sexit", lab_soft_exit, NULL},
    {"rcu", rcu_read_lock, NULL},
    {"urcu", rcu_read_unlock, NULL},
    {"bh", bh, NULL},
    {"ubh", ubh, NULL},
    {"sched", rcu_read_lock_sched, NULL},
    {"usched", rcu_read_unlock_sched, NULL},
    {"reclaim", reclaim, NULL},
    {"ureclaim", ureclaim, NULL},
    {"alloc", alloc, NULL},
    {"nalloc", nalloc, NULL},
    {"nofs", nofs, NULL},
    {"unofs", unofs, NULL},
};

static bool play_word(const struct instance *instance, const char *step)
{
    size_t i;

    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, step) != 0)
            continue;
        if (instance->context == 's' && words[i].soft != NULL)
            words[i].soft();
        else
            words[i].hard();
        return true;
    }
    return false;
}

/* "A", "a", "X1", "w:A"; kind U is an RCU read section. */
static void play_lock(const struct instance *instance, const char *step)
{
    char how = instance->kind;
    struct lock *lock;
    bool drop;

    if (step[1] == ':') {
        how = step[0];
        step += 2;
    }
    drop = step[0] >= 'a';
    if (how == 'U') {
        if (drop)
            rcu_read_unlock();
        else
            rcu_read_lock();
        return;
    }
    lock = lab_lock(lab_kind(how), drop ? step[0] - 'a' + 'A' : step[0],
                    step[1] == '\0' ? 0 : step[1] - '0');
    if (drop)
        lab_drop(lock);
    else
        lab_take(how, lock);
}

static void init_again(const struct instance *instance, char letter)
{
    struct lock *lock = lab_lock(lab_kind(instance->kind), letter, 0);

    lockdep_init_map(&lock->dep_map, lock->dep_map.name, lock->dep_map.key, 0);
}

static void play_step(const struct instance *instance, const char *step)
{
    if (play_word(instance, step))
        return;
    if (strchr("ot", step[0]) != NULL || strchr(step, '<') != NULL)
        ww_step(step);
    else if (step[0] == '!')
        init_again(instance, step[1]);
    else
        play_lock(instance, step);
}

/* Event `number` of the script, from 1; 0: all of it, in order. */
static void play_event(const struct instance *instance, int number)
{
    char script[512], *step, *rest, *end;
    const char *begin = instance->pattern->script;

    for (; number > 1; number--)
        begin = strchr(begin, '|') + 1;
    snprintf(script, sizeof script, "%s", begin);
    end = strchr(script, '|');
    if (end != NULL && number > 0)
        *end = '\0';
    for (step = strtok_r(script, " |", &rest); step != NULL;
         step = strtok_r(NULL, " |", &rest))
        play_step(instance, step);
}

static void play(const struct instance *instance)
{
    const char *order = instance->order;

    lab_begin(instance->name);
    if (*order == '\0')
        play_event(instance, 0);
    for (; *order != '\0'; order++)
        play_event(instance, *order - '0');
    if (ww_objected())
        printf("objected\t%s\n", instance->name);
    lab_end();
}

static const char *context_word(char context)
{
    return context == 'h' ? " hard" : context == 's' ? " soft" : "";
}

static const char *group;

static void play_grouped(const struct instance *instance)
{
    const char *context = context_word(instance->context);
    size_t size = strlen(instance->pattern->family);

    if (strncmp(group, instance->pattern->family, size) == 0 &&
        strcmp(group + size, context) == 0)
        play(instance);
}

/* ---- cases --------------------------------------------------------------- */

static const char *const *orders_of(const struct pattern *pattern)
{
    static const char *const none[] = {"", NULL};
    static const char *const two[] = {"12", "21", NULL};
    static const char *const three[] = {"123", "132", "213", "231",
                                        "312", "321", NULL};
    const char *first = strchr(pattern->script, '|');

    if (!pattern->permute || first == NULL)
        return none;
    return strchr(first + 1, '|') == NULL ? two : three;
}

static const char *word_of(char kind)
{
    switch (kind) {
    case 's':
        return " spin";
    case 'p':
        return " raw";
    case 'w':
        return " wlock";
    case 'r':
        return " rlock";
    case 'm':
        return " mutex";
    case 'W':
        return " wsem";
    case 'R':
        return " rsem";
    case 't':
        return " rtmutex";
    case 'U':
        return " rcu";
    default:
        return "";
    }
}

static void name_case(struct instance *instance)
{
    snprintf(instance->name, sizeof instance->name, "%s%s%s%s%s",
             instance->pattern->family, context_word(instance->context),
             word_of(instance->kind), *instance->order != '\0' ? " " : "",
             instance->order);
}

static void list_case(const struct instance *instance)
{
    const struct pattern *pattern = instance->pattern;

    printf("%s%s\t%s\t%s\t%s\n", pattern->family,
           context_word(instance->context), pattern->family, instance->name,
           strchr(pattern->told, instance->kind) != NULL ? pattern->finding
                                                         : "silent");
}

static void each_case(const struct pattern *pattern,
                      void (*visit)(const struct instance *))
{
    const char *contexts = pattern->contexts != NULL ? pattern->contexts : "-";
    const char *const *order, *context, *kind;

    for (context = contexts; *context != '\0'; context++)
        for (order = orders_of(pattern); *order != NULL; order++)
            for (kind = pattern->kinds; *kind != '\0'; kind++) {
                struct instance *instance = calloc(1, sizeof *instance);

                if (instance == NULL)
                    abort();
                instance->pattern = pattern;
                instance->kind = *kind;
                instance->context = *context;
                instance->order = *order;
                name_case(instance);
                visit(instance);
            }
}

/* Extra families have a kind of finding each, as the others. */
static void list_all(void)
{
    size_t i;

    for (i = 0; i < PATTERNS; i++)
        each_case(&patterns[i], list_case);
    for (i = 0; i < extra_count; i++)
        printf("%s\t%s\t%s\t%s\n", extras[i].family, extras[i].family,
               extras[i].name,
               extras[i].finding != NULL ? extras[i].finding : "silent");
}

static void play_extra(const struct extra *extra)
{
    lab_begin(extra->name);
    extra->play();
    lab_end();
}

int main(int argc, char **argv)
{
    size_t i;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        list_all();
        return 0;
    }
    if (argc != 3 || strcmp(argv[1], "--run") != 0) {
        fprintf(stderr, "usage: catalogue --list | --run FAMILY\n");
        return 2;
    }
    group = argv[2];
    for (i = 0; i < PATTERNS; i++)
        each_case(&patterns[i], play_grouped);
    for (i = 0; i < extra_count; i++)
        if (strcmp(extras[i].family, argv[2]) == 0)
            play_extra(&extras[i]);
    return 0;
}
