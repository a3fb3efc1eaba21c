/* SPDX-License-Identifier: BSD-2-Clause */
/* cycle.h: one strong cycle, or one misuse, as a finding. Used by findings.c
 * alone, which merges equal ones and sorts. */
#ifndef CYCLE_H
#define CYCLE_H

#include "findings.h"

/* All memory is the findings' arena's. `family` is an index in the model. */
struct finding cycle_finding(struct findings *findings, size_t family,
                             const struct lv_cycle *cycle);

/* Threads that wait for each other for ever. Its fingerprint is that of the
 * inversion that it proves, and takes its place. */
struct finding deadlock_finding(struct findings *findings, size_t family,
                                const struct lv_rec_deadlock *deadlock);

struct finding misuse_finding(struct findings *findings, size_t family,
                              const struct lv_rec_misuse *misuse);

/* "worker", or for one that was given no name "main" or "thread 3". */
const char *cycle_thread(struct findings *findings, size_t family,
                         uint32_t thread);

/* Fingerprints: fold in the innermost own frame of a stack; write it down. */
uint64_t cycle_hash_stack(struct findings *findings, uint64_t hash,
                          uint32_t stack);
void cycle_set_fingerprint(struct finding *finding, uint64_t hash);

/* The class's name. */
const char *cycle_class(struct findings *findings, uint32_t class_id);

#endif
