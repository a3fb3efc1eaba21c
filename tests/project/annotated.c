/* SPDX-License-Identifier: BSD-2-Clause */
/* annotated: calls every annotation, and prints what it would without them.
 * `probe` and `nothing` are compared instruction by instruction. */
#include <lockval.h>
#include <stdio.h>

static const struct lockval_class lock_class = {"lock", 0};
static int lock, outer, seq;

void probe(void);
void nothing(void);

void probe(void)
{
    lockval_acquire(&lock, LOCKVAL_WRITE);
}

void nothing(void)
{
}

int main(void)
{
    const struct lockval_role role = {"object", &lock};

    lockval_lock_init(&lock, &lock_class);
    lockval_set_class(&outer, &lock_class);
    lockval_acquire(&outer, LOCKVAL_WRITE | LOCKVAL_SUBCLASS(1));
    lockval_next_subclass(2);
    lockval_next_nest_under(&outer);
    lockval_acquire_nested(&lock, LOCKVAL_WRITE, &outer);
    lockval_downgrade(&lock);
    lockval_release(&lock);
    lockval_release(&outer);
    lockval_pseudo_enter(&lock_class, LOCKVAL_WRITE);
    lockval_pseudo_exit(&lock_class);
    lockval_seq_init(&seq, &lock_class);
    lockval_seq_write_begin(&seq, 0);
    lockval_seq_write_end(&seq);
    lockval_seq_raw_write_begin(&seq);
    lockval_seq_raw_write_end(&seq);
    lockval_seq_read_wait(&seq);
    lockval_seq_read_once(&seq);
    lockval_seq_read_fallback(&seq);
    lockval_seq_set_lock(&seq, &lock);
    lockval_pseudo_sync(&lock_class, LOCKVAL_WRITE);
    lockval_might_wait(LOCKVAL_WAIT_SLEEP);
    lockval_irqs_on(1);
    lockval_irqs_off(1);
    lockval_irq_enter(1);
    lockval_irq_exit(1);
    lockval_rules("R1 change = object:write");
    lockval_operation("change", &role, 1);
    lockval_assert_held(&lock, LOCKVAL_WRITE);
    lockval_assert_not_held(&lock);
    lockval_right_begin(&outer, &lock_class, &lock, LOCKVAL_WRITE);
    lockval_right_end(&outer);
    lockval_memory_freed(&lock, sizeof lock);
    lockval_lock_destroy(&lock);
    probe();
    nothing();
    printf("held: %d\n", lockval_is_held(&lock));
    printf("findings: %d\n", (int)lockval_findings());
    return 0;
}
