/** Truth first: what was made to run in a recording (its truth.json) is what the first finding is about. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explainPaths } from '../support/explained.js';
import { known } from '../support/findings.js';
import { RECORDING_ROOTS, scenariosWith, unpackedFiles } from '../support/recordings.js';

interface Truth {
  readonly folder: string;
  /** Rules that say what ran: the first finding must be of one of them. */
  readonly rules: readonly string[];
  /** What its title must name, where a rule alone says too little. */
  readonly names?: RegExp;
}

const KVM_X86: readonly Truth[] = [
  { folder: 'a-idle', rules: ['nothing-to-gain'] },
  { folder: 'b1-uart-flood', rules: ['emulated-device'], names: /16550/ },
  { folder: 'c1-ide-read', rules: ['emulated-device'], names: /IDE/ },
  { folder: 'c2-virtio-blk-read', rules: ['frequent-doorbells'] },
  { folder: 'e-timer', rules: ['guest-timers'] },
  { folder: 'e-timer-unstable-tsc', rules: ['guest-timers'] },
  { folder: 'n-timer-nopoll', rules: ['guest-timers'] },
  { folder: 'f1-pingpong-pinned', rules: ['ipis-between-vcpus'] },
  { folder: 'f3-pingpong-stacked', rules: ['stacked-vcpus'] },
  { folder: 'f5-pingpong-host-noise', rules: ['host-threads-take-pcpus'] },
  { folder: 'f6-guest-trace', rules: ['ipis-between-vcpus'] },
  { folder: 'g-first-touch', rules: ['first-touch-faults'] },
  { folder: 'g2-first-touch-4k', rules: ['first-touch-faults'] },
  { folder: 'h1-cpuid', rules: ['register-polling'], names: /CPUID/ },
  { folder: 'h3-portio', rules: ['exits-to-the-vmm'], names: /POST code port/ },
  { folder: 'i1-overcommit-unpinned', rules: ['vcpus-outnumber-pcpus'] },
  { folder: 'i2-overcommit-pinned', rules: ['vcpus-outnumber-pcpus'] },
  { folder: 'i3-overcommit-one-pcpu', rules: ['stacked-vcpus'] },
  { folder: 'l3-lost-events', rules: ['register-polling'], names: /CPUID/ },
  { folder: 'm-mixed', rules: ['emulated-device'] },
  { folder: 'native-vs-vm/rec/cpuid', rules: ['register-polling'], names: /CPUID/ },
  { folder: 'native-vs-vm/rec/pipe01', rules: ['ipis-between-vcpus'] },
  { folder: 'native-vs-vm/rec/sleep', rules: ['guest-timers'] },
];

/** Its README says what ran. */
const KVM_ARM64: readonly Truth[] = [
  { folder: 'n-uartflood', rules: ['emulated-device'] },
  { folder: 'n-flight', rules: ['emulated-device'] },
  { folder: 'uartflood', rules: ['emulated-device'] },
  { folder: 'vconflood', rules: ['frequent-doorbells', 'vmm-threads-take-pcpus'] },
  { folder: 'cpu', rules: ['guest-timer-interrupts'] },
  { folder: 'smp2fork', rules: ['stacked-vcpus'] },
  { folder: 'overcommit', rules: ['stacked-vcpus', 'vcpus-outnumber-pcpus'] },
  { folder: 'x-twovms', rules: ['vcpus-outnumber-pcpus'] },
  { folder: 'n-cpu', rules: ['guest-timer-interrupts'] },
  { folder: 'idle', rules: ['nothing-to-gain'] },
  { folder: 'x-idle', rules: ['nothing-to-gain'] },
];

const LOSSY_TEXTS = RECORDING_ROOTS.flatMap((root) => unpackedFiles(join(root, 'kvm-arm64'), 'n-lossy.trace_pipe.txt'));

