/* SPDX-License-Identifier: BSD-2-Clause */
/* order_command.h: `lockval order`: the order that was observed as a file, and
 * what was observed held against a file. Includes findings.h, order_file.h,
 * settings.h; used by main.c. */
#ifndef ORDER_COMMAND_H
#define ORDER_COMMAND_H

#include "findings.h"
#include "order_file.h"
#include "settings.h"

/* `lockval order` */
int order_command(int argc, char **argv);

/* Write what was observed as an order file, always the same for the same
 * records: chains without what follows from them, leaves, classes that nest in
 * themselves; with a witness of each pair. False: there are more classes than
 * such a file takes, which was told. */
bool order_suggest(struct findings *findings, FILE *out);

/* Add a finding of kind `order` for each observed dependency against the file.
 */
void order_check(struct findings *findings, const struct order_file *file);

/* List the pairs of the file that were never observed; returns their number. */
size_t order_unseen(const struct findings *findings,
                    const struct order_file *file, FILE *out);

#endif
