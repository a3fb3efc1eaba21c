/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks in one order, for tests/order/order.py: a, b, c and d inside each
 * other, e two by two, f with a subclass. With an argument: mmap_lock inside
 * i_mmap_rwsem, which is the wrong way round. */
#include <lockval.h>

#define CLASS(name)                                              \
    static const struct lockval_class name##_class = {#name, 0}; \
    static long name[2]

CLASS(a);
CLASS(b);
CLASS(c);
CLASS(d);
CLASS(e);
CLASS(f);
CLASS(mmap_lock);
CLASS(i_mmap_rwsem);

#define INIT(name)                              \
    lockval_lock_init(&name[0], &name##_class); \
    lockval_lock_init(&name[1], &name##_class)

static void take(const long *lock, uint32_t how)
{
    lockval_acquire(lock, how);
}

static void give(const long *lock)
{
    lockval_release(lock);
}

static void nest(void)
{
    take(&a[0], LOCKVAL_WRITE);
    take(&b[0], LOCKVAL_WRITE);
    take(&c[0], LOCKVAL_READ);
    give(&c[0]);
    take(&d[0], LOCKVAL_WRITE);
    give(&d[0]);
    give(&b[0]);
    give(&a[0]);
}

static void pairs(void)
{
    take(&e[0], LOCKVAL_WRITE);
    take(&e[1], LOCKVAL_WRITE);
    give(&e[1]);
    give(&e[0]);
    take(&f[1], LOCKVAL_WRITE);
    take(&f[0], LOCKVAL_WRITE | LOCKVAL_SUBCLASS(1));
    give(&f[0]);
    give(&f[1]);
}

static void wrong_way(void)
{
    take(&i_mmap_rwsem[0], LOCKVAL_WRITE);
    take(&mmap_lock[0], LOCKVAL_READ);
    give(&mmap_lock[0]);
    give(&i_mmap_rwsem[0]);
}

int main(int argc, char **argv)
{
    (void)argv;
    INIT(a);
    INIT(b);
    INIT(c);
    INIT(d);
    INIT(e);
    INIT(f);
    INIT(mmap_lock);
    INIT(i_mmap_rwsem);
    nest();
    pairs();
    if (argc > 1)
        wrong_way();
    return 0;
}
