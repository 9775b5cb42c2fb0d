/** QEMU command lines and configuration files: what the fixtures say, read by eye. */
import { describe, expect, it, test } from 'vitest';
import { configurationOf } from '../../support/configurations.js';
import {
  backendOf,
  briefDevice,
  issuesOf,
  machineFixture,
  statedDevices,
} from '../../support/machine-configurations.js';

const GIB = 2 ** 30;

describe('a script that starts a desktop guest', () => {
  const machine = machineFixture('qemu/desktop.sh');

  it('has what its options say', () => {
    expect(machine).toMatchObject({
      name: 'desk',
      architecture: 'x86_64',
      board: 'pc',
      accelerator: 'kvm',
      cpu: { model: 'host' },
      topology: { sockets: 1, cores: 2, threads: 2, dies: null, maxVcpus: null },
      memory: [{ kind: 'ram', length: 4 * GIB, backing: '/dev/hugepages', place: { line: 7 } }],
      memoryBacking: { hugePages: true, path: '/dev/hugepages', preallocated: true, locked: null },
      interruptController: { in: 'split', byDefault: null, place: { line: 6 } },
      clock: { base: 'localtime' },
    });
    expect(machine.cpu!.features.map(({ name, enabled, value }) => [name, enabled, value])).toEqual([
      ['x2apic', false, null],
      ['hv-relaxed', true, null],
      ['hv-spinlocks', true, '0x1fff'],
    ]);
    expect(machine.clock.timers.map(({ name, present, tickPolicy }) => [name, present, tickPolicy])).toEqual([
      ['rtc', true, 'slew'],
      ['hpet', false, null],
      ['pit', null, 'discard'],
    ]);
  });

  it('runs where taskset puts it', () => {
    expect(machine.vcpus.map(({ id, runmask }) => [id, runmask])).toEqual([0, 1, 2, 3].map((id) => [id, [2, 3]]));
    expect(machine.threads).toMatchObject([{ role: 'emulator', runmask: [2, 3] }]);
  });

  it('has its devices, those of the board, and an empty floppy drive', () => {
    expect(statedDevices(machine)).toEqual([
      'emulated console isa-serial - port:0x3f8+8 isa:4',
      'emulated console isa-serial - port:0x2f8+8 isa:3',
      'paravirtual display qxl-vga -',
      'emulated network rtl8139 -',
      'emulated input usb-tablet -',
      'emulated disk ide-hd -',
      'emulated disk ide-cd -',
    ]);
    const added = machine.devices.filter(({ byDefault }) => byDefault?.startsWith('QEMU adds') === true);
    expect(added.map(({ type }) => type)).toEqual(['floppy']);
    const onBoard = machine.devices.filter(({ byDefault }) => byDefault?.startsWith('it is on the board') === true);
    expect(onBoard.map(briefDevice)).toEqual(
      expect.arrayContaining([
        'emulated timer isa-pit - port:0x40+4 isa:0',
        'emulated interrupt-controller ioapic - mmio:0xfec00000+4096',
      ]),
    );
    expect(onBoard.map(({ type }) => type)).not.toContain('hpet');
  });

  it('keeps the rest as it is written', () => {
    expect(machine.options.map(({ name, values }) => [name, ...values].join(' '))).toEqual([
      'taskset -c 2,3',
      '-machine pc,kernel_irqchip=split',
      '-global kvm-pit.lost_tick_policy=discard',
      '-display gtk',
      '-usb',
      '-monitor none',
      '-boot menu=on',
    ]);
    expect(machine.issues).toEqual([]);
  });
});

