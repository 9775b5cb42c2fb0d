/** What the general rules find on simulated QNX hosts, each with one cause, and that they are silent on its counterpart. */
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import type { Finding, Knob } from '../../src/findings/finding.js';
import { RULES } from '../../src/findings/registry.js';
import type { HostPlan } from '../../src/simulation/qnx/plan.js';
import { randomPlan } from '../../src/simulation/qnx/random-plan.js';
import { simulate } from '../../src/simulation/qnx/simulate.js';
import { trueBooks } from '../../src/simulation/qnx/true-books.js';
import { truthOf } from '../../src/simulation/qnx/truth.js';
import { findingOf, ruleIds } from '../support/findings.js';
import { explanationOfHost, guestDoing, hostThreadOn, hostWith, machineOf, vcpuOn } from '../support/qnx-plans.js';

const OF_QNX: readonly Knob['tool'][] = [
  'shell on a QNX host',
  'qvm configuration',
  'shell in the guest',
  'kernel parameter of the guest',
];

/** Leaves seldom, and sleeps now and then. */
const busy = guestDoing({ 'timer-register': 20, halt: 1 }, 200_000);

/** Sleeps about half of the time. */
const pausing = guestDoing({ halt: 1 }, 400_000);

/** What really happened to culprits of these kinds, of all vCPUs together. */
function trueWaitsFor(plan: HostPlan, isWanted: (process: string) => boolean): number {
  let sum = 0;
  for (const { culprits } of trueBooks(truthOf(simulate(plan)), plan.cyclesPerSecond))
    for (const { culprit, ns } of culprits)
      if (typeof culprit === 'object' && 'process' in culprit && !culprit.isIdle && isWanted(culprit.process.name))
        sum += ns;
  return sum;
}

function found(explanation: Explanation, rule: string): Finding {
  const finding = findingOf(explanation.findings, rule);
  if (finding === undefined) throw new Error(`${rule} found nothing; ${ruleIds(explanation.findings).join(', ')} did`);
  return finding;
}

describe('two vCPUs on one pCPU of four', () => {
  const stacked = hostWith([machineOf('one', [vcpuOn([0], busy), vcpuOn([0], busy)])]);

  test('is what to change first, at what they really waited for each other', async () => {
    const explanation = await explanationOfHost(stacked, ['system one\ncpu cluster _cpu-0\ncpu cluster _cpu-0\n']);
    const [first] = explanation.findings;
    expect(first.rule).toBe('stacked-vcpus');
    const waited = trueWaitsFor(stacked, (process) => process.endsWith('qvm'));
    expect(first.costNs / waited).toBeGreaterThan(0.95);
    expect(first.costNs).toBeLessThanOrEqual(waited);
    expect(first.evidence).toContain('lets the vCPUs 0, 1 run on pCPU 0 alone');
    expect(first.references).toContainEqual({ kind: 'configuration', source: 'guest1.qvmconf', line: 3 });
    expect(explanation.placement.vcpus.map(({ configured, elsewhereNs }) => [configured, elsewhereNs])).toEqual([
      [[0], 0],
      [[0], 0],
    ]);
    const plan = found(explanation, 'pinning-plan').knobs.find(({ tool }) => tool === 'qvm configuration');
    expect(plan?.text).toMatch(/^cpu cluster _cpu-\d\ncpu cluster _cpu-\d$/);
    expect(new Set(plan?.text.split('\n')).size).toBe(2);
  });

  test('no rule of it fires where each has a pCPU of its own', async () => {
    const apart = hostWith([machineOf('one', [vcpuOn([0], busy), vcpuOn([1], busy)])]);
    const { findings } = await explanationOfHost(apart, ['system one\ncpu cluster _cpu-0\ncpu cluster _cpu-1\n']);
    expect(ruleIds(findings)).not.toContain('stacked-vcpus');
    expect(ruleIds(findings)).not.toContain('vcpus-outnumber-pcpus');
    expect(ruleIds(findings)).not.toContain('pinning-plan');
  });
});

