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

/* The same, of a process of several: "thread 3 of process 17". */
const char *cycle_thread_of_many(struct findings *findings, size_t family,
                                 uint32_t thread);

/* "inversion", … */
const char *cycle_grade(enum lv_grade grade);

/* Fingerprints: fold in the innermost own frame of a stack; write it down. */
uint64_t cycle_hash_stack(uint64_t hash, const struct symbol_stack *stack);
void cycle_set_fingerprint(struct finding *finding, uint64_t hash);

/* Name the executable and process of a thread in `finding`. */
void cycle_set_process(const struct findings *findings, size_t family,
                       uint32_t thread, struct finding *finding);

/* Names of the locks held besides hold `skip` (UINT32_MAX: of all). */
void cycle_add_gates(struct findings *findings, struct finding_step *step,
                     const struct lv_rec_hold *hold, uint32_t count,
                     uint32_t skip);

/* "a, b and c"; `count` is not 0. */
const char *cycle_list(struct findings *findings, const char **name,
                       size_t count);

/* The class's name. */
const char *cycle_class(struct findings *findings, uint32_t class_id);

/* What of it is waited for if it is an event: "the signal of "; else NULL. */
const char *cycle_event(struct findings *findings, uint32_t class_id);
/* The same by enum lv_family. */
const char *cycle_event_of(uint32_t family);

#endif
