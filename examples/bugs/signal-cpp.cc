/* SPDX-License-Identifier: BSD-2-Clause */
/* signal-cpp: a handler takes a std::mutex that its thread may hold.
 * lockval: bug signal inversion locks=queue,SIGALRM
 *
 * Run: build/tools/lockval run -- build/examples/bugs/signal-cpp */
#include <csignal>
#include <mutex>

static std::mutex queue;
static volatile std::sig_atomic_t came;

static void handler(int)
{
    std::lock_guard<std::mutex> hold(queue);

    came = 1;
}

int main()
{
    std::signal(SIGALRM, handler);
    {
        std::lock_guard<std::mutex> hold(queue);
    }
    std::raise(SIGALRM);
    return came ? 0 : 1;
}