test('vCPUs of two machines on one pCPU are stacked, also while a third has another pCPU to itself', async () => {
  const plan = hostWith([
    machineOf('one', [vcpuOn([0], busy), vcpuOn([1], busy), vcpuOn([2], busy)]),
    machineOf('second', [vcpuOn([0], busy)]),
  ]);
  const { findings } = await explanationOfHost(plan);
  expect(ruleIds(findings)).not.toContain('vcpus-outnumber-pcpus');
  const waited = trueWaitsFor(plan, (process) => process.endsWith('qvm'));
  const stacked = findings.filter(({ rule }) => rule === 'stacked-vcpus').reduce((sum, { costNs }) => sum + costNs, 0);
  expect(stacked / waited).toBeGreaterThan(0.9);
});

describe('more vCPUs than pCPUs', () => {
  const many = hostWith(
    [
      machineOf(
        'one',
        [0, 1, 2].map(() => vcpuOn([0, 1], busy)),
      ),
    ],
    { cpus: 2, clusters: [] },
  );

  test('is what to change first, with the line of the configuration', async () => {
    const [first] = (await explanationOfHost(many, ['system one\ncpu\ncpu\ncpu\n'])).findings;
    expect(first.rule).toBe('vcpus-outnumber-pcpus');
    expect(first.costNs).toBeGreaterThan(0.9 * trueWaitsFor(many, (process) => process.endsWith('qvm')));
    expect(first.evidence).toContain('3 vCPUs for the 2 pCPUs');
    expect(first.references).toContainEqual({ kind: 'configuration', source: 'guest1.qvmconf', line: 4 });
  });

  test('priorities of another machine, and that it never gives up its pCPU, are told', async () => {
    const plan = hostWith([machineOf('one', [vcpuOn([0], busy, 10)]), machineOf('second', [vcpuOn([0], pausing, 20)])]);
    const texts = [
      'system one\ncpu sched 10r runmask 0\n',
      'system second\ncpu sched 20r runmask 0\nset exit-on-halt off\n',
    ];
    const explanation = await explanationOfHost(plan, texts);
    const finding = explanation.findings.find(({ rule, machine }) => rule === 'stacked-vcpus' && machine === 'vm1');
    expect(finding?.evidence).toContain('have priority 20, its own 10');
    expect(finding?.evidence).toContain('exit-on-halt off');
    expect(finding?.references).toContainEqual({ kind: 'configuration', source: 'guest2.qvmconf', line: 3 });
  });
});

describe('a thread of the host on the pCPU of a vCPU', () => {
  const withThread = (priority: number) =>
    hostWith([machineOf('one', [vcpuOn([0], busy)])], { hostThreads: [hostThreadOn(0, priority)] });

  test('is what to change first where it is more urgent, and the priority of the vCPU is told', async () => {
    const plan = withThread(21);
    const [first] = (await explanationOfHost(plan, ['system one\ncpu sched 10r runmask 0\n'])).findings;
    expect(first.rule).toBe('host-threads-take-pcpus');
    const camera = trueWaitsFor(plan, (process) => process === 'usr/bin/camera');
    expect(first.costNs).toBeGreaterThanOrEqual(camera);
    expect(first.costNs).toBeLessThan(1.01 * camera);
    expect(first.evidence).toContain('priority 10');
    expect(first.knobs.some(({ text }) => text.startsWith('slay -P'))).toBe(true);
  });

  test('is nothing where the vCPU is more urgent, whatever the guest thinks', async () => {
    const { findings } = await explanationOfHost(withThread(5));
    expect(ruleIds(findings)).not.toContain('host-threads-take-pcpus');
  });

  test('what the scheduler needs to change threads is nobody that could be moved', async () => {
    const waits = hostWith([machineOf('one', [vcpuOn([0], guestDoing({ hypercall: 1 }, 5000))])]);
    const explanation = await explanationOfHost(waits);
    expect(explanation.culprits.some(({ name }) => name.startsWith("the host's scheduler"))).toBe(true);
    expect(ruleIds(explanation.findings)).not.toContain('host-threads-take-pcpus');
    expect(explanation.findings[0].rule).toBe('blocked-in-exits');
  });
});

