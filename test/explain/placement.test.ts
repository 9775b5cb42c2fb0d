/** Which threads ran where: against the scheduler's switches as trace-cmd prints them, and against what was set up. */
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { vmtoll } from '../support/cli.js';
import { explanationOf, realRecordings, vcpusOf } from '../support/explained.js';
import { pathIn, runTool, textIn } from '../support/read-records.js';
import { type Scenario, scenario, scenariosWith } from '../support/recordings.js';

/** The times of traces with clock x86-tsc are printed in cycles. */
const printsCycles = (name: string) => /\/(?:l2|f6)-/.test(name);
const traces = realRecordings(['trace.dat']).filter(({ name }) => !printsCycles(name));
/**
 * Of another architecture, where there are any. Nothing is known of their threads, and they show that a thread is a vCPU's by
 * its system calls, before the hypervisor's events do. Left out: one without exits, and one that no switch is left of.
 */
const onArm = scenariosWith('trace.dat', 'kvm-arm64')
  .map((from) => ({ scenario: from, file: 'trace.dat', name: `${from.name}/trace.dat` }))
  .filter(({ name }) => !/\/(?:overcommit-schedonly|n-flight)\//.test(name));

const isOnArm = ({ name }: Scenario) => name.includes('/kvm-arm64/');

interface Seen {
  /** ns by "pCPU thread", 0 is idle. */
  readonly times: Map<string, number>;
  /** By thread: how often it ran on another pCPU than the last time. */
  readonly moves: Map<number, number>;
  /** ns by the number of threads of `vcpus` that ran or waited to run. */
  readonly runnable: Map<number, number>;
}

const LINE = /\[(\d+)\] *(\d+)\.(\d{9}): (\w+): +(.*)$/gm;
const SWITCH = /:(\d+) \[\d+\] (\S+) ==> .*:(\d+) \[\d+\]$/;
const WAKING = / pid=(\d+) /;
/** Follows once the thread is in a queue. A thread that was woken while it went to sleep is told to sleep in between. */
const WAKEUP = /:(\d+) \[\d+\].* CPU:\d+$/;
const VCPU_EVENTS = ['kvm_entry', 'kvm_exit', 'kvm_fpu', 'kvm_userspace_exit', 'kvm_vcpu_wakeup'];

/** What the printed events say, from `start` to `end` on the recorder's clock, ns. */
function seenBy(trace: Scenario, vcpus: ReadonlySet<number>, start: bigint, length: number): Seen {
  const filters = ['sched_switch', 'sched_waking', 'sched_wakeup', ...VCPU_EVENTS].flatMap((event) => ['-F', event]);
  const text = runTool('trace-cmd', ['report', '-t', ...filters, pathIn(trace, 'trace.dat')]);
  const times = new Map<string, number>();
  const moves = new Map<number, number>();
  const runnable = new Map<number, number>();
  const running = new Map<number, { thread: number; since: number }>();
  const lastOn = new Map<number, number>();
  const known = new Set<number>();
  const wanting = new Set<number>();
  let counted = 0;
  let since = 0;
  const count = (time: number) => {
    runnable.set(counted, (runnable.get(counted) ?? 0) + time - since);
    counted = [...wanting].filter((thread) => known.has(thread)).length;
    since = time;
  };
  const add = (pcpu: number, thread: number, ns: number) => {
    const key = `${pcpu} ${thread}`;
    times.set(key, (times.get(key) ?? 0) + ns);
  };
  const runs = (pcpu: number, thread: number, time: number) => {
    running.set(pcpu, { thread, since: time });
    if (thread === 0) return;
    const before = lastOn.get(thread);
    if (before !== undefined && before !== pcpu) moves.set(thread, (moves.get(thread) ?? 0) + 1);
    lastOn.set(thread, pcpu);
  };
  for (const [, cpu, whole, fraction, event, words] of text.matchAll(LINE)) {
    const time = Number(BigInt(whole) * 1_000_000_000n + BigInt(fraction) - start);
    const pcpu = Number(cpu);
    if (event === 'sched_switch') {
      const [, previous, state, next] = SWITCH.exec(words)!;
      if (!running.has(pcpu)) runs(pcpu, Number(previous), 0);
      const { thread, since: from } = running.get(pcpu)!;
      expect(thread).toBe(Number(previous));
      add(pcpu, thread, time - from);
      runs(pcpu, Number(next), time);
      if (!state.startsWith('R')) wanting.delete(Number(previous));
      wanting.add(Number(next));
    } else if (event === 'sched_waking') {
      wanting.add(Number(WAKING.exec(words)![1]));
    } else if (event === 'sched_wakeup') {
      wanting.add(Number(WAKEUP.exec(words)![1]));
    } else {
      const { thread } = running.get(pcpu) ?? {};
      if (thread !== undefined && vcpus.has(thread)) {
        known.add(thread);
        wanting.add(thread);
      }
    }
    count(time);
  }
  for (const [pcpu, { thread, since: from }] of running) add(pcpu, thread, length - from);
  count(length);
  return { times, moves, runnable };
}

const lossless = [...traces, ...onArm].filter(({ name }) => !name.includes('/l3-'));

describe.each(lossless)('$name', ({ scenario: trace, file }) => {
  test('agrees with the switches that trace-cmd prints', async () => {
    const explanation = await explanationOf(trace, file);
    const { placement, recording } = explanation;
    const threads = new Map(vcpusOf(explanation).map(({ thread, id }) => [thread, id]));
    const seen = seenBy(trace, new Set(threads.keys()), BigInt(recording.startNs), recording.durationNs);
    for (const { thread, pcpus, moves } of placement.vcpus) {
      const there = Object.fromEntries(pcpus.map(({ pcpu, ns }) => [`${pcpu} ${thread}`, ns]));
      const printed = [...seen.times].filter(([key, ns]) => key.endsWith(` ${thread}`) && ns > 0);
      expect(there).toEqual(Object.fromEntries(printed));
      expect(moves).toBe(seen.moves.get(thread) ?? 0);
    }
    for (const { pcpu, idleNs } of placement.pcpus!) expect(idleNs).toBe(seen.times.get(`${pcpu} 0`) ?? 0);
    if (isOnArm(trace)) return;
    const { runnable, unknownNs } = placement.demand!;
    expect(unknownNs).toBe(0);
    const printed = [...seen.runnable].filter(([, ns]) => ns > 0).sort(([a], [b]) => a - b);
    expect(runnable.map(({ vcpus, ns }) => [vcpus, ns])).toEqual(printed);
  });
});

describe.each([...traces, ...onArm])('$name', ({ scenario: trace, file }) => {
  test('closes its books', async () => {
    const { placement, recording, machines } = await explanationOf(trace, file);
    for (const cpu of placement.pcpus!) {
      const { vcpuNs, vmmNs, kernelNs, processNs, idleNs, unknownNs } = cpu;
      expect(vcpuNs + vmmNs + kernelNs + processNs + idleNs + unknownNs).toBe(recording.durationNs);
      const onIt = placement.vcpus.flatMap(({ pcpus }) => pcpus.filter(({ pcpu }) => pcpu === cpu.pcpu));
      expect(onIt.reduce((sum, { ns }) => sum + ns!, 0)).toBe(vcpuNs);
      expect(cpu.sharedNs).toBeLessThanOrEqual(cpu.waitedForNs + cpu.vcpuNs);
    }
    const { runnable, unknownNs } = placement.demand!;
    expect(runnable.reduce((sum, { ns }) => sum + ns, unknownNs)).toBe(recording.durationNs);
    if (recording.lostEvents > 0 || isOnArm(trace)) return;
    // The ledger says of each moment what the vCPU did, and so whether its thread had a pCPU.
    for (const { thread, ledgerNs } of machines.flatMap(({ vcpus }) => vcpus)) {
      const { guest, hypervisor, vmm, interrupt, poll, unknown } = ledgerNs;
      const onPcpu = placement.vcpus.find((row) => row.thread === thread)!.pcpus.reduce((sum, { ns }) => sum + ns!, 0);
      expect(onPcpu).toBeGreaterThanOrEqual(guest + hypervisor + vmm + interrupt + poll);
      expect(onPcpu).toBeLessThanOrEqual(guest + hypervisor + vmm + interrupt + poll + unknown);
    }
  });
});

describe.each(traces)('$name', ({ scenario: trace, file }) => {
  test('shows vCPUs only where their threads were allowed to run', async () => {
    const { placement } = await explanationOf(trace, file);
    const threads = JSON.parse(textIn(trace, 'threads.g1.json')) as { tid: number; affinity: string }[];
    const masks = new Map(threads.map(({ tid, affinity }) => [tid, Number.parseInt(affinity, 16)]));
    for (const { thread, pcpus } of placement.vcpus) {
      for (const { pcpu } of pcpus) expect((masks.get(thread) ?? 3) & (1 << pcpu)).not.toBe(0);
    }
  });
});

describe('four vCPUs that spin on two pCPUs', () => {
  const of = async (name: string): Promise<Explanation | undefined> => {
    const found = scenario(name, 'trace.dat');
    return found === undefined ? undefined : explanationOf(found, 'trace.dat');
  };

  test('are more than there are pCPUs most of the time that any of them runs', async () => {
    const { placement } = (await of('i1-overcommit-unpinned'))!;
    const busy = placement.demand!.runnable.filter(({ vcpus }) => vcpus > 0);
    const all = busy.reduce((sum, { ns }) => sum + ns, 0);
    expect(placement.demand!.aboveHostNs / all).toBeGreaterThan(0.5);
    expect(busy.at(-1)!.vcpus).toBe(4);
    expect(placement.vcpus.filter(({ pcpus }) => pcpus.length > 1).length).toBeGreaterThan(0);
  });

  test('all on one pCPU, share that one and no other', async () => {
    const explanation = await of('i3-overcommit-one-pcpu');
    if (explanation === undefined) return;
    const { pcpus, demand, vcpus } = explanation.placement;
    const together = demand!.runnable.filter(({ vcpus: count }) => count > 1).reduce((sum, { ns }) => sum + ns, 0);
    expect(pcpus!.map(({ pcpu, sharedNs }) => [pcpu, sharedNs])).toEqual([
      [0, together],
      [1, 0],
    ]);
    expect(vcpus.map(({ moves }) => moves)).toEqual([0, 0, 0, 0]);
  });
});

test('a trace of a QNX host closes its books as well, and its vCPUs stay where they are pinned', () => {
  const explanations = JSON.parse(vmtoll(['demo', 'qnx', '--json']).stdout) as Explanation[];
  expect(explanations.length).toBe(2);
  for (const { placement, recording } of explanations) {
    for (const { vcpuNs, vmmNs, kernelNs, processNs, idleNs, unknownNs } of placement.pcpus!) {
      expect(vcpuNs + vmmNs + kernelNs + processNs + idleNs + unknownNs).toBe(recording.durationNs);
    }
    expect(placement.vcpus.map(({ pcpus, moves }) => [pcpus.map(({ pcpu }) => pcpu), moves])).toEqual([
      [[0], 0],
      [[1], 0],
    ]);
  }
});

test('without scheduler events it says where vCPUs were met, and no times', async () => {
  const recording = scenario('i1-overcommit-unpinned', 'perf-kvm.data')!;
  const { placement } = await explanationOf(recording, 'perf-kvm.data');
  expect(placement).toMatchObject({ fromScheduler: false, pcpus: null, demand: null });
  expect(placement.vcpus.map(({ vcpu }) => vcpu)).toEqual([0, 1, 2, 3]);
  for (const { pcpus } of placement.vcpus) {
    expect(pcpus.length).toBeGreaterThan(0);
    expect(pcpus.every(({ ns }) => ns === null)).toBe(true);
  }
});
