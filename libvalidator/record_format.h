/* SPDX-License-Identifier: BSD-2-Clause */
/* record_format.h: the file in which a process appends what it discovers.
 *
 * One file per process image, `<program>.<pid>.<n>.lvr`, mode 0600, written
 * through a shared mapping: what was appended survives SIGKILL, _exit and the
 * closing of every descriptor. Layout, all integers in the writer's byte order:
 *
 *   struct lv_rec_header            LV_REC_HEADER_SIZE bytes
 *   entry, entry, …                 each a multiple of 8 bytes
 *   zeros to the end of the file
 *
 * An entry is committed by storing its `head` word last, with release order; a
 * reader stops at the first head whose type is 0 (size and flags may be set
 * where the process was killed between). An entry never refers to a later one.
 *
 * A forked child opens a file of its own when it first has something to say,
 * and names its parent's file and the committed length of it at the fork: ids
 * go on from there, so a reader loads that prefix first. The prefix defines
 * ids; what it observed is the parent's and is counted once.
 *
 * Includes nothing of ours; used by the writer (record.c) and the reader
 * (tools/). */
#ifndef LV_RECORD_FORMAT_H
#define LV_RECORD_FORMAT_H

#include <stdint.h>

#define LV_REC_MAGIC 0x31304c41564b434cULL /* "LCKVAL01", little endian */
#define LV_REC_VERSION 1u
#define LV_REC_HEADER_SIZE 8192u
#define LV_REC_SUFFIX ".lvr"

/* Size of a file whose process could not keep a record in it: a full disk, a
 * limit, no memory. One that is empty, or zero where the header belongs, is of
 * a process that ended before it had written one, and so took no lock. */
#define LV_REC_ABANDONED 1u

/* Why something was not kept; indices of lv_rec_header.lost. Any count other
 * than 0 fails a gate (99). */
enum lv_lost {
    LV_LOST_MEMORY, /* our own memory ran out */
    LV_LOST_RECORD, /* the record could not be made, or could not grow */
    LV_LOST_STACK,  /* a stack could not be kept */
    LV_LOST_LIMIT,  /* an id ran over */
    LV_LOST_MUTE,   /* a thread may make no system call (seccomp strict) */
    LV_LOST_KINDS = 16
};

struct lv_rec_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_size;
    uint32_t arch; /* ELF e_machine */
    uint32_t pid;
    uint32_t ppid;
    uint32_t state;    /* enum lv_rec_state */
    uint64_t start_ns; /* CLOCK_REALTIME at creation */
    uint64_t
        committed; /* bytes appended after the header; a hint: heads rule */
    /* Totals, brought up to date at each slow event, thread end and exit. */
    uint64_t acquisitions;
    uint64_t instances; /* locks seen, dead ones included */
    uint64_t threads;
    uint64_t dependencies;
    uint64_t chains; /* distinct (held list, lock) sequences */
    uint64_t misses; /* events that went the slow way */
    uint64_t lost[LV_LOST_KINDS];
    /* The parent's record, where a fork made this one; else name[0] == 0. */
    uint64_t parent_committed;
    char parent[256];   /* file name in the same directory */
    char program[2048]; /* /proc/self/exe */
    char command[4096]; /* arguments separated by NUL, cut short if too long */
    uint64_t deadlocks; /* LV_REC_DEADLOCK entries: some threads hang */
    /* Of a forked process: the thread that forked it, which is its only one at
     * first, under the same id; what that did up to and in this segment is
     * before all that the child does. 0: unknown. */
    uint32_t parent_thread, parent_segment;
    uint64_t waits; /* where the newest LV_REC_WAITS is, 0: nowhere */
    char run[32];   /* which `lockval run` it belongs to; "": none */
    char test[256]; /* what the user calls this run; "": nothing */
};

enum lv_rec_state {
    LV_STATE_RUNNING = 0, /* killed, hung, or _exit */
    LV_STATE_EXITED = 1,  /* our exit hook ran */
    LV_STATE_EXECED = 2,  /* exec was called, and did not return */
    LV_STATE_REFUSED = 3, /* the library never came to life: `lockval run` says
                             so in its place, in a record without entries */
};

/* Head of every entry. */
struct lv_rec_head {
    uint16_t type; /* enum lv_rec_type; 0: not committed */
    uint16_t flags;
    uint32_t size; /* bytes of the whole entry, head included, multiple of 8 */
};

