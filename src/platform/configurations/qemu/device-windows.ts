/** Where the guest finds devices that QEMU puts at fixed places, or at places that an option names. */
import { wholeNumber } from '../quantities.js';
import type { BoardWindow } from './boards.js';
import { PARALLEL_PORTS, SERIAL_PORTS } from './boards.js';

export interface FixedPlace {
  readonly windows: readonly BoardWindow[];
  /** Controller and input. */
  readonly interrupts: readonly (readonly [string, number])[];
}

const NOWHERE: FixedPlace = { windows: [], interrupts: [] };

/**
 * @param value of an option of the device
 * @param number how many of its kind are before it
 */
export function fixedPlace(type: string, value: (key: string) => string | undefined, number: number): FixedPlace {
  const stated = (key: string) => wholeNumber(value(key) ?? '');
  const ports = (first: number | undefined, length: number, irq?: number): FixedPlace =>
    first === undefined
      ? NOWHERE
      : { windows: [{ space: 'port', start: first, length }], interrupts: isa(stated('irq') ?? irq) };
  switch (type) {
    case 'isa-serial': {
      const [first, irq] = SERIAL_PORTS[stated('index') ?? number] ?? [];
      return ports(stated('iobase') ?? first, 8, irq);
    }
    case 'isa-parallel':
      return ports(stated('iobase') ?? PARALLEL_PORTS[stated('index') ?? number], 8, 7);
    case 'isa-debugcon':
      return ports(stated('iobase') ?? 0xe9, 1);
    case 'isa-debug-exit':
      return ports(stated('iobase') ?? 0x501, stated('iosize') ?? 2);
    case 'pvpanic':
      return ports(stated('ioport') ?? 0x505, 1);
    case 'ne2k_isa':
      return ports(stated('iobase') ?? 0x300, 32, 9);
    case 'isa-ipmi-kcs':
      return ports(stated('ioport') ?? 0xca2, 2);
    case 'tpm-tis':
      return { ...NOWHERE, windows: [{ space: 'mmio', start: 0xfed40000, length: 0x5000 }] };
    case 'tpm-crb':
      return { ...NOWHERE, windows: [{ space: 'mmio', start: 0xfed40000, length: 0x1000 }] };
    case 'pl011':
      return number === 0
        ? { windows: [{ space: 'mmio', start: 0x09000000, length: 0x1000 }], interrupts: [['gic', 33]] }
        : NOWHERE;
    default:
      return NOWHERE;
  }
}

const isa = (irq: number | undefined): FixedPlace['interrupts'] => (irq === undefined ? [] : [['isa', irq]]);
