/* SPDX-License-Identifier: BSD-2-Clause */
/* local-destructor-ok: a thread_local destructor locks in order.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/local-destructor-ok */
#include "turns.h"
#include <mutex>

static std::mutex a, b;
struct guest {
    int visits = 0;
    ~guest()
    {
        {
            std::scoped_lock outer(a);
            std::scoped_lock inner(b);
        }
        turn_end();
    }
};
static thread_local guest visitor;

static void *first(void *unused)
{
    visitor.visits = 1;
    return unused;
}

static void *second(void *unused)
{
    turn_wait(1);
    std::scoped_lock outer(a);
    std::scoped_lock inner(b);

    return unused;
}

int main()
{
    run_two(first, second);
    return 0;
}
