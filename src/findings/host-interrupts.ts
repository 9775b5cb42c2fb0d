/**
 * What interrupts of a Linux host are for, read back from the names that people see: of handlers where the recording has
 * them (`irq_handler_entry`), of vectors and softirqs.
 */

/**
 * KVM's handlers for the timers that guests set, on Arm: they run because a guest asked for it. Source: Linux,
 * arch/arm64/kvm/arch_timer.c (kvm_timer_hyp_init).
 */
const TIMER_OF_GUESTS = /^(?:host )?IRQ \d+ \(kvm guest [vp]?timer\)$/;

export const isTimerOfGuests = (name: string): boolean => TIMER_OF_GUESTS.test(name);

/**
 * The timer of a pCPU, and the softirqs that its tick asks for. Sources: Linux, drivers/clocksource/arm_arch_timer.c and
 * timer-riscv.c (names of handlers); kernel/time, kernel/sched and kernel/rcu/tree.c (rcu_sched_clock_irq), which raise the
 * softirqs.
 */
const OWN_TIMER =
  /^(?:host )?IRQ \d+ \((?:arch_timer|riscv-timer)\)$|^(?:local timer|host vector 0x[\da-f]+ \(local timer\))$|^softirq (?:TIMER|HRTIMER|SCHED|RCU)$/;

/** From this share on it is the timers of the pCPUs that advice is about. */
export const MOSTLY = 0.5;
export const OWN_TIMERS_STAY =
  'Timers of pCPUs cannot be moved, but nohz_full makes them rare where a vCPU has its pCPU for itself.';

/** No setting moves them to another pCPU; `nohz_full` makes them rare. */
export const isOwnTimer = (name: string): boolean => OWN_TIMER.test(name);
