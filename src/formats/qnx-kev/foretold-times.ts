/** What CPUs write before they tell their time for the first time: it is before what they tell then. */
import { type CpuClocks, LATE } from '../qnx/cpu-clocks.js';
import {
  CLASS_SHIFT,
  ControlEvent,
  CPU_MASK,
  CPU_SHIFT,
  EVENT_BYTES,
  eventKey,
  KEY_MASK,
  MOST_CPUS,
  TraceClass,
} from '../qnx/trace-classes.js';

const TIME = eventKey(TraceClass.Control, ControlEvent.Time);

/** @param head the first events of the file */
export function foretellTimes(head: Uint8Array, littleEndian: boolean, clocks: CpuClocks): void {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const first = new Float64Array(MOST_CPUS).fill(NaN);
  const told = new Uint8Array(MOST_CPUS);
  for (let at = 0; at + EVENT_BYTES <= head.length; at += EVENT_BYTES) {
    const word = view.getUint32(at, littleEndian);
    const cpu = (word >>> CPU_SHIFT) & CPU_MASK;
    const low = view.getUint32(at + 4, littleEndian);
    if (told[cpu] === 1) continue;
    if ((word & KEY_MASK) === TIME) {
      told[cpu] = 1;
      const high = view.getUint32(at + 8, littleEndian);
      // A low half that is larger than the one of this event was before it wrapped.
      clocks.foretell(cpu, first[cpu] - low > LATE && high > 0 ? high - 1 : high);
    } else if ((word & KEY_MASK) >> CLASS_SHIFT !== TraceClass.Control && Number.isNaN(first[cpu])) {
      first[cpu] = low;
    }
  }
}
