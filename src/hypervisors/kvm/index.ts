/** Linux with KVM on x86. */
import type { Hypervisor } from '../translator.js';
import { KVM_CATALOG } from './tracepoints.js';
import { KvmTranslator } from './translator.js';

export const kvm: Hypervisor = {
  id: 'kvm',
  name: 'Linux KVM',
  formats: ['trace-dat', 'perf-data', 'ftrace-text', 'perf-script'],
  catalog: KVM_CATALOG,
  advice: {
    everything:
      "Record on the host, while a guest runs: trace-cmd record -e kvm -e sched -e irq -e irq_vectors, or perf record -a -e 'kvm:*' -e 'sched:*' -e 'irq:*' -e 'irq_vectors:*'.",
    largerBuffers: 'Record with larger buffers: trace-cmd record -b 65536, perf record -m 64M.',
  },
  createTranslator: (recording) => new KvmTranslator(recording),
};