describe("libvirt's log of a tuned guest", () => {
  const machine = machineFixture('qemu/tuned.cmdline.txt');

  it('has what its options say', () => {
    expect(machine).toMatchObject({
      name: 'db',
      board: 'pc-q35-8.2',
      accelerator: 'kvm',
      memory: [{ length: 16 * GIB, backing: 'memory-backend-memfd' }],
      memoryBacking: { hugePages: true, pageSize: 2 ** 21, shared: true, preallocated: true, locked: true, path: null },
      interruptController: { in: 'split' },
      threads: [{ role: 'iothread', id: 'iothread1' }],
      clock: { base: 'utc' },
    });
    expect(machine.vcpus.length).toBe(8);
    expect(machine.cpu!.features.find(({ name }) => name === 'kvm-hint-dedicated')?.enabled).toBe(true);
    expect(machine.devices.some(({ type }) => type === 'hpet' || type === 'vmport')).toBe(false);
    expect(machine.issues).toEqual([]);
  });

  it('has devices on backends, in the kernel and in threads', () => {
    expect(backendOf(machine, 'net0')).toBe('tap/kernel/-/2');
    expect(backendOf(machine, 'virtio-disk0')).toBe('raw/?/iothread1/4');
    expect(backendOf(machine, 'serial0')).toBe('pty/?/-/-');
    expect(statedDevices(machine)).toEqual(
      expect.arrayContaining([
        'passed-through other vfio-pci hostdev0 pcie.0 addr 0x5 host 0000:3b:00.2',
        'emulated console isa-serial serial0 port:0x3f8+8 isa:4',
        'paravirtual network virtio-net-pci net0 pci.1 addr 0x0',
      ]),
    );
  });
});

describe('what ps prints of a hosted guest', () => {
  const machine = machineFixture('qemu/hosting.ps.txt');

  it('has what its options say', () => {
    expect(machine).toMatchObject({ name: 'web', board: 'pc+pve0', accelerator: 'kvm', cpu: { model: 'kvm64' } });
    expect(machine.interruptController).toMatchObject({ in: 'kernel', place: null });
    expect(backendOf(machine, 'net0')).toBe('tap/kernel/-/-');
    expect(machine.devices.filter(({ byDefault }) => byDefault !== null).map(({ type }) => type)).toContain('kvm-pit');
    expect(machine.issues).toEqual([]);
  });
});

describe('guests on Arm', () => {
  it('from /proc/PID/cmdline', () => {
    const machine = machineFixture('qemu/arm.cmdline');
    expect(machine.options.find(({ name }) => name === '-append')?.values).toEqual([
      'console=ttyAMA0 root=/dev/vda ro',
    ]);
    expect(machine.devices.map(briefDevice)).toEqual(
      expect.arrayContaining([
        'emulated console pl011 - mmio:0x9000000+4096 gic:33',
        'paravirtual disk virtio-blk-device - mmio:0xa003e00+512 gic:79',
      ]),
    );
    expect(machine.devices.find(({ type }) => type === 'virtio-blk-device')?.backend?.type).toBe('raw');
    expect(machine.issues).toEqual([]);
  });

  it('from a file of -readconfig', () => {
    const machine = machineFixture('qemu/board.cfg');
    expect(machine).toMatchObject({ format: 'qemu-config', board: 'virt', accelerator: 'kvm', clock: { base: 'utc' } });
    expect([machine.vcpus.length, machine.memory[0].length]).toEqual([2, GIB]);
    expect(statedDevices(machine)).toEqual([
      'paravirtual disk virtio-blk-device disk0 mmio:0xa003e00+512 gic:79',
      'paravirtual network virtio-net-device - mmio:0xa003c00+512 gic:78',
    ]);
    expect(machine.issues).toEqual([]);
  });
});

const read = (text: string, files = {}) => configurationOf(text, { source: 'run.sh', files });

test.each([
  ['', 1],
  ['-smp 4', 4],
  ['-smp cpus=6,maxcpus=8', 6],
  ['-smp sockets=2,cores=3,threads=2', 12],
  ['-smp maxcpus=8', 8],
  ['-smp 0x10', 16],
])('vCPUs of "%s"', (options, count) => expect(read(`qemu-system-x86_64 -S ${options}`).vcpus.length).toBe(count));

test.each([
  ['-m 512', 512],
  ['-m 1G', 1024],
  ['-m 1.5G', 1536],
  ['-m size=2048,slots=4,maxmem=16G', 2048],
  ['-m 262144k', 256],
  ['', 128],
])('MiB of memory of "%s"', (options, mebibytes) => {
  const { memory, issues } = read(`qemu-system-x86_64 -S ${options}`);
  expect([memory[0].length, issues]).toEqual([mebibytes * 2 ** 20, []]);
});

