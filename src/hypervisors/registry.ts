/** Every hypervisor that we understand, one line each. */
import { kvm } from './kvm/index.js';
import { qnx } from './qnx/index.js';
import type { Hypervisor } from './translator.js';
import { xen } from './xen/index.js';

export const HYPERVISORS: readonly Hypervisor[] = [kvm, qnx, xen];

/**
 * Whose events a recording of this format holds.
 * @param format its identifier; several that are joined by " + " are parts of one recording, so they are one hypervisor's
 */
export function hypervisorOf(format: string): Hypervisor {
  const [first] = format.split(' + ');
  return HYPERVISORS.find(({ formats }) => formats.includes(first)) ?? kvm;
}
