/* SPDX-License-Identifier: BSD-2-Clause */
/* delete-held-ok: an object is deleted when its std::mutex is free.
 * lockval: ok silent
 *
 * Run: build/tools/lockval run -- build/examples/bugs/delete-held-ok */
#include <mutex>

struct job {
    std::mutex lock;
    char payload[100];
};

int main()
{
    job *current = new job;

    current->lock.lock();
    current->lock.unlock();
    delete current;
    return 0;
}
