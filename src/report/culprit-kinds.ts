/** What sort of thread took a pCPU, in the words of its hypervisor. */
import type { CulpritKind } from '../explain/explanation.js';

/** Xen has no processes or kernel threads: what it runs beside vCPUs of machines that are looked at. */
const XEN_WORDS: Partial<Record<CulpritKind | 'vCPU', string>> = {
  process: 'vCPU of another domain',
  'kernel thread': 'Xen itself',
};

/** @param hypervisor its id, as in `recording.hypervisor` */
export const culpritKindText = (hypervisor: string, kind: CulpritKind | 'vCPU'): string =>
  (hypervisor === 'xen' ? XEN_WORDS[kind] : undefined) ?? kind;