enum lv_rec_type {
    LV_REC_MODULE = 1,
    LV_REC_STACK,
    LV_REC_CLASS,
    LV_REC_INSTANCE,
    LV_REC_THREAD,
    LV_REC_THREAD_NAME,
    LV_REC_JOIN,
    LV_REC_OBSERVATION,
    LV_REC_MISUSE,
    LV_REC_RULES,
    LV_REC_OPERATION,
    LV_REC_DEADLOCK,
    LV_REC_REAPED,
    LV_REC_WAITS,
    LV_REC_HANG,
    LV_REC_SIGNAL,
    LV_REC_GUESS,
    LV_REC_STEER,
};

/* A place in code or data: module id in the upper 16 bits, offset from the
 * module's load bias (an ELF virtual address) in the lower 48. Module 0: not
 * in any file; the offset is the address itself. */
typedef uint64_t lv_place;
#define LV_PLACE(module, offset) (((uint64_t)(module) << 48) | (offset))
#define LV_PLACE_MODULE(p) ((uint32_t)((p) >> 48))
#define LV_PLACE_OFFSET(p) ((p)&0xffffffffffffULL)

struct lv_rec_module { /* a loaded file; ids from 1, a reload is a new one */
    struct lv_rec_head head;
    uint32_t id;
    uint32_t build_id_size;
    uint64_t bias;
    uint64_t start; /* lowest and one past the highest mapped address */
    uint64_t end;
    uint8_t build_id[32];
    char path[]; /* NUL-terminated */
};

struct lv_rec_stack { /* ids from 1; 0 is "no stack" */
    struct lv_rec_head head;
    uint32_t id;
    uint32_t count;
    /* Innermost first. frame[0] is a return address, like all of them: look up
     * one byte below for the call. Our own frames are not there. */
    lv_place frame[];
};

enum lv_class_kind {
    LV_CLASS_DECLARED = 1, /* by annotation: name */
    LV_CLASS_STATIC,       /* in a module's data: site */
    LV_CLASS_INIT,         /* by the path of its init call: stack */
    LV_CLASS_FIRST,        /* by the path of its first lock: stack */
    LV_CLASS_FRAME,        /* in a stack frame: site is the function's code,
                              offset the distance below the frame's CFA */
};

struct lv_rec_class { /* ids from 1 */
    struct lv_rec_head head;
    uint32_t id;
    uint16_t kind;    /* enum lv_class_kind */
    uint8_t subclass; /* 0 unless declared or next_subclass */
    uint8_t family;   /* enum lv_family */
    uint32_t flags;   /* LV_CLASS_* below */
    uint32_t stack;   /* INIT: init call; else first acquisition; 0: none */
    lv_place site;    /* STATIC: the lock; FRAME: code of the owner frame */
    int64_t offset;   /* FRAME: bytes below the CFA */
    uint32_t base;    /* subclass != 0: the class of subclass 0, else 0 */
    uint32_t reserved;
    char name[]; /* NUL-terminated; empty unless DECLARED */
};

enum {
    LV_CLASS_NOVALIDATE = 1u << 0,
    LV_CLASS_PSEUDO = 1u << 1, /* a context, not an object */
    LV_CLASS_SEQCOUNT = 1u << 2,
    LV_CLASS_NO_NEST = 1u << 3,
    LV_CLASS_SIGNAL = 1u << 4, /* PSEUDO: a signal's handler */
    LV_CLASS_OUTER_SHIFT = 8,  /* 4 bits each: wait types of lockval.h */
    LV_CLASS_INNER_SHIFT = 12, /* (0: not checked) */
    LV_CLASS_WAIT = 0xff00,
};

enum lv_family {
    LV_FAMILY_MUTEX = 1,
    LV_FAMILY_RWLOCK,
    LV_FAMILY_SPIN,
    LV_FAMILY_C11,
    LV_FAMILY_ANNOTATED,
    LV_FAMILY_SEQCOUNT,
    LV_FAMILY_PSEUDO,
    LV_FAMILY_GLIB,
    LV_FAMILY_BIT,
    LV_FAMILY_OPENMP,
    LV_FAMILY_ONCE, /* held by who initialises: its wait is for an event */
    LV_FAMILY_STDIO,
    LV_FAMILY_THREAD,    /* its end, for who joins it */
    LV_FAMILY_SEMAPHORE, /* one that serves as a mutex */
    LV_FAMILY_FILE,      /* a file or a range of it: flock, fcntl, lockf */
    /* Waited for, and never held: held.h need not tell these from others. */
    LV_FAMILY_COND,    /* the signal of a condition variable */
    LV_FAMILY_EVENT,   /* the post of a semaphore that is no mutex */
    LV_FAMILY_BARRIER, /* the arrival of all others */
};
#define LV_FAMILY_LAST LV_FAMILY_BARRIER /* held.h has room for 15 */

