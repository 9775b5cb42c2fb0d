/** Configurations that cannot be those of the machines in a recording: said, each with what contradicts it. */
import { describe, expect, test } from 'vitest';
import { misfits } from '../../src/platform/configurations/misfits.js';
import { configurationOf } from '../support/configurations.js';
import { explanationOf } from '../support/explained.js';
import { textIn } from '../support/read-records.js';
import { bundledScenariosWith, type Scenario, scenario } from '../support/recordings.js';

const QEMU = 'qemu-system-x86_64 -accel kvm -name g1';
const FIRECRACKER = JSON.stringify({
  'boot-source': { kernel_image_path: 'vmlinux', boot_args: '' },
  drives: [],
  'machine-config': { vcpu_count: 2, mem_size_mib: 512 },
});

async function saidOf(recorded: Scenario, text: string, machine?: string) {
  const given = { configuration: configurationOf(text, { source: 'guest.conf' }), ...(machine && { machine }) };
  const { quality } = await explanationOf(recorded, 'trace.dat', { configurations: [given] });
  return quality.issues.filter(({ code }) => code === 'configuration-misfit');
}

describe('of a recording of KVM', () => {
  // The command lines of the very processes that were recorded.
  const withCommandLine = bundledScenariosWith('trace.dat').filter((one) => one.file('qemu-cmdline.g1') !== undefined);

  test.each(withCommandLine)('$name: its own command line fits', async (recorded) => {
    expect(await saidOf(recorded, textIn(recorded, 'qemu-cmdline.g1'))).toEqual([]);
  });

  const ide = scenario('c1-ide-read', 'trace.dat')!;
  test.each([
    ['QEMU without KVM', 'qemu-system-x86_64 -machine pc,accel=tcg', '"tcg" runs the vCPUs, the recording is of KVM'],
    ['Xen', 'name = "g"\ntype = "hvm"\nvcpus = 1\nmemory = 512\ndisk = []\n', 'it is for Xen, the recording is of KVM'],
    ['QNX', 'system g\ncpu\nram 0,512M\nvdev ioapic\n', 'it is for the QNX hypervisor, the recording is of KVM'],
    ['Arm', 'qemu-system-aarch64 -M virt -accel kvm', 'it is for aarch64, the recording is of x86_64'],
    [
      'a machine type without IDE',
      `${QEMU} -machine q35`,
      "for an IDE disk controller of a PC (port 0x177, …), which QEMU's q35",
    ],
    ['a VMM without IDE', FIRECRACKER, 'vm1 left the guest 3,200 times for an IDE disk controller of a PC'],
  ])('%s does not', async (_what, text, said) => {
    const [issue, ...more] = await saidOf(ide, text);
    expect(more).toEqual([]);
    expect(issue).toMatchObject({ severity: 'warning', message: expect.stringContaining(said) });
    expect(issue.message).toContain('guest.conf');
  });

  test('a machine type without IDE fits where one is put in', async () => {
    expect(await saidOf(ide, `${QEMU} -machine q35 -device piix3-ide,id=legacy`)).toEqual([]);
  });

  test('a configuration with fewer vCPUs than were seen, where the user says whose it is', async () => {
    const overcommitted = scenario('i1-overcommit-unpinned', 'trace.dat')!;
    const [issue] = await saidOf(overcommitted, `${QEMU} -smp 1`, 'vm1');
    expect(issue.message).toContain('vm1 has at least 4 vCPUs, it states 1');
    // vCPUs that can be plugged in count.
    expect(await saidOf(overcommitted, `${QEMU} -smp 1,maxcpus=4`, 'vm1')).toEqual([]);
  });
});

describe('of a recording of', () => {
  const said = (text: string, hypervisor: string) => {
    const given = [{ configuration: configurationOf(text) }];
    return misfits([], given, { byMachine: new Map() }, { hypervisor, architecture: undefined }).map(
      ({ message }) => message,
    );
  };

  test.each([
    ['Xen, QEMU for KVM', QEMU, 'xen', 'it is for KVM, the recording is of Xen'],
    ['Xen, its device model', 'qemu-system-i386 -xen-domid 3 -machine xenfv -m 512', 'xen', undefined],
    [
      'Xen, QEMU that emulates',
      'qemu-system-x86_64 -accel tcg',
      'xen',
      '"tcg" runs the vCPUs, the recording is of Xen',
    ],
    ['QNX, its own', 'system g\ncpu\nram 0,512M\n', 'qnx', undefined],
    ['QNX, QEMU', QEMU, 'qnx', 'it is for KVM, the recording is of the QNX hypervisor'],
    ['KVM, QEMU that does not say', 'qemu-system-x86_64 -m 512', 'kvm', undefined],
    ['KVM, a listing of devices', '0000-001f : dma1\n0020-0021 : pic1\n', 'kvm', undefined],
  ])('%s', (_what, text, hypervisor, expected) => {
    expect(said(text, hypervisor)).toEqual(expected === undefined ? [] : [expect.stringContaining(expected)]);
  });
});
