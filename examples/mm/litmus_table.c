/* SPDX-License-Identifier: BSD-2-Clause */
/* litmus_table.c: the protocols of S1 that `mm litmus` judges.
 *
 * Writer is thread 0, the speculative reader the last one. Stands for
 * include/linux/seqlock.h (v5.1) and for the scheme that J. Glisse proposed in
 * S1 (vma_delete, speculative_fault_begin, speculative_fault_commit), which has
 * a plain counter and vm_flags = 0 instead of a sequence count. The ordinary
 * PTL around zap and commit is not in these programs: it orders a commit
 * against a zap, not the reads before it against each other. */
#include "litmus.h"

/* ---- what must not be ---------------------------------------------------- */

/* The count was even and is the same: yet one field is new and one is old. */
static bool torn_under_count(const unsigned *reg)
{
    return reg[R_S] % 2 == 0 && reg[R_S] == reg[R_S2] && reg[R_A] != reg[R_B];
}

static bool glisse_accepts(const unsigned *reg)
{
    return reg[R_F] != 0 && reg[R_F] == reg[R_F2] && reg[R_S] == reg[R_S2];
}

static bool torn_under_glisse(const unsigned *reg)
{
    return glisse_accepts(reg) && reg[R_A] != reg[R_B];
}

/* The reader began after the VMA's death, by its counter, and goes ahead. */
static bool accepts_the_dead(const unsigned *reg)
{
    return glisse_accepts(reg) && reg[R_S] == 1;
}

/* ---- the programs -------------------------------------------------------- */

#define COUNT_READER "s=seq; rmb; a=start; b=end; rmb; s2=seq"
#define GLISSE_READER "s=seq; rmb; f=flags; rmb; s2=seq; rmb; f2=flags"
#define GLISSE_FIELDS \
    "s=seq; rmb; f=flags; rmb; a=start; b=end; rmb; s2=seq; rmb; f2=flags"
#define MARKED_RESIZE "flags=0; wmb; seq++; wmb; start=1; end=1; wmb; flags=1"

static const struct {
    const char *name;
    bool sound;
    litmus_bad *bad;
    struct litmus_program program;
} table[] = {
    {"seqcount",
     true,
     torn_under_count,
     {{"seq++; wmb; start=1; end=1; wmb; seq++", COUNT_READER}}},
    {"seqcount, no wmb after begin",
     false,
     torn_under_count,
     {{"seq++; start=1; end=1; wmb; seq++", COUNT_READER}}},
    {"seqcount, no wmb before end",
     false,
     torn_under_count,
     {{"seq++; wmb; start=1; end=1; seq++", COUNT_READER}}},
    {"seqcount, no rmb after begin",
     false,
     torn_under_count,
     {{"seq++; wmb; start=1; end=1; wmb; seq++",
       "s=seq; a=start; b=end; rmb; s2=seq"}}},
    {"seqcount, no rmb before retry",
     false,
     torn_under_count,
     {{"seq++; wmb; start=1; end=1; wmb; seq++",
       "s=seq; rmb; a=start; b=end; s2=seq"}}},
    {"seqcount, two writers at once (x5)",
     false,
     torn_under_count,
     {{"seq++; wmb; start=1; wmb; seq++", "seq++; wmb; end=1; wmb; seq++",
       COUNT_READER}}},
    {"seqcount, ended before the last field (x8)",
     false,
     torn_under_count,
     {{"seq++; wmb; start=1; wmb; seq++; wmb; end=1", COUNT_READER}}},

    {"glisse delete",
     true,
     accepts_the_dead,
     {{"flags=0; wmb; seq++", GLISSE_READER}}},
    {"glisse delete, no wmb",
     false,
     accepts_the_dead,
     {{"flags=0; seq++", GLISSE_READER}}},
    /* Either look at the flags tells, if it comes after a look at seq. */
    {"glisse delete, no rmb in begin",
     true,
     accepts_the_dead,
     {{"flags=0; wmb; seq++", "s=seq; f=flags; rmb; s2=seq; rmb; f2=flags"}}},
    {"glisse delete, no rmb in begin nor in commit",
     false,
     accepts_the_dead,
     {{"flags=0; wmb; seq++", "s=seq; f=flags; s2=seq; f2=flags"}}},

    {"glisse resize, counted after the fields",
     false,
     torn_under_glisse,
     {{"start=1; end=1; wmb; seq++", GLISSE_FIELDS}}},
    {"glisse resize, counted before the fields",
     false,
     torn_under_glisse,
     {{"seq++; wmb; start=1; end=1", GLISSE_FIELDS}}},

    {"glisse resize, marked by flags=0",
     true,
     torn_under_glisse,
     {{MARKED_RESIZE, GLISSE_FIELDS}}},
    {"glisse marked, no wmb after flags=0",
     false,
     torn_under_glisse,
     {{"flags=0; seq++; wmb; start=1; end=1; wmb; flags=1", GLISSE_FIELDS}}},
    {"glisse marked, no wmb after seq++",
     false,
     torn_under_glisse,
     {{"flags=0; wmb; seq++; start=1; end=1; wmb; flags=1", GLISSE_FIELDS}}},
    {"glisse marked, no wmb before flags back",
     false,
     torn_under_glisse,
     {{"flags=0; wmb; seq++; wmb; start=1; end=1; flags=1", GLISSE_FIELDS}}},
    {"glisse marked, no count",
     false,
     torn_under_glisse,
     {{"flags=0; wmb; start=1; end=1; wmb; flags=1", GLISSE_FIELDS}}},
    {"glisse marked, no rmb between seq and flags",
     false,
     torn_under_glisse,
     {{MARKED_RESIZE, "s=seq; f=flags; rmb; a=start; b=end; rmb; s2=seq; rmb; "
                      "f2=flags"}}},
    {"glisse marked, no rmb between flags and fields",
     false,
     torn_under_glisse,
     {{MARKED_RESIZE, "s=seq; rmb; f=flags; a=start; b=end; rmb; s2=seq; rmb; "
                      "f2=flags"}}},
    {"glisse marked, no rmb before the commit's seq",
     false,
     torn_under_glisse,
     {{MARKED_RESIZE, "s=seq; rmb; f=flags; rmb; a=start; b=end; s2=seq; rmb; "
                      "f2=flags"}}},
    /* The commit's look at the flags comes for nothing: seq has told all. */
    {"glisse marked, no rmb before the commit's flags",
     true,
     torn_under_glisse,
     {{MARKED_RESIZE, "s=seq; rmb; f=flags; rmb; a=start; b=end; rmb; s2=seq; "
                      "f2=flags"}}},
};

bool litmus_run(FILE *to)
{
    bool as_expected = true;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct litmus_result result =
            litmus_explore(&table[i].program, table[i].bad);
        bool right = result.valid && result.sound == table[i].sound;

        fprintf(to, "%-48s %s%s\n", table[i].name,
                !result.valid  ? "INVALID"
                : result.sound ? "sound"
                               : "unsound",
                right ? "" : ", NOT AS EXPECTED");
        if (!result.sound)
            fprintf(to, "    %s\n", result.witness);
        as_expected = as_expected && right;
    }
    return as_expected;
}