struct lv_rec_instance { /* ids from 1; one life of one lock */
    struct lv_rec_head head;
    uint32_t id;
    uint32_t class_id; /* of subclass 0 */
    uint64_t address;
    /* A larger entry goes on with a struct lv_rec_shared. */
};

enum lv_shared_kind {
    LV_SHARED_MEMORY = 1, /* a lock in shared memory: at `start` of the file */
    LV_SHARED_FLOCK,      /* flock: the whole file */
    LV_SHARED_RANGE,      /* fcntl and lockf: [start, end) of the file */
};

/* A lock that other processes can take as well, by what tells it from all
 * others on this machine. */
struct lv_rec_shared {
    uint32_t kind; /* enum lv_shared_kind */
    uint32_t reserved;
    uint64_t device, inode;
    uint64_t start, end; /* bytes of the file; end 0 for memory */
    uint64_t owner; /* a file's: who has it, a process or an open file, which
                       never waits for itself; 0: a thread has it */
    char path[];    /* NUL-terminated; "" where it has none */
};

static inline const struct lv_rec_shared *
lv_rec_instance_shared(const struct lv_rec_instance *instance)
{
    return instance->head.size == sizeof *instance
               ? (const struct lv_rec_shared *)0
               : (const struct lv_rec_shared *)(const void *)(instance + 1);
}

struct lv_rec_thread { /* ids from 1; 1 is the first thread of the process */
    struct lv_rec_head head;
    uint32_t id;
    uint32_t tid;
    uint32_t parent; /* thread that created it, 0: unknown */
    uint32_t parent_segment;
    char name[]; /* NUL-terminated, may be empty */
};

struct lv_rec_thread_name {
    struct lv_rec_head head;
    uint32_t id;
    uint32_t reserved;
    char name[];
};

/* A thread's life is cut into segments, from 0: a new one begins after each
 * create and each join. What `joined` did is before segment `segment` of
 * `joiner`; what the creator did up to and in parent_segment is before all
 * that the created thread does. */
struct lv_rec_join {
    struct lv_rec_head head;
    uint32_t joiner;
    uint32_t segment;
    uint32_t joined;
    uint32_t until; /* not 0: only its segments below (a barrier) */
};

/* A child process was waited for: all that it did is before segment `segment`
 * of `thread`. */
struct lv_rec_reaped {
    struct lv_rec_head head;
    uint32_t thread;
    uint32_t segment;
    uint32_t pid;
    uint32_t reserved;
};

/* How a lock is or was taken: `how` words. The low byte and the subclass are
 * those of lockval.h. */
enum {
    LV_HOW_MODE = 3,
    LV_HOW_WRITE = 0,
    LV_HOW_READ = 1,
    LV_HOW_READ_RECURSIVE = 2,
    LV_HOW_TRY = 1 << 2,
    LV_HOW_TIMED = 1 << 3,
    LV_HOW_RELOCK = 1 << 4,       /* recursive kind: relock is fine */
    LV_HOW_RELOCK_ERROR = 1 << 5, /* error-checking kind: relock fails */
    LV_HOW_NESTED = 1 << 6,       /* same-class holds are no order */
    LV_HOW_AGAIN = 1 << 7,        /* hold: already held further out */
    LV_HOW_RAW = 1 << 8,          /* seqcount: raw write; no dependency */
    LV_HOW_SEQ_WAIT = 1 << 9,     /* wanted: a waiting reader, not held after */
    LV_HOW_SEQ_ONCE = 1 << 10,    /* wanted: a single-shot reader */
    LV_HOW_SEQ_FALLBACK = 1 << 11, /* wanted: reader about to wait elsewhere */
    LV_HOW_UNPUBLISHED = 1 << 11,  /* hold: nobody else could yet know it, or
                                      the wanted lock; of a thread's end: it
                                      had signalled that it is past the lock */
    LV_HOW_SEQ_WRITE = 1 << 12,    /* annotated seqcount write */
    LV_HOW_PSEUDO = 1 << 13,
    LV_HOW_SYNC = 1 << 14,    /* wanted: waits for holders, not held after */
    LV_HOW_CONTEXT = 1 << 15, /* hold: inside a context that interrupts; wanted:
                                 it can interrupt whoever holds these */
    LV_HOW_SUBCLASS_SHIFT = 16, /* 8 bits */
    LV_HOW_OWNER_SHIFT = 24, /* 8 bits, in the tools alone (record: 0): a number
                                for the lock's owner, where that is no thread */
    /* wanted: a waiting reader, by a loop of single shots: both bits */
    LV_HOW_SEQ_LOOP = LV_HOW_SEQ_WAIT | LV_HOW_AGAIN,
    /* wanted: waits for an event, which no thread holds; hold: the thread is on
       its way to bring it about: both bits */
    LV_HOW_EVENT = LV_HOW_SYNC | LV_HOW_AGAIN,
};

