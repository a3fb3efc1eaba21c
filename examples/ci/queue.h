/* SPDX-License-Identifier: BSD-2-Clause */
/* queue.h: a sample library: a queue of jobs, and what it counts of them. */
#ifndef QUEUE_H
#define QUEUE_H

/* From any thread. Both take the queue's lock and that of the numbers. */
void queue_put(int job);
int queue_take(void); /* -1: empty */

/* Jobs that wait, and jobs that were taken, as of one moment. */
void queue_report(int *waiting, int *taken);

#endif
