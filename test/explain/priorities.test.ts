/** Priorities of the threads of vCPUs and of those that had their pCPUs: the last ones that the text of perf script shows. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { comparedUrgency, urgencyOf } from '../../src/findings/urgency.js';
import { culprit, evidence, machine, vcpu } from '../support/evidence.js';
import { explanationOf } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const found = scenario('m-mixed', 'perf-script.txt')!;

/** By thread: its name, and its priority when it last left a pCPU. */
const told = new Map<number, { readonly name: string; readonly priority: number }>();
for (const line of readFileSync(pathIn(found, 'perf-script.txt'), 'utf8').split('\n')) {
  const [, name, thread, priority] = /prev_comm=(.*) prev_pid=(\d+) prev_prio=(-?\d+) prev_state/.exec(line) ?? [];
  if (name !== undefined) told.set(Number(thread), { name, priority: Number(priority) });
}

test.each(['perf.data', 'perf-script.txt'])('%s', async (file) => {
  const { machines, culprits } = await explanationOf(found, file);
  const vcpus = machines.flatMap((one) => one.vcpus);
  expect(vcpus.map(({ priority }) => priority)).toEqual(vcpus.map(({ thread }) => told.get(thread)!.priority));
  const threads = culprits.filter(({ kind }) => kind === 'process' || kind === 'kernel thread');
  expect(threads.length).toBeGreaterThan(3);
  for (const { name, priority } of threads) {
    const ofName = [...told.values()].filter((one) => one.name === name).map((one) => one.priority);
    expect(new Set(ofName), name).toContain(priority);
  }
});

describe('in words', () => {
  test.each([
    ['kvm', 120, ', nice 0'],
    ['kvm', 139, ', nice 19'],
    ['kvm', 100, ', nice -20'],
    ['kvm', 49, ', real-time priority 50'],
    ['kvm', 0, ', real-time priority 99'],
    ['kvm', -1, ', deadline'],
    ['qnx', 10, ', priority 10'],
    ['xen', 10, ''],
    ['kvm', undefined, ''],
  ])('%s %s', (hypervisor, priority, words) => {
    const { recording } = evidence();
    const given = { recording: { ...recording, hypervisor } };
    expect(urgencyOf(given, { ...(priority !== undefined && { priority }) })).toBe(words);
  });

  test.each([
    ['kvm', 49, 120, 'takes their pCPU'],
    ['kvm', 120, 120, 'take turns'],
    ['kvm', 139, 120, 'more urgent, and had to wait'],
    ['qnx', 21, 10, 'takes their pCPU'],
    ['qnx', 9, 10, 'more urgent, and had to wait'],
    ['kvm', undefined, 120, 'not recorded'],
  ])('%s: %s against %s', (hypervisor, theirs, ours, words) => {
    const vm1 = machine('vm1', { ...vcpu(0), priority: ours });
    const given = evidence({ machines: [vm1], recording: { ...evidence().recording, hypervisor } });
    expect(comparedUrgency(given, vm1, culprit({ ...(theirs !== undefined && { priority: theirs }) }))).toContain(
      words,
    );
  });
});