struct lv_rec_hold {
    uint32_t instance;
    uint32_t class_id; /* subclass included */
    uint32_t how;
    uint32_t stack; /* where it was taken; 0: unknown */
};

/* A thread that held `hold[0 … count-1]` (oldest first) wanted one more lock,
 * seen for the first time in this combination. Dependencies are drawn from
 * each hold to the wanted lock, unless flags say otherwise:
 *  - wanted.how & TIMED: none; such a wait ends by itself;
 *  - wanted.how & TRY: written only where a hold or the wanted is RAW;
 *    no dependency;
 *  - wanted.how & RAW: the dependencies into it are suppressed (exception);
 *  - hold.how & RAW: the dependency out of it is suppressed (exception);
 *  - wanted.how & NESTED: none from a hold of the same class;
 *  - wanted.how & SEQ_ONCE / SEQ_FALLBACK: none; kept for the exceptions.
 * count may be 0 for RAW and SEQ_* (their sites are listed). */
struct lv_rec_observation {
    struct lv_rec_head head;
    uint32_t thread;
    uint32_t segment;
    uint32_t count;
    uint32_t reserved;
    struct lv_rec_hold wanted;
    struct lv_rec_hold hold[];
};

enum lv_misuse {
    LV_MISUSE_SELF_DEADLOCK = 1, /* kind self-deadlock, grade deadlock */
    LV_MISUSE_UNLOCK_NOT_HELD,
    LV_MISUSE_UNLOCK_OTHER_THREAD,
    LV_MISUSE_DESTROY_HELD,
    LV_MISUSE_REINIT_HELD,
    LV_MISUSE_FREE_HELD,
    LV_MISUSE_EXIT_HELD,
    LV_MISUSE_SEQ_NESTED,     /* kind seqcount: begin inside begin, R27 */
    LV_MISUSE_SEQ_UNBALANCED, /* end without begin, R27 */
    LV_MISUSE_SEQ_WRITERS,    /* two writers of one instance at once, R26 */
    LV_MISUSE_READ_TWICE,     /* kind inversion, grade inversion, one lock: a
                                 second read blocks behind a writer that waits
                                 for the first; `other` is the first read, and
                                 a writer of the lock was seen */
    LV_MISUSE_CONTEXT,        /* a wait that `other` does not allow: for `lock`,
                                 or, if they are the same hold, for anything */
    LV_MISUSE_SEQ_UNLOCKED,   /* kind seqcount: a write section without the lock
                                 that lockval_seq_set_lock named: `other` */
    LV_MISUSE_FREED,          /* kind rule: a lock in memory that was told freed
                                 is used; `other.stack` is the free's, R33 */
    LV_MISUSE_SAME_CLASS,     /* kind inversion, grade class: `other` is of the
                                 class of `lock`, which is NO_NEST */
    LV_MISUSE_FORK_HELD,      /* kind fork, grade deadlock: `other` held the
                                 lock when it forked the process: nobody will
                                 ever release it here */
    LV_MISUSE_DESTROYED,      /* kind rule: a destroyed lock is used */
    LV_MISUSE_UNINITIALISED,  /* kind rule: what is used as a lock is none: it
                                 was never initialised */
    LV_MISUSE_TWO_MUTEXES,    /* kind wait-inversion, a misuse: a wait for
                                 a condition variable with `lock`, while another
                                 thread waits for the same with `other` */
    LV_MISUSE_RCU,            /* kind rcu, grade deadlock: a grace period is
                                 waited for in a read section; `other` is its
                                 beginning, zeros where that was not seen */
    LV_MISUSE_UNSAFE_CALL,    /* kind signal, grade single-thread: a handler
                                 calls what takes a lock of libc's own, named by
                                 the class of `lock`; `other` is the signal */
    LV_MISUSE_UNSAFE_INSIDE,  /* the same, grade class-inferred: it interrupted
                                 a call that takes the same lock */
    LV_MISUSE_LEFT_HELD,      /* kind free-held: the frame that the lock lies in
                                 was left with the lock held */
};
#define LV_MISUSE_LAST LV_MISUSE_LEFT_HELD

