/* SPDX-License-Identifier: BSD-2-Clause */
/* event.h: what interpose/ and annotate.c tell the engine.
 *
 * The engine knows locks by address, family and mode; it knows neither pthread
 * nor libc. Each acquisition is told in two steps: lv_acquire_check before the
 * program may block, lv_acquire_commit after it owns the lock. The steady state
 * is inline here and in held.h: it takes no lock, allocates nothing, writes
 * thread-local memory alone and makes no system call.
 *
 * Contexts: all of these from any thread and any signal handler. Before the
 * engine is live, after a thread's end, and while the engine itself runs on
 * this thread, they do nothing. errno is preserved by all.
 *
 * Includes held.h. Used by interpose/ and annotate.c. */
#ifndef LV_EVENT_H
#define LV_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "held.h"
#include "record_format.h"

struct lockval_class; /* include/lockval.h */

/* What the interposer read from a lock object about its owner. */
enum lv_owner {
    LV_OWNER_UNKNOWN, /* the object does not tell */
    LV_OWNER_NONE,    /* not locked at all */
    LV_OWNER_SELF,    /* by this thread, though we may not have seen it */
    LV_OWNER_OTHER,   /* by another thread */
};

/* ---- acquisitions -------------------------------------------------------- */

/* `how`: LV_HOW_* mode and flags in the low 16 bits, the family in the upper 8
 * (LV_HOW_FAMILY). `caller`: return address in the program. Read the object's
 * kind (recursive, error-checking, reader preference) only on a miss: pass what
 * the fast path needs and the rest to lv_acquire_miss. */
#define LV_HOW_FAMILY(family) ((uint32_t)(family) << 24)

/* Steady state: true, and `ticket` filled, if this thread has taken `lock` in
 * this way from here with just these locks held before. */
static inline bool lv_acquire_known(uintptr_t lock, uint32_t how,
                                    uintptr_t caller, struct lv_ticket *ticket)
{
    return lv_transition_find(lock, how, caller, ticket);
}

/* The hottest hooks do without a ticket: lv_transition_look before the lock,
 * lv_transition_commit after it (held.h). */

/* Everything else: finds the lock's class, checks its order, writes what is new
 * and reports. Call before the acquisition blocks. For a try (LV_HOW_TRY): call
 * after it succeeded. Fills `ticket` (one that commits nothing when the engine
 * is not live). */
void lv_acquire_miss(uintptr_t lock, uint32_t how, uintptr_t caller,
                     struct lv_ticket *ticket);

/* The same for a wait that leaves nothing held (LV_HOW_SYNC in `how`): fills a
 * ticket that commits nothing. */

/* The thread owns the lock now (result 0 or EOWNERDEAD). Inline in held.h:
 *   void lv_acquire_commit(const struct lv_ticket *ticket); */

/* Inline in held.h: true if `lock` was the thread's newest hold, now gone.
 *   bool lv_release_newest(uintptr_t lock); */

/* Any other release, and the misuse checks: call BEFORE the real unlock, with
 * what the object says. `caller` as above. */
void lv_release_miss(uintptr_t lock, uint32_t how, uintptr_t caller,
                     enum lv_owner owner);

/* The thread is about to take `lock`, which it holds as far as we know, and
 * which nobody holds, as the object says: there is another in its place. */
void lv_hold_lost(uintptr_t lock);

/* A write hold becomes a read hold (annotation). `caller` as above. */
void lv_downgrade(uintptr_t lock, uintptr_t caller);

/* Annotations: the thread's next acquisition is of subclass `n`; or nests under
 * `outer`. */
void lv_next_subclass(uint32_t n);
void lv_next_nest_under(uintptr_t outer);

/* Sequence counts (lockval.h says what each means). `how` holds the subclass;
 * LV_HOW_RAW for a raw write; LV_HOW_SEQ_WAIT, _ONCE or _FALLBACK for reads. */
void lv_seq_write_begin(uintptr_t seq, uint32_t how, uintptr_t caller);
void lv_seq_write_end(uintptr_t seq, uintptr_t caller);
void lv_seq_read(uintptr_t seq, uint32_t how, uintptr_t caller);

/* ---- locks on files (file.c) --------------------------------------------- */

/* What the program asks for: bytes [start, end) of the file of `fd`. */
struct lv_file_lock {
    int fd;
    uint32_t kind;     /* LV_SHARED_FLOCK (all of it) or LV_SHARED_RANGE */
    bool by_open_file; /* its owner; else the process */
    uint64_t start, end;
};

