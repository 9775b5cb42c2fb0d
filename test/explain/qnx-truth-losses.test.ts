/**
 * Simulated QNX hosts of whose traces single events are lost, or bits are wrong: whatever is known must be true. No account
 * of a vCPU may differ from the truth by more than its account "unknown"; all together, what is booked too much must be
 * next to nothing.
 */
import { describe, expect, test } from 'vitest';
import type { Format } from '../../src/formats/format.js';
import { qnxKev } from '../../src/formats/qnx-kev/index.js';
import { traceprinter } from '../../src/formats/traceprinter/index.js';
import { randomPlan } from '../../src/simulation/qnx/random-plan.js';
import { type Simulation, simulate } from '../../src/simulation/qnx/simulate.js';
import type { TraceEvent, TraceEventBody } from '../../src/simulation/qnx/trace-event.js';
import { type RandomSource, randomSource } from '../../src/simulation/random-source.js';
import { expectedBooks, explainedBooks, type VcpuBooks } from '../support/qnx-books.js';
import {
  cutBytes,
  cutEvents,
  cutLines,
  cutText,
  type Damage,
  flipBit,
  withInjectedEvents,
  withoutEvents,
  wrongCharacter,
} from '../support/qnx-damage.js';
import { explained, kevOf, textOf } from '../support/qnx-hosts.js';

const TRACED = { tracedNs: 400_000 };
/** Small, so that there are many of them. */
const BUFFERS = { bufferEvents: 40 };

/** Hosts are looked at in tens. */
const tens = (count: number): number[] => Array.from({ length: count / 10 }, (_, index) => index * 10 + 1);

/** The end of a handler may be lost: then it is the hypervisor's. */
const GROUPS = [['guest'], ['hypervisor', 'interrupt'], ['idle'], ['blocked'], ['wakeup'], ['preempted']] as const;

type Accounts = VcpuBooks['accounts'];

const lengthOf = (accounts: Accounts): number => Object.values(accounts).reduce((sum, ns) => sum + ns, 0);

/** What many hosts were read as, against their truth. */
class Comparison {
  hosts = 0;
  vcpus = 0;
  /** vCPUs in a report that are none. */
  strangers = 0;
  ns = 0;
  unknownNs = 0;
  /** Beyond the truth. */
  tooMuchNs = 0;
  /** Hosts of which T is off. */
  stretched = new Set<number>();

  async add(simulation: Simulation, bytes: Uint8Array, format: Format = qnxKev): Promise<void> {
    const explanation = await explained(bytes, format);
    if (explanation === undefined) return;
    this.hosts++;
    const truth = new Map(expectedBooks(simulation, explanation).map(({ vcpu, accounts }) => [vcpu, accounts]));
    for (const { vcpu, accounts } of explainedBooks(explanation)) {
      const truly = truth.get(vcpu);
      if (truly === undefined) this.strangers++;
      else this.#compare(simulation.plan.seed, vcpu, accounts, truly);
    }
  }

  #compare(seed: number, vcpu: string, read: Accounts, truly: Accounts): void {
    const { unknown = 0 } = read;
    const offNs = Math.abs(lengthOf(read) - lengthOf(truly));
    this.vcpus++;
    this.ns += lengthOf(read);
    this.unknownNs += unknown;
    if (offNs > 0) this.stretched.add(seed);
    for (const group of GROUPS) {
      const [ns, trueNs] = [read, truly].map((sums) => group.reduce((sum, account) => sum + (sums[account] ?? 0), 0));
      this.tooMuchNs += Math.max(0, ns - trueNs - offNs);
      if (Math.abs(ns - trueNs) <= unknown + offNs) continue;
      expect.fail(`host ${seed}, ${vcpu}: ${group.join()} is ${ns} ns, not ${trueNs}, with ${unknown} ns unknown`);
    }
  }
}

function damaged(simulation: Simulation, damage: Damage): Uint8Array {
  return damage(kevOf(simulation, BUFFERS), simulation, randomSource(simulation.plan.seed));
}

describe.each([
  { name: 'events cut out of the file', damage: cutEvents, hosts: 120 },
  { name: 'bytes cut out of the file', damage: cutBytes, hosts: 120 },
  { name: 'one wrong bit in a head or a time', damage: flipBit, hosts: 120 },
])('$name', ({ damage, hosts }) => {
  const all = new Comparison();

  test.each(tens(hosts))('hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      await all.add(simulation, damaged(simulation, damage));
    }
  });

  test('little of what is known is wrong', () => {
    expect(all.vcpus).toBeGreaterThan(hosts);
    expect([...all.stretched]).toEqual([]);
    expect(all.tooMuchNs / all.ns).toBeLessThan(0.0002);
    expect(all.strangers / all.vcpus).toBeLessThan(0.005);
  });
});

