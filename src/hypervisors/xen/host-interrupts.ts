/** Interrupts of devices that Xen handles: of each it writes down, at its end, when its handler began. */
import { cyclesToNs } from '../../recording/cycles.js';
import { EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import type { Handlers } from './handler.js';
import { slotOf } from './trace-events.js';

const IRQ = slotOf('irq:handled', 'irq');
const FROM = slotOf('irq:handled', 'from');
const TO = slotOf('irq:handled', 'to');
/** Longer handlers are damage: about a second. ns */
const LONGEST_NS = 1_000_000_000;

/** @param hz cycles per second */
export const interruptHandlers = (hz: number): Handlers => ({
  'irq:handled': (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const time = records.time[row];
    // The low halves of the cycle counter.
    const ns = cyclesToNs((records.fields[at + TO] - records.fields[at + FROM]) >>> 0, hz);
    const irq = records.fields[at + IRQ];
    if (irq >= 0 && ns > 0 && ns <= LONGEST_NS && ns <= time) {
      events.push(EventKind.InterruptEnd, time, records.pcpu[row], -1, irq, ns, 0, 0);
    }
  },
});
