/* SPDX-License-Identifier: BSD-2-Clause */
/* unwind.c: stacks are whole, whatever made them, and no stack can break us.
 *
 * This program is linked with libunwind, as the programs are that share their
 * copy with us; glibc's backtrace(3) says what a stack should be. */
#define _GNU_SOURCE
#include <alloca.h>
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <cmocka.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "module.h"
#include "step.h"
#include "unwind.h"

enum { MOST = 64 };

/* libunwind of old does not know a signed return address. */
#if defined(__ARM_FEATURE_PAC_DEFAULT)
enum { SIGNED = 1 };
#else
enum { SIGNED = 0 };
#endif

/* Emulated, a fork takes a second. */
#if defined(__aarch64__)
enum { FORKS = 5 };
#else
enum { FORKS = 50 };
#endif

static struct stack {
    size_t count;
    uintptr_t frame[MOST];
    size_t expected;
    void *expect[MOST];
} taken;

/* Not libunwind's function of the same name. */
static int (*libc_backtrace)(void **, int);

/* What glibc says, from the return address `caller` on: a sanitizer puts frames
 * of its own before it. */
static void expect(uintptr_t caller)
{
    void *all[MOST];
    int count = libc_backtrace(all, MOST), first = 0;

    while (first < count && (uintptr_t)all[first] != caller)
        first++;
    taken.expected = (size_t)(count - first);
    memcpy(taken.expect, all + first, taken.expected * sizeof(void *));
}

/* As a hook: its caller's stack. */
__attribute__((noinline)) static void take(void)
{
    uintptr_t caller = (uintptr_t)__builtin_return_address(0);

    expect(caller);
    taken.count = lv_unwind(caller, taken.frame, MOST);
}

static void check_whole(void)
{
    assert_int_equal(taken.count, taken.expected);
    for (size_t i = 0; i < taken.count; i++)
        assert_int_equal(taken.frame[i], (uintptr_t)taken.expect[i]);
}

#define NO_TAIL_CALL() __asm__ volatile("")

__attribute__((noinline)) static void recurse(int depth)
{
    if (depth > 0)
        recurse(depth - 1);
    else
        take();
    NO_TAIL_CALL();
}

static void plain_stacks_are_whole(void **state)
{
    (void)state;
    for (int depth = 0; depth < 40; depth += 13) {
        recurse(depth);
        check_whole();
    }
}

static int compare(const void *a, const void *b)
{
    take();
    return *(const char *)a - *(const char *)b;
}

static void stacks_through_libc_are_whole(void **state)
{
    char letters[] = "hello";

    (void)state;
    qsort(letters, 5, 1, compare);
    check_whole();
}

__attribute__((noinline)) static void align(size_t size)
{
    char block[64] __attribute__((aligned(64)));
    char *more = alloca(size);

    __asm__ volatile("" ::"r"(block), "r"(more) : "memory");
    recurse(1);
    NO_TAIL_CALL();
}

static void realigned_and_growing_frames_are_undone(void **state)
{
    (void)state;
    align(100);
    check_whole();
    align(10000);
    check_whole();
}

static void shorter_room_gets_the_innermost(void **state)
{
    uintptr_t frame[2] = {0, 0};
    uintptr_t caller = (uintptr_t)__builtin_return_address(0);

    (void)state;
    assert_int_equal(lv_unwind(caller, frame, 0), 0);
    assert_int_equal(lv_unwind(caller, frame, 1), 1);
    assert_int_equal(frame[0], caller);
    assert_int_equal(frame[1], 0);
}

static void unknown_caller_stands_alone(void **state)
{
    uintptr_t frame[8];

    (void)state;
    assert_int_equal(lv_unwind(1234, frame, 8), 1);
    assert_int_equal(frame[0], 1234);
}

static void handle(int signal)
{
    (void)signal;
    take();
}

static void stacks_cross_a_handler_on_its_own_stack(void **state)
{
    stack_t stack = {.ss_sp = malloc(1 << 18), .ss_size = 1 << 18}, old;
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};

    (void)state;
    sigaltstack(&stack, &old);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    check_whole();
    assert_true(taken.count > 5);
    old.ss_flags = SS_DISABLE;
    sigaltstack(&old, NULL);
    free(stack.ss_sp);
}

static void *take_in_thread(void *unused)
{
    recurse(3);
    return unused;
}

static sigjmp_buf after_fault;

