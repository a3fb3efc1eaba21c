// SPDX-License-Identifier: BSD-2-Clause
// guard.cc: __cxa_guard_* and what throws out of std::call_once.
#include <atomic>
#include <cxxabi.h>
#include <mutex>

#include "case.h"

static std::once_flag once;

static void guard_is_held_while_it_initialises()
{
    static abi::__guard guard;

    CHECK(__cxxabiv1::__cxa_guard_acquire(&guard) == 1);
    CHECK_HELD(&guard, 1);
    __cxxabiv1::__cxa_guard_abort(&guard);
    CHECK_HELD(&guard, 0);
    CHECK(__cxxabiv1::__cxa_guard_acquire(&guard) == 1);
    __cxxabiv1::__cxa_guard_release(&guard);
    CHECK_HELD(&guard, 0);
    CHECK(__cxxabiv1::__cxa_guard_acquire(&guard) == 0);
    CHECK_HELD(&guard, 0);
}

static void thrower()
{
    CHECK_HELD(&once, 1);
    throw 1;
}

static void thrown_out_of_call_once_is_caught()
{
    int caught = 0;

    for (int i = 0; i < 3; i++) {
        try {
            std::call_once(once, thrower);
        } catch (int) {
            caught++;
        }
        CHECK_HELD(&once, 0);
    }
    CHECK(caught == 3);
    std::call_once(once, [] { CHECK_HELD(&once, 1); });
    CHECK_HELD(&once, 0);
}

static const struct test_case cases[] = {
    CASE(guard_is_held_while_it_initialises),
    CASE(thrown_out_of_call_once_is_caught),
};

CASE_MAIN(cases)
