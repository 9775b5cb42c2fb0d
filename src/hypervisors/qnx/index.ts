/** The QNX hypervisor: qvm processes on a QNX host, on ARMv8 and x86. */
import type { Hypervisor } from '../translator.js';
import { LARGER_BUFFERS, RECORD_EVERYTHING } from './event-classes.js';
import { QNX_CATALOG } from './trace-events.js';
import { QnxTranslator } from './translator.js';

export const qnx: Hypervisor = {
  id: 'qnx',
  name: 'QNX hypervisor',
  formats: ['qnx-kev', 'traceprinter'],
  catalog: QNX_CATALOG,
  advice: { everything: RECORD_EVERYTHING, largerBuffers: () => LARGER_BUFFERS },
  leavesExitCodesOpen: true,
  createTranslator: (recording, told) => new QnxTranslator(recording, told),
};
