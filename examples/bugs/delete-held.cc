/* SPDX-License-Identifier: BSD-2-Clause */
/* delete-held: an object is deleted with its std::mutex held.
 * lockval: bug free-held
 *
 * Run: build/tools/lockval run -- build/examples/bugs/delete-held */
#include <mutex>

struct job {
    std::mutex lock;
    char payload[100];
};

int main()
{
    job *current = new job;

    current->lock.lock();

    delete current;
    return 0;
}
