/* SPDX-License-Identifier: BSD-2-Clause */
/* explain_pages.c: the pages of `lockval explain`. */
#include "explain.h"

static const struct explain_page kinds[] = {
    {"inversion", "locks are taken in orders that can meet in a deadlock",
     "One thread held A and wanted B; another held B and wanted A (or the "
     "circle is longer). Nothing hung in this run: each got what it wanted "
     "because the other was not there at that moment. The grade says how near "
     "it is: `lockval explain guarded` and the other grades.",
     "When both run at once, each takes its first lock and waits for the "
     "other's, for ever. Such a deadlock needs only an unlucky moment: a "
     "slower machine, one more core, a page fault between two lines. It shows "
     "in production and not in the debugger.",
     "Choose one order for these locks and take them so on every path; write "
     "it down (`lockval order suggest`) and let CI hold it (`lockval order "
     "check`). Where the second lock is known only late: release the first, "
     "take both in order, look again whether what you saw still holds. Or take "
     "the second with a try-lock and back off; std::lock and std::scoped_lock "
     "do that. Often the best fix is not to call out (callbacks, allocation, "
     "logging) with a lock in hand.\n\nTwo locks of one class, as of two "
     "accounts: take them by address or by an id, and say so with a subclass "
     "where the order is a tree (<lockval.h>, lockval_next_subclass)."},
    {"deadlock", "threads wait for each other for ever: it happened",
     "The program hung in this run, and the report shows what each thread "
     "holds, what it wants, and where. `lockval run` ended it.",
     "None of these threads will ever go on, nor will what waits for them.",
     "The same as for an inversion: the order that one of the paths takes its "
     "locks in is the wrong one."},
    {"self-deadlock", "a thread waits for a lock that it holds itself",
     "A lock that is not recursive is taken a second time by its own holder; "
     "or a reader of a rwlock asks to write; or a writer to read.",
     "Nobody else can release it: the thread waits for itself.",
     "Release before this path; or split the function into one that locks and "
     "one that is called with the lock held (name it _locked, and begin it "
     "with lockval_assert_held); a rwlock has no upgrade: release, take it for "
     "writing, and look again. A recursive mutex makes the hang go away, and "
     "hides that the data may be half changed."},
    {"wait-inversion", "the circle passes through a wait that is no lock",
     "A thread waits for something that another one will do (signal a "
     "condition, post a semaphore, end, arrive at a barrier, finish an "
     "initialisation, leave a grace period), and holds a lock that the other "
     "needs before it can do it. A condition variable gives back the one mutex "
     "that is passed to the wait, and no other.",
     "The other thread waits for the lock, the holder for the event: neither "
     "goes on. Nested monitors and join-with-a-lock-held are its common forms.",
     "Release every other lock before the wait; or make the event not need the "
     "lock: signal after unlocking it. Join threads after giving up what they "
     "take. What runs once must not take what its callers hold."},
    {"signal", "a signal handler waits for a lock that it can interrupt",
     "A handler takes a lock; the same lock is held where that signal can "
     "come. Or the handler's lock leads, through others, back to one that is "
     "held there.",
     "The handler runs on top of the thread that it interrupts. If that thread "
     "holds what the handler waits for, it will never give it back: it is "
     "below the handler.",
     "Do nothing in the handler but set a flag or write a byte to a pipe "
     "(signal-safety(7) lists what is allowed; no lock is), and do the work in "
     "a thread that reads it: signalfd, sigwait. Or block the signal wherever "
     "the lock is held (pthread_sigmask).\n\nThe locks inside libc (of malloc, "
     "of streams) are not seen: a handler that calls what takes one is noted, "
     "as class-inferred where it came upon a call that takes the same, else as "
     "single-thread; neither fails a run."},
    {"fork", "a forked child waits for a lock that stayed behind",
     "Another thread held the lock when this process was forked. The child has "
     "a copy of the locked lock, and no copy of the thread that would unlock "
     "it.",
     "The child waits for ever.",
     "Let the child call nothing but exec and _exit; or use posix_spawn. "
     "Otherwise take every such lock before the fork and release it on both "
     "sides (pthread_atfork), or initialise it anew in the child."},
    {"unlock-not-held", "an unlock of a lock that nobody holds",
     "The lock was released twice, or on a path that did not take it.",
     "Undefined in POSIX. In glibc a normal mutex then lets two threads in, or "
     "its next holder's lock is released from under it.",
     "Balance the paths; errors and early returns are where it goes wrong. In "
     "C++ a std::unique_lock keeps count for you."},
    {"unlock-other-thread", "an unlock of a lock that another thread holds",
     "A mutex belongs to the thread that locked it; this one was released by "
     "another.",
     "Undefined in POSIX; recursive, error-checking, robust and "
     "priority-inheriting mutexes refuse it or break. The true holder goes on "
     "as if it were alone.",
     "To hand work to another thread use a semaphore, or a condition variable "
     "and a flag: these have no owner."},
    {"destroy-held", "a lock is destroyed while it is held",
     "pthread_mutex_destroy or its kin on a lock in someone's hands.",
     "The holder's unlock then writes to something that is no lock any more; "
     "who waits for it waits for ever.",
     "End the life of the object after its last user: join the threads, or "
     "count references and destroy where the count falls to zero, after the "
     "unlock."},
    {"free-held", "memory is given back while a lock in it is held",
     "free, delete, realloc or munmap of memory in which a lock is held (or a "
     "library is unloaded with one of its locks held).",
     "The holder's unlock writes into memory that belongs to somebody else by "
     "then.",
     "The same as for destroy-held. A common form: unlock and free by the last "
     "user while the one before it is still inside unlock."},
    {"exit-held", "a thread ended with a lock in its hands",
     "The thread returned, called pthread_exit or was cancelled while it held "
     "the lock.",
     "Nobody can release it; the next who wants it waits for ever.",
     "Release on every way out; for cancellation, pthread_cleanup_push. For "
     "locks shared between processes, a robust mutex tells its next owner."},
    {"reinit-held", "a lock is initialised again while it is held",
     "pthread_mutex_init or its kin on a lock that a living thread holds.",
     "The lock is open again while its holder believes it has it: two are "
     "inside.",
     "Initialise once (pthread_once), before the object can be found by "
     "others."},
    {"order", "a dependency against the order that you declared",
     "`lockval order check` found a lock waited for while another was held "
     "that the file puts behind it.",
     "Alone it does not deadlock. Together with any path that follows the "
     "file, it does.",
     "Take them in the declared order; or, if this order is the right one, "
     "change the file in the same commit, so that a reviewer sees it."},
    {"rule", "an operation without the locks that its rule asks for",
     "The program said what it was about to do (lockval_operation, "
     "lockval_assert_held), and does not hold what the rule asks for; or it "
     "used a lock in memory that it had told freed.",
     "What the lock protects can change under its feet.",
     "Hold what the rule asks for until the operation is done. After letting "
     "go of a lock, look up again what it kept valid. The report shows where "
     "the missing lock was last lost."},
    {"seqcount", "writers of a sequence count meet, or are unbalanced",
     "Two writers of one sequence count at once, a write inside a write, an "
     "end without a begin, or a write without the lock that serialises the "
     "writers.",
     "Readers then see an even count while data is half written, and accept "
     "it.",
     "Serialise writers with one lock (lockval_seq_set_lock says which), and "
     "balance begin and end on error paths."},
    {"rcu", "a grace period is waited for where it cannot end",
     "synchronize_rcu or its kin inside a read section of the same thread.",
     "The grace period ends when all readers have left, and the waiter is one "
     "of them.",
     "Leave the read section first; or use call_rcu, which does not wait."},
    {"context", "a wait where the context forbids it",
     "A lock that sleeps was waited for under a spinning one, inside a read "
     "section, or with interrupts off.",
     "What spins waits for someone who sleeps: on a busy machine for very "
     "long, on one processor for ever.",
     "Wait before or after the outer section; or take a lock of a kind that "
     "may be waited for there."},
    {"refuted", "a raw sequence-count write that is not safe",
     "A raw write is left out of the lock order because its writer never "
     "waits for readers. Here a reader that waits for this count holds a lock "
     "that the writer can wait for inside the write.",
     "The reader spins until the count is even; the writer waits for the "
     "reader's lock with the count odd.",
     "Use the annotated write and mend the cycle that it shows; or take the "
     "lock before the write begins; or let the reader try once and fall back."},
};

