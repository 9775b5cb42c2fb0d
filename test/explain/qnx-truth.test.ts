/**
 * Simulated QNX hosts whose truth is known: what their traces are explained to, against that truth, to the nanosecond.
 * The truth comes from the simulation's own history; nothing of it comes from the readers, the translator or the ledger.
 */
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { qnxKev } from '../../src/formats/qnx-kev/index.js';
import { traceprinter } from '../../src/formats/traceprinter/index.js';
import { cyclesToNs } from '../../src/recording/cycles.js';
import { FIELD_SLOTS, LOSS_RECORD } from '../../src/recording/record-batch.js';
import { serialConsolePlan, virtioConsolePlan } from '../../src/simulation/qnx/demo-plans.js';
import { randomPlan } from '../../src/simulation/qnx/random-plan.js';
import { type Simulation, simulate } from '../../src/simulation/qnx/simulate.js';
import type { KernelOptions } from '../../src/simulation/qnx/writers/options.js';
import { randomSource } from '../../src/simulation/random-source.js';
import { expectedBooks, explainedBooks, type VcpuBooks } from '../support/qnx-books.js';
import { explained, kevOf, recordingOf, textOf } from '../support/qnx-hosts.js';

const HOSTS = 300;
const TRACED = { tracedNs: 400_000 };
/** Small, so that there are many of them. */
const TINY_BUFFER_EVENTS = 40;
/** Only Intel has these (external interrupt, CPUID, HLT, IN and OUT, RDMSR, PAUSE), or only AMD (those, VMMCALL, page fault, IPI). */
const DECISIVE = [1, 10, 12, 30, 31, 40, 0x60, 0x72, 0x78, 0x7b, 0x7c, 0x77, 0x81, 0x400, 0x401];

describe('a complete trace is explained to the truth', () => {
  const seen = { vcpus: 0, exits: 0, accounts: new Map<string, number>() };

  test.each(Array.from({ length: HOSTS / 10 }, (_, index) => index * 10 + 1))('hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      const explanation = await explained(kevOf(simulation), qnxKev);
      const books = explanation === undefined ? [] : explainedBooks(explanation);
      expect({ seed, books }).toEqual({ seed, books: expectedBooks(simulation, explanation) });
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
    expect(seen.vcpus).toBeGreaterThan(4 * HOSTS);
    expect(seen.exits).toBeGreaterThan(60 * HOSTS);
    for (const account of ['guest', 'hypervisor', 'interrupt', 'idle', 'blocked', 'wakeup', 'preempted']) {
      expect(seen.accounts.get(account)).toBeGreaterThan(1_000_000);
    }
  });
});

describe('text', () => {
  let named = 0;

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

  /** Of the first exits of a trace the codes may not show yet what they are; then sleep after these may be of any kind. */
  const unnamed = (explanation: Explanation | undefined) =>
    (explanation?.reasons ?? []).filter(({ vocabulary }) => vocabulary === 'unknown').map(({ code }) => code);

  const asleepAsOne = (books: readonly VcpuBooks[]) =>
    books.map(({ vcpu, accounts: { idle = 0, blocked = 0, unknown = 0, ...others } }) => {
      return { vcpu, ...others, asleepOrUnknown: idle + blocked + unknown };
    });

  test.each(Array.from({ length: HOSTS / 20 }, (_, index) => index * 20 + 1))('hosts %i to + 19', async (first) => {
    for (let seed = first; seed < first + 20; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      const explanation = await alike(simulation);
      const books = explanation === undefined ? [] : explainedBooks(explanation);
      const expected = expectedBooks(simulation, explanation);
      const codes = unnamed(explanation);
      expect({ seed, decisive: codes.filter((code) => DECISIVE.includes(code)) }).toEqual({ seed, decisive: [] });
      if (codes.length === 0) named++;
      if (codes.length === 0) expect({ seed, books }).toEqual({ seed, books: expected });
      else expect({ seed, accounts: asleepAsOne(books) }).toEqual({ seed, accounts: asleepAsOne(expected) });
    }
  });

  test('all exits of most hosts have names', () => {
    expect(named).toBeGreaterThan(0.8 * HOSTS);
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
    const books = expectedBooks(simulation, explanation);
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
    const expected = expectedBooks(simulation, explanation, window);
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

  test.each(Array.from({ length: 12 }, (_, index) => index * 10 + 1))('hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      const bytes = kevOf(simulation, { bufferEvents: TINY_BUFFER_EVENTS, lostBuffers: lostBuffers(simulation) });
      const explanation = await explained(bytes, qnxKev);
      if (explanation === undefined || !explanation.machines.every(({ vcpusKnown }) => vcpusKnown)) continue;
      const gapNs = await lengthOfGaps(bytes);
      all.gaps += explanation.recording.gaps;
      const truth = new Map(expectedBooks(simulation, explanation).map((books) => [books.vcpu, books.accounts]));
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