/* Before a call that may wait, and after a try (LV_HOW_TRY) that was refused.
 * `how`: a mode. Fills `ticket`, for lv_file_taken once the owner has the lock;
 * that takes the place of what it had there. */
void lv_file_wait(const struct lv_file_lock *lock, uint32_t how,
                  uintptr_t caller, struct lv_ticket *ticket);
void lv_file_taken(const struct lv_ticket *ticket);

/* Both, after a try that succeeded. */
void lv_file_tried(const struct lv_file_lock *lock, uint32_t how,
                   uintptr_t caller);

/* The owner has given back what it had there. */
void lv_file_released(const struct lv_file_lock *lock);

/* Before a descriptor is closed of which lv_file_may_end says so. */
void lv_file_closing(int fd);

/* Descriptors of open files that have had locks: a bit each; and how many
 * ranges the process has, which any descriptor of the file ends. */
#define LV_FILE_BITS 65536
extern _Atomic uint64_t lv_file_bits[LV_FILE_BITS / 64]
    __attribute__((visibility("hidden")));
extern _Atomic uint32_t lv_file_ranges __attribute__((visibility("hidden")));

static inline bool lv_file_may_end(int fd)
{
    if (fd < 0 || fd >= LV_FILE_BITS)
        return fd >= 0;
    return atomic_load_explicit(&lv_file_ranges, memory_order_relaxed) != 0 ||
           (atomic_load_explicit(&lv_file_bits[fd / 64],
                                 memory_order_relaxed) >>
                (fd % 64) &
            1);
}

/* ---- contexts (context.h) ------------------------------------------------ */

/* From now on the contexts of `set`, a set of bits, can interrupt this thread,
 * or cannot. */
void lv_contexts_on(uint32_t set, uintptr_t caller);
void lv_contexts_off(uint32_t set, uintptr_t caller);

/* A handler begins and ends on this thread; `context` is one bit. */
void lv_context_enter(uint32_t context, uintptr_t caller);
void lv_context_exit(uint32_t context, uintptr_t caller);

/* ---- signals (signals.h) ------------------------------------------------- */

/* Signals that have a handler, bit n - 1 for signal n; all, where nobody keeps
 * count. Raised before a handler is installed. Where it is 0 nothing of a mask
 * need be told. */
extern _Atomic uint64_t lv_signals_handled
    __attribute__((visibility("hidden")));

/* `signal` gets a handler; `handler` stands for its function and the mask that
 * it runs with; 0: it has none any more. Tell a handler before it is
 * installed. `caller`: return address in the program. */
void lv_signal_handler(int signal, uint64_t handler, uintptr_t caller);

/* A handler runs on this thread from lv_signal_enter to lv_signal_exit, or
 * until it jumps out. `frame` lies in the frame of the function that calls the
 * handler. Steady state: no lock, no allocation, no system call, unless
 * handlers nest on several stacks. */
struct lv_signal_frame {
    uint64_t cookie;
    uintptr_t handler; /* its pseudo-lock; 0: not on the held list */
    unsigned depth;
    uint32_t inside, interrupted; /* lv_calls, as they were */
};
void lv_signal_enter(struct lv_signal_frame *frame, int signal);
void lv_signal_exit(struct lv_signal_frame *frame);

/* The calling thread blocks the signals of `mask` now. */
void lv_signal_mask(uint64_t mask, uintptr_t caller);

/* ---- calls into libc (calls.c) ------------------------------------------- */

/* What takes a lock of libc's own inside, by the lock. */
enum {
    LV_CALL_HEAP = 1 << 0,
    LV_CALL_STREAM = 1 << 1,
    LV_CALL_LOG = 1 << 2,
    LV_CALL_EXIT = 1 << 3,
    LV_CALL_TIME = 1 << 4,
    LV_CALL_WAIT = 1 << 5, /* takes none: sigsuspend and its like let signals
                              in here, and nothing is under way */
};

/* The calls that the thread is in, and how many handlers it is in; handlers
 * have calls of their own. */
struct lv_calls {
    uint32_t handlers;
    uint32_t inside;
    uint32_t interrupted; /* what the newest handler came upon */
};
extern __thread struct lv_calls lv_calls
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* The thread, in a handler, calls `name`, which is not async-signal-safe:
 * noted, once for each place. `name` is static. */
void lv_call_in_handler(const char *name, uint32_t kind, uintptr_t caller);

/* Around a call: what `begin` gives is for `end`. */
static inline uint32_t lv_call_begin(const char *name, uint32_t kind,
                                     uintptr_t caller)
{
    uint32_t before = lv_calls.inside;

    if (__builtin_expect(lv_calls.handlers != 0, 0))
        lv_call_in_handler(name, kind, caller);
    lv_calls.inside = before | kind;
    return before;
}

