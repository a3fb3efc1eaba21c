/* SPDX-License-Identifier: BSD-2-Clause */
/* glib.c: g_mutex_*, g_cond_*wait, g_bit_* give what GLib gives. */
#include "case.h"

#include <dlfcn.h>

#include "glib-calls.h"

static GLibLock mutex, cond;
static int ready;

static void *fail_to_lock(void *unused)
{
    CHECK(!g_mutex_trylock(&mutex));
    CHECK_HELD(&mutex, 0);
    return unused;
}

static void gmutex_is_held_while_it_is(void)
{
    GLibLock own;

    g_mutex_lock(&mutex);
    in_thread(fail_to_lock, NULL);
    CHECK_HELD(&mutex, 1);
    g_mutex_unlock(&mutex);
    CHECK_HELD(&mutex, 0);
    CHECK(g_mutex_trylock(&mutex));
    CHECK_HELD(&mutex, 1);
    g_mutex_unlock(&mutex);
    g_mutex_init(&own);
    g_mutex_lock(&own);
    CHECK_HELD(&own, 1);
    g_mutex_unlock(&own);
    g_mutex_clear(&own);
    CHECK_HELD(&own, 0);
}

static void *make_ready(void *unused)
{
    g_mutex_lock(&mutex);
    ready = 1;
    g_cond_signal(&cond);
    g_mutex_unlock(&mutex);
    return unused;
}

static void gmutex_in_a_wait_is_held_after_it(void)
{
    pthread_t thread;

    GLibLock own;

    g_cond_init(&own);
    g_cond_broadcast(&own);
    g_cond_clear(&own);
    g_mutex_lock(&mutex);
    CHECK(pthread_create(&thread, NULL, make_ready, NULL) == 0);
    while (!ready)
        g_cond_wait(&cond, &mutex);
    CHECK_HELD(&mutex, 1);
    CHECK(!g_cond_wait_until(&cond, &mutex, 1)); /* long ago */
    CHECK_HELD(&mutex, 1);
    g_mutex_unlock(&mutex);
    CHECK_HELD(&mutex, 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* As libglib calls itself: past everybody. */
static void gmutex_that_glib_gave_back_is_free(void)
{
    void *glib = dlopen("libglib-2.0.so.0", RTLD_LAZY | RTLD_NOLOAD);
    void (*unlock)(GLibLock *);

    CHECK(glib != NULL);
    unlock = (void (*)(GLibLock *))dlsym(glib, "g_mutex_unlock");
    g_mutex_lock(&mutex);
    unlock(&mutex);
    g_mutex_lock(&mutex);
    CHECK_HELD(&mutex, 1);
    g_mutex_unlock(&mutex);
    CHECK_HELD(&mutex, 0);
    CHECK(dlclose(glib) == 0);
}

static void bits_are_locks_of_their_own(void)
{
    int word = 0;
    uintptr_t pointer = 0;

    g_bit_lock(&word, 0);
    CHECK_HELD(&word, 1);
    g_bit_lock(&word, 1);
    CHECK(word == 3 && !g_bit_trylock(&word, 1));
    g_bit_unlock(&word, 0);
    CHECK_HELD(&word, 0);
    CHECK_HELD((char *)&word + 1, 1);
    g_bit_unlock(&word, 1);
    CHECK_HELD((char *)&word + 1, 0);
    CHECK(g_bit_trylock(&word, 31) && word != 0);
    g_bit_unlock(&word, 31);
    CHECK(word == 0);
    g_pointer_bit_lock(&pointer, 0);
    CHECK_HELD(&pointer, 1);
    CHECK(!g_pointer_bit_trylock(&pointer, 0));
    g_pointer_bit_unlock(&pointer, 0);
    CHECK_HELD(&pointer, 0);
    CHECK(pointer == 0 && g_pointer_bit_trylock(&pointer, 0));
    g_pointer_bit_unlock(&pointer, 0);
}

/* Their first word points to pthread's. */
static void other_glib_locks_are_those_of_libc(void)
{
    GLibLock recursive = {{0}}, rw = {{0}};

    g_rec_mutex_lock(&recursive);
    g_rec_mutex_lock(&recursive);
    CHECK_HELD(recursive.word[0], 1);
    g_rec_mutex_unlock(&recursive);
    CHECK_HELD(recursive.word[0], 1);
    g_rec_mutex_unlock(&recursive);
    CHECK_HELD(recursive.word[0], 0);
    g_rw_lock_writer_lock(&rw);
    CHECK_HELD(rw.word[0], 1);
    g_rw_lock_writer_unlock(&rw);
    CHECK_HELD(rw.word[0], 0);
}

static const struct test_case cases[] = {
    CASE(gmutex_is_held_while_it_is),
    CASE(gmutex_in_a_wait_is_held_after_it),
    CASE(gmutex_that_glib_gave_back_is_free),
    CASE(bits_are_locks_of_their_own),
    CASE(other_glib_locks_are_those_of_libc),
};

CASE_MAIN(cases)