static const struct explain_page grades[] = {
    {"class", "a cycle across several locks of declared classes",
     "A grade: no single set of locks was taken in both orders, but locks of "
     "these classes were, and the program declared that all locks of a class "
     "follow one order (lockval_set_class, a name of its own).",
     "Two objects that meet the other way round deadlock; that the test used "
     "others is luck. It fails a run like an inversion.",
     "As for an inversion. If these locks can never be the same ones, they are "
     "of two classes: tell so, or give one a subclass."},
    {"class-inferred", "a cycle across several locks of inferred classes",
     "A grade: as `class`, but the classes were inferred in an unmodified "
     "binary, from where the locks are made. Locks made in one place may still "
     "follow several orders.",
     "It is told as a hint and fails nothing unless --fail-on says so.",
     "Look at it as at an inversion. If it is right, declare the class, and "
     "the next one fails the run."},
    {"guarded", "a cycle whose steps all hold a common lock",
     "A grade: the orders are opposite, but every path holds one more lock, "
     "and so they cannot run at the same time.",
     "It cannot deadlock today; it will when one path stops taking the common "
     "lock. A run in which a step is seen without it makes an inversion of it.",
     "Nothing now. Teams that want no such debt add `guarded` to --fail-on."},
    {"ordered", "a cycle of threads that cannot overlap",
     "A grade: the opposite orders were taken by threads of which one ends "
     "before the other begins (create, join, barriers).",
     "It cannot deadlock as it is; it will when the threads run together. "
     "What merely happened in a row counts as overlapping.",
     "Nothing now."},
    {"single-thread", "a cycle of one thread alone",
     "A grade: one thread took the locks in both orders.",
     "A thread does not wait for itself over these locks; a second thread on "
     "either path makes an inversion of it.",
     "Nothing now."},
};

enum {
    KINDS = sizeof(kinds) / sizeof(kinds[0]),
    GRADES = sizeof(grades) / sizeof(grades[0]),
};

const struct explain_page *explain_kind(size_t i)
{
    return i < KINDS ? &kinds[i] : NULL;
}

const struct explain_page *explain_page(size_t i)
{
    if (i < KINDS)
        return &kinds[i];
    return i - KINDS < GRADES ? &grades[i - KINDS] : NULL;
}
