/** Writes .kev files word by word: whatever no kernel of the simulation would write. */
import { ByteWriter } from './byte-writer.js';

const PARTS = { simple: 0, begin: 1, continue: 2, end: 3 } as const;

export interface Part {
  readonly cpu?: number;
  readonly part?: keyof typeof PARTS;
  /** Low 32 bits of the time. */
  readonly low: number;
  readonly data?: readonly [number, number];
  /** Further bits of the first word. */
  readonly flags?: number;
}

export class KevAuthor {
  readonly #events = new ByteWriter(true);
  readonly #release: string;

  constructor(release = '7.1.0') {
    this.#release = release;
  }

  event(traceClass: number, event: number, { cpu = 0, part = 'simple', low, data = [0, 0], flags = 0 }: Part): this {
    this.#events.u32(((PARTS[part] << 30) | (cpu << 24) | (traceClass << 10) | event | flags) >>> 0);
    this.#events
      .u32(low >>> 0)
      .u32(data[0])
      .u32(data[1]);
    return this;
  }

  /** CONTROL/TIME. */
  time(low: number, high: number, cpu = 0): this {
    return this.event(1, 1, { cpu, low, data: [high, low] });
  }

  /** CONTROL/BUFFER; 0 events: it does not say how many. */
  buffer(low: number, sequence: number, cpu = 0, events = 0): this {
    return this.event(1, 2, { cpu, low, data: [sequence, events] });
  }

  /** A thread gets a CPU. */
  running(low: number, pid: number, tid: number, cpu = 0): this {
    return this.event(4, 1, { cpu, low, data: [pid, tid] });
  }

  /** The guest's address tells events apart. */
  enter(low: number, address: number, cpu = 0): this {
    return this.event(10, 0, { cpu, low, data: [address, 0] });
  }

  bytes(attributes: Readonly<Record<string, string | number>> = {}): Uint8Array {
    const all = {
      HEADER_BEGIN: '',
      LITTLE_ENDIAN: 'TRUE',
      CYCLES_PER_SEC: 1_000_000_000,
      CPU_NUM: 4,
      SYS_RELEASE: this.#release,
      SYSPAGE_LEN: 0,
      ...attributes,
      HEADER_END: '',
    };
    return this.#below(Object.entries(all));
  }

  /** With these attributes and no others, in this order. */
  headed(attributes: readonly (readonly [key: string, value: string])[]): Uint8Array {
    return this.#below([['HEADER_BEGIN', ''], ...attributes, ['HEADER_END', '']]);
  }

  #below(attributes: readonly (readonly [key: string, value: string | number])[]): Uint8Array {
    const header = attributes.map(([key, value]) => `TRACE_${key}::${value}`).join('');
    return new ByteWriter(true).text(header).bytes(this.#events.finish()).finish();
  }
}
