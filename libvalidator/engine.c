/* SPDX-License-Identifier: BSD-2-Clause */
/* engine.c: start, exit, fork, threads' ends, and the way into the slow path.
 * See engine.h and event.h. */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "event.h"
#include "join.h"
#include "life.h"
#include "memory.h"
#include "misuse.h"
#include "module.h"
#include "notice.h"
#include "perturb.h"
#include "place.h"
#include "record.h"
#include "shared.h"
#include "steer.h"
#include "thread.h"
#include "unwind.h"

struct lv_engine lv_engine;
_Atomic uint64_t lv_signals_handled = ~UINT64_C(0);
void (*lv_thread_registered)(void);
_Atomic bool lv_cancelled_anywhere;

/* ---- in and out -----------------------------------------------------------
 */

static bool register_thread(void)
{
    bool known;

    if (lv_self.thread != NULL)
        return true;
    lv_engine_take();
    known = lv_thread_self() != NULL;
    lv_engine_give();
    return known;
}

/* The thread is inside, past its end, or has no way in any more. */
static bool is_barred(void)
{
    if (lv_self.state & LV_THREAD_MUTE)
        lv_record_lost(LV_LOST_MUTE);
    return lv_self.state != 0;
}

bool lv_enter(struct lv_guard *guard)
{
    guard->error = errno;
    if (!atomic_load_explicit(&lv_engine.live, memory_order_acquire) ||
        is_barred())
        return false;
    guard->blocked =
        atomic_load_explicit(&lv_signals_handled, memory_order_acquire) != 0;
    if (guard->blocked)
        guard->signals = lv_raw_signals_block();
    guard->cancellable =
        atomic_load_explicit(&lv_cancelled_anywhere, memory_order_relaxed);
    if (guard->cancellable)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard->cancel);
    lv_self.state |= LV_THREAD_BUSY;
    if (register_thread()) {
        lv_self.thread->mask_now =
            guard->blocked ? guard->signals : ~UINT64_C(0);
        return true;
    }
    lv_leave(guard);
    return false;
}

void lv_leave(const struct lv_guard *guard)
{
    lv_self.state &= ~(uint32_t)LV_THREAD_BUSY;
    if (guard->cancellable)
        pthread_setcancelstate(guard->cancel, NULL);
    if (guard->blocked)
        lv_raw_signals_restore(guard->signals);
    errno = guard->error;
}

/* ---- start and exit -------------------------------------------------------
 */

