/** Which vCPU threads are one machine. */
import { expect, test } from 'vitest';
import { groupMachines } from '../../src/explain/machines.js';
import { VcpuLedger } from '../../src/ledger/vcpu.js';
import { Window } from '../../src/ledger/window.js';
import { ThreadTable } from '../../src/recording/threads.js';

const PROCESS = 100;

/** Groups threads that were met with these vCPU numbers; returns the threads and vCPU numbers of each machine. */
function grouped(numbers: readonly (readonly [thread: number, number: number])[], process?: number) {
  const window = new Window(0);
  const vcpus = numbers.map(([thread, number]) => {
    const vcpu = new VcpuLedger(thread, 0, 0, window);
    vcpu.number = number;
    return vcpu;
  });
  const threads = new ThreadTable();
  if (process !== undefined) for (const [thread] of numbers) threads.setProcess(thread, process);
  const machines = groupMachines(vcpus, { threads, guests: [] });
  return machines.map(({ members }) => members.map(({ id, ledger }) => [ledger.thread, id]));
}

test('one process is one machine, in whatever order its threads started', () => {
  expect(
    grouped(
      [
        [101, 1],
        [102, 0],
      ],
      PROCESS,
    ),
  ).toEqual([
    [
      [102, 0],
      [101, 1],
    ],
  ]);
});

test.each([PROCESS, undefined])('no machine has two vCPUs of one number (process %s)', (process) => {
  expect(
    grouped(
      [
        [101, 0],
        [102, 1],
        [201, 0],
        [202, 1],
      ],
      process,
    ),
  ).toEqual([
    [
      [101, 0],
      [102, 1],
    ],
    [
      [201, 0],
      [202, 1],
    ],
  ]);
});

test('a vCPU whose number was not recorded gets one that is free', () => {
  const machines = grouped([
    [101, 0],
    [102, Number.NaN],
    [103, 0],
  ]);
  const ids = machines.map((members) => members.map(([, id]) => id));
  for (const machine of ids) expect(new Set(machine).size).toBe(machine.length);
  expect(ids.flat().length).toBe(3);
});

/** As QEMU, Firecracker, Cloud Hypervisor, crosvm and kvmtool name them; and threads that are none of a vCPU. */
test.each([
  ['CPU 3/KVM', 3],
  ['fc_vcpu 3', 3],
  ['vcpu3', 3],
  ['crosvm_vcpu3', 3],
  ['kvm-vcpu-3', 3],
  ['qemu-system-aar', 0],
  ['CPU 3/TCG', 0],
])('a number that no event tells is that of the thread name, %s', (name, number) => {
  const vcpu = new VcpuLedger(101, 0, 0, new Window(0));
  const threads = new ThreadTable();
  threads.setName(101, name);
  const [{ members }] = groupMachines([vcpu], { threads, guests: [] });
  expect(members.map(({ id }) => id)).toEqual([number]);
});

test('a number that events tell counts more than a name', () => {
  const vcpu = new VcpuLedger(101, 0, 0, new Window(0));
  vcpu.number = 1;
  const threads = new ThreadTable();
  threads.setName(101, 'CPU 3/KVM');
  expect(groupMachines([vcpu], { threads, guests: [] })[0].members[0].id).toBe(1);
});
