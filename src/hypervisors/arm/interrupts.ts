/**
 * Interrupt numbers (INTIDs) of a guest's GIC: 0 to 15 are sent by software (SGI), 16 to 31 are of one CPU (PPI).
 *
 * Source: Arm Base System Architecture (DEN 0094), table of PPIs, which KVM and its VMMs keep to.
 */
const PRIVATE_INTERRUPTS: Readonly<Record<number, string>> = {
  23: 'performance counters',
  25: 'GIC maintenance',
  26: 'hypervisor timer',
  27: 'virtual timer',
  28: 'virtual timer of EL2',
  30: 'physical timer',
};

/** Below are interrupts of one CPU: software's and private ones. */
export const FIRST_SHARED = 32;
const FIRST_PRIVATE = 16;

/** For example "27 (virtual timer)". */
export function interruptText(number: number): string {
  if (number < FIRST_PRIVATE) return `${number} (IPI)`;
  const name = PRIVATE_INTERRUPTS[number];
  return name === undefined ? String(number) : `${number} (${name})`;
}