/** What ran there is no cause that could come first, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'b2-virtio-console':
    "the shell's echo still goes to the serial port, whose gain is larger than that of the doorbells",
  big: 'a large recording that only the tests of speed and memory read',
  'k1-raw-ftrace-mixed': 'a bit of everything: none of its parts is meant to lead',
  'l1-mono-clock': 'a bit of everything, about clocks: none of its parts is meant to lead',
  'l2-tsc-clock-perf-z': 'a bit of everything, about clocks: none of its parts is meant to lead',
  'l4-perf-lost': 'no trace.dat, and perf lost most events',
  'native-vs-vm/rec/chase': 'pure computing: nothing of it leaves the guest',
  'native-vs-vm/rec/getpid': 'pure computing: nothing of it leaves the guest',
  'native-vs-vm/rec/fault': 'its memory had been touched before: few faults leave the guest',
};

const ARM64_EXCEPTIONS: Readonly<Record<string, string>> = {
  timer:
    "nothing costs more than its timers (see below), but on that slow host they went off 123 times a second only: less of that can go than of the host's interrupts",
  lifecycle: 'start, boot and end of a machine: none of its parts is meant to lead',
  'overcommit-schedonly': 'it has no events of KVM, and cannot be explained',
};

function truthFirst({ folder, rules, names }: Truth, hypervisor: string): void {
  known(
    folder,
    'trace.dat',
    `${rules.join(' or ')} comes first`,
    (_explanation, findings) => {
      expect(rules).toContain(findings[0]?.rule);
      if (names !== undefined) expect(findings[0].title).toMatch(names);
    },
    hypervisor,
  );
}

describe('what ran comes first', () => {
  for (const truth of KVM_X86) truthFirst(truth, 'kvm-x86');
  for (const truth of KVM_ARM64) truthFirst(truth, 'kvm-arm64');
});

known(
  'timer',
  'trace.dat',
  "nothing costs more than the guest's timers",
  (_explanation, findings) => {
    const byCost = findings.toSorted((a, b) => b.costNs - a.costNs);
    expect(byCost[0]?.rule).toBe('guest-timer-interrupts');
  },
  'kvm-arm64',
);

test('every recording of arm64 is held to what ran, or an exception with its reason', () => {
  const listed = [...KVM_ARM64.map(({ folder }) => folder), ...Object.keys(ARM64_EXCEPTIONS)];
  const isListed = (folder: string) => listed.some((name) => folder.endsWith(`/${name}`));
  const found = scenariosWith('trace.dat', 'kvm-arm64').map(({ folder }) => folder);
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((folder) => !isListed(folder))).toEqual([]);
});

/** Recordings of other formats. */
describe('what ran comes first in text with lost events, and in what perf kvm stat records', () => {
  const lossy = LOSSY_TEXTS.at(0);
  test.skipIf(lossy === undefined)('n-lossy, whose lost time is unknown', async () => {
    const { findings, totals, recording } = await explainPaths([lossy!.unpacked]);
    expect(findings[0].rule).toBe('emulated-device');
    expect(findings[0].title).toMatch(/pl011/);
    expect(recording.lostEvents).toBeGreaterThan(10_000);
    expect(totals.ledgerNs.unknown).toBeGreaterThan(0.5 * totals.durationNs);
  });

  known(
    'uartflood',
    'perf-kvm.data',
    'nothing is made of data aborts of which nobody recorded whether they were for devices',
    ({ exits, quality }, findings) => {
      const aborts = exits.filter(({ reason }) => reason === 'DABT_LOW');
      expect(new Set(aborts.map(({ cause }) => cause))).toEqual(new Set(['other']));
      expect(quality.issues.map(({ code }) => code)).toContain('data-aborts-untold');
      expect(findings.map(({ rule }) => rule)).not.toContain('first-touch-faults');
    },
    'kvm-arm64',
  );
});

test('every recording that says what ran is held to it, or an exception with its reason', () => {
  const listed = [...KVM_X86.map(({ folder }) => folder), ...Object.keys(EXCEPTIONS)];
  const isListed = (folder: string) => listed.some((name) => folder.endsWith(`/${name}`));
  const found = scenariosWith('truth.json').map(({ folder }) => folder);
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter((folder) => !isListed(folder))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
});
