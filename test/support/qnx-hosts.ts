/** Simulated QNX hosts as files, and what those are explained to. */
import { expect } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import type { Format } from '../../src/formats/format.js';
import { qnx } from '../../src/hypervisors/qnx/index.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import type { Recording } from '../../src/recording/recording.js';
import type { HostPlan } from '../../src/simulation/qnx/plan.js';
import type { Simulation } from '../../src/simulation/qnx/simulate.js';
import { type KevOptions, kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import type { HeaderAttributes, HeaderOptions, KernelOptions } from '../../src/simulation/qnx/writers/options.js';
import { syspageBytes } from '../../src/simulation/qnx/writers/syspage.js';
import { traceprinterText } from '../../src/simulation/qnx/writers/traceprinter.js';

/** Small, so that there are many of them. */
const BUFFER_EVENTS = 100;

/** What else tracelogger may write into the header, with values that look like more of it. */
const FURTHER_ATTRIBUTES: HeaderAttributes = [
  ['NORMALIZEDN', '1'],
  ['TRACELOGGER_ARGS', '-w -f /var/TRACE_CPU_NUM.kev'],
];

/** How the kernel of a host writes: every third one gives its buffers out in another order, some tell times sparingly. */
function writing({ seed }: HostPlan): KernelOptions & HeaderOptions {
  return {
    bufferEvents: BUFFER_EVENTS,
    wide: seed % 5 !== 0,
    noTimeOnWrap: seed % 4 === 1,
    ...(seed % 3 === 0 && { shuffleSeed: seed }),
    ...(seed % 7 === 0 && { extraAttributes: FURTHER_ATTRIBUTES }),
  };
}

/** The trace of a host as a file; of every second one with high bytes first. */
export function kevOf({ plan, trace }: Simulation, options: KevOptions = {}): Uint8Array {
  const littleEndian = plan.seed % 2 === 0;
  const syspage = syspageBytes(trace.host, { littleEndian, virtualization: plan.virtualization });
  return kevBytes(trace, { ...writing(plan), littleEndian, syspage, ...options });
}

/** The same as traceprinter prints it; a text lacks the system page, and with it what virtualizes the CPUs of a PC. */
export function textOf({ plan, trace }: Simulation, options: KernelOptions = {}): Uint8Array {
  const text = traceprinterText(trace, { ...writing(plan), onePerLine: plan.seed % 4 < 2, ...options });
  return new TextEncoder().encode(text);
}

export async function recordingOf(bytes: Uint8Array, format: Format): Promise<Recording> {
  const source = new MemorySource(bytes, 'host');
  const recording = await format.open(source, { catalog: qnx.catalog, codecs: nodeCodecs });
  if (!recording.ok) throw new Error(recording.issue.message);
  return recording.value;
}

/** Undefined where no vCPU can be told from the trace. */
export async function explained(
  bytes: Uint8Array,
  format: Format,
  options?: ExplainOptions,
): Promise<Explanation | undefined> {
  const result = await explain(await recordingOf(bytes, format), qnx, options);
  if (result.ok) return result.value;
  expect(result.issue.code).toBe('no-guest-exits');
  return undefined;
}