static void handle_fault(int signal)
{
    (void)signal;
    take();
    siglongjmp(after_fault, 1);
}

/* Makes no call: on AArch64 its return address is in a register alone. */
__attribute__((noinline)) static int read_at(const volatile int *pointer)
{
    return *pointer + 1;
}

static void interrupted_leaf_has_a_caller(void **state)
{
    struct sigaction action = {.sa_handler = handle_fault}, old;
    const volatile int *nowhere =
        mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile bool called = false;

    (void)state;
    sigaction(SIGSEGV, &action, &old);
    if (sigsetjmp(after_fault, 1) == 0)
        read_at(nowhere);
    sigaction(SIGSEGV, &old, NULL);
    munmap((void *)(uintptr_t)nowhere, 4096);
    check_whole();
    for (size_t i = 0; i < taken.count; i++)
        called |=
            taken.frame[i] - (uintptr_t)interrupted_leaf_has_a_caller < 1000;
    assert_true(called);
}

static void threads_are_whole(void **state)
{
    pthread_t thread;

    (void)state;
    for (int i = 0; i < 20; i++) {
        pthread_create(&thread, NULL, take_in_thread, NULL);
        pthread_join(thread, NULL);
        check_whole();
    }
}

static ucontext_t main_context;
static int rounds;

static void coroutine(void)
{
    recurse(5);
}

static void coroutines_end_where_they_began(void **state)
{
    static ucontext_t context;
    char *stack = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    for (rounds = 0; rounds < 3; rounds++) {
        getcontext(&context);
        context.uc_stack.ss_sp = stack;
        context.uc_stack.ss_size = 1 << 16;
        context.uc_link = &main_context;
        makecontext(&context, coroutine, 0);
        swapcontext(&main_context, &context);
        assert_true(taken.count >= 7);
        for (int frame = 0; frame < 7; frame++)
            assert_int_equal(taken.frame[frame],
                             (uintptr_t)taken.expect[frame]);
    }
    munmap(stack, 1 << 16);
}

/* Calls `function` from code that nothing describes: with a frame pointer, or
 * with rubbish in its place. */
__attribute__((noinline)) static void call_undescribed(void (*function)(void),
                                                       uintptr_t rubbish)
{
#if defined(__x86_64__)
    static const unsigned char with_pointer[] = {
        0x55,             /* push %rbp */
        0x48, 0x89, 0xe5, /* mov %rsp,%rbp */
        0xff, 0xd7,       /* call *%rdi */
        0x5d, 0xc3,       /* pop %rbp; ret */
    };
    static const unsigned char without[] = {
        0x55,             /* push %rbp */
        0x48, 0x89, 0xf5, /* mov %rsi,%rbp */
        0xff, 0xd7,       /* call *%rdi */
        0x5d, 0xc3,       /* pop %rbp; ret */
    };
#else
    static const uint32_t with_pointer[] = {
        0xa9bd7bfd, /* stp x29, x30, [sp, #-48]! */
        0x910003fd, /* mov x29, sp */
        0xd63f0000, /* blr x0 */
        0xa8c37bfd, /* ldp x29, x30, [sp], #48 */
        0xd65f03c0, /* ret */
    };
    static const uint32_t without[] = {
        0xa9bf7bfd, /* stp x29, x30, [sp, #-16]! */
        0xaa0103fd, /* mov x29, x1 */
        0xd63f0000, /* blr x0 */
        0xa8c17bfd, /* ldp x29, x30, [sp], #16 */
        0xd65f03c0, /* ret */
    };
#endif
    unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void (*call)(void (*)(void), uintptr_t);

    memcpy(code, rubbish == 0 ? with_pointer : without, sizeof(without));
    mprotect(code, 4096, PROT_READ | PROT_EXEC);
    __builtin___clear_cache((char *)code, (char *)code + sizeof(without));
    memcpy(&call, &code, sizeof(call));
    call(function, rubbish);
    munmap(code, 4096);
}

static void take_only(void)
{
    taken.count =
        lv_unwind((uintptr_t)__builtin_return_address(0), taken.frame, MOST);
    NO_TAIL_CALL();
}

static void frame_pointers_lead_through_undescribed_code(void **state)
{
    (void)state;
    take(); /* the stack from here on */
    call_undescribed(take_only, 0);
    assert_true(taken.count > 3);
    assert_true(taken.frame[1] - (uintptr_t)call_undescribed < 1000);
    assert_true(taken.frame[2] -
                    (uintptr_t)frame_pointers_lead_through_undescribed_code <
                1000);
    assert_int_equal(taken.count, taken.expected + 2); /* and to the end */
}

