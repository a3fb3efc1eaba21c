/* SPDX-License-Identifier: BSD-2-Clause */
/* constructor: an object on a list locks itself under the lock of the list.
 * lockval: bug inversion inversion locks=*,sessions_lock
 *
 * Run: build/tools/lockval run -- build/examples/bugs/constructor */
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
    void open()
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
    for (auto &each : sessions) {
        std::lock_guard<std::mutex> all(sessions_lock);
        each->open();
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
