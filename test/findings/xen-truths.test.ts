/** Truth first on Xen: what was made to run in a recording (its name, and fixtures/README.md) is what the first finding is about. */
import { describe, expect, test } from 'vitest';
import type { ExitRow } from '../../src/explain/explanation.js';
import { explanationOfXen, xenRecording, xenRecordings } from '../support/xen-recordings.js';

/** [what a rule may say that comes first, what its title or its remedy must name] */
const TRUTHS: Readonly<Record<string, readonly [rules: readonly string[], names?: RegExp]>> = {
  'hvm-idle': [['nothing-to-gain']],
  'pvh-idle': [['nothing-to-gain']],
  'pv-cpu': [['weak-recording']],
  'armpvh-cpu': [['weak-recording']],
  'pvh-timer': [['guest-timers']],
  'pvh-cpu': [['guest-timers']],
  // Its disk is served in dom0: for each request it sleeps, and then waits for a pCPU that slept meanwhile.
  'pv-disk': [['slow-pcpu-wakeups']],
  'pvh-disk': [['event-channel-calls'], /paravirtual/],
  'credit-flood-lossy': [['event-channel-calls'], /paravirtual/],
  'pvh-lifecycle2': [['host-threads-take-pcpus'], /dom0/],
  'hvm-flood': [['emulated-device'], /16550/],
  'hvm-nopv-flood': [['emulated-device'], /16550/],
  'pvh-overcommit': [['stacked-vcpus', 'vcpus-outnumber-pcpus'], /pCPU/],
  'pvh-overcommit-schedonly': [['stacked-vcpus', 'vcpus-outnumber-pcpus'], /pCPU/],
  // Nobody knows which vCPU did what, nor what was a wait: that is what there is to say.
  'pvh-overcommit-hvmonly': [['weak-recording'], /no scheduler events/],
  'armpvh-overcommit': [['stacked-vcpus', 'vcpus-outnumber-pcpus'], /pCPU/],
};

describe('what ran comes first', () => {
  for (const [name, [rules, names]] of Object.entries(TRUTHS)) {
    const recording = xenRecording(name);
    if (recording === undefined) {
      test.skip(`${name} (not bundled: set VMTOLL_RECORDINGS)`, () => {});
      continue;
    }
    test(name, async () => {
      const [first] = (await explanationOfXen(recording)).findings;
      expect(rules).toContain(first?.rule);
      if (names !== undefined) expect(first.title).toMatch(names);
    });
  }
});

test('every recording is held to what ran', () => {
  const listed = Object.keys(TRUTHS);
  expect(
    xenRecordings()
      .map(({ name }) => name)
      .filter((name) => !listed.includes(name)),
  ).toEqual([]);
});

test('waits for a pCPU that nobody recorded apart are no cost of timers', async () => {
  const { findings, exits, worst } = await explanationOfXen(xenRecording('pvh-overcommit-hvmonly')!);
  const sumOf = (rows: readonly ExitRow[]) => rows.reduce((sum, { ledgerNs }) => sum + ledgerNs.hypervisor, 0);
  const interrupts = exits.filter(({ cause }) => cause === 'interrupt');
  const others = exits.filter(({ cause, detail }) => cause === 'interrupt-control' || /vcpu_op/.test(detail ?? ''));
  // No interrupt takes Xen that long: somebody else had the pCPU, dom0 for example.
  const waits = worst.filter(({ cause, guestDelayNs }) => cause === 'interrupt' && guestDelayNs > 30_000_000);
  const waited = waits.reduce((sum, { guestDelayNs }) => sum + guestDelayNs, 0);
  expect(waited).toBeGreaterThan(0.5 * sumOf(interrupts));
  const timers = findings.find(({ rule }) => rule === 'guest-timers')!;
  expect(timers.costNs - sumOf(others)).toBeLessThan(sumOf(interrupts) - waited);
});

test('a flooded serial port: the wait for the device model is told with what Xen can do about it', async () => {
  const { findings } = await explanationOfXen(xenRecording('hvm-flood')!);
  const tools = new Set(findings.flatMap(({ knobs }) => knobs.map(({ tool }) => tool)));
  const OF_XEN = [
    'shell in dom0',
    'Xen command line',
    'xl configuration',
    'shell in the guest',
    'kernel parameter of the guest',
  ];
  expect([...tools].filter((tool) => !OF_XEN.includes(tool))).toEqual([]);
  expect(tools).toContain('xl configuration');
  expect(findings[0].remedy).toMatch(/hvc0/);
});

test('lost events leave time unknown', async () => {
  const { machines, quality } = await explanationOfXen(xenRecording('credit-flood-lossy')!);
  expect(machines[0].vcpus[0].ledgerNs.unknown).toBeGreaterThan(20_000_000);
  expect(quality.issues.map(({ code }) => code)).toContain('lost-events');
});

describe('nothing that Xen does not have is advised', () => {
  for (const recording of xenRecordings()) {
    test(recording.name, async () => {
      const { findings } = await explanationOfXen(recording);
      const text = findings.map(({ title, remedy, knobs }) => JSON.stringify([title, remedy, knobs])).join('\n');
      expect(text).not.toMatch(/\b(AVIC|kvm_\w+|QEMU option|libvirt|taskset|qvm|virsh)\b/);
      // All of these recordings are of AMD's CPUs, or of Arm.
      expect(text).not.toMatch(/apicv/i);
    });
  }
});

test('on Arm Xen has no classes that could be recorded in addition', async () => {
  const { quality, findings } = await explanationOfXen(
    xenRecording('armpvh-overcommit') ?? xenRecording('armpvh-cpu')!,
  );
  expect(quality.issues.find(({ code }) => code === 'exits-unseen')?.hint).toMatch(/Nothing more can be recorded/);
  expect(findings.map(({ rule }) => rule)).not.toContain('nothing-to-gain');
});

describe('a guest that measures the TSC against the PIT while it starts', () => {
  const recording = xenRecording('pvh-lifecycle2');
  if (recording === undefined) {
    test.skip('pvh-lifecycle2 (not bundled: set VMTOLL_RECORDINGS)', () => {});
    return;
  }
  test('is told when that was, and no gain is promised', async () => {
    const { findings, exits } = await explanationOfXen(recording);
    const clock = findings.find(({ rule }) => rule === 'clock-reads')!;
    // It was created about two seconds after the recording began, and its kernel ran for fifteen more (steps.txt).
    expect(clock.title).toMatch(
      /8254 timer \(PIT\), 100,014 times between 2\.6\d s and 4\.7\d s of the recording, and not later/,
    );
    expect([clock.gain.likelyNs, clock.confidence]).toEqual([0, 'low']);
    const pit = exits.filter(({ device }) => /8254/.test(device ?? ''));
    expect(Math.max(...pit.map(({ lastNs }) => lastNs!))).toBeLessThan(5e9);
  });

  test("of the part in which it does so, Xen's clock is advised, and not that of KVM", async () => {
    const { findings } = await explanationOfXen(recording, { fromNs: 2.6e9, toNs: 4.4e9 });
    const clock = findings.find(({ rule }) => rule === 'clock-reads')!;
    expect(clock.gain.likelyNs).toBeGreaterThan(0);
    const texts = clock.knobs.map(({ text }) => text).join('\n');
    expect(texts).toMatch(/echo xen > .*current_clocksource/);
    expect(texts).not.toMatch(/kvm|tsc_mode/);
  });
});
