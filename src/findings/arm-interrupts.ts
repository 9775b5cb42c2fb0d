/** What rows of exits say of the guest's interrupts where the CPU is no x86: read back from the detail that people see. */
import type { ExitRow } from './evidence.js';
import { isTimerOfGuests } from './host-interrupts.js';

/** "the guest's timer, interrupt 27 (virtual timer)", "woken by interrupt 27 (virtual timer)". */
const GUEST_TIMER = /^the guest's timer, interrupt |^woken by interrupt \d+ \((?:virtual|physical) timer\)/;

/**
 * An exit because the guest's own timer went off, or a halt that it ended. On RISC-V the reason says it; on Arm the name of
 * the host's handler does where KVM's events of timers were not recorded.
 */
export function isTimerOfGuest({ cause, reason, detail }: Pick<ExitRow, 'cause' | 'reason' | 'detail'>): boolean {
  if (cause === 'interrupt') return isTimerOfGuests(detail ?? '');
  return (cause === 'timer' || cause === 'halt') && (reason === 'IRQ_VS_TIMER' || GUEST_TIMER.test(detail ?? ''));
}
