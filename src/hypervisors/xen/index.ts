/** The Xen hypervisor: HVM, PVH and PV guests on x86, and guests on ARM. */
import type { Hypervisor } from '../translator.js';
import { LARGER_BUFFERS, RECORD_EVERYTHING } from './remarks.js';
import { XEN_CATALOG } from './trace-events.js';
import { XenTranslator } from './translator.js';

export const xen: Hypervisor = {
  id: 'xen',
  name: 'Xen',
  formats: ['xentrace'],
  catalog: XEN_CATALOG,
  machineWord: 'domain',
  advice: { everything: RECORD_EVERYTHING, largerBuffers: () => LARGER_BUFFERS },
  leavesExitCodesOpen: true,
  createTranslator: (recording, told) => new XenTranslator(recording, told),
};