describe.each([
  { name: 'lines cut out of a text', damage: cutLines },
  { name: 'bytes cut out of a text', damage: cutText },
  { name: 'one wrong character in a text', damage: wrongCharacter },
])('$name', ({ damage }) => {
  const all = new Comparison();

  test.each(tens(100))('hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      const text = damage(textOf(simulation, BUFFERS), simulation, randomSource(seed));
      await all.add(simulation, text, traceprinter);
    }
  });

  test('little of what is known is wrong', () => {
    expect(all.vcpus).toBeGreaterThan(200);
    expect([...all.stretched]).toEqual([]);
    expect(all.tooMuchNs / all.ns).toBeLessThan(0.0002);
    expect(all.strangers / all.vcpus).toBeLessThan(0.005);
  });
});

type Kind = TraceEventBody['kind'];

/** Up to `count` single events of these kinds, in the last four fifths of the trace. */
function lostEvents(
  { plan, trace }: Simulation,
  kinds: readonly Kind[],
  count: number,
): (event: TraceEvent, index: number) => boolean {
  const random: RandomSource = randomSource(plan.seed);
  const first = Math.floor(trace.events.length / 5);
  const isWakeUp = wakeUps(trace.events);
  const places = [...trace.events.keys()].filter(
    (index) => index > first && kinds.includes(trace.events[index].body.kind) && !isWakeUp.has(index),
  );
  const lost = new Set(places.length === 0 ? [] : Array.from({ length: count }, () => random.pick(places)));
  return (_, index) => lost.has(index);
}

/** Events that threads were woken: without one a thread seems to be woken and to run at once, as many are. */
function wakeUps(events: readonly TraceEvent[]): Set<number> {
  const found = new Set<number>();
  const states = new Map<string, string>();
  events.forEach(({ body }, index) => {
    if (body.kind !== 'thread-state') return;
    const thread = `${body.thread.pid} ${body.thread.tid}`;
    if (body.state === 'READY' && states.get(thread) !== 'RUNNING') found.add(index);
    states.set(thread, body.state);
  });
  return found;
}

describe.each([
  { what: 'GUEST_ENTER', kinds: ['guest-enter'], count: 3 },
  { what: 'CYCLES', kinds: ['guest-cycles'], count: 3 },
  { what: 'GUEST_EXIT', kinds: ['guest-exit'], count: 3 },
  { what: 'interrupts', kinds: ['interrupt-entry', 'interrupt-exit', 'interrupt-deliver'], count: 3 },
  { what: 'one state of a thread', kinds: ['thread-state'], count: 1 },
] as const)('$what lost without a trace', ({ kinds, count }) => {
  const all = new Comparison();

  test.each(tens(60))('hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const simulation = simulate(randomPlan(seed, TRACED));
      await all.add(simulation, kevOf(withoutEvents(simulation, lostEvents(simulation, kinds, count))));
    }
  });

  test('little of what is known is wrong', () => {
    expect(all.vcpus).toBeGreaterThan(200);
    expect([...all.stretched]).toEqual([]);
    expect(all.strangers).toBe(0);
    expect(all.tooMuchNs / all.ns).toBeLessThan(0.0002);
  });

  test.each(tens(40))('text says the same, hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const whole = simulate(randomPlan(seed, TRACED));
      const simulation = withoutEvents(whole, lostEvents(whole, kinds, count));
      const text = await explained(textOf(simulation), traceprinter);
      const kev = await explained(kevOf(simulation, { syspage: new Uint8Array(0) }), qnxKev);
      const format = 'of whatever form';
      const [one, other] = [text, kev].map((form) => form && { ...form, recording: { ...form.recording, format } });
      expect({ seed, text: one }).toEqual({ seed, text: other });
    }
  });
});

describe('events that processes wrote into the trace', () => {
  test.each(tens(60))('do not count, hosts %i to + 9', async (first) => {
    for (let seed = first; seed < first + 10; seed++) {
      const plan = { ...randomPlan(seed, TRACED), release: '8.0.0' };
      const simulation = simulate(plan);
      const explanation = await explained(kevOf(withInjectedEvents(simulation)), qnxKev);
      const books = explanation === undefined ? [] : explainedBooks(explanation);
      expect({ seed, books }).toEqual({ seed, books: expectedBooks(simulation, explanation) });
    }
  });
});
