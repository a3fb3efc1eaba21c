/* SPDX-License-Identifier: BSD-2-Clause */
/* nest: what it costs to take and give back N nested mutexes that nobody else
 * wants. Run it alone and preloaded by turns; `tools/dev bench nest` does.
 *
 *   nest [--alone] [DEPTH…]      default 1 2 4 8
 *
 * A second thread sleeps meanwhile: in a process that has but one glibc locks
 * without atomic instructions (lll_mutex_lock_optimized, since 2.34), which is
 * no measure of a program that needs locks. --alone leaves that thread out.
 *
 * A JSON object per line and depth: the median of nine samples, in nanoseconds
 * per pair of lock and unlock. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DEEPEST = 64, SAMPLES = 9 };
#define SAMPLE_NS 10e6

/* A cache line each: the cost of the locks, not of their sharing. */
static struct {
    _Alignas(64) pthread_mutex_t mutex;
} nest[DEEPEST]; /* all zeros: PTHREAD_MUTEX_INITIALIZER */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds for `times` nests of `depth`. */
static double measure(unsigned depth, unsigned long times)
{
    double start = now();
    unsigned i;

    while (times-- > 0) {
        for (i = 0; i < depth; i++)
            pthread_mutex_lock(&nest[i].mutex);
        while (i > 0)
            pthread_mutex_unlock(&nest[--i].mutex);
    }
    return now() - start;
}

/* How many nests fill a sample; also warms everything up. */
static unsigned long calibrate(unsigned depth)
{
    unsigned long times = 1000;

    while (measure(depth, times) < SAMPLE_NS)
        times *= 2;
    return times;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void run(unsigned depth)
{
    unsigned long times = calibrate(depth);
    double sample[SAMPLES];
    int i;

    for (i = 0; i < SAMPLES; i++)
        sample[i] = measure(depth, times) / (double)times / depth;
    qsort(sample, SAMPLES, sizeof(sample[0]), compare);
    printf("{\"bench\": \"nest\", \"case\": \"%u\", \"ns\": %.2f}\n", depth,
           sample[SAMPLES / 2]);
    fflush(stdout);
}

static void *sleep_on(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

int main(int argc, char **argv)
{
    static const char *const usual[] = {"1", "2", "4", "8", NULL};
    const char *const *word = (const char *const *)argv + 1;
    pthread_t sleeper;

    if (argc > 1 && strcmp(argv[1], "--alone") == 0)
        word++;
    else if (pthread_create(&sleeper, NULL, sleep_on, NULL) != 0)
        return 2;
    for (word = *word != NULL ? word : usual; *word != NULL; word++) {
        int depth = atoi(*word);

        if (depth < 1 || depth > DEEPEST) {
            fprintf(stderr, "nest: depth is 1 to %d\n", DEEPEST);
            return 2;
        }
        run((unsigned)depth);
    }
    return 0;
}
