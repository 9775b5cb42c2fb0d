/** Findings of one report that place vCPUs, and those that free pCPUs for something else, do not contradict each other. */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/findings/finding.js';
import { interruptKnobs } from '../../src/findings/interrupt-knobs.js';
import { vcpusOutnumberPcpus } from '../../src/findings/rules/vcpus-outnumber-pcpus.js';
import { culprit, evidence, machine, vcpu } from '../support/evidence.js';
import { explanationOf, realRecordings } from '../support/explained.js';
import { findingOf, known } from '../support/findings.js';

/** "0,2-3" as the kernel reads it. */
const numbersIn = (list: string): number[] =>
  list.split(',').flatMap((range) => {
    const [from, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });

/** All lists of pCPUs after this text, in the knobs for the host. */
const listsAfter = (findings: readonly Finding[], pattern: RegExp): number[] =>
  findings
    .flatMap(({ knobs }) => knobs)
    .filter(({ tool }) => tool === 'shell on the host' || tool === 'kernel parameter of the host')
    .flatMap(({ text }) => [...text.matchAll(pattern)].flatMap(([, list]) => numbersIn(list)));

/** Where vCPUs are to run: `taskset` without -a and with the thread of a vCPU. */
const pinned = (findings: readonly Finding[]): number[] => listsAfter(findings, /^taskset -c -p ([\d,-]+) \d+$/gm);
const freed = (findings: readonly Finding[]): number[] =>
  listsAfter(findings, /(?:irqaffinity=|^taskset -a -c -p |^echo (?=[\d,-]+ > \/proc\/irq))([\d,-]+)/gm);

describe('commands of one report', () => {
  test.each(realRecordings(['trace.dat']))('$name', async ({ scenario, file }) => {
    const { findings, recording } = await explanationOf(scenario, file);
    if (recording.hypervisor !== 'kvm') return;
    const both = pinned(findings).filter((pcpu) => freed(findings).includes(pcpu));
    expect(both).toEqual([]);
    expect(listsAfter(findings, /(?:nohz_full|rcu_nocbs|isolcpus)=(?:[a-z_]+,)*([\d,-]+)/g)).not.toContain(0);
  });

  test('say what they are compared with', () => {
    const texts = ['echo 1 > /proc/irq/NUMBER/smp_affinity_list', 'taskset -c -p 1 135', 'irqaffinity=0 nohz_full=1'];
    const knobs = texts.map((text) => ({ tool: 'shell on the host' as const, text, does: '' }));
    const findings = [{ knobs }] as unknown as Finding[];
    expect([pinned(findings), freed(findings)]).toEqual([[1], [1, 0]]);
  });

  for (const [name, hypervisor] of [
    ['f3-pingpong-stacked', 'kvm-x86'],
    ['i3-overcommit-one-pcpu', 'kvm-x86'],
    ['overcommit', 'kvm-arm64'],
  ])
    known(
      name,
      'trace.dat',
      'vCPUs that are to use all pCPUs leave none for interrupts',
      ({ placement }, findings) => {
        const { remedy, knobs } = findingOf(findings, 'host-interrupts-on-vcpus')!;
        expect(remedy).toMatch(/^Give the machines fewer vCPUs than the host has pCPUs, or accept /);
        expect(remedy).toContain(`the vCPUs run on all pCPUs (0-${placement.hostPcpus - 1}): none is left over.`);
        expect(knobs).toEqual([]);
      },
      hypervisor,
    );
});

describe('parameters of the kernel', () => {
  const parameters = (free: readonly number[], ofVcpus: readonly number[]) =>
    interruptKnobs({ all: [...free, ...ofVcpus], free, ofVcpus })
      .filter(({ tool }) => tool === 'kernel parameter of the host')
      .map(({ text }) => text);

  test('leave pCPU 0, on which Linux starts, to the host', () => {
    expect(parameters([0], [1, 2])).toEqual(['irqaffinity=0 nohz_full=1-2 rcu_nocbs=1-2']);
    expect(parameters([3], [0, 1, 2])).toEqual(['nohz_full=1-2 rcu_nocbs=1-2']);
    expect(parameters([1], [0])).toEqual([]);
    expect(parameters([0, 1], [])).toEqual(['irqaffinity=0-1']);
  });

  test('and other settings are those that can be made', () => {
    const [interrupts, work] = interruptKnobs({ all: [0, 1], free: [1], ofVcpus: [0] });
    expect(interrupts.text).toBe('echo 1 > /proc/irq/NUMBER/smp_affinity_list');
    expect(work.text).toBe('echo 2 > /sys/devices/virtual/workqueue/cpumask');
  });
});

describe('of several machines', () => {
  known(
    'x-twovms',
    'trace.dat',
    'each is told its own number of vCPUs, and that of all',
    ({ machines }, findings) => {
      for (const { title, machine: id } of findings.filter(({ rule }) => rule === vcpusOutnumberPcpus.id)) {
        const own = machines.find((one) => one.id === id)!.vcpus.length;
        const all = machines.flatMap(({ vcpus }) => vcpus).length;
        const found = /its (\d+) vCPUs? \((\d+) of all machines\) on 2 pCPUs/.exec(title)!;
        expect(found.slice(1).map(Number)).toEqual([own, all]);
      }
    },
    'kvm-arm64',
  );

  test('a single one has no need of that', () => {
    const [finding] = vcpusOutnumberPcpus.find(
      evidence({
        machines: [machine('vm1', vcpu(0, { preempted: 5e8 }), vcpu(1))],
        culprits: [culprit({ kind: 'sibling vCPU', ns: 5e8 })],
      }),
      [],
    );
    expect(finding.title).toMatch(/^vm1: 2 vCPUs on 4 pCPUs waited 500 ms for each other, /);
  });
});
