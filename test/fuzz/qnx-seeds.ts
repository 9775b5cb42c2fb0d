/** Traces of small simulated QNX hosts in every form: what the fuzzer starts from. */
import { randomPlan } from '../../src/simulation/qnx/random-plan.js';
import { simulate } from '../../src/simulation/qnx/simulate.js';
import type { Trace } from '../../src/simulation/qnx/trace-event.js';
import { type KevOptions, kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import { syspageBytes } from '../../src/simulation/qnx/writers/syspage.js';
import { type TraceprinterOptions, traceprinterText } from '../../src/simulation/qnx/writers/traceprinter.js';
import type { Seed } from './inputs.js';

/** A tenth of a millisecond: some hundred events. */
const TRACED = { tracedNs: 100_000 };
/** Hosts are looked for among so many. */
const HOSTS = 1000;

interface Wanted {
  readonly release: string;
  /** At most. */
  readonly cpus: number;
  readonly events: readonly [least: number, most: number];
  /** Visits to guests, at least. */
  readonly visits: number;
}

/** The trace of the first random host that is like this. */
function traceWith({ release, cpus, events, visits }: Wanted): Trace {
  for (let host = 0; host < HOSTS; host++) {
    const plan = randomPlan(host, TRACED);
    if (!plan.release.startsWith(release) || plan.cpus > cpus) continue;
    const { trace } = simulate(plan);
    const { length } = trace.events;
    const visited = trace.events.filter(({ body }) => body.kind === 'guest-cycles').length;
    if (visited >= visits && length >= events[0] && length <= events[1]) return trace;
  }
  throw new Error(`no random host has release ${release}, ${cpus} CPUs and ${events.join(' to ')} events`);
}

/** The same trace from an older kernel: it writes what 7.x writes. */
function asRelease6(trace: Trace): Trace {
  return { ...trace, host: { ...trace.host, release: '6.5.0' } };
}

function kev(trace: Trace, options: KevOptions = {}): Uint8Array {
  const littleEndian = options.littleEndian ?? true;
  return kevBytes(trace, { syspage: syspageBytes(trace.host, { littleEndian, virtualization: 'arm' }), ...options });
}

const printed = (trace: Trace, options: TraceprinterOptions): Uint8Array =>
  new TextEncoder().encode(traceprinterText(trace, options));

const seed = (format: string, name: string, weight: number, bytes: Uint8Array): Seed => ({
  format,
  name,
  weight,
  bytes,
});

/** Small buffers, of which some are lost. */
const LOSSY = { bufferEvents: 30, lostBuffers: [{ cpu: 0, sequence: 3 }] };

export function qnxSeeds(): Seed[] {
  const [of7, of8] = ['7', '8'].map((release) => traceWith({ release, cpus: 3, events: [80, 160], visits: 6 }));
  return [
    seed('qnx-kev', 'kev-8', 8, kev(of8, { bufferEvents: 40, shuffleSeed: 1 })),
    seed('qnx-kev', 'kev-8-lossy', 6, kev(of8, LOSSY)),
    seed('qnx-kev', 'kev-7', 8, kev(of7)),
    seed('qnx-kev', 'kev-7-big', 4, kev(of7, { ...LOSSY, littleEndian: false })),
    seed('qnx-kev', 'kev-6', 4, kev(asRelease6(of7), { bufferEvents: 40, wide: false })),
    seed('traceprinter', 'printed-8', 4, printed(of8, { ...LOSSY, onePerLine: true })),
    seed('traceprinter', 'printed-7', 4, printed(of7, {})),
    seed('traceprinter', 'printed-6', 3, printed(asRelease6(of7), { ...LOSSY, onePerLine: true })),
  ];
}

/** To be cut at every byte: the one buffer of 7.x, and those of a single CPU, state how many events there should be. */
export function smallQnxSeeds(): Seed[] {
  const of7 = traceWith({ release: '7', cpus: 8, events: [40, 150], visits: 1 });
  const of8 = traceWith({ release: '8', cpus: 1, events: [40, 150], visits: 1 });
  return [
    seed('qnx-kev', 'kev-7', 1, kev(of7)),
    seed('qnx-kev', 'kev-7-big', 1, kev(of7, { littleEndian: false })),
    seed('qnx-kev', 'kev-8', 1, kev(of8)),
    seed('traceprinter', 'printed', 1, printed(of7, { onePerLine: true })),
  ];
}
