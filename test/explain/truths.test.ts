/** What is known to have happened in a recording is what the explanation says. */
import { describe, expect, test } from 'vitest';
import type { ExitGroup, Explanation } from '../../src/explain/explanation.js';
import { textReport } from '../../src/report/text/index.js';
import { exitsByReason, explanationOf, realRecordings, sumBy, vcpusOf } from '../support/explained.js';
import { type Scenario, scenario } from '../support/recordings.js';
import { kvmCounters, threadTimes } from '../support/witnesses.js';

/** A test over one scenario; the ones that are not bundled show as skipped, with what they need. */
function known(
  name: string,
  file: string,
  what: string,
  check: (explanation: Explanation, found: Scenario) => void | Promise<void>,
) {
  const found = scenario(name, file);
  if (found === undefined) test.skip(`${name}/${file}: ${what} (not bundled: set VMTOLL_RECORDINGS)`, () => {});
  else test(`${name}/${file}: ${what}`, async () => check(await explanationOf(found, file), found));
}

/** Details with the most guest delay; what the VMM does of itself is shown apart. */
const leading = ({ groups }: Explanation): ExitGroup[] =>
  groups.detail.filter(({ cause }) => cause !== 'vm-control' && cause !== 'halt');

const portOf = ({ detail }: ExitGroup): string | undefined => /^port (0x[\da-f]+)/.exec(detail ?? '')?.[1];

describe('devices', () => {
  known('b1-uart-flood', 'trace.dat', 'the serial port leads', (explanation) => {
    const [first] = leading(explanation);
    expect([first.cause, first.detail]).toEqual(['device-port', 'port 0x3f8, 1-byte write']);
    expect(first.device).toContain('16550');
    // 60 lines of 54 or 55 characters, each ended with two; the rest is the shell's echo.
    const written = 10 * 55 + 50 * 56;
    expect(first.count).toBeGreaterThanOrEqual(written);
    expect(first.count).toBeLessThan(written + 150);
    expect(first.reachedVmm).toBe(first.count);
    expect(Math.max(...Object.values(explanation.sources))).toBe(explanation.sources.guestExitsNs);
  });

  known('b2-virtio-console', 'trace.dat', 'the same text by virtio writes the serial port much less', (explanation) => {
    const serial = explanation.groups.detail.find(({ detail }) => detail === 'port 0x3f8, 1-byte write');
    expect(serial!.count).toBeLessThan(150);
    const notifications = explanation.groups.detail.find(({ cause }) => cause === 'device-mmio');
    expect(notifications!.detail).toMatch(/2-byte write$/);
  });

  known('c1-ide-read', 'trace.dat', 'the registers of the IDE disk lead', (explanation) => {
    const ports = leading(explanation).slice(0, 3);
    // Second channel (0x170 to 0x177, 0x376) and its bus master at an address that the guest gave it: per read 3 + 4 + 4.
    expect(ports.map(portOf)).toEqual(['0xc128', '0x177', '0x376']);
    expect(ports.map(({ count }) => count)).toEqual([3 * 200, 4 * 200, 4 * 200]);
    expect(ports.slice(1).every(({ device }) => device?.includes('IDE'))).toBe(true);
    expect(ports.every(({ cause }) => cause === 'device-port')).toBe(true);
  });

  known(
    'c2-virtio-blk-read',
    'trace.dat',
    'one doorbell a read leads, and none of it reaches the VMM',
    (explanation) => {
      const [first] = leading(explanation);
      expect([first.cause, first.count, first.reachedVmm]).toEqual(['device-mmio', 200, 0]);
    },
  );

  known('h3-portio', 'trace.dat', '5,000 port writes and 5,000 reads lead', (explanation) => {
    const [write, read] = leading(explanation);
    expect([write.detail, write.count]).toEqual(['port 0x80, 1-byte write', 5000]);
    expect(read.detail).toBe('port 0x3fd, 1-byte read');
    expect(read.count).toBeGreaterThanOrEqual(5000);
    expect(read.count).toBeLessThan(5050);
  });
});

describe('CPU and memory', () => {
  known('h1-cpuid', 'trace.dat', '10,000 CPUID lead', (explanation) => {
    const [first] = leading(explanation);
    expect(first.cause).toBe('cpuid');
    expect(first.count).toBeGreaterThanOrEqual(10_000);
    expect(first.count).toBeLessThan(10_010);
    expect(first.reachedVmm).toBe(0);
  });

  known('g2-first-touch-4k', 'trace.dat', 'page faults lead, one a page of 4 KiB', (explanation) => {
    const [first] = leading(explanation);
    expect(first.cause).toBe('page-fault');
    expect(first.count).toBeGreaterThan(18_000);
  });

  known('g-first-touch', 'trace.dat', 'page faults lead, few because pages are huge', (explanation) => {
    const [first] = leading(explanation);
    expect(first.cause).toBe('page-fault');
    expect(first.count).toBeLessThan(50);
  });
});

