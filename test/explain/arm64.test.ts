/** Recordings of KVM on arm64: the books balance, and what they say is what the kernel, trace-cmd, perf and KVM's counters say. */
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import {
  arm64Recordings,
  counterDifferences,
  exitsOfTraceCmd,
  exitsWhere,
  ranBetween,
} from '../support/arm64-recordings.js';
import { exitsByReason, explanationOf, type RealRecording, sumBy, vcpusOf } from '../support/explained.js';
import { pathIn, runTool, textIn } from '../support/read-records.js';
import { scenariosWith } from '../support/recordings.js';
import { eventCounts, perfKvmStat } from '../support/witnesses.js';

const ALL = ['trace.dat', 'perf.data', 'perf-kvm.data', 'n-lossy.trace_pipe.txt'];
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

test('there are recordings of every kind', () => {
  expect(ALL.filter((file) => arm64Recordings([file]).length === 0)).toEqual([]);
});

describe.each(arm64Recordings(ALL))('$name', ({ scenario, file }) => {
  test('every nanosecond of every vCPU is in one account, and all outside the guest in one row of exits', async () => {
    const explanation = await explanationOf(scenario, file);
    const { recording, exits } = explanation;
    expect(vcpusOf(explanation).length).toBeGreaterThan(0);
    for (const { id: machine, vcpus } of explanation.machines) {
      for (const { id, ledgerNs, durationNs, exits: count } of vcpus) {
        expect(Object.values(ledgerNs).every((ns) => Number.isSafeInteger(ns) && ns >= 0)).toBe(true);
        expect(sum(Object.values(ledgerNs))).toBe(durationNs);
        expect(durationNs).toBe(recording.durationNs);
        const rows = exits.filter((row) => row.machine === machine && row.vcpu === id);
        expect(sum(rows.map((row) => row.count))).toBe(count);
        for (const account of ACCOUNTS.filter((name) => name !== 'guest' && name !== 'unknown')) {
          expect(sum(rows.map((row) => row.ledgerNs[account])), account).toBe(ledgerNs[account]);
        }
      }
    }
  });

  test('every exit has a reason with a cause', async () => {
    const explanation = await explanationOf(scenario, file);
    const { recording, quality } = explanation;
    const isTold = !quality.issues.some(({ code }) => code === 'data-aborts-untold');
    // Of some exits the event with the reason was lost, or the one that tells what a data abort was for.
    const isUnclear = ({ cause, reason }: { cause: string; reason: string }) =>
      cause === 'other' &&
      !(reason === 'DABT_LOW' && !isTold) &&
      (!['not recorded', 'DABT_LOW'].includes(reason) || recording.gaps === 0);
    expect(exitsWhere(explanation, isUnclear)).toBe(0);
    expect(explanation.totals.exits).toBeGreaterThan(0);
  });
});

describe.each(arm64Recordings(['trace.dat']))('$name', ({ scenario, file }) => {
  test('has the exits that trace-cmd prints, by reason and by thread', async () => {
    const explanation = await explanationOf(scenario, file);
    const exits = exitsOfTraceCmd(pathIn(scenario, file));
    const one = () => 1;
    expect(exitsByReason(explanation)).toEqual(sumBy(exits, ({ reason }) => reason, one));
    const byThread = vcpusOf(explanation).map(({ thread, exits: count }) => [String(thread), count] as const);
    expect(Object.fromEntries(byThread.filter(([, count]) => count > 0))).toEqual(
      sumBy(exits, ({ thread }) => String(thread), one),
    );
  });

  test('has the events that are listed beside it', async () => {
    const { recording } = await explanationOf(scenario, file);
    const counts = Object.entries(recording.eventCounts).map(([name, count]) => [name.replace(/^.*:/, ''), count]);
    expect(Object.fromEntries(counts)).toEqual(eventCounts(textIn(scenario, 'event-counts.txt')));
  });

  test('knows the number of every vCPU as KVM itself does', async () => {
    const explanation = await explanationOf(scenario, file);
    const text = runTool('trace-cmd', ['report', '-N', '-F', 'kvm_get_timer_map', pathIn(scenario, file)]);
    const told = new Map(
      [...text.matchAll(/-(\d+) +\[\d+\].* VCPU: (\d+),/g)].map(([, thread, vcpu]) => [Number(thread), Number(vcpu)]),
    );
    for (const { thread, id } of vcpusOf(explanation)) expect(id, `thread ${thread}`).toBe(told.get(thread));
  });
});