static void rubbish_ends_a_stack(void **state)
{
    static const uintptr_t rubbish[] = {
        1,
        8,
        0x1000,
        UINTPTR_MAX & ~(uintptr_t)7,
        (uintptr_t)1 << 63,
        (uintptr_t)0x00007ffffffff000,
    };
    uintptr_t near = ((uintptr_t)&state & ~(uintptr_t)7) - 16;

    for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++) {
        call_undescribed(take_only, rubbish[i]);
        assert_in_range(taken.count, 1, 4);
    }
    for (int i = 0; i < 64; i++) /* points into the stack, but to no frame */
        call_undescribed(take_only, near - 8 * (uintptr_t)i);
}

/* A frame whose CFA is an expression that walk.c does not read: the frame
 * pointer + 16, told as a sum (breg 8, lit8, plus). What calls it needs
 * libunwind. */
void odd(void (*function)(void));
#if defined(__x86_64__)
__asm__(".text\n"
        ".type odd, @function\n"
        "odd:\n\t"
        ".cfi_startproc\n\t"
        "push %rbp\n\t"
        ".cfi_def_cfa_offset 16\n\t"
        ".cfi_offset 6, -16\n\t"
        "mov %rsp, %rbp\n\t"
        ".cfi_escape 0x0f, 4, 0x76, 8, 0x38, 0x22\n\t"
        "call *%rdi\n\t"
        "pop %rbp\n\t"
        "ret\n\t"
        ".cfi_endproc\n\t"
        ".size odd, . - odd");
#else
__asm__(".text\n"
        ".type odd, @function\n"
        "odd:\n\t"
        ".cfi_startproc\n\t"
        "stp x29, x30, [sp, #-16]!\n\t"
        ".cfi_def_cfa_offset 16\n\t"
        ".cfi_offset 29, -16\n\t"
        ".cfi_offset 30, -8\n\t"
        "mov x29, sp\n\t"
        ".cfi_escape 0x0f, 4, 0x8d, 8, 0x38, 0x22\n\t"
        "blr x0\n\t"
        "ldp x29, x30, [sp], #16\n\t"
        "ret\n\t"
        ".cfi_endproc\n\t"
        ".size odd, . - odd");
#endif

static void odd_frames_go_to_libunwind(void **state)
{
    (void)state;
    if (SIGNED)
        skip();
    odd(take);
    check_whole();
    recurse(30);
    check_whole();
}

/* lv_step_up sees itself and take_steps before the caller. */
static bool keep_step(void *data, const struct lv_frame *frame)
{
    if (taken.count == 0 && frame->pc != *(uintptr_t *)data)
        return true;
    taken.frame[taken.count++] = frame->pc;
    return taken.count < MOST;
}

__attribute__((noinline)) static void take_steps(void)
{
    uintptr_t caller = (uintptr_t)__builtin_return_address(0);

    expect(caller);
    taken.count = 0;
    lv_step_up(keep_step, &caller);
}

static void libunwind_sees_the_same(void **state)
{
    (void)state;
    if (SIGNED)
        skip();
    take_steps();
    check_whole();
}

static int descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* libunwind of old checks memory with a pipe of its own. */
static void libunwind_opens_nothing(void **state)
{
    int before;
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        before = descriptors();
        closefrom(3);
        before = descriptors();
        odd(take);
        take_steps();
        _exit(descriptors() == before ? 0 : 1);
    }
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

/* With the copy that it shares with us. */
static void programs_own_libunwind_still_works(void **state)
{
    void *frame[MOST];
    int count = unw_backtrace(frame, MOST);
    unw_context_t context;
    unw_cursor_t cursor;
    int steps = 1;

    (void)state;
    if (SIGNED)
        skip();
    assert_true(count > 2);
    unw_getcontext(&context);
    unw_init_local(&cursor, &context);
    while (unw_step(&cursor) > 0)
        steps++;
    assert_int_equal(steps, count);
}

static uintptr_t inner_local;

__attribute__((noinline)) static void find_owner(uintptr_t inside,
                                                 struct lv_frame_owner *owner)
{
    inner_local = (uintptr_t)&inside;
    assert_true(lv_unwind_owner(inside, owner));
    NO_TAIL_CALL();
}

