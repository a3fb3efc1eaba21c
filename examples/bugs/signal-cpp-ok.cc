/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-cpp-ok: a handler sets a flag; its thread looks at it and takes the
 * mutex.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-cpp-ok */
#include <csignal>
#include <mutex>

static std::mutex queue;
static volatile std::sig_atomic_t came;

static void handler(int)
{
    came = 1;
}

int main()
{
    std::signal(SIGALRM, handler);
    {
        std::lock_guard<std::mutex> hold(queue);
    }
    std::raise(SIGALRM);
    if (came) {
        std::lock_guard<std::mutex> hold(queue);
    }
    return came ? 0 : 1;
}