describe.each(arm64Recordings(['trace.dat']).filter(({ name }) => !name.includes('n-flight')))('$name', (recording) => {
  test('the guest ran from kvm_entry to kvm_arm_clear_debug, to the nanosecond', async () => {
    const { scenario, file } = recording;
    const events = ['-F', 'kvm_entry', '-F', 'kvm_arm_clear_debug'];
    const text = runTool('trace-cmd', ['report', '-N', '-t', ...events, pathIn(scenario, file)]);
    const enteredAt = new Map<string, bigint>();
    const guest = new Map<string, number>();
    for (const [, thread, seconds, fraction, event] of text.matchAll(/-(\d+) +\[\d+\] +(\d+)\.(\d{9}): (\w+):/g)) {
      const ns = BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
      const from = enteredAt.get(thread);
      if (event === 'kvm_entry') enteredAt.set(thread, ns);
      else if (from !== undefined) {
        guest.set(thread, (guest.get(thread) ?? 0) + Number(ns - from));
        enteredAt.delete(thread);
      }
    }
    const explanation = await explanationOf(scenario, file);
    const end = BigInt(explanation.recording.startNs) + BigInt(explanation.recording.toNs);
    for (const [thread, from] of enteredAt) guest.set(thread, (guest.get(thread) ?? 0) + Number(end - from));
    const ours = vcpusOf(explanation).map(({ thread, ledgerNs }) => [String(thread), ledgerNs.guest] as const);
    // Before its first entry, and where it contradicts what was known, a vCPU's time is unknown.
    for (const [thread, ns] of ours) {
      const told = guest.get(thread) ?? 0;
      expect(ns, thread).toBeLessThanOrEqual(told);
      expect(told - ns, thread).toBeLessThanOrEqual(explanation.totals.ledgerNs.unknown);
    }
  });
});

/** Guests stopped while the counters were read, between two markers in the recording. */
const withWindow = arm64Recordings(['trace.dat']).filter(({ name }) =>
  /\/[nx]-(?!flight)[^/]*\/trace\.dat$/.test(name),
);

describe.each(withWindow)('counters of KVM, $name', (recording) => {
  const { scenario } = recording;

  test('are those of the exits between the markers', async () => {
    const explanation = await betweenMarkers(recording);
    const counted = counterDifferences(scenario);
    expect(explanation.totals.exits).toBe(counted('exits'));
    expect(exitsWhere(explanation, ({ reason }) => reason === 'WFx')).toBe(
      counted('wfi_exit_stat') + counted('wfe_exit_stat'),
    );
    expect(exitsWhere(explanation, ({ cause, reason }) => cause === 'halt' && reason === 'WFx')).toBe(
      counted('wfi_exit_stat'),
    );
    expect(exitsWhere(explanation, ({ reason }) => reason === 'HVC64')).toBe(counted('hvc_exit_stat'));
    expect(exitsWhere(explanation, ({ cause }) => cause === 'device-mmio')).toBe(counted('mmio_exit_user'));
    const inKernel = ({ cause, reason }: { cause: string; reason: string }) =>
      cause === 'interrupt-control' && reason === 'DABT_LOW';
    expect(exitsWhere(explanation, inKernel)).toBe(counted('mmio_exit_kernel'));
  });

  test('each vCPU thread had its pCPU as long as the scheduler says', async () => {
    const { scenario } = recording;
    const explanation = await betweenMarkers(recording);
    const ran = ranBetween(scenario);
    const compared = vcpusOf(explanation).filter(({ thread }) => ran.has(thread));
    expect(compared.length).toBeGreaterThan(0);
    for (const {
      thread,
      ledgerNs: { guest, hypervisor, vmm, interrupt, poll },
      durationNs,
    } of compared) {
      const ours = guest + hypervisor + vmm + interrupt + poll;
      // The scheduler's clock stops and starts a little beside the event of the switch: much for who hardly runs.
      expect(Math.abs(ours - ran.get(thread)!), `${ours}`).toBeLessThan(0.005 * durationNs);
    }
  });

  // A halt that goes on at a marker is counted by KVM when it is over: of many vCPUs that would be much.
  if (recording.name.includes('x-idle')) {
    test('polls and sleeps of halts are as long as KVM says', async () => {
      const { groups } = await betweenMarkers(recording);
      const counted = counterDifferences(scenario);
      const halts = groups.cause.find(({ cause }) => cause === 'halt')?.ledgerNs;
      const poll = halts?.poll ?? 0;
      const slept = halts === undefined ? 0 : halts.idle + halts.wakeup + halts.preempted;
      const polledNs = counted('halt_poll_success_ns') + counted('halt_poll_fail_ns');
      const waitedNs = counted('halt_wait_ns');
      expect(poll).toBeLessThanOrEqual(polledNs);
      expect(Math.abs(slept - waitedNs), `${slept} of ${waitedNs}`).toBeLessThan(0.06 * waitedNs + 1);
    });
  }
});

