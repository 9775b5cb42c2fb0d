/** vmtoll explain --config: devices of a guest by name, on a simulated QNX host and on a real recording of KVM. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { serialConsolePlan, virtioConsolePlan } from '../../src/simulation/qnx/demo-plans.js';
import type { HostPlan } from '../../src/simulation/qnx/plan.js';
import { simulate } from '../../src/simulation/qnx/simulate.js';
import { kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import { vmtoll } from '../support/cli.js';
import { CONFIGURATIONS, fixtureText } from '../support/configurations.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

/** No line is so long that it goes on in the next one. */
const WIDE = { env: { COLUMNS: '1000' } };

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-explain-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const trace = (name: string, plan: HostPlan) => written(name, kevBytes(simulate(plan).trace));
const GUEST = join(CONFIGURATIONS, 'console-guest.qvmconf');
const lineOf = (text: string): number =>
  fixtureText('console-guest.qvmconf')
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

function explained(...args: string[]): Explanation {
  const { code, stdout, stderr } = vmtoll(['explain', ...args, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Explanation;
}

const devicesOf = ({ exits }: Explanation) =>
  new Map(exits.filter(({ detail }) => detail?.startsWith('address')).map(({ detail, device }) => [detail, device]));

describe('a guest of the QNX hypervisor', () => {
  const serial = trace('serial.kev', serialConsolePlan());

  it('has devices without a name, unless its configuration is given', () => {
    const without = explained(serial);
    expect([...new Set(devicesOf(without).values())]).toEqual([null]);
    expect(without.devices).toEqual([]);
    const named = explained(serial, '--config', GUEST);
    const devices = [...devicesOf(named)].map(([detail, device]) => `${/0x\w+/.exec(detail!)![0]} ${device}`);
    expect(devices.toSorted()).toEqual(['0x1c090000 pl011 console', '0x1c0d0050 virtio-blk disk rootfs']);
    expect(named.devices.map(({ machine, name, source }) => [machine, name, source])).toEqual([
      ['vm1', 'pl011 console', 'configuration'],
      ['vm1', 'virtio-blk disk rootfs', 'configuration'],
    ]);
    expect(named.devices[0].evidence).toBe(`${GUEST} line ${lineOf('0x1c090000')}`);
    expect(named.devices[1].evidence).toBe(
      `${GUEST} line ${lineOf('0x1c0d0000')}, by the page of its base address: the length of its registers is not known`,
    );
    const machines = [{ ...named.machines[0], name: without.machines[0].name }];
    expect(named.machines[0].name).toBe('linux-guest');
    // The configuration says, too, where vCPUs were meant to run.
    expect({
      ...named,
      machines,
      exits: [],
      groups: {},
      worst: [],
      devices: [],
      findings: [],
      placement: null,
    }).toEqual({
      ...without,
      placement: null,
      exits: [],
      groups: {},
      worst: [],
      devices: [],
      // What a device is may be worth advice that its address alone is not.
      findings: [],
    });
  });

  it('has them named in the answer, with the line that says so', () => {
    const { stdout } = vmtoll(['explain', serial, '--config', GUEST], WIDE);
    expect(stdout).toMatch(/1\. device-mmio, pl011 console: address 0x1c090000/);
    expect(stdout).toMatch(/^ +address 0x1c090000 +pl011 console +\S+console-guest\.qvmconf line \d+ +4,880 exits$/m);
    expect(vmtoll(['explain', serial, '--config', GUEST, '--by', 'detail'], WIDE).stdout).toMatch(/ = pl011 console /);
  });

  it('has another console where it writes to VIRTIO', () => {
    const { devices } = explained(trace('virtio.kev', virtioConsolePlan()), '--config', GUEST);
    expect(devices.map(({ name }) => name).toSorted()).toEqual(['virtio-blk disk rootfs', 'virtio-console']);
  });

  it('is not taken for another one that has too few vCPUs', () => {
    const tooSmall = written('small.qvmconf', 'cpu\nvdev pl011 loc 0x1c090000\n');
    const { devices, quality } = explained(serial, '--config', tooSmall);
    expect(devices).toEqual([]);
    expect(quality.issues.map(({ code }) => code)).toContain('configuration-unclear');
    expect(quality.grade).toBe(explained(serial).quality.grade);
    expect(explained(serial, '--config', `vm1=${tooSmall}`).devices.map(({ name }) => name)).toEqual(['pl011 console']);
  });

  it('is refused for a machine that is not there, with those that are', () => {
    const { code, stdout, stderr } = vmtoll(['explain', serial, '--config', `vm9=${GUEST}`]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/no machine "vm9".*console-guest\.qvmconf.*\n {2}It has vm1 \(vCPU 0, 1\)\./);
  });

  it('keeps names harmless', () => {
    const hostile = written('hostile.qvmconf', 'cpu cpu vdev pl011 loc 0x1c090000 name "\u001b[2J\u202e"\n');
    for (const flags of [[], ['--by', 'detail'], ['--by', 'device']]) {
      const { stdout } = vmtoll(['explain', serial, '--config', hostile, ...flags]);
      expect(stdout).toContain('pl011 console \\u{1b}[2J\\u{202e}');
      expect(/[\p{Cc}\p{Cf}]/u.test(stdout.replaceAll('\n', ''))).toBe(false);
    }
  });

  it('says what is wrong with a configuration, and fails only where it is none', () => {
    const broken = vmtoll(['explain', serial, '--config', join(CONFIGURATIONS, 'broken.qvmconf')]);
    expect(broken.code).toBe(0);
    expect(broken.stderr).toMatch(/broken\.qvmconf:7:16: "nowhere" does not begin with an address/);
    expect(vmtoll(['explain', serial, '--config', 'demo/trace.dat']).code).toBe(3);
    expect(vmtoll(['explain', serial, '--config', '-']).code).toBe(2);
    expect(vmtoll(['explain', serial, '--config', GUEST, '--like', 'perf']).code).toBe(2);
  });
});

describe('a guest of KVM', () => {
  const flood = pathIn(scenario('b1-uart-flood', 'trace.dat'), 'trace.dat');

  it('has the devices of its configuration first, then those of a PC', () => {
    const com1 = written('com1.qvmconf', 'cpu cpu cpu cpu vdev ser8250 loc 0x3f8 name log\n');
    const { devices } = explained(flood, '--config', com1);
    const [configured, conventional] = (['configuration', 'convention'] as const).map((wanted) =>
      devices.filter(({ source }) => source === wanted).map(({ name }) => name),
    );
    expect(configured).toEqual(['ser8250 console log']);
    expect(conventional).toEqual(
      explained(flood)
        .devices.map(({ name }) => name)
        .filter((name) => name !== '16550 serial port COM1'),
    );
    expect(explained(flood).devices.map(({ name }) => name)).toContain('16550 serial port COM1');
  });

  it('has the names of its command line, and of what it shows itself', () => {
    const commandLine = join(scenario('b1-uart-flood', 'qemu-cmdline.g1')!.folder, 'qemu-cmdline.g1');
    const { devices } = explained(flood, '--config', commandLine);
    expect(devices.find(({ name }) => name.startsWith('isa-serial'))).toMatchObject({
      name: 'isa-serial 16550 serial port',
      evidence: `${commandLine} line 1`,
      source: 'configuration',
    });
    const shown = explained(flood, '--config', 'fixtures/configurations/dumps/ioports.txt').devices;
    expect(shown.map(({ name, source }) => [name, source])).toContainEqual([
      'serial 16550 serial port',
      'configuration',
    ]);
  });
});