describe('halts', () => {
  test('halt polling: the same sleeps with it and without', async () => {
    const [polling, sleeping] = await Promise.all(
      ['e-timer', 'n-timer-nopoll'].map((name) => explanationOf(scenario(name, 'trace.dat')!, 'trace.dat')),
    );
    const a = polling.totals.ledgerNs;
    const b = sleeping.totals.ledgerNs;
    expect(b.poll).toBe(0);
    expect(a.poll).toBeGreaterThan(50_000_000);
    expect(a.idle).toBeLessThan(0.6 * b.idle);
    expect(a.wakeup).toBeLessThan(0.3 * b.wakeup);
    for (const explanation of [polling, sleeping]) {
      const [timer] = leading(explanation);
      expect([timer.cause, timer.detail]).toEqual(['timer', 'MSR 0x6e0 IA32_TSC_DEADLINE write']);
      // Two arms a sleep of the 3,000.
      expect(timer.count).toBeGreaterThan(5900);
    }
  });
});

describe('overload', () => {
  /** Share of the time it wanted to run in which each vCPU waited for a pCPU. */
  const waited = (explanation: Explanation) =>
    vcpusOf(explanation).map(({ ledgerNs: { preempted, wakeup, guest, hypervisor, vmm, interrupt } }) => {
      const waiting = preempted + wakeup;
      return waiting / (waiting + guest + hypervisor + vmm + interrupt);
    });

  function blamesSiblings(explanation: Explanation) {
    const { sources, culprits } = explanation;
    expect(Math.max(...Object.values(sources))).toBe(sources.overloadNs);
    const kinds = sumBy(
      culprits,
      ({ kind }) => kind,
      ({ ns }) => ns,
    );
    expect(kinds['sibling vCPU']).toBeGreaterThan(0.9 * sources.overloadNs);
  }

  for (const [name, share] of [
    ['i1-overcommit-unpinned', 1 / 2],
    ['i2-overcommit-pinned', 1 / 2],
    ['i3-overcommit-one-pcpu', 3 / 4],
  ] as const) {
    known(name, 'trace.dat', `each vCPU waited ${share} of its time for its siblings`, (explanation) => {
      blamesSiblings(explanation);
      for (const value of waited(explanation)) expect(Math.abs(value - share)).toBeLessThan(0.02);
    });
  }

  known('f3-pingpong-stacked', 'trace.dat', 'two vCPUs on one pCPU wait for each other', blamesSiblings);

  known('f5-pingpong-host-noise', 'trace.dat', 'the busy host process has the pCPU', (explanation) => {
    const { sources, culprits } = explanation;
    expect(Math.max(...Object.values(sources))).toBe(sources.overloadNs);
    const [first] = culprits;
    expect([first.kind, first.name]).toEqual(['process', 'kbench']);
    const rows = culprits.filter(({ vcpu }) => vcpu === 0);
    const names = sumBy(
      rows,
      ({ name }) => name,
      ({ ns }) => ns,
    );
    expect(names['kbench']).toBeGreaterThan(0.8 * rows.reduce((sum, { ns }) => sum + ns, 0));
    // It is pinned to pCPU 0, where vCPU 1 never runs.
    expect(culprits.some(({ vcpu, name }) => vcpu === 1 && name === 'kbench')).toBe(false);
  });
});

