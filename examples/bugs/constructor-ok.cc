/* SPDX-License-Identifier: BSD-2-Clause */
/* constructor-ok: an object locks itself as it is made, under the lock of the
 * list that it will be on.
 * lockval: ok ordered
 *
 * Run: build/tools/lockval run -- build/examples/bugs/constructor-ok */
#include "turns.h"
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace
{

class session
{
  public:
    // Nobody else can know this object yet.
    session()
    {
        std::lock_guard<std::mutex> own(lock);
        files.push_back(1);
    }

    void close();

  private:
    std::mutex lock;
    std::vector<int> files;
};

std::mutex sessions_lock;
std::list<std::shared_ptr<session>> sessions;

// The way of all who have a session in hand.
void session::close()
{
    std::lock_guard<std::mutex> own(lock);
    std::lock_guard<std::mutex> all(sessions_lock);
    files.clear();
}

void *opener(void *unused)
{
    for (int i = 0; i < 3; i++) {
        std::lock_guard<std::mutex> all(sessions_lock);
        sessions.push_back(std::make_shared<session>());
    }
    turn_end();
    return unused;
}

void *closer(void *unused)
{
    turn_wait(1);
    for (auto &each : sessions)
        each->close();
    return unused;
}

} // namespace

int main()
{
    run_two(opener, closer);
    return 0;
}
