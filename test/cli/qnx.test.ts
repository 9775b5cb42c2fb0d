/** QNX on the command line: parts of a trace by its markers, the demonstration, traces that say too little. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Explanation, Vcpu } from '../../src/explain/explanation.js';
import { cyclesToNs } from '../../src/recording/cycles.js';
import { serialConsolePlan } from '../../src/simulation/qnx/demo-plans.js';
import { simulate } from '../../src/simulation/qnx/simulate.js';
import { kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import { shell, vmtoll } from '../support/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-qnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { plan, trace } = simulate(serialConsolePlan());
const file = join(folder, 'trace.kev');
writeFileSync(file, kevBytes(trace));

const jsonOf = (args: readonly string[]) => JSON.parse(vmtoll([...args, '--json']).stdout) as Explanation;

describe('markers', () => {
  const first = trace.events[0].cycles;
  const [start, end] = ['test-start', 'test-end'].map((text) => {
    const { cycles } = trace.events.find(({ body }) => body.kind === 'marker' && body.text === text)!;
    return cyclesToNs(Number(cycles - first), plan.cyclesPerSecond);
  });
  const from = ['--from-marker', 'test-start'];
  const to = ['--to-marker', 'test-end'];

  test('cut where the program wrote them', () => {
    expect(jsonOf(['explain', file, ...from, ...to]).recording).toMatchObject({ fromNs: start, toNs: end });
    expect(jsonOf(['explain', file, ...from]).recording.fromNs).toBe(start);
    expect(jsonOf(['explain', file, ...to]).recording).toMatchObject({ fromNs: 0, toNs: end });
  });

  test('every vCPU is accounted for from one to the other, exactly', () => {
    const { machines } = jsonOf(['explain', file, ...from, ...to]);
    for (const { ledgerNs } of machines.flatMap(({ vcpus }) => vcpus)) {
      expect(Object.values(ledgerNs).reduce((sum, ns) => sum + ns, 0)).toBe(end - start);
    }
  });

  test.each([
    ['one that is not there', ['--from-marker', 'warm-up'], /no marker "warm-up".*"test-start" at .*"test-end" at/s],
    [
      'one that comes too early',
      ['--from-marker', 'test-end', '--to-marker', 'test-start'],
      /no marker "test-start" after "test-end"/,
    ],
    ['two starts', [...from, '--from', '1ms'], /cannot be used with/],
    ['two ends', [...to, '--last', '1ms'], /cannot be used with/],
  ])('%s: an error that says what there is', (_what, args, message) => {
    const { code, stdout, stderr } = vmtoll(['explain', file, ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test('of a recording without any, and of a pipe', () => {
    const without = vmtoll(['explain', 'demo/trace.dat', ...from]);
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('It has no markers.')]);
    const pipe = shell(`cat demo/trace.dat | $VMTOLL explain - ${from.join(' ')}`);
    expect([pipe.code, pipe.stderr]).toEqual([2, expect.stringContaining('needs one file')]);
  });
});

describe('the demonstration', () => {
  const [serial, virtio] = JSON.parse(vmtoll(['demo', 'qnx', '--json']).stdout) as Explanation[];

  test('the serial console costs an exit a byte, VIRTIO does not, and the guest loses less', () => {
    const exitsTo = ({ groups }: Explanation, device: RegExp) =>
      groups.device.filter((group) => device.test(group.device ?? '')).reduce((sum, { count }) => sum + count, 0);
    const printed = trace.events.filter(({ body }) => body.kind === 'guest-exit' && body.payload === 0x1c09_0000n);
    expect(exitsTo(serial, /pl011/)).toBe(printed.length);
    expect(printed.length).toBeGreaterThan(1000);
    expect(exitsTo(virtio, /pl011/)).toBe(0);
    expect(exitsTo(virtio, /virtio-console/)).toBeGreaterThan(10);
    expect(virtio.sources.guestExitsNs).toBeLessThan(serial.sources.guestExitsNs / 5);
    expect(virtio.totals.hostCostNs).toBeLessThan(serial.totals.hostCostNs / 5);
  });

  test('all sleep of its vCPUs that counts against the guest has a reason', () => {
    const asleep = serial.sleeps.filter(({ account }) => account === 'blocked').reduce((sum, { ns }) => sum + ns, 0);
    expect(asleep).toBe(serial.totals.ledgerNs.blocked);
    expect(asleep).toBeGreaterThan(0);
    expect(new Set(serial.sleeps.map(({ state }) => state))).toEqual(new Set(['REPLY', 'CONDVAR']));
  });

  test('world switches are a part of the hypervisor', () => {
    const { entry, exit, notEntered, broken } = serial.worldSwitches!;
    expect(entry.totalNs + exit.totalNs).toBeLessThan(serial.totals.ledgerNs.hypervisor);
    expect(exit.count).toBe(serial.totals.exits);
    expect([notEntered, broken]).toEqual([0, 0]);
  });

  test('its traces can be had as files; KVM’s is one already', () => {
    expect(vmtoll(['demo', 'qnx', '--save', join(folder, 'saved')]).stdout).toContain('serial.qvmconf');
    expect(vmtoll(['demo', '--save', folder]).code).toBe(2);
  });
});

test('without events of threads it is told per pCPU, and that is said', () => {
  const path = join(folder, 'no-threads.kev');
  writeFileSync(path, kevBytes({ ...trace, events: trace.events.filter(({ body }) => body.kind !== 'thread-state') }));
  const { code, stdout } = vmtoll(['explain', path]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Which vCPU ran cannot be known/m);
  expect(stdout).toMatch(/Data quality: D/);
  expect(stdout).toMatch(/tracelogger without -F4\.$/m);
  // The pCPU of each vCPU is its own here: so what is known of it can be compared.
  const whole = jsonOf(['explain', file]);
  const [{ vcpusKnown, vcpus }] = jsonOf(['explain', path]).machines;
  expect(vcpusKnown).toBe(false);
  expect(vcpus.map(({ id }) => id)).toEqual([0, 1]);
  const visible = ({ exits, ledgerNs }: Vcpu) => [exits, ledgerNs.guest];
  expect(vcpus.map(visible)).toEqual(whole.machines[0].vcpus.map(visible));
});

describe('codes of exits that the trace leaves open', () => {
  const pc = { ...serialConsolePlan(), architecture: 'x86_64' as const, virtualization: 'vmx' as const };
  const path = join(folder, 'pc.kev');
  writeFileSync(path, kevBytes(simulate(pc).trace));

  test('are told by the codes themselves, unless the user says it', () => {
    const open = vmtoll(['explain', path]);
    expect(open.stdout).toContain('inferred from the codes');
    expect(open.stdout).toMatch(/halt: HLT/);
    const told = vmtoll(['explain', path, '--exit-codes', 'vmx']);
    expect(told.stdout).toMatch(/halt: HLT/);
    expect(told.stdout).not.toContain('inferred from the codes');
  });

  test('are no matter of a recording that says it itself', () => {
    const { code, stderr } = vmtoll(['explain', 'fixtures/kvm-x86/m-mixed/trace.dat', '--exit-codes', 'vmx']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--exit-codes')]);
  });
});
