// SPDX-License-Identifier: BSD-2-Clause
// throwing.cpp: a C++ library for C programs: it throws inside, allocates with
// `operator new` and gives the memory to C to free.
#include <cstdlib>
#include <mutex>
#include <new>
#include <stdexcept>

extern "C" int throw_and_catch(int depth);
extern "C" void *new_for_c(std::size_t size);

namespace
{

std::mutex mutex;

int sink(int depth)
{
    std::lock_guard<std::mutex> held(mutex);

    if (depth < 0)
        throw std::runtime_error("deep enough");
    return depth;
}

int descend(int depth)
{
    return depth == 0 ? sink(-1) : descend(depth - 1) + sink(depth);
}

} // namespace

extern "C" int throw_and_catch(int depth)
{
    try {
        return descend(depth);
    } catch (const std::runtime_error &) {
        return -1;
    }
}

// glibc's operator new is malloc: C programs rely on it that free may follow.
extern "C" void *new_for_c(std::size_t size)
{
    return ::operator new(size);
}
