/** QEMU's command lines, compared with what QEMU itself makes of them (Debian's qemu-system-x86 and qemu-system-arm). */
import { describe, expect, it, test } from 'vitest';
import { deviceModel } from '../../../src/platform/configurations/device-models.js';
import type { MachineConfiguration } from '../../../src/platform/configurations/machine-configuration.js';
import { isKnownOption } from '../../../src/platform/configurations/qemu/option-table.js';
import { configurationOf } from '../../support/configurations.js';
import {
  hasQemu,
  mappedRegions,
  monitorOutput,
  type QemuProgram,
  qemuOutput,
  treeDevices,
} from '../../support/qemu.js';

const PROGRAMS: readonly QemuProgram[] = ['qemu-system-x86_64', 'qemu-system-aarch64'];
const missing = PROGRAMS.filter((program) => !hasQemu(program));
const MISSING = `not installed: ${missing.join(', ')} (npm run test:setup installs it)`;
if (missing.length > 0) {
  test(`WITHOUT WITNESS: ${MISSING}`, () => {
    if (process.env['CI'] !== undefined) throw new Error(MISSING);
    console.warn(`QEMU's own view of command lines is not compared: ${MISSING}`);
  });
}

/** Parts of the boards that no address of a guest leads to, or that are parts of what is listed. */
const INNER = new Set(
  (
    'ps2-mouse ps2-kbd port92 isa-pcspk i8257 vmmouse smbus-eeprom PIIX3 i440FX mch kvmvapic isabus-bridge acpi-ged-x86 ' +
    'virtio-mmio gpio-key platform-bus-device arm-gicv2m arm-gicv3-its cfi.pflash01 gpex-root acpi-ged or-irq pcie-root-port-child'
  ).split(' '),
);
const ARM_GIC = /^(?:arm_gic|arm-gicv3)$/;

/** Types in the tree, each as often as it is there. */
function typesOfTree(text: string): string[] {
  // The two PICs and I/O APICs are one here.
  return treeDevices(text)
    .filter(({ type, isPart }) => !INNER.has(type) && !isPart)
    .map(({ type }) => (ARM_GIC.test(type) ? 'gic' : type))
    .filter((type, index, all) => !['isa-i8259', 'ioapic', 'isa-ide'].includes(type) || all.indexOf(type) === index)
    .toSorted();
}

const typesOf = ({ devices }: MachineConfiguration): string[] =>
  devices
    .map(({ type }) => type)
    .filter((type) => type !== 'pflash')
    .toSorted();

const DISK = '-drive file=null-co://,format=raw,';
const LINES: readonly string[] = [
  '-M pc',
  '-M q35',
  '-M isapc',
  '-M microvm',
  '-M pc -nodefaults',
  '-M q35 -nodefaults',
  '-M microvm -nodefaults',
  '-M pc -serial none -parallel none -vga none -net none',
  '-M pc -serial null -serial null -parallel null -parallel null',
  '-M pc -nodefaults -serial null -serial none -serial null',
  '-M pc -device isa-serial,chardev=c -chardev null,id=c',
  '-M pc -serial null -device isa-serial,chardev=c -chardev null,id=c',
  '-M pc -nodefaults -device isa-serial,chardev=c,iobase=0x220,irq=9 -chardev null,id=c',
  '-M pc,hpet=off,vmport=off',
  '-M pc -no-hpet',
  '-M q35,sata=off,smbus=off -nodefaults',
  '-M q35 -vga qxl -nic user,model=virtio',
  '-M pc -vga virtio -net nic,model=rtl8139 -net user',
  '-M pc -vga cirrus -net nic -net user',
  '-M pc -netdev user,id=n -device e1000e,netdev=n',
  `-M pc ${DISK}if=virtio`,
  `-M pc ${DISK}if=ide`,
  `-M pc ${DISK}index=2`,
  `-M pc ${DISK}if=ide ${DISK}if=ide ${DISK}if=ide`,
  `-M q35 ${DISK}if=none,id=d -device ide-hd,drive=d`,
  `-M q35 ${DISK}if=none,id=d -device virtio-blk-pci,drive=d -object iothread,id=io`,
  `-M pc ${DISK}if=floppy`,
  '-M pc -cdrom null-co://',
  '-M q35 -hda null-co:// -hdb null-co://',
  '-M pc -nodefaults -device VGA -device virtio-rng-pci -device virtio-balloon-pci -device vmxnet3',
  '-M q35 -device {"driver":"virtio-serial-pci","id":"s"} -chardev null,id=c -device {"driver":"virtconsole","chardev":"c"}',
  '-M microvm -device virtio-rng-device -device virtio-serial-device -nodefaults',
  `-M microvm,rtc=off,pit=off,pic=off`,
];
const ARM_LINES: readonly string[] = [
  '-M virt',
  '-M virt,gic-version=3 -nodefaults',
  '-M virt -device virtio-rng-device -device virtio-serial-device -nodefaults',
  '-M virt -device virtio-rng-device,bus=virtio-mmio-bus.3 -device virtio-serial-device -nodefaults',
  `-M virt ${DISK}if=virtio -net none`,
  `-M virt ${DISK}if=none,id=d -device virtio-blk-device,drive=d -serial null`,
];