static inline void lv_call_end(uint32_t before)
{
    lv_calls.inside = before;
}

/* The thread may wait in the way `outer` (LOCKVAL_WAIT_*) here. */
void lv_might_wait(uint32_t outer, uintptr_t caller);

/* Writers of `seq` must hold `lock` for writing from now on. */
void lv_seq_set_lock(uintptr_t seq, uintptr_t lock, uintptr_t caller);

/* True if the calling thread holds `lock`. */
bool lv_is_held(uintptr_t lock);

/* The thread has waited for `ticket` for a tenth of a second or more, without a
 * limit, and goes on waiting: says so to others and looks for a deadlock, see
 * blocked.c. Call it again after each further slice of the wait, of a second at
 * most: it tells what it finds twice in a row. lv_blocked_end when it has the
 * lock, or gave up. */
void lv_blocked(const struct lv_ticket *ticket);
void lv_blocked_end(void);

/* ---- waits that others end (waiting.c) ------------------------------------
 */

/* What the thread is about to wait for, without a limit in time. */
struct lv_awaited {
    uint32_t kind;                  /* enum lv_wait_kind */
    uint32_t flags;                 /* LV_WAIT_* */
    uintptr_t object;               /* JOIN: the handle */
    const struct lv_ticket *ticket; /* LOCK: the lock. CONDITION: the mutex, to
                                       be taken again. Else NULL */
};

/* Around the wait: says so where `lockval run` can read it, with what the
 * thread holds. A wait that is known costs a few stores to memory of the
 * thread's own. `end` may be called twice, or without a `begin`; a thread that
 * leaves its wait by a jump is not believed, see tools/hang.h. */
void lv_wait_begin(const struct lv_awaited *awaited, uintptr_t caller);
void lv_wait_end(void);

/* True if the calling thread holds anything. */
static inline bool lv_holds_any(void)
{
    return lv_self.top != NULL && lv_self.top->lock != 0;
}

/* ---- new memory (newborn.h) ---------------------------------------------- */

/* The blocks that the thread allocated last, and when: with which locks held,
 * after how many that others could know. */
enum { LV_BLOCKS = 16 };
struct lv_blocks {
    struct {
        uintptr_t start;
        size_t size;
        uint64_t moment;
    } block[LV_BLOCKS];
    uint32_t next;
};
extern __thread struct lv_blocks lv_blocks
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline uint64_t lv_blocks_moment(void)
{
    return lv_self.key +
           (lv_self.acquisitions - lv_self.secrets) * 0x9e3779b97f4a7c15ULL;
}

/* The thread posts or signals: others may know what it made. */
static inline void lv_blocks_shown(void)
{
    lv_self.secrets--;
}

static inline void lv_block_made(const void *start, size_t size)
{
    uint32_t at = lv_blocks.next++ % LV_BLOCKS;

    lv_blocks.block[at].start = (uintptr_t)start;
    lv_blocks.block[at].size = size;
    lv_blocks.block[at].moment = lv_blocks_moment();
}

/* ---- events (await.h) ---------------------------------------------------- */

/* Before a wait without a limit for the event at `event`, which another thread
 * brings about; `how` is its family alone, and LV_HOW_TRY where it takes what
 * is there, or has a limit: then the thread counts among those who wait. */
void lv_await_miss(uintptr_t event, uint32_t how, uintptr_t caller);
static inline void lv_await(uintptr_t event, uint32_t how, uintptr_t caller)
{
    struct lv_ticket ticket;

    if (!lv_acquire_known(event, how, caller, &ticket))
        lv_await_miss(event, how, caller);
}

/* Before the thread brings the event about. */
void lv_signal_miss(uintptr_t event, uint32_t how, uintptr_t caller);
static inline void lv_signal(uintptr_t event, uint32_t how, uintptr_t caller)
{
    struct lv_ticket ticket;

    lv_blocks_shown();
    if (!lv_acquire_known(event, how | LV_HOW_TRY, caller, &ticket)) {
        lv_signal_miss(event, how, caller);
        return;
    }
    lv_self.signal = event;
    lv_self.by_signal = lv_self.acquisitions;
}

/* The thread, which has given up the mutex of `ticket`, is about to wait for
 * `condition`, of `size` bytes, which others were seen to wait for with another
 * mutex: tells it if one of them does so now. That wakes nobody for sure (POSIX
 * leaves it undefined); at different times it is allowed. */