test.each([
  ['-machine q35,accel=kvm,kernel_irqchip=off', 'vmm'],
  ['-accel kvm,kernel-irqchip=split', 'split'],
  ['-M pc -enable-kvm -machine kernel_irqchip=on', 'kernel'],
  ['-accel kvm', 'kernel'],
  ['-accel tcg', undefined],
])('interrupt controller of "%s"', (options, where) =>
  expect(read(`qemu-system-x86_64 ${options}`).interruptController?.in).toBe(where),
);

describe('what is wrong', () => {
  it.each([
    ['-smp many', 'error bad-number 1:25'],
    ['-smp 100000', 'error bad-vcpus 1:20'],
    ['-m 5X', 'error bad-memory 1:23'],
    ['-S -frobnicate yes', 'warning unknown-option 1:23'],
    ['-device frobnicator', 'note unknown-device 1:28'],
    [`-device '{"driver":'`, 'error damaged-json 1:39'],
    ['-S -name', 'error missing-value 1:23'],
    ['-m $MEMORY', 'note substituted-value 1:23'],
    ['-readconfig none.cfg', 'error include-failed 1:32'],
    ['-kernel k -append a b c', 'note lost-quotes 1:30'],
    ["-name 'a b", 'error unclosed-quote 1:26'],
    ['-name "a \\"', 'error unclosed-quote 1:26'],
    ["-name a'", 'error unclosed-quote 1:27'],
  ])('%s', (options, issue) => expect(issuesOf(read(`qemu-system-x86_64 ${options}`))).toEqual([issue]));

  it.each([`'a b'`, `"a \\""`, `"a\\\\"`, `a''`])('nothing in the quotes of %s', (name) =>
    expect(issuesOf(read(`qemu-system-x86_64 -name ${name}`))).toEqual([]),
  );

  it('keeps an unknown option with its value', () => {
    const { options } = read('qemu-system-x86_64 -S -frobnicate yes -s');
    expect(options).toMatchObject([
      { name: '-S' },
      { name: '-frobnicate', values: ['yes'], known: false },
      { name: '-s' },
    ]);
  });

  it('of a second machine in the same text is said', () => {
    const { name, issues } = read('qemu-system-x86_64 -name a\nqemu-system-x86_64 -name b\n');
    expect([name, issues.map(({ code }) => code)]).toEqual(['a', ['several-machines']]);
    expect(read('qemu-system-x86_64 -name a -m 1G\nqemu-system-x86_64 -name a -m 2G\n').memory[0].length).toBe(2 * GIB);
  });
});

describe('words', () => {
  it('are read as a shell reads them', () => {
    const { options, name } = read(
      `sudo nice -n 5 qemu-system-x86_64 \\\n -name "a \\"b\\""\\\n -kernel 'x y' # comment\n -append "p\\\nq" -initrd a\\ b; echo -n -smp 9`,
    );
    expect(name).toBe('a "b"');
    expect(options.map((option) => [option.name, ...option.values])).toEqual([
      ['nice', '-n', '5'],
      ['-kernel', 'x y'],
      ['-append', 'pq'],
      ['-initrd', 'a b'],
    ]);
  });

  it('with commas written twice hold one', () => {
    const { devices } = read('qemu-system-x86_64 -M none -drive file=a,,b=c,if=virtio');
    expect(devices[0].options[0]).toMatchObject({ name: 'file', values: ['a,b=c'] });
  });

  it('of files of -readconfig stand in their place', () => {
    const files = { 'disk.cfg': '[device "d"]\n  driver = "virtio-blk-pci"\n' };
    const { devices } = read('qemu-system-x86_64 -M none -readconfig disk.cfg', files);
    expect(devices).toMatchObject([{ type: 'virtio-blk-pci', name: 'd', place: { source: 'disk.cfg', line: 1 } }]);
  });

  it('that hold secrets do not show them', () => {
    const { options } = read('qemu-system-x86_64 -object secret,id=s,data=hunter2,format=raw');
    expect(JSON.stringify(options)).not.toContain('hunter2');
  });

  it('that only mention QEMU are no command line', () => {
    expect(() => read('qemu-system-x86_64 is a program\n')).toThrow(/no configuration/);
    expect(() => read('cat <<EOF\nkvm\nEOF\n')).toThrow(/no configuration/);
  });
});
