/* SPDX-License-Identifier: BSD-2-Clause */
/* stress.h: every kind of thread at once, on the correct model.
 *
 * Supplements the scripts: what they step through one by one happens here in
 * whatever order the machine makes of it. Under the validator it must end with
 * no finding; alone, with sound data. */
#ifndef MM_STRESS_H
#define MM_STRESS_H

#include <stdbool.h>

/* Run the kernel that `profile` names for `seconds`, then print what was done
 * and how long locks were held. False: an invariant did not hold, or there is
 * no such kernel. */
bool stress_run(const char *profile, unsigned seconds);

#endif
