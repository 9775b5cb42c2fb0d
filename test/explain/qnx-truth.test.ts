/**
 * Simulated QNX hosts whose truth is known: what their traces are explained to, against that truth, to the nanosecond.
 * The truth comes from the simulation's own history; nothing of it comes from the readers, the translator or the ledger.
 */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import type { Format } from '../../src/formats/format.js';
import { qnxKev } from '../../src/formats/qnx-kev/index.js';
import { traceprinter } from '../../src/formats/traceprinter/index.js';
import { qnx } from '../../src/hypervisors/qnx/index.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { cyclesToNs } from '../../src/recording/cycles.js';
import { FIELD_SLOTS, LOSS_RECORD } from '../../src/recording/record-batch.js';
import type { Recording } from '../../src/recording/recording.js';
import { serialConsolePlan, virtioConsolePlan } from '../../src/simulation/qnx/demo-plans.js';
import type { HostPlan } from '../../src/simulation/qnx/plan.js';
import { randomPlan } from '../../src/simulation/qnx/random-plan.js';
import { type Simulation, simulate } from '../../src/simulation/qnx/simulate.js';
import { type KevOptions, kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import type { KernelOptions } from '../../src/simulation/qnx/writers/options.js';
import { syspageBytes } from '../../src/simulation/qnx/writers/syspage.js';
import { traceprinterText } from '../../src/simulation/qnx/writers/traceprinter.js';
import { randomSource } from '../../src/simulation/random-source.js';
import { expectedBooks, explainedBooks, type VcpuBooks } from '../support/qnx-books.js';

const HOSTS = 520;
const TRACED = { tracedNs: 400_000 };
/** Small, so that there are many of them. */
const BUFFER_EVENTS = 100;
const TINY_BUFFER_EVENTS = 40;

/** How the kernel of a host writes: every third one gives its buffers out in another order, some tell times sparingly. */
function kernelOptions({ seed }: HostPlan): KernelOptions {
  return {
    bufferEvents: BUFFER_EVENTS,
    wide: seed % 5 !== 0,
    noTimeOnWrap: seed % 4 === 1,
    ...(seed % 3 === 0 && { shuffleSeed: seed }),
  };
}

/** The trace of a host as a file; of every second one with high bytes first. */
function kevOf({ plan, trace }: Simulation, options: KevOptions = {}): Uint8Array {
  const littleEndian = plan.seed % 2 === 0;
  const virtualization = plan.architecture === 'x86_64' ? 'vmx' : 'arm';
  const syspage = syspageBytes(trace.host, { littleEndian, virtualization });
  return kevBytes(trace, { ...kernelOptions(plan), littleEndian, syspage, ...options });
}

/** The same as traceprinter prints it; a text lacks the system page, and with it what virtualizes the CPUs of a PC. */
function textOf({ plan, trace }: Simulation, options: KernelOptions = {}): Uint8Array {
  const text = traceprinterText(trace, { ...kernelOptions(plan), onePerLine: plan.seed % 4 < 2, ...options });
  return new TextEncoder().encode(text);
}

async function recordingOf(bytes: Uint8Array, format: Format): Promise<Recording> {
  const source = new MemorySource(bytes, 'host');
  const recording = await format.open(source, { catalog: qnx.catalog, codecs: nodeCodecs });
  if (!recording.ok) throw new Error(recording.issue.message);
  return recording.value;
}

/** Undefined where no vCPU can be told from the trace. */
async function explained(
  bytes: Uint8Array,
  format: Format,
  options?: ExplainOptions,
): Promise<Explanation | undefined> {
  const result = await explain(await recordingOf(bytes, format), qnx, options);
  if (result.ok) return result.value;
  expect(result.issue.code).toBe('no-guest-exits');
  return undefined;
}

const KNOWN = { knowsVirtualization: true };
const UNKNOWN = { knowsVirtualization: false };

describe('a complete trace is explained to the truth', () => {
  const seen = { vcpus: 0, exits: 0, accounts: new Map<string, number>() };

  test.each(Array.from({ length: HOSTS / 10 }, (_, index) => index * 10 + 1))('hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      const explanation = await explained(kevOf(simulation), qnxKev);
      const books = explanation === undefined ? [] : explainedBooks(explanation);
      expect({ seed, books }).toEqual({ seed, books: expectedBooks(simulation, explanation, KNOWN) });
      note(books);
    }
  });

  function note(books: readonly VcpuBooks[]): void {
    for (const { accounts, exits } of books) {
      seen.vcpus++;
      for (const { count } of Object.values(exits)) seen.exits += count;
      for (const [name, ns] of Object.entries(accounts)) seen.accounts.set(name, (seen.accounts.get(name) ?? 0) + ns);
    }
  }

  test('which is not little', () => {
    expect(seen.vcpus).toBeGreaterThan(2000);
    expect(seen.exits).toBeGreaterThan(30_000);
    for (const account of ['guest', 'hypervisor', 'interrupt', 'idle', 'blocked', 'wakeup', 'preempted']) {
      expect(seen.accounts.get(account)).toBeGreaterThan(1_000_000);
    }
  });
});

