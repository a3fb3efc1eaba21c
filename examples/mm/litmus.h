/* SPDX-License-Identifier: BSD-2-Clause */
/* litmus.h: is a lock-free protocol sound on a machine that reorders?
 *
 * Explores every execution of a tiny program under a weak memory model: a
 * thread's accesses may take effect in any order, except that
 *  - accesses to one variable keep their order;
 *  - `wmb` keeps stores before it before stores after it, `rmb` loads;
 * and what has taken effect is seen by all threads at once. This is weaker than
 * x86, where these protocols never fail and a stress test proves nothing; as
 * weak as ARMv8 without dependencies. (POWER is weaker still only for three
 * threads and more that only look at each other.)
 *
 * Pure computation: no thread, no lock. Used by `mm litmus` and its test. */
#ifndef MM_LITMUS_H
#define MM_LITMUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define LITMUS_THREADS 3
#define LITMUS_STEPS 12 /* in one thread, barriers included */
#define LITMUS_WITNESS 1024

/* Variables and registers, all 0 at first (`flags` 1); values stay below 8. */
enum litmus_variable { V_SEQ, V_FLAGS, V_START, V_END, LITMUS_VARIABLES };
enum litmus_register { R_S, R_F, R_A, R_B, R_S2, R_F2, LITMUS_REGISTERS };

/* Steps are separated by "; ":
 *     seq=1  flags=0  start=1  end=1    a store
 *     seq++                             a store of one more, in one step
 *     s=seq  f=flags  a=start  b=end  s2=seq  f2=flags    a load
 *     wmb  rmb                          a barrier
 * At most LITMUS_THREADS threads; unused ones are NULL. */
struct litmus_program {
    const char *thread[LITMUS_THREADS];
};

/* Is this end of an execution one that must not be? */
typedef bool litmus_bad(const unsigned *reg);

struct litmus_result {
    bool valid;    /* false: the program does not parse, or is too large */
    bool sound;    /* no execution ends badly */
    size_t states; /* that were visited */
    char witness[LITMUS_WITNESS]; /* if not: the steps, in order of effect */
};

struct litmus_result litmus_explore(const struct litmus_program *program,
                                    litmus_bad *bad);

/* Judge Glisse's scheme and the sequence count, a line for each variant, with a
 * witness where it is unsound. True: every verdict is the expected one. */
bool litmus_run(FILE *to);

#endif
