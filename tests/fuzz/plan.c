/* SPDX-License-Identifier: BSD-2-Clause */
/* plan.c: any bytes are read as a plan of `lockval confirm`; what is taken for
 * one keeps its limits, and stacks are looked up in it. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "module.h"
#include "steer_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that steer_plan.c asks for, besides what the tools have. */
const struct lv_module *lv_module_find(uintptr_t address)
{
    static const struct lv_module module = {.id = 1,
                                            .bias = 0x1000,
                                            .start = 0x1000,
                                            .end = 0x9000,
                                            .path = "/p/x"};

    return address >= module.start && address < module.end ? &module : NULL;
}

static void check_limits(void)
{
    unsigned i;

    if (lv_plan.count == 0 || lv_plan.count > LV_STEER_STEPS ||
        lv_plan.wait_ms > 60000)
        abort();
    for (i = 0; i < lv_plan.count; i++)
        if (lv_plan.signal[i] < 0 || lv_plan.signal[i] >= _NSIG ||
            lv_plan.signal[i] == SIGKILL || lv_plan.signal[i] == SIGSTOP)
            abort();
}

/* A stack is looked at once, so each input has a number of its own. */
static void look_up(void)
{
    static const struct lv_stack stack = {.count = 3,
                                          .frame = {0x1001, 0x1180, 0x99}};
    static uint32_t id;
    unsigned i;

    id++;
    lv_plan_note(&stack, id);
    for (i = 0; i < lv_plan.count; i++)
        if (lv_plan_holds(i, id) && !lv_plan_names_hold(i))
            abort();
        else
            lv_plan_wants(i, id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int file = memfd_create("plan", 0);
    char path[64];

    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    if (lv_plan_read(path)) {
        check_limits();
        look_up();
    }
    close(file);
    return 0;
}