describe('text', () => {
  /** Without a system page; nothing but the name of the format may be different. */
  async function alike(simulation: Simulation, options: KernelOptions = {}): Promise<Explanation | undefined> {
    const fromText = await explained(textOf(simulation, options), traceprinter);
    const fromKev = await explained(kevOf(simulation, { syspage: new Uint8Array(0), ...options }), qnxKev);
    const format = 'of whatever form';
    const [text, kev] = [fromText, fromKev].map((one) => one && { ...one, recording: { ...one.recording, format } });
    expect({ seed: simulation.plan.seed, text }).toEqual({ seed: simulation.plan.seed, text: kev });
    expect(JSON.stringify(text)).toBe(JSON.stringify(kev));
    return fromText;
  }

  test.each(Array.from({ length: 26 }, (_, index) => index * 20 + 1))('hosts %i to + 19', async (first) => {
    for (let seed = first; seed < first + 20; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      const explanation = await alike(simulation);
      const books = explanation === undefined ? [] : explainedBooks(explanation);
      expect({ seed, books }).toEqual({ seed, books: expectedBooks(simulation, explanation, UNKNOWN) });
    }
  });

  test.each(Array.from({ length: 5 }, (_, index) => index * 20 + 1))('hosts %i to + 19, lossy', async (first) => {
    for (let seed = first; seed < first + 20; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      await alike(simulation, { bufferEvents: TINY_BUFFER_EVENTS, lostBuffers: lostBuffers(simulation) });
    }
  });
});

describe('the demo', () => {
  test.each([
    ['serial', serialConsolePlan()],
    ['virtio', virtioConsolePlan()],
  ])('%s', async (_name, plan) => {
    const simulation = simulate(plan);
    const explanation = await explained(kevOf(simulation), qnxKev);
    const books = expectedBooks(simulation, explanation, KNOWN);
    expect(books).toHaveLength(2);
    expect(explainedBooks(explanation!)).toEqual(books);
  });
});

describe('a part of T', () => {
  test.each([...Array(40).keys()].map((index) => 7 * index + 3))('of host %i', async (seed) => {
    const simulation = simulate(randomPlan(seed, TRACED));
    const { events } = simulation.trace;
    const stamps = [events[0], events.at(-1)!].map(({ cycles }) => Number(cycles));
    const window = { from: at(stamps, 0.4), to: at(stamps, 0.7) };
    const ns = (cycles: number) => cyclesToNs(cycles - stamps[0], simulation.plan.cyclesPerSecond);
    const interval = { fromNs: ns(window.from), toNs: ns(window.to) };
    const explanation = await explained(kevOf(simulation), qnxKev, interval);
    const books = explanation === undefined ? [] : explainedBooks(explanation);
    const expected = expectedBooks(simulation, explanation, KNOWN, window);
    expect(books).toEqual(expected);
  });

  const at = ([first, last]: readonly number[], share: number) => Math.round(first + share * (last - first));
});