static void owner_is_the_frame_around(void **state)
{
    struct lv_frame_owner owner, again;
    uintptr_t local, cfa = (uintptr_t)__builtin_dwarf_cfa();

    (void)state;
    (void)cfa;
    find_owner((uintptr_t)&local, &owner);
#if !defined(__clang__) || defined(__x86_64__) /* clang gives x29 for it */
    assert_int_equal(owner.cfa, cfa);
#endif
    assert_true(owner.code - (uintptr_t)owner_is_the_frame_around < 1000);
    assert_int_equal(lv_unwind_bare(*owner.slot),
                     (uintptr_t)__builtin_return_address(0));
    find_owner(owner.cfa, &again); /* the caller's frame starts there */
    assert_true(again.cfa > owner.cfa);
    assert_false(lv_unwind_owner((uintptr_t)&taken, &again));
    assert_false(lv_unwind_owner(0, &again));
}

__attribute__((noinline)) static const uintptr_t *borrow(uintptr_t *local)
{
    const uintptr_t *slot = lv_unwind_guess_slot((uintptr_t)local);

    NO_TAIL_CALL();
    return slot;
}

/* It looks at its own frame. */
__attribute__((noinline, no_sanitize("address"))) static void lend(size_t words)
{
    uintptr_t local[8] = {words}, caller;

    caller = (uintptr_t)__builtin_return_address(0);
    for (size_t i = 0; i < words; i++) {
        const uintptr_t *slot = borrow(&local[i]);

        assert_non_null(slot);
        assert_int_equal(lv_unwind_bare(*slot), caller);
    }
}

static void frame_around_a_borrowed_variable_is_guessed(void **state)
{
    (void)state;
    lend(8);
    NO_TAIL_CALL();
}

static void flushing_forgets_nothing_that_is_true(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++)
        lv_unwind_flush();
    recurse(4);
    check_whole();
}

static bool keep_none(void *data, const struct lv_frame *frame)
{
    (void)data;
    (void)frame;
    return true;
}

static void *churn(void *stop)
{
    while (!*(_Atomic bool *)stop)
        lv_step_up(keep_none, NULL);
    return NULL;
}

static void forked_child_can_unwind(void **state)
{
    static _Atomic bool stop;
    pthread_t thread;
    pid_t child;
    int status;

    (void)state;
    if (SIGNED)
        skip();
    pthread_create(&thread, NULL, churn, (void *)&stop);
    for (int i = 0; i < FORKS; i++) {
        lv_unwind_fork_prepare();
        child = fork();
        if (child == 0) {
            lv_unwind_fork_child();
            alarm(10);
            take_steps();
            _exit(taken.count == taken.expected ? 0 : 1);
        }
        lv_unwind_fork_parent();
        waitpid(child, &status, 0);
        assert_int_equal(status, 0);
    }
    stop = true;
    pthread_join(thread, NULL);
}

static int start(void **state)
{
    void *frame[MOST];

    (void)state;
    *(void **)&libc_backtrace =
        dlsym(dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD), "backtrace");
    unw_backtrace(frame, MOST); /* used before we come */
    lv_module_start(NULL);
    return lv_unwind_start() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_stacks_are_whole),
        cmocka_unit_test(stacks_through_libc_are_whole),
        cmocka_unit_test(realigned_and_growing_frames_are_undone),
        cmocka_unit_test(shorter_room_gets_the_innermost),
        cmocka_unit_test(unknown_caller_stands_alone),
        cmocka_unit_test(stacks_cross_a_handler_on_its_own_stack),
        cmocka_unit_test(interrupted_leaf_has_a_caller),
        cmocka_unit_test(threads_are_whole),
        cmocka_unit_test(coroutines_end_where_they_began),
        cmocka_unit_test(frame_pointers_lead_through_undescribed_code),
        cmocka_unit_test(rubbish_ends_a_stack),
        cmocka_unit_test(odd_frames_go_to_libunwind),
        cmocka_unit_test(libunwind_opens_nothing),
        cmocka_unit_test(libunwind_sees_the_same),
        cmocka_unit_test(programs_own_libunwind_still_works),
        cmocka_unit_test(owner_is_the_frame_around),
        cmocka_unit_test(frame_around_a_borrowed_variable_is_guessed),
        cmocka_unit_test(flushing_forgets_nothing_that_is_true),
        cmocka_unit_test(forked_child_can_unwind),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
