/* SPDX-License-Identifier: BSD-2-Clause */
/* names.c: locks and threads whose names attack whoever shows them, in a circle
 * that fails. */
#define _GNU_SOURCE
#include <lockval.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdio.h>

static const struct lockval_class classes[] = {
    {"</script><script>window.bad=1</script><img src=x onerror=bad()>", 0},
    {"]]></failure><x a=\"&amp;", 0},
    {"::error file=x.c,line=1::bad\n::error::bad\r\n::stop-commands::x", 0},
    {"%0A::error::bad%0D%0A", 0},
    {"[text](http://bad.example) {0} {{1}} `@team` | *x* _y_", 0},
    {"\"]; bad [label=\"x\\", 0},
    {"'; DROP TABLE class; --\"'); DELETE FROM run; --", 0},
    {"\033[31m\033]0;bad\007\b\b\b\b\177", 0},
    {"\302\23331m \23331m \205", 0}, /* C1 controls, both ways */
    {"\342\200\256gnitrats\342\201\246\342\200\217", 0}, /* bidi */
    {"\xff\xfe\xc0\xaf\xed\xa0\x80 not UTF-8", 0},
    {"a because b until 2030-01-01\n# frame * because bad", 0},
    {"x < y\nleaf: z, same-class", 0},
    {"$(touch bad) `touch bad` ; touch bad", 0},
    {"\342\200\250line\342\200\251paragraph\tend", 0},
};
enum { LOCKS = sizeof(classes) / sizeof(classes[0]) };

static pthread_mutex_t lock[LOCKS];
static sem_t go[LOCKS], gone;

static void *take_two(void *at)
{
    size_t i = (size_t)((sem_t *)at - go);
    char name[16];

    snprintf(name, sizeof(name), "%.15s", classes[i].name);
    pthread_setname_np(pthread_self(), name);
    sem_wait(&go[i]);
    pthread_mutex_lock(&lock[i]);
    pthread_mutex_lock(&lock[(i + 1) % LOCKS]);
    pthread_mutex_unlock(&lock[(i + 1) % LOCKS]);
    pthread_mutex_unlock(&lock[i]);
    sem_post(&gone);
    return NULL;
}

int main(void)
{
    pthread_t thread[LOCKS];
    int i;

    sem_init(&gone, 0, 0);
    for (i = 0; i < LOCKS; i++) {
        lockval_set_class(&lock[i], &classes[i]);
        sem_init(&go[i], 0, 0);
        if (pthread_create(&thread[i], NULL, take_two, &go[i]) != 0)
            return 1;
    }
    for (i = 0; i < LOCKS; i++) {
        sem_post(&go[i]);
        sem_wait(&gone);
    }
    for (i = 0; i < LOCKS; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
