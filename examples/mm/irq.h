/* SPDX-License-Identifier: BSD-2-Clause */
/* irq.h: interrupts off, and the interrupt that waits for it.
 *
 * A thread of the model stands for a processor. With interrupts off it does not
 * acknowledge an inter-processor interrupt (IPI), so that whoever sends one and
 * waits for the answer waits for the end of the section. GUP-fast and the
 * speculative fault walk page tables on that promise; it is not RCU: a grace
 * period does not wait for it, and an IPI does not wait for an RCU section.
 *
 * Told as the pseudo-lock irqs_off: held for recursive reading by the section,
 * waited for by the IPI. Stands for local_irq_save, flush_tlb_mm_range and
 * tlb_remove_table_sync_one (mm/mmu_gather.c, v6.12). The handler does nothing
 * but answer; with interrupts on, it has answered already. */
#ifndef MM_IRQ_H
#define MM_IRQ_H

/* Any thread, nests (local_irq_save). */
void local_irq_disable(void);
void local_irq_enable(void);

/* Send an IPI to every other thread and wait for all answers. Not with
 * interrupts off: two senders would wait for each other; the thread's own
 * section is not waited for. */
void ipi_sync(void);

#endif
