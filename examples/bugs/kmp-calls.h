/* SPDX-License-Identifier: BSD-2-Clause */
/* kmp-calls.h: OpenMP as clang compiles it, for programs that any compiler
 * builds; a program of yours has its pragmas (clang -fopenmp). */
#ifndef KMP_CALLS_H
#define KMP_CALLS_H

#include <stdint.h>

typedef struct {
    int32_t reserved, flags, more[2];
    const char *source;
} kmp_place;

static kmp_place here = {0, 2, {0, 0}, ";unknown;unknown;0;0;;"};

typedef void kmp_task(int32_t *thread, int32_t *bound, ...);
int32_t __kmpc_global_thread_num(kmp_place *place);
void __kmpc_push_num_threads(kmp_place *place, int32_t thread, int32_t count);
void __kmpc_fork_call(kmp_place *place, int32_t count, kmp_task *task, ...);
void __kmpc_barrier(kmp_place *place, int32_t thread);
void __kmpc_critical(kmp_place *place, int32_t thread, void *name);
void __kmpc_end_critical(kmp_place *place, int32_t thread, void *name);
int omp_get_thread_num(void);

/* #pragma omp parallel num_threads(2) shared(one, other) */
static inline void parallel(void (*body)(int32_t *, int32_t *, void *, void *),
                            void *one, void *other)
{
    __kmpc_push_num_threads(&here, __kmpc_global_thread_num(&here), 2);
    __kmpc_fork_call(&here, 2, (kmp_task *)(void *)body, one, other);
}

#endif
