/** Every hypervisor that we understand, one line each. */
import { kvm } from './kvm/index.js';
import type { Hypervisor } from './translator.js';

export const HYPERVISORS: readonly Hypervisor[] = [kvm];
