// SPDX-License-Identifier: BSD-2-Clause
// once-throw: an initialiser that throws, and then comes back to itself.
// lockval: bug self-deadlock deadlock locks=once
//
// It waits for itself for ever; so a child does it, and is killed.
// Run: build/tools/lockval run -- build/examples/bugs/once-throw
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

static std::once_flag once;
static int tries;

static void initialise()
{
    if (++tries == 1)
        throw std::runtime_error("not yet");
    std::call_once(once, initialise);
}

static void try_twice()
{
    try {
        std::call_once(once, initialise);
    } catch (const std::runtime_error &) {
        std::call_once(once, initialise);
    }
}

int main()
{
    pid_t child = fork();

    if (child == 0) {
        try_twice();
        _exit(1); // never
    }
    usleep(500000);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    return 0;
}
