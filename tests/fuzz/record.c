/* SPDX-License-Identifier: BSD-2-Clause */
/* record.c: any bytes are read, judged and rendered as a record, without a
 * crash, a leak or a hang. libFuzzer's; seeds come from `lockval run`:
 *   CC=clang CXX=clang++ meson setup build-fuzz -Dfuzzers=true
 *   build-fuzz/tests/fuzz/fuzz-record -close_fd_mask=2 lockval.d */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "render_all.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = memfd_create("record", 0);
    char path[64];
    struct model model;
    struct findings *findings;

    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    model_start(&model);
    model_read(&model, path, NULL);
    model_learn(&model);
    findings = findings_new(&model);
    render_all(findings);
    findings_free(findings);
    model_free(&model);
    close(file);
    return 0;
}