void lv_await_with(uintptr_t condition, size_t size,
                   const struct lv_ticket *ticket);

/* What was taken for a lock by a guess: it is one; it is none, and never was.
 */
void lv_guess_holds(uintptr_t lock);
void lv_guess_fails(uintptr_t lock, uintptr_t caller);

/* ---- RCU (rcu.c) ---------------------------------------------------------
 */

enum lv_rcu { LV_RCU_MEMB, LV_RCU_MB, LV_RCU_SIGNAL, LV_RCU_BP, LV_RCU_QSBR };
enum { LV_RCU_FLAVOURS = LV_RCU_QSBR + 1 };

/* The pseudo-lock (LV_HOW_PSEUDO) that the readers of a flavour hold. */
uintptr_t lv_rcu_lock(enum lv_rcu which);
bool lv_rcu_is(uintptr_t lock);

/* Before a wait for a grace period; lv_wait_end after it. `inside`: the thread
 * is in a read section, though it may not have been seen to enter. */
void lv_rcu_wait_begin(enum lv_rcu which, bool inside, uintptr_t caller);

/* ---- lives --------------------------------------------------------------- */

/* A lock is initialised at `lock`: an old life there ends (reinit-held if it is
 * held by a thread that still lives, but not in a forked child, which may start
 * its locks anew), a new one begins, its class keyed by the
 * path of this call unless `cls` declares it. */
void lv_lock_init(uintptr_t lock, uint32_t how, uintptr_t caller,
                  const struct lockval_class *cls);

/* The life ends; destroy-held if it is held. Call before the real destroy, with
 * what the object says of its owner: LV_OWNER_NONE spares the search for a
 * thread that holds it. */
void lv_lock_destroy(uintptr_t lock, uintptr_t caller, enum lv_owner owner);

/* Put a lock into a declared class from now on. */
void lv_lock_set_class(uintptr_t lock, uintptr_t caller,
                       const struct lockval_class *cls);

/* What becomes of a held lock where memory ends. */
enum lv_ending {
    LV_ENDING_SILENT, /* it ends with the rest: stacks, what is mapped over */
    LV_ENDING_TOLD,   /* and is told as free-held: free, munmap */
    LV_ENDING_UNHELD, /* it stays: memory may be zeros from now on, or not */
};

/* Memory ends: every lock inside [start, start + size) does too. Cheap where no
 * lock was ever seen: lv_range_may_hold first (inline in held.h), which reads
 * one filter word per 4 KiB. */
void lv_memory_gone(uintptr_t start, size_t size, uintptr_t caller,
                    enum lv_ending ending);

/* True if some thread holds a lock in [start, start + size). */
bool lv_memory_is_held(uintptr_t start, size_t size);

/* A lock is about to be used at `lock`, and what stands there says that it is
 * none: it was destroyed, or never initialised. The use fails or hangs; nothing
 * is learned of it but that it was tried. */
void lv_lock_invalid(uintptr_t lock, uint32_t how, uintptr_t caller,
                     bool destroyed);

/* The same, as the program told it of a pool of its own: a declared lock that
 * is used there before it is initialised again is a misuse (freed.h). */
void lv_memory_told_freed(uintptr_t start, size_t size, uintptr_t caller);

/* The program has mapped shared memory; and before it unmaps any memory, or
 * maps other over it. Cheap where nothing was shared. */
void lv_memory_shared(void);
void lv_memory_unshared(uintptr_t start, size_t size);

/* The file mapped at `start` is found by others as `path`, whatever it was
 * called when it was mapped. */
void lv_memory_named(uintptr_t start, const char *path);

/* Bytes of the shared mapping that begins at `start`; 0: there is none. */
size_t lv_memory_shared_size(uintptr_t start);

/* A module was unloaded (after dlclose returned): locks in it ended (free-held
 * for one that is held), code in it is no longer what it was. */
void lv_modules_changed(uintptr_t caller);

/* ---- threads ------------------------------------------------------------- */

struct lv_birth {
    uint32_t parent, parent_segment;
};

/* In the creator, before the real create: the token that the created thread
 * hands to lv_thread_begin. After the real create, whether it worked or not:
 * lv_thread_created, which starts a new segment. */
struct lv_birth lv_thread_birth(void);
void lv_thread_created(void);

/* First thing in a created thread. `handle` is the opaque identity by which
 * others will join it (its pthread_t), unique among living threads. Threads
 * nobody announced (C libraries' own, clone) register at their first event. */
void lv_thread_begin(struct lv_birth birth, uintptr_t handle);