struct lv_rec_misuse {
    struct lv_rec_head head;
    uint32_t kind;            /* enum lv_misuse */
    uint32_t thread;          /* who did it */
    struct lv_rec_hold lock;  /* stack: where it was done */
    struct lv_rec_hold other; /* the hold that it offends; zeros: unknown */
    uint32_t other_thread;    /* who has that hold; 0: unknown */
    uint32_t count;           /* other locks held by `thread` */
    struct lv_rec_hold hold[];
};

struct lv_rec_rules { /* as lockval_rules was given them */
    struct lv_rec_head head;
    char text[]; /* NUL-terminated */
};

enum lv_operation {
    LV_OPERATION = 1,
    LV_ASSERT_HELD,     /* failed; `how` is what was asked, one role */
    LV_ASSERT_NOT_HELD, /* the same */
};

enum lv_role_state {
    LV_ROLE_NONE,  /* the program has no such object: NULL */
    LV_ROLE_FREE,  /* the caller does not hold it */
    LV_ROLE_LOCK,  /* it does, in the mode of `how`, taken at `stack` */
    LV_ROLE_RIGHT, /* the same, of a right that began at `stack` */
};

struct lv_rec_role {
    uint64_t address;
    char name[24];     /* NUL-terminated */
    uint32_t instance; /* 0: no lock is known there */
    uint32_t class_id; /* 0: neither lock nor right is known */
    uint32_t state;    /* enum lv_role_state */
    uint32_t how;
    uint32_t stack;
    uint32_t lost; /* where the caller last lost it, or its write mode; 0 */
};

/* A thread was about to do `name` (lockval_operation), or asserted and was
 * wrong. Behind the roles: `count` holds, all that it held, oldest first. */
struct lv_rec_operation {
    struct lv_rec_head head;
    uint32_t kind; /* enum lv_operation */
    uint32_t thread;
    uint32_t stack;
    uint32_t how;
    uint32_t role_count;
    uint32_t count;
    char name[48]; /* NUL-terminated */
    struct lv_rec_role role[];
};

static inline struct lv_rec_hold *
lv_rec_operation_holds(const struct lv_rec_operation *operation)
{
    return (struct lv_rec_hold *)(uintptr_t)&operation
        ->role[operation->role_count];
}

/* A deadlock that happened: party[i] wants, without a limit in time, the lock
 * that party[i + 1] holds, and the last what the first does. */
struct lv_rec_party {
    uint32_t thread;
    uint32_t reserved;
    struct lv_rec_hold held;
    struct lv_rec_hold wanted;
};

struct lv_rec_deadlock {
    struct lv_rec_head head;
    uint32_t count;
    uint32_t reserved;
    struct lv_rec_party party[];
};

/* ---- waits that go on ---------------------------------------------------- */

enum lv_wait_kind {
    LV_WAIT_LOCK = 1,  /* `wanted` */
    LV_WAIT_CONDITION, /* a signal; then `wanted`, its mutex, is retaken */
    LV_WAIT_SEMAPHORE,
    LV_WAIT_BARRIER,
    LV_WAIT_JOIN, /* the end of `joined` */
};
#define LV_WAIT_LAST LV_WAIT_JOIN