/** What happened between the texts WINDOW-A and WINDOW-B that a program wrote into the recording. */
async function betweenMarkers({ scenario, file }: RealRecording): Promise<Explanation> {
  const { recording } = await explanationOf(scenario, file);
  const text = runTool('trace-cmd', ['report', '-N', '-t', '-F', 'print', pathIn(scenario, file)]);
  const at = (name: string): number => {
    const [, seconds, fraction] = new RegExp(`(\\d+)\\.(\\d{9}): print: .*WINDOW-${name} `).exec(text)!;
    return Number(BigInt(seconds) * 1_000_000_000n + BigInt(fraction) - BigInt(recording.startNs));
  };
  return explanationOf(scenario, file, { fromNs: at('A'), toNs: at('B') });
}

describe.each(arm64Recordings(['perf-kvm.data']))('perf kvm stat, $name', ({ scenario, file }) => {
  test('timed as many intervals, which are the time in the guest', async () => {
    const explanation = await explanationOf(scenario, file);
    const table = perfKvmStat(textIn(scenario, 'perf-kvm-stat.txt'));
    const guestUs = sum(vcpusOf(explanation).map(({ ledgerNs }) => ledgerNs.guest)) / 1000;
    // An exit before the first entry that perf saw is no interval.
    const unpaired = explanation.totals.exits - table.total;
    expect(unpaired === 0 || unpaired === 1, `${unpaired}`).toBe(true);
    expect(Math.abs(guestUs - table.totalUs)).toBeLessThanOrEqual(0.0051);
    const counted = exitsByReason(explanation);
    expect(Object.keys(counted).sort()).toEqual(Object.keys(table.samples).sort());
  });
});

test.each(scenariosWith('trace.dat', 'kvm-arm64').filter(({ folder }) => folder.endsWith('/overcommit-schedonly')))(
  '$name: without exits it is said what to record',
  async (scenario) => {
    await expect(explanationOf(scenario, 'trace.dat')).rejects.toThrow(/No guest exit or entry/);
  },
);

test.each(arm64Recordings(['perf-kvm.data']))(
  '$name: advice is for events that arm64 has',
  async ({ scenario, file }) => {
    const { quality } = await explanationOf(scenario, file);
    const advice = quality.issues.map(({ hint }) => hint ?? '').join(' ');
    expect(advice).toContain('kvm:kvm_get_timer_map');
    expect(advice).toContain('-e ipi');
    expect(advice).not.toMatch(/irq_vectors|kvm_fpu/);
  },
);

describe('lost events', () => {
  const lossy = arm64Recordings(['n-lossy.trace_pipe.txt', 'trace.dat']).filter(({ name }) =>
    /lossy|flight/.test(name),
  );

  test.each(lossy)('$name: what was lost is unknown time, and the grade says so', async ({ scenario, file }) => {
    const { recording, totals, quality } = await explanationOf(scenario, file);
    expect(recording.gaps).toBeGreaterThan(0);
    expect(totals.ledgerNs.unknown).toBeGreaterThan(0.5 * totals.durationNs);
    expect(['D', 'F']).toContain(quality.grade);
  });

  test.each(lossy.filter(({ file }) => file.endsWith('.txt')))(
    '$name: as many as its lines say',
    async ({ scenario, file }) => {
      const { recording } = await explanationOf(scenario, file);
      const lost = [...textIn(scenario, file).matchAll(/\[LOST (\d+) EVENTS\]/g)].map(([, count]) => Number(count));
      expect(recording.lostEvents).toBe(sum(lost));
    },
  );
});
