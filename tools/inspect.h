/* SPDX-License-Identifier: BSD-2-Clause */
/* inspect.h: what of a module's locks can be seen, by what its file shows.
 *
 * Evidence, not proof: a function that is imported may never be called, and a
 * futex may be no lock. Asked of the file as it is now; one that was rebuilt
 * since the run (another build id) is not looked at. Includes model.h. */
#ifndef INSPECT_H
#define INSPECT_H

#include "model.h"

/* Kinds of locks that the hooks stand before: bits of inspect.calls. */
enum inspect_family {
    INSPECT_MUTEX,
    INSPECT_RWLOCK,
    INSPECT_SPIN,
    INSPECT_CONDITION,
    INSPECT_C11,
    INSPECT_SEMAPHORE,
    INSPECT_ONCE,
    INSPECT_GLIB,
    INSPECT_OPENMP,
    INSPECT_ANNOTATED,
    INSPECT_FAMILIES
};

struct inspect {
    const char *unread; /* why nothing is known; NULL: all below is */
    unsigned calls;     /* 1 << inspect_family: imported, so seen */
    size_t futexes;     /* futex system calls in its code */
    const char *whose;  /* whose waits those are, or "": not known */
    const char *uses;   /* another library's locks that it calls, or "" */
    const char *bound;  /* a lock function of its own that its own calls reach
                           without passing us, or "" */
};

/* Strings live in `arena`. */
struct inspect inspect_module(struct tool_arena *arena,
                              const struct model_module *module);

/* "mutexes", …; of one bit's number. */
const char *inspect_family(unsigned family);

#endif
