/** Machine type, accelerator, interrupt controllers and timers by QEMU's options. */
import type { Clock, InterruptController, Timer } from '../machine-configuration.js';
import { switchOf } from '../quantities.js';
import type { Board } from './boards.js';
import { partsOf, type QemuOption, type Setting, settingOf, textOf } from './settings.js';

/** Settings of -machine add up over several of them. */
const machineSetting = (options: readonly QemuOption[], ...keys: readonly string[]): Setting | undefined =>
  options
    .filter(({ name }) => name === 'machine')
    .map((option) => settingOf(option, ...keys))
    .findLast((setting) => setting !== undefined);

export const machineType = (options: readonly QemuOption[]): string | null =>
  machineSetting(options, 'type')?.value ?? null;

/** The first that is wanted; QEMU takes the next only where that one is not to be had. */
export function acceleratorOf(options: readonly QemuOption[]): string | null {
  const stated = options.find(({ name }) => name === 'accel');
  const accelerator = (stated && textOf(stated, 'accel')) ?? machineSetting(options, 'accel')?.value.split(':')[0];
  if (accelerator !== undefined) return accelerator;
  return options.some(({ name }) => name === 'enable-kvm') ? 'kvm' : null;
}

/** null where nothing but QEMU's emulation of all of the machine could have it. */
export function interruptControllerOf(
  options: readonly QemuOption[],
  accelerator: string | null,
  board: Board | undefined,
): InterruptController | null {
  const ofAccel = options
    .filter(({ name }) => name === 'accel')
    .map((option) => settingOf(option, 'kernel-irqchip'))
    .findLast((setting) => setting !== undefined);
  const stated = ofAccel ?? machineSetting(options, 'kernel-irqchip', 'kernel_irqchip');
  if (stated !== undefined) {
    const where = stated.value === 'split' ? 'split' : switchOf(stated.value) === false ? 'vmm' : 'kernel';
    return { in: where, byDefault: null, place: stated.place };
  }
  if (options.some(({ name }) => name === 'no-kvm-irqchip')) {
    return { in: 'vmm', byDefault: null, place: options.find(({ name }) => name === 'no-kvm-irqchip')!.place };
  }
  if (accelerator !== 'kvm' || board === undefined) return null;
  const byDefault = 'QEMU leaves it to KVM unless kernel-irqchip says otherwise';
  return { in: 'kernel', byDefault, place: null };
}

export function clockOf(options: readonly QemuOption[]): Clock {
  const rtc = options.findLast(({ name }) => name === 'rtc');
  const hpet = hpetOf(options);
  const pit = pitOf(options);
  const driftFix = rtc && settingOf(rtc, 'driftfix');
  const timers: Timer[] = [
    ...(driftFix === undefined
      ? []
      : [{ name: 'rtc', present: true, tickPolicy: driftFix.value, place: driftFix.place }]),
    ...(hpet === undefined ? [] : [hpet]),
    ...(pit === undefined ? [] : [pit]),
    ...kvmClockOf(options),
  ];
  return { base: (rtc && textOf(rtc, 'base')) ?? null, timers, place: rtc?.place ?? null };
}

function hpetOf(options: readonly QemuOption[]): Timer | undefined {
  const removed = options.find(({ name }) => name === 'no-hpet');
  if (removed !== undefined) return { name: 'hpet', present: false, tickPolicy: null, place: removed.place };
  const stated = machineSetting(options, 'hpet');
  return stated && { name: 'hpet', present: switchOf(stated.value) ?? null, tickPolicy: null, place: stated.place };
}

/** `-global kvm-pit.lost_tick_policy=delay`, and for microvm `-machine pit=off`. */
function pitOf(options: readonly QemuOption[]): Timer | undefined {
  const policy = globalOf(options, 'kvm-pit', 'lost_tick_policy');
  const stated = machineSetting(options, 'pit');
  const place = policy?.place ?? stated?.place;
  if (place === undefined) return undefined;
  const present = stated === undefined ? null : (switchOf(stated.value) ?? null);
  return { name: 'pit', present, tickPolicy: policy?.value ?? null, place };
}

/** The feature of the CPU by which the guest reads the time without leaving it. */
function kvmClockOf(options: readonly QemuOption[]): Timer[] {
  const cpu = options.findLast(({ name }) => name === 'cpu')?.value;
  if (cpu == null) return [];
  const found = partsOf(cpu).findLast(({ key }) => /^[+-]?kvm-?clock$/.test(key));
  if (found === undefined) return [];
  const present = !found.key.startsWith('-') && switchOf(found.value ?? 'on') !== false;
  return [{ name: 'kvmclock', present, tickPolicy: null, place: found.place }];
}

/** "driver.property=value", or with names for the three. */
function globalOf(options: readonly QemuOption[], driver: string, property: string): Setting | undefined {
  for (const { name, value, settings } of options.toReversed()) {
    if (name !== 'global') continue;
    const parts = value === null ? [] : partsOf(value);
    const short = parts.find(({ key }) => key === `${driver}.${property}`);
    if (short !== undefined) return { key: property, value: short.value ?? '', place: short.place };
    const given = [...parts.map(({ key, value: text, place }) => ({ key, value: text ?? '', place })), ...settings];
    const named = (key: string) => given.findLast((setting) => setting.key === key);
    if (named('driver')?.value === driver && named('property')?.value === property) return named('value');
  }
  return undefined;
}

/** Devices of the board that options take away. */
export function isRemoved(type: string, options: readonly QemuOption[], board: Board): boolean {
  const isOn = (key: string) => switchOf(machineSetting(options, key)?.value ?? 'off') === true;
  const isOff = (...keys: string[]) => switchOf(machineSetting(options, ...keys)?.value ?? 'on') === false;
  switch (type) {
    case 'hpet':
      return hpetOf(options)?.present === false;
    case 'vmport':
      return isOff('vmport');
    case 'i8042':
      return isOff('i8042');
    case 'isa-fdc':
      return isOff('fdc');
    case 'ich9-ahci':
      return isOff('sata');
    case 'ICH9-SMB':
      return isOff('smbus');
    case 'isa-pit':
      return isOff('pit');
    case 'isa-i8259':
      return isOff('pic');
    case 'mc146818rtc':
      return board.id === 'microvm' && !isOn('rtc') && (isOff('rtc') || acceleratorOf(options) === 'kvm');
    default:
      return false;
  }
}
