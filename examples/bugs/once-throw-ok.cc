// SPDX-License-Identifier: BSD-2-Clause
// once-throw-ok: an initialiser that throws may be run again, also by the same
// thread, and holds nothing meanwhile.
// lockval: ok silent
//
// Run: build/tools/lockval run -- build/examples/bugs/once-throw-ok
#include <mutex>
#include <stdexcept>

static std::once_flag once;
static std::mutex a;
static int tries;

static void initialise()
{
    std::lock_guard<std::mutex> hold(a);
    if (++tries < 3)
        throw std::runtime_error("not yet");
}

int main()
{
    for (int i = 0; i < 3; i++) {
        try {
            std::call_once(once, initialise);
        } catch (const std::runtime_error &) {
            std::lock_guard<std::mutex> hold(a);
        }
    }
    return tries == 3 ? 0 : 1;
}
