/* SPDX-License-Identifier: BSD-2-Clause */
/* load_absl: the graph workloads of load.c on absl::Mutex, whose own detector
 * is switched on, for comparison. Prints what load does. */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>

#include <absl/synchronization/mutex.h>

static std::deque<absl::Mutex> mutexes; /* they do not move */

static double spent()
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
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
    double before = spent();

    for (i = 0; i < 4 * count; i++) {
        do {
            a = roll(&state, count);
            b = roll(&state, count);
        } while (a == b);
        take_pair(a < b ? a : b, a < b ? b : a);
    }
    return (spent() - before) / (4 * count);
}

static double run_reverse(uint32_t count)
{
    double before = spent();
    uint32_t i;

    for (i = count - 1; i > 0; i--)
        take_pair(i - 1, i);
    return (spent() - before) / (count - 1);
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