/* A mistake in an option, told before the program runs. */
static void warn(void *unused, const char *message)
{
    char line[512];
    int n = snprintf(line, sizeof line, "lockval: %s\n", message);

    (void)unused;
    if (n > 0)
        lv_raw_write(STDERR_FILENO, line,
                     (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* The file of the repository, then the environment, which wins. What `lockval
 * run` passes holds both already, and it has told their mistakes. */
static void read_options(struct lv_options *options)
{
    const char *environment = getenv("LOCKVAL_OPTIONS");
    static char text[8192];
    ssize_t size = 0;
    int fd;

    lv_options_default(options);
    lv_options_environment(options, environment, NULL, NULL);
    if (options->quiet)
        return;
    lv_options_default(options);
    fd = lv_raw_openat(AT_FDCWD, "lockval.conf",
                       O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd >= 0) {
        size = lv_raw_read(fd, text, sizeof text);
        lv_raw_close(fd);
    }
    if (size > 0)
        lv_options_file(options, text, (size_t)size, warn, NULL);
    lv_options_environment(options, environment, warn, NULL);
}

/* Modules up to here were there before us, or came with us. */
static size_t brought;

void lv_engine_start(void)
{
    int error = errno;
    struct lv_guard guard;

    if (atomic_load(&lv_engine.live))
        return;
    read_options(&lv_engine.options);
    lv_engine.segments = lv_segments_new();
    lv_engine.order =
        lv_engine.segments == NULL ? NULL : lv_order_new(lv_engine.segments);
    lv_record_open(lv_engine.options.record, lv_engine.options.run,
                   lv_engine.options.test);
    if (lv_engine.order == NULL || lv_record_header() == NULL) {
        lv_record_lost(LV_LOST_MEMORY);
        errno = error;
        return;
    }
    if (!lv_engine.options.quiet)
        lv_notice_start();
    lv_module_start(NULL);
    lv_place_modules(0);
    lv_unwind_start();
    lv_module_refresh();
    brought = lv_module_count();
    lv_steer_start(lv_engine.options.steer);
    lv_perturb_start(lv_engine.options.seed);
    atomic_store_explicit(&lv_engine.live, true, memory_order_release);
    if (lv_enter(&guard))
        lv_leave(&guard); /* the first thread is number 1 */
    errno = error;
}

/* A forked child that has nothing to say writes no state over its parent's. */
static void total(uint32_t state)
{
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_engine_take();
    lv_thread_count_all();
    if (lv_record_has_begun())
        lv_record_header()->state = state;
    lv_engine_give();
    lv_leave(&guard);
}

/* A forked child that has nothing to say has no record for it. */
static void list_late_modules(void)
{
    struct lv_guard guard;

    if (lv_engine.child || !lv_enter(&guard))
        return;
    lv_module_refresh();
    lv_engine_take();
    lv_place_modules(brought);
    lv_engine_give();
    lv_leave(&guard);
}

void lv_engine_exit(void)
{
    list_late_modules();
    total(LV_STATE_EXITED);
}

void lv_exec_prepare(void)
{
    total(LV_STATE_EXECED);
}

void lv_exec_failed(void)
{
    total(LV_STATE_RUNNING);
}

bool lv_exec_foresee(void)
{
    return atomic_load_explicit(&lv_engine.live, memory_order_acquire) &&
           lv_record_foresee();
}

void lv_exec_foresaw_wrong(void)
{
    lv_record_foresaw_wrong();
}

void lv_files_prepare(bool seal)
{
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_engine_take();
    lv_record_reserve();
    if (seal) {
        lv_record_seal();
        lv_memory_seal();
    }
    lv_engine_give();
    lv_leave(&guard);
}

void lv_thread_mute(void)
{
    lv_self.state |= LV_THREAD_MUTE;
}

/* ---- fork -----------------------------------------------------------------
 */

/* From prepare to parent or child the forking thread is in the slow path. */
static __thread struct lv_guard fork_guard
    __attribute__((tls_model("initial-exec")));
static __thread bool fork_entered __attribute__((tls_model("initial-exec")));

void lv_fork_prepare(void)
{
    fork_entered = lv_enter(&fork_guard);
    if (!fork_entered)
        return;
    lv_engine_take();
    lv_thread_count_all();
    lv_shared_process(); /* the child must know it */
    if (lv_steering)
        lv_steer_forking();
    lv_unwind_fork_prepare();
    lv_memory_fork_prepare();
}

bool lv_forking(void)
{
    return fork_entered;
}

void lv_fork_parent(void)
{
    if (!fork_entered)
        return;
    fork_entered = false;
    lv_memory_fork_parent();
    lv_unwind_fork_parent();
    lv_thread_next_segment(lv_self.thread);
    lv_engine_give();
    lv_leave(&fork_guard);
}

void lv_fork_child(void)
{
    if (!fork_entered)
        return;
    fork_entered = false;
    lv_memory_fork_child();
    lv_unwind_fork_child();
    lv_backlog_forked();
    lv_record_forked(lv_self.thread->id, lv_self.thread->segment);
    lv_thread_forked(lv_self.thread);
    lv_shared_forked();
    lv_engine.child = true;
    if (!lv_engine.options.children)
        atomic_store(&lv_engine.live, false);
    lv_engine_give();
    lv_leave(&fork_guard);
}

/* ---- threads --------------------------------------------------------------
 */

struct lv_birth lv_thread_birth(void)
{
    struct lv_birth birth = {0};
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return birth;
    birth.parent = lv_self.thread->id;
    birth.parent_segment = lv_self.thread->segment;
    lv_leave(&guard);
    return birth;
}

void lv_thread_created(void)
{
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_engine_take(); /* others read what we hold */
    lv_thread_next_segment(lv_self.thread);
    lv_engine_give();
    lv_leave(&guard);
}

void lv_thread_begin(struct lv_birth birth, uintptr_t handle)
{
    lv_announced.parent = birth.parent;
    lv_announced.parent_segment = birth.parent_segment;
    lv_announced.handle = handle;
    lv_announced.stack_start = (uintptr_t)__builtin_frame_address(0);
}

/* With the engine's lock held. */
static void tell_exit_held(struct lv_thread *thread)
{
    struct lv_held *held;

    for (held = thread->base + 1; held <= thread->self->top; held++) {
        struct lv_rec_hold hold;

        if (!lv_hold_valid(thread, held) || held->instance->class_id == 0 ||
            held->instance->family == LV_FAMILY_PSEUDO ||
            held->instance->family == LV_FAMILY_SEMAPHORE || /* no owner */
            held->instance->family == LV_FAMILY_FILE)        /* the process's */
            continue;
        hold = (struct lv_rec_hold){
            .instance = lv_instance_id(held->instance),
            .class_id = held->instance->class_id,
            .how = held->how & 0x00ffffff,
            .stack = held->stack,
        };
        lv_misuse_write(thread, LV_MISUSE_EXIT_HELD, &hold, &hold, thread->id);
    }
}

void lv_thread_end(void)
{
    struct lv_thread *thread = lv_self.thread;
    struct lv_guard guard;

    if (thread == NULL || !lv_enter(&guard)) {
        lv_self.state |= LV_THREAD_DEAD;
        return;
    }
    lv_engine_take();
    lv_life_end_left(thread);
    tell_exit_held(thread);
    lv_thread_end_stack(thread);
    lv_thread_drop(thread);
    lv_engine_give();
    lv_leave(&guard);
    lv_self.state |= LV_THREAD_DEAD;
}

void lv_thread_joining(uintptr_t handle, uintptr_t caller)
{
    struct lv_guard guard;
    struct lv_thread *thread = lv_self.thread;
    uint32_t id;

    if (thread == NULL || lv_self.top == thread->base ||
        lv_slow_enter(&guard, caller) == NULL)
        return;
    id = lv_thread_id_of(handle);
    if (id != 0)
        lv_join_check(thread, id, handle);
    if (lv_steering)
        lv_steer_note(thread, NULL);
    lv_engine_give();
    if (lv_steering)
        lv_steer_park(thread, NULL);
    lv_leave(&guard);
}

void lv_thread_joined(uintptr_t handle, bool joined)
{
    struct lv_guard guard;
    struct lv_thread *thread;
    uint32_t id;

    if (!lv_enter(&guard))
        return;
    thread = lv_self.thread;
    lv_engine_take();
    id = lv_thread_id_of(handle);
    lv_thread_forget_handle(handle);
    lv_join_forget(id);
    if (joined && id != 0) {
        lv_thread_next_segment(thread);
        lv_thread_meet(thread, id, UINT32_MAX);
    }
    lv_engine_give();
    lv_leave(&guard);
}

void lv_process_reaped(uint32_t pid)
{
    struct lv_rec_reaped *entry;
    struct lv_guard guard;
    struct lv_thread *thread;

    if (!lv_enter(&guard))
        return;
    thread = lv_self.thread;
    lv_engine_take();
    lv_thread_next_segment(thread);
    entry = lv_record_has_begun()
                ? lv_record_append(LV_REC_REAPED, sizeof *entry)
                : NULL;
    if (entry != NULL) {
        entry->thread = thread->id;
        entry->segment = thread->segment;
        entry->pid = pid;
        lv_record_commit(entry);
    }
    lv_engine_give();
    lv_leave(&guard);
}

void lv_thread_named(void)
{
    struct lv_guard guard;

    if (!lv_enter(&guard))
        return;
    lv_engine_take();
    lv_thread_write_name(lv_self.thread);
    lv_engine_give();
    lv_leave(&guard);
}
