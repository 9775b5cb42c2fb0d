/** Handlers of host interrupts. Releases up to 7.1 tell when they begin and end, 8.0 only that an interrupt was delivered. */
import { EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import type { Handler, Handlers } from './handler.js';
import { slotOf } from './trace-events.js';

/** Interrupt numbers are 32 bits wide and sparse: they get dense ones, and what comes after these shares the last one. */
const MOST_INTERRUPTS = 4096;

export class HostInterrupts {
  readonly #indices = new Map<number, number>();
  /** By dense number. */
  readonly numbers: number[] = [];

  readonly handlers: Handlers = {
    'INTERRUPT:ENTRY': this.#handler('INTERRUPT:ENTRY', EventKind.InterruptBegin),
    'INTERRUPT:EXIT': this.#handler('INTERRUPT:EXIT', EventKind.InterruptEnd),
  };

  #handler(event: 'INTERRUPT:ENTRY' | 'INTERRUPT:EXIT', kind: EventKind): Handler {
    const slot = slotOf(event, 'interrupt');
    return (records, row, events) => {
      const index = this.#indexOf(records.fields[row * FIELD_SLOTS + slot]);
      events.push(kind, records.time[row], records.pcpu[row], records.thread[row], index, 0, 0, 0);
    };
  }

  #indexOf(number: number): number {
    const known = this.#indices.get(number);
    if (known !== undefined) return known;
    if (this.numbers.length >= MOST_INTERRUPTS) return MOST_INTERRUPTS;
    this.#indices.set(number, this.numbers.length);
    return this.numbers.push(number) - 1;
  }
}

/** For people. @param number undefined: one that came after the table was full */
export function hostInterruptName(number: number | undefined): string {
  if (number === undefined) return 'further interrupts';
  return number < 1024 ? `interrupt ${number}` : `interrupt 0x${number.toString(16)}`;
}