enum {
    LV_WAIT_HOLDS = 8,          /* as many as a wait tells of */
    LV_WAIT_SLOTS = 16,         /* of one LV_REC_WAITS */
    LV_WAIT_SLICED = 1 << 0,    /* by timed calls, one after the other */
    LV_WAIT_ELSEWHERE = 1 << 1, /* the futex is not in the object */
    LV_WAIT_ITSELF = 1 << 3,    /* whatever it holds: for itself */
    LV_WAIT_FILE = 1 << 4,      /* in the kernel, for a lock on a file */
    LV_WAIT_UNHEARD = 1 << 2,   /* CONDITION: its last signal came while nobody
                                   waited */
};

/* What a thread waits for, without a limit in time. Unlike all else this is
 * written again and again: what it says is so while `serial` is odd, and one
 * wait has one serial. */
struct lv_rec_wait {
    uint32_t thread; /* 0: nobody's */
    uint32_t tid;
    uint32_t serial;
    uint32_t kind; /* enum lv_wait_kind */
    uint32_t flags;
    uint32_t joined;  /* 0: not known, and see `self` */
    uint64_t self;    /* the thread's own handle, by which it is joined */
    uint64_t address; /* of the object; a JOIN's is the handle */
    uint64_t mutex;   /* CONDITION: the mutex */
    lv_place place;   /* of the object, if that is static data; else 0 */
    uint32_t stack;
    uint32_t count;            /* of `hold`: the newest ones, oldest first */
    struct lv_rec_hold wanted; /* zeros: not known */
    struct lv_rec_hold hold[LV_WAIT_HOLDS];
};

/* Room for the waits of LV_WAIT_SLOTS threads. Whoever watches the process
 * finds the newest by the header, and from there all. Not part of what was
 * discovered: a reader skips it. */
struct lv_rec_waits {
    struct lv_rec_head head;
    uint64_t older; /* where the next older one is, 0: nowhere */
    struct lv_rec_wait wait[LV_WAIT_SLOTS];
};

/* Threads that wait for ever, for each other or for what none that is left can
 * do. Appended by whoever watched the process, after its end. */
struct lv_rec_hang {
    struct lv_rec_head head;
    uint32_t count;
    uint32_t reserved;
    struct lv_rec_wait wait[];
};

/* A lock that a thread held when it signalled, or took before. */
struct lv_rec_need {
    struct lv_rec_hold lock;
    uint32_t segment; /* in which it was taken, or held */
    uint32_t reserved;
};

/* A thread brought about an event (signalled, posted, came to a barrier), and
 * had waited for these locks on the way: since its life began, or since it last
 * brought about anything. Who waits for the event depends on them,
 *  - at a barrier (LV_FAMILY_BARRIER), where all must come: on each;
 *  - else on those that every signal of the event needed: any other will do.
 * So all entries of one event count together, and a later one that lacks a lock
 * makes the dependency on it void. Written where it tells something new. */
struct lv_rec_signal {
    struct lv_rec_head head;
    uint32_t thread;
    uint32_t count;
    struct lv_rec_hold event; /* stack: where it was signalled */
    struct lv_rec_need need[];
};

enum lv_guess {
    LV_GUESS_HOLDS = 1, /* the evidence suffices */
    LV_GUESS_FAILS,     /* it never was one: what names it is void */
};

/* A semaphore (LV_FAMILY_SEMAPHORE) was taken for a mutex; until `guess` says
 * more, what is concluded from it is of inferred grade. */
struct lv_rec_guess {
    struct lv_rec_head head;
    uint32_t instance;
    uint32_t guess; /* enum lv_guess; FAILS wins */
};

/* How far a plan to show a deadlock came (steer.h); kept up to date in place.
 */
enum { LV_STEER_STEPS = 60 };
struct lv_rec_steer {
    struct lv_rec_head head;
    uint32_t count;    /* steps of the plan */
    uint32_t met;      /* times that a thread stood at every one of them */
    uint32_t guard;    /* class of a lock that kept them apart, 0: none */
    uint32_t proved;   /* times that each then kept from another what it wanted:
                          none of them could go on */
    uint32_t finished; /* times that one waited for a thread that had ended */
    uint32_t writerless; /* times that one stood at each of them, and the
                            writer did not come behind whom they would wait */
    struct {
        uint32_t arrived, parked;
        uint32_t thread; /* who stood there when that was so, 0: a thread of
                            another process */
        uint32_t writer; /* who waited to write what that one read; 0: nobody */
    } step[LV_STEER_STEPS];
};

#endif
