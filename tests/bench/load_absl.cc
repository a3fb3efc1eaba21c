/* SPDX-License-Identifier: BSD-2-Clause */
/* load_absl: the graph workloads of load.c on absl::Mutex, whose own detector
 * is switched on, for comparison. Prints what load does. */
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>

#include <absl/synchronization/mutex.h>

static std::deque<absl::Mutex> mutexes; /* they do not move */

static double now()
{
    return std::chrono::duration<double, std::nano>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

static uint32_t roll(uint64_t *state, uint32_t sides)
{
    *state ^= *state << 13; /* xorshift64 */
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 32) * sides >> 32);
}

static void take_pair(uint32_t a, uint32_t b)
{
    mutexes[a].Lock();
    mutexes[b].Lock();
    mutexes[b].Unlock();
    mutexes[a].Unlock();
}

static double run_forward(uint32_t count)
{
    uint64_t state = 88172645463325252ULL;
    uint32_t i, a, b;
    double before = now();

    for (i = 0; i < 4 * count; i++) {
        do {
            a = roll(&state, count);
            b = roll(&state, count);
        } while (a == b);
        take_pair(a < b ? a : b, a < b ? b : a);
    }
    return (now() - before) / (4 * count);
}

static double run_reverse(uint32_t count)
{
    double before = now();
    uint32_t i;

    for (i = count - 1; i > 0; i--)
        take_pair(i - 1, i);
    return (now() - before) / (count - 1);
}

int main(int argc, char **argv)
{
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], nullptr, 10) : 0;
    bool forward = argc > 1 && strcmp(argv[1], "forward") == 0;

    if (count < 2 || argc != 3) {
        fprintf(stderr, "usage: load_absl forward|reverse N\n");
        return 2;
    }
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kReport);
    for (uint32_t i = 0; i < count; i++)
        mutexes.emplace_back();
    printf("{\"bench\": \"%s\", \"case\": \"%s\", \"ns\": %.2f}\n", argv[1],
           forward ? argv[2] : "",
           forward ? run_forward(count) : run_reverse(count));
    return 0;
}
