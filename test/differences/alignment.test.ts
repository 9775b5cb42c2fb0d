/** Machines are taken for the same one by what they are called, never by numbers that recordings share by chance. */
import { describe, expect, test } from 'vitest';
import { alignedMachines } from '../../src/differences/alignment.js';
import { difference } from '../../src/differences/compare.js';
import type { Machine } from '../../src/explain/explanation.js';
import { differenceText } from '../../src/report/text/difference.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { halvesOf, sideOf } from '../support/sides.js';

const machines = (...names: string[]): Machine[] =>
  names.map((name, index) => ({ id: `vm${index + 1}`, name, vcpus: [] as Machine['vcpus'] }) as Machine);

const pairs = (before: Machine[], after: Machine[], areOfOne = false) =>
  alignedMachines(before, after, { areOfOne }).machines.map((pair) => [pair.before.name, pair.after.name, pair.by]);

describe('numbers of threads and processes', () => {
  test('are no names: by them the first machine would be the second', () => {
    const before = machines('vCPU thread 141', 'vCPU threads 150, 151');
    const after = machines('vCPU thread 139', 'vCPU thread 141');
    expect(pairs(before, after)).toEqual([
      ['vCPU thread 141', 'vCPU thread 139', 'order'],
      ['vCPU threads 150, 151', 'vCPU thread 141', 'order'],
    ]);
  });

  test('are names within one recording', () => {
    const both = machines('vCPU thread 141', 'vCPU thread 150');
    expect(pairs(both, both.slice(1), true)).toEqual([['vCPU thread 150', 'vCPU thread 150', 'name']]);
  });

  test('are left out of the name of a program', () => {
    const before = machines('qemu-system-x86 (process 12)', 'fc_web (process 20)');
    const after = machines('fc_web (process 12)', 'qemu-system-x86 (process 9)');
    expect(pairs(before, after)).toEqual([
      ['qemu-system-x86 (process 12)', 'qemu-system-x86 (process 9)', 'name'],
      ['fc_web (process 20)', 'fc_web (process 12)', 'name'],
    ]);
    const [two, others] = [machines('VMM (process 3)'), machines('VMM (process 3)')];
    expect(pairs(two, others)).toEqual([['VMM (process 3)', 'VMM (process 3)', 'order']]);
  });

  test('of a program that runs several machines tell none of them', () => {
    const [before, after] = [
      machines('qemu (process 1)', 'qemu (process 2)'),
      machines('qemu (process 2)', 'qemu (process 3)'),
    ];
    expect(pairs(before, after).map(([, , by]) => by)).toEqual(['order', 'order']);
  });
});

test('names that somebody gave are names', () => {
  expect(pairs(machines('web', 'database'), machines('database', 'web'))).toEqual([
    ['web', 'web', 'name'],
    ['database', 'database', 'name'],
  ]);
});

describe('of real recordings', () => {
  const fileOf = (name: string) => pathIn(scenario(name, 'trace.dat'), 'trace.dat');

  test('two whose vCPU has the same thread by chance are compared by order, and the text says so', async () => {
    const [before, after] = [await sideOf(fileOf('b1-uart-flood')), await sideOf(fileOf('c1-ide-read'))];
    expect(before.explanation.machines[0].name).toBe(after.explanation.machines[0].name);
    expect(differenceText(difference(before, after), { width: 1000 })).toContain(
      'machines: vm1 = vm1 by order (no name is the same on both sides; numbers of threads and processes are no names)',
    );
  });

  test('two parts of one by name', async () => {
    const [first, second] = await halvesOf(fileOf('e-timer'));
    expect(difference(first, second).alignment.machines.map(({ by }) => by)).toEqual(['name']);
  });
});