describe('a trace that lost buffers', () => {
  /**
   * What is known must be true. A gap shows only when it is over: what a thread that is not on its pCPU does elsewhere in
   * the meantime is booked before that, and is wrong where the gap hides that it was woken or moved. So each account may
   * be off by as long as there are gaps, and all together by next to nothing.
   */
  const all = { ns: 0, unknown: 0, tooMuch: 0, gaps: 0 };

  test.each(Array.from({ length: 20 }, (_, index) => index * 10 + 1))('hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      const bytes = kevOf(simulation, { bufferEvents: TINY_BUFFER_EVENTS, lostBuffers: lostBuffers(simulation) });
      const explanation = await explained(bytes, qnxKev);
      if (explanation === undefined || !explanation.machines.every(({ vcpusKnown }) => vcpusKnown)) continue;
      const gapNs = await lengthOfGaps(bytes);
      all.gaps += explanation.recording.gaps;
      const truth = new Map(expectedBooks(simulation, explanation, KNOWN).map((books) => [books.vcpu, books.accounts]));
      for (const { vcpu, accounts } of explainedBooks(explanation)) check(seed, accounts, truth.get(vcpu)!, gapNs);
    }
  });

  function check(seed: number, known: VcpuBooks['accounts'], truth: VcpuBooks['accounts'], gapNs: number): void {
    const { unknown = 0 } = known;
    const length = (accounts: VcpuBooks['accounts']) => Object.values(accounts).reduce((sum, ns) => sum + ns, 0);
    expect(length(known)).toBe(length(truth));
    all.ns += length(known);
    all.unknown += unknown;
    for (const group of GROUPS) {
      const [ns, true_] = [known, truth].map((accounts) => group.reduce((sum, name) => sum + (accounts[name] ?? 0), 0));
      all.tooMuch += Math.max(0, ns - true_);
      if (ns > true_ + gapNs || ns + unknown + gapNs < true_)
        expect.fail(`host ${seed}: ${group.join()} ${ns}, not ${true_}`);
    }
  }

  test('which are many, and little of them is wrong', () => {
    expect(all.gaps).toBeGreaterThan(150);
    expect(all.unknown / all.ns).toBeGreaterThan(0.2);
    expect(all.tooMuch / all.ns).toBeLessThan(0.0002);
  });
});

/** The end of a handler may be lost: then it is the hypervisor's. */
const GROUPS = [['guest'], ['hypervisor', 'interrupt'], ['idle'], ['blocked'], ['wakeup'], ['preempted']] as const;

/** Up to three buffers that never reach the file, but for the first and the last of their chain. */
function lostBuffers({ plan, trace }: Simulation): { cpu: number; sequence: number }[] {
  const random = randomSource(plan.seed);
  const isPerCpu = plan.release.startsWith('8');
  return Array.from({ length: 3 }, () => {
    const cpu = isPerCpu ? random.below(plan.cpus) : 0;
    const events = trace.events.filter((event) => !isPerCpu || event.cpu === cpu).length;
    return { cpu, inner: Math.floor(events / TINY_BUFFER_EVENTS) - 2, sequence: 2 };
  })
    .filter(({ inner }) => inner > 0)
    .map(({ cpu, inner, sequence }) => ({ cpu, sequence: sequence + random.below(inner) }));
}

/** Of all pCPUs together, ns. */
async function lengthOfGaps(bytes: Uint8Array): Promise<number> {
  let total = 0;
  for await (const { count, kind, time, fields } of (await recordingOf(bytes, qnxKev)).batches()) {
    for (let row = 0; row < count; row++) {
      if (kind[row] === LOSS_RECORD) total += time[row] - fields[row * FIELD_SLOTS];
    }
  }
  return total;
}
