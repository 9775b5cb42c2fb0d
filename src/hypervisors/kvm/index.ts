/** Linux with KVM, on x86, arm64 and RISC-V. */
import type { Hypervisor } from '../translator.js';
import { KVM_CATALOG } from './tracepoints.js';
import { KvmTranslator } from './translator.js';

/** Texts of the kernel itself count as those of trace-cmd, which records the same buffers. */
function forRecorders(formats: readonly string[], traceCmd: string, perf: string): string {
  const isOfPerf = (format: string): boolean => format.startsWith('perf-');
  const advice = [...(formats.every(isOfPerf) ? [] : [traceCmd]), ...(formats.some(isOfPerf) ? [perf] : [])];
  return advice.join(', ');
}

export const kvm: Hypervisor = {
  id: 'kvm',
  name: 'Linux KVM',
  formats: ['trace-dat', 'perf-data', 'ftrace-text', 'perf-script'],
  catalog: KVM_CATALOG,
  advice: {
    everything:
      "Record on the host, while a guest runs: trace-cmd record -e kvm -e sched -e irq -e irq_vectors, or perf record -a -e 'kvm:*' -e 'sched:*' -e 'irq:*' -e 'irq_vectors:*' (on Arm and RISC-V ipi in place of irq_vectors).",
    largerBuffers: (formats) =>
      `Record with larger buffers: ${forRecorders(formats, 'trace-cmd record -b 65536', 'perf record -m 64M')}.`,
    steadyClock: (formats) =>
      `Record with another clock: ${forRecorders(formats, 'trace-cmd record -C mono', 'perf record -k mono')}.`,
  },
  leavesExitCodesOpen: false,
  createTranslator: (recording) => new KvmTranslator(recording),
};
