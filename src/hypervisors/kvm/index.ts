/** Linux with KVM on x86. */
import type { Hypervisor } from '../translator.js';
import { KVM_CATALOG } from './tracepoints.js';
import { KvmTranslator } from './translator.js';

export const kvm: Hypervisor = {
  id: 'kvm',
  name: 'Linux KVM',
  catalog: KVM_CATALOG,
  createTranslator: (recording) => new KvmTranslator(recording),
};