/* Set by the interposer: called when a thread registers, in that thread and in
 * the slow path, so that its end will be told (lv_thread_end) also where nobody
 * announced it. It must neither allocate nor lock. */
extern void (*lv_thread_registered)(void) __attribute__((visibility("hidden")));

/* Last thing in a thread: exit-held for what it still holds (robust locks are
 * exempt: the interposer releases them first); its stack's locks end. Later
 * events of the thread are ignored. */
void lv_thread_end(void);

/* Before a join of `handle` that waits for as long as it takes. `caller`:
 * return address in the program. */
void lv_thread_joining(uintptr_t handle, uintptr_t caller);

/* After a successful join of `handle` (or a detach: joined = false). */
void lv_thread_joined(uintptr_t handle, bool joined);

/* A child process was waited for and is gone. */
void lv_process_reaped(uint32_t pid);

/* Barriers: `count` threads wait at `barrier`, from now on (0: it is gone).
 * Before the wait: a token, 0 where nothing is learned of it. After it: what
 * the others did before their arrival is before what the caller does now. */
void lv_barrier_init(uintptr_t barrier, unsigned count);
uint32_t lv_barrier_arrive(uintptr_t barrier, uintptr_t caller);
void lv_barrier_leave(uintptr_t barrier, uint32_t token);

/* What runs once: the caller has run it, and nobody else knows yet that it is
 * done. Later, of others: true if nothing known orders what the one who ran it
 * did before what the caller does, so that it could have had to wait. The
 * caller found it done: now that is ordered. */
void lv_once_done(uintptr_t once);
bool lv_once_unordered(uintptr_t once);
void lv_once_passed(uintptr_t once);

/* Teams (team.c): threads that run a region together, and the barriers in it.
 * The struct is the caller's, in the master's frame. `begin` and `end` in the
 * master, around the region; `enter` and `leave` in each thread, around what it
 * does there; `arrive` and `depart` around a barrier, which each passes as its
 * `round`, from 0. They cost a look at memory where nobody nested locks. */
struct lv_arrival {
    uint32_t thread, until; /* its segments below; thread 0: nothing */
};
struct lv_gathering {
    struct lv_arrival *arrival;
    uint32_t count, room;
    uint32_t some; /* the last round, + 1, in which somebody had something */
    struct lv_arrival gatherer;
};
struct lv_team {
    struct lv_arrival fork;
    struct lv_gathering barrier[2], end;
};
void lv_team_begin(struct lv_team *team);
void lv_team_enter(const struct lv_team *team);
void lv_team_arrive(struct lv_team *team, uint32_t round);
void lv_team_depart(struct lv_team *team, uint32_t round);
void lv_team_leave(struct lv_team *team);
void lv_team_end(struct lv_team *team);

/* Some thread may be cancelled at any instruction from now on, not only where
 * it waits. */
extern _Atomic bool lv_cancelled_anywhere __attribute__((visibility("hidden")));

/* The calling thread has a new name. One that another thread gave it is read
 * when it next has something to write. */
void lv_thread_named(void);

/* ---- process ------------------------------------------------------------- */

/* From the library's constructor, once: read options, open the record, start
 * memory, modules and unwinding, go live. Never fails the program: where it
 * cannot go live it stays silent, and `lockval run` tells. */
void lv_engine_start(void);

/* At exit (destructor): totals into the record. Nothing depends on it. */
void lv_engine_exit(void);

/* Around fork: prepare takes the engine's lock; parent gives it back; child
 * keeps the calling thread's held list alone, and continues in a record of its
 * own. */
void lv_fork_prepare(void);
void lv_fork_parent(void);
void lv_fork_child(void);

/* The calling thread is between prepare and the other two, where nothing may
 * be allocated; other libraries' fork handlers run there as well. */
bool lv_forking(void);

/* Before an exec, and if it came back. Totals into the record. */
void lv_exec_prepare(void);
void lv_exec_failed(void);

/* Before an exec of a program that will load this library, in the child of a
 * vfork as well. True: it will have no record, which this one's counts as a
 * loss; taken back by the second where the exec fails. */
bool lv_exec_foresee(void);
void lv_exec_foresaw_wrong(void);

/* Before a change of user or root, or with `seal` of what system calls the
 * process may make, after which files cannot be opened: the record takes room
 * ahead. Any thread, outside the engine. */
void lv_files_prepare(bool seal);

/* The calling thread is about to lose the right to all system calls that the
 * slow path makes: what would go that way is counted as lost. */
void lv_thread_mute(void);

#endif