describe.each(PROGRAMS)('%s', (program) => {
  const lines = program === 'qemu-system-x86_64' ? LINES : ARM_LINES;
  it.runIf(hasQemu(program)).each(lines)('%s has the devices that QEMU makes, where QEMU puts them', (line) => {
    const args = line.split(' ');
    const machine = configurationOf([program, ...args].join('\0'), { source: 'cmdline' });
    const printed = monitorOutput(program, args, ['info qtree', 'info mtree']);
    expect(typesOf(machine)).toEqual(typesOfTree(printed));
    const tree = treeDevices(printed);
    // Serial ports: the same bases, in the same order.
    const bases = tree
      .filter(({ type }) => type === 'isa-serial')
      .map(({ properties }) => Number.parseInt(properties.get('iobase') ?? '', 10));
    const ports = machine.devices.filter(({ type }) => type === 'isa-serial').map(({ windows }) => windows[0].start);
    expect(new Set(ports)).toEqual(new Set(bases));
    expect(ports.length).toBe(bases.length);
    // VIRTIO without PCI: each at the address of its transport.
    const slots = (devices: readonly (readonly [string, number])[]) => devices.map(String).toSorted();
    const isWithoutPci = (type: string) => /^virtio-.*-device$/.test(type);
    const inTree = tree.filter(({ type, mmio }) => isWithoutPci(type) && mmio.length > 0);
    const inModel = machine.devices.filter(({ type }) => isWithoutPci(type));
    expect(slots(inModel.map(({ type, windows }) => [type, windows[0].start]))).toEqual(
      slots(inTree.map(({ type, mmio }) => [type, mmio[0][0]])),
    );
    // Every port and address of the model is one that QEMU has mapped.
    for (const { type, windows } of machine.devices) {
      if (type === 'gic') continue;
      for (const { space, start, length } of windows) {
        const regions = mappedRegions(printed, space);
        const covered = (at: number) => regions.some(([first, last]) => at >= first && at <= last);
        expect([type, start, covered(start), covered(start + length! - 1)]).toEqual([type, start, true, true]);
      }
    }
  });

  it.runIf(hasQemu(program))('has only options that are known', () => {
    const help = qemuOutput(program, ['-help']);
    const options = [...help.matchAll(/^-(?!-)([\w-]+)(?:[ ,]|$)|^-\w+\/-(\w+)|(?<=^-h or )-(\w+)/gm)].map(
      ([, first, second, third]) => first ?? second ?? third,
    );
    expect(options.length).toBeGreaterThan(90);
    expect(options.filter((name) => !isKnownOption(name))).toEqual([]);
  });
});

it.runIf(hasQemu('qemu-system-x86_64'))('knows every device of a PC that QEMU has', () => {
  const help = qemuOutput('qemu-system-x86_64', ['-device', 'help']).replace(/^CPU devices:.*?\n\n/ms, '');
  const names = [...help.matchAll(/^name "([^"]+)"/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(200);
  expect(names.filter((name) => deviceModel(name) === undefined)).toEqual([]);
});