describe('loss', () => {
  /** 182 events of CPU 0 were overwritten between these two of its events, 36 ms after the last exit. */
  const HOLE_OF_L3 = { fromNs: 11_533_243_340, toNs: 11_534_288_107 };

  known(
    'l3-lost-events',
    'trace.dat',
    'a hole after the last exit costs nothing that was before it',
    async (explanation, found) => {
      const { recording, totals, quality } = explanation;
      expect([recording.lostEvents, recording.gaps]).toEqual([182, 1]);
      expect(totals.exits).toBe(16_461);
      expect(quality.grade).not.toBe('A');
      expect(quality.issues.map(({ code }) => code)).toContain('lost-events');
      const before = await explanationOf(found, 'trace.dat', { toNs: HOLE_OF_L3.fromNs });
      expect(before.totals.exits).toBe(16_461);
      expect(before.totals.ledgerNs.unknown).toBe(0);
      // The paused vCPU sleeps on after it, if it slept in it.
      const after = await explanationOf(found, 'trace.dat', { fromNs: HOLE_OF_L3.toNs });
      expect(after.totals.keptOutNs + after.totals.ledgerNs.unknown).toBeGreaterThan(0.98 * after.totals.durationNs);
    },
  );

  known('l4-perf-lost', 'perf.data', 'holes are unknown time, and the grade says so', (explanation, found) => {
    const { totals, quality } = explanation;
    expect(totals.ledgerNs.unknown).toBeGreaterThan(0);
    expect(['D', 'F']).toContain(quality.grade);
    const kvm = kvmCounters(found).all('exits');
    expect(totals.exits).toBeLessThan(kvm);
    // What is known still agrees with the scheduler.
    const [{ thread, ledgerNs }] = vcpusOf(explanation);
    const { guest, hypervisor, vmm, interrupt, poll } = ledgerNs;
    const { runNs } = threadTimes(found).get(thread)!;
    expect((guest + hypervisor + vmm + interrupt + poll) / runNs).toBeGreaterThan(0.97);
    expect((guest + hypervisor + vmm + interrupt + poll) / runNs).toBeLessThan(1);
  });

  /**
   * perf lost a stretch and left no mark, in which the thread got its pCPU after a wake-up: it seems to wait for 0.7 s to
   * the end of the recording. A second wake-up of a thread that already waits gives that away.
   */
  const silent = scenario('l2-tsc-clock-perf-z', 'perf.data');
  test('l2-tsc-clock-perf-z/perf.data: a silent hole does not become a wait for a pCPU', async () => {
    const explanation = await explanationOf(silent!, 'perf.data');
    const [{ thread, ledgerNs }] = vcpusOf(explanation);
    const { waitNs } = threadTimes(silent!).get(thread)!;
    expect(ledgerNs.wakeup + ledgerNs.preempted).toBeLessThan(waitNs + 50_000_000);
  });
});

/** QEMU paused the guests while the recorders started and stopped. */
describe.each(realRecordings(['trace.dat']))('paused at both ends, $name', ({ scenario: found, file }) => {
  test('is kept out by the VMM, once at each end, without an exit', async () => {
    const explanation = await explanationOf(found, file);
    const rows = explanation.exits.filter(({ reason }) => reason === 'kept out by the VMM');
    expect(rows).toHaveLength(vcpusOf(explanation).length);
    for (const row of rows) {
      expect([row.cause, row.episodes, row.count]).toEqual(['vm-control', 2, 0]);
    }
    expect(explanation.totals.keptOutNs).toBeGreaterThan(0);
    expect(exitsByReason(explanation)).not.toHaveProperty('kept out by the VMM');
    // The delay is named, but in none of the three sources.
    const { sources, totals } = explanation;
    const inSources = sources.guestExitsNs + sources.interruptsNs + sources.overloadNs;
    expect(inSources).toBeLessThanOrEqual(totals.guestDelayNs - totals.keptOutNs);
  });

  test.each([
    ['first', 0],
    ['last', 1],
  ])('the %s 50 ms are nothing else', async (_end, end) => {
    const { recording } = await explanationOf(found, file);
    const fromNs = end * (recording.durationNs - 50_000_000);
    const { totals } = await explanationOf(found, file, { fromNs, toNs: fromNs + 50_000_000 });
    expect(totals.exits).toBe(0);
    expect(totals.keptOutNs + totals.ledgerNs.unknown).toBe(totals.durationNs);
    if (recording.lostEvents === 0) expect(totals.ledgerNs.unknown).toBe(0);
  });
});

describe('big', () => {
  known('big', 'trace.dat', 'two machines, of which the second crashed', (explanation, found) => {
    const { machines, exits } = explanation;
    const counted = [...kvmCounters(found).machines.values()].map((counters) => counters.get('exits'));
    expect(machines.map(({ vcpus }) => vcpus.map((vcpu) => vcpu.exits))).toEqual(counted.map((count) => [count]));
    for (const { durationNs, ledgerNs } of vcpusOf(explanation)) {
      expect(Object.values(ledgerNs).reduce((sum, ns) => sum + ns, 0)).toBe(durationNs);
    }
    const shutdowns = exits.filter(({ reason }) => reason === 'shutdown');
    expect(shutdowns.map(({ machine, count }) => [machine, count])).toEqual([[machines[1].id, 1]]);
    const crash = explanation.worst.find(({ reason }) => reason === 'shutdown');
    expect([crash?.machine, crash?.clockTime]).toEqual([machines[1].id, '132.008452043']);
    expect(textReport(explanation)).toContain('\n  vm2 shut down (triple fault) at 132.008 s\n');
  });
});