test('vCPUs that float wander, those that are pinned do not', async () => {
  const three = (pcpus: readonly (readonly number[])[]) =>
    hostWith([
      machineOf(
        'one',
        [0, 1, 2].map((index) => vcpuOn(pcpus[index], busy)),
      ),
    ]);
  const floating = await explanationOfHost(
    three([
      [0, 1],
      [0, 1],
      [0, 1],
    ]),
  );
  const { knobs, title } = found(floating, 'floating-vcpus');
  // A line for each vCPU, each with a pCPU that this host has.
  const pins = knobs.flatMap(({ text }) => [...text.matchAll(/^cpu (?:runmask |cluster _cpu-)(\d+)$/gm)]);
  expect(pins.length).toBe(floating.placement.vcpus.length);
  for (const [, pcpu] of pins) expect(Number(pcpu)).toBeLessThan(floating.placement.hostPcpus);
  const moves = floating.placement.vcpus.reduce((sum, vcpu) => sum + vcpu.moves, 0);
  expect(title).toContain(`${moves} times`);
  expect(ruleIds((await explanationOfHost(three([[0], [1], [1]]))).findings)).not.toContain('floating-vcpus');
});

describe('a PC whose guest is interrupted for its disk', () => {
  const disk = hostWith([machineOf('one', [vcpuOn([0], guestDoing({ 'block-doorbell': 1 }, 10_000))])], {
    architecture: 'x86_64',
    virtualization: 'vmx',
    cyclesPerSecond: 2_400_000_000,
    cpus: 1,
    clusters: [],
    lengthNs: 60_000_000,
  });
  const withPass = (interrupt: string) => [
    `system one\ncpu\npass loc mem:0xfe204000,0x1000,rwn intr myioapic:4${interrupt}\n`,
  ];

  test('is told of a passed interrupt without ",u", at half of what its exits for interrupts really cost', async () => {
    const finding = found(await explanationOfHost(disk, withPass('=66')), 'passed-interrupt-ends');
    const interrupts = trueBooks(truthOf(simulate(disk)), disk.cyclesPerSecond)
      .flatMap(({ exits }) => exits)
      .filter(({ exit }) => exit?.cause === 'interrupt');
    const work = interrupts.reduce((sum, { sums }) => sum + (sums.hypervisor ?? 0) + (sums.blocked ?? 0), 0);
    expect([finding.costNs, finding.gain.mostNs]).toEqual([work, Math.round(work / 2)]);
    expect(finding.references).toContainEqual({ kind: 'configuration', source: 'guest1.qvmconf', line: 3 });
  });

  test('hears nothing of it where the flag is there, or nothing is passed', async () => {
    for (const texts of [withPass(',u=66'), ['system one\ncpu\n']])
      expect(ruleIds((await explanationOfHost(disk, texts)).findings)).not.toContain('passed-interrupt-ends');
  });
});

const SEEDS = [3, 11, 24, 42, 57, 68, 92, 118];

describe.each(SEEDS)('random host %i', (seed) => {
  const explanation = explanationOfHost(randomPlan(seed));

  test('what is advised can be typed on a QNX host or in a guest', async () => {
    for (const { knobs } of (await explanation).findings) for (const { tool } of knobs) expect(OF_QNX).toContain(tool);
  });

  test('findings keep to the ledger, and no time is promised twice', async () => {
    const { findings, machines, totals } = await explanation;
    for (const { title, machine, accounts, costNs, gain } of findings) {
      const vcpus = machines.filter(({ id }) => machine === null || id === machine).flatMap((one) => one.vcpus);
      const available = vcpus.reduce(
        (sum, { ledgerNs }) => sum + accounts.reduce((part, name) => part + ledgerNs[name], 0),
        0,
      );
      expect(costNs, title).toBeLessThanOrEqual(available);
      expect(gain.likelyNs, title).toBeLessThanOrEqual(gain.mostNs);
      expect(gain.mostNs, title).toBeLessThanOrEqual(costNs);
    }
    const promised = findings.reduce((sum, { gain }) => sum + gain.likelyNs, 0);
    expect(promised).toBeLessThanOrEqual(totals.guestDelayNs);
  });
});

test('every rule on pinning and priorities has knobs for QNX', () => {
  const ids = RULES.filter(({ knobs }) => knobs.some(({ text }) => /vcpupin|emulatorpin|<vcpu|taskset/.test(text)))
    .filter(({ knobs }) => !knobs.some(({ tool }) => tool === 'qvm configuration' || tool === 'shell on a QNX host'))
    .map(({ id }) => id);
  // Its recorder is told what to leave out, not where to run.
  expect(ids).toEqual(['recorder-takes-pcpus']);
});
