/** Details of episodes as two numbers (class and value), and how they are written for people. */
import type { DetailFormatter, DeviceAddress } from '../../recording/causes.js';
import { systemRegisterName } from '../arm/system-registers.js';

/** Sorts of details: the low 8 bits of a class. Value: see each. */
export const DetailSort = {
  None: 0,
  /** Guest physical address; direction, size and the general register that was read or written are in the class. */
  Mmio: 1,
  /** Number of the port; direction and size are in the class. */
  Port: 2,
  /** An access whose address is not known: the general register that was read or written; likewise. */
  Access: 3,
  /** Encoding (`systemRegisterName`); the direction is in the class. */
  SystemRegister: 4,
  /** The number that the instruction carries, here and in the next sort. */
  Hypercall: 5,
  FirmwareCall: 6,
  /** Nothing. */
  TableWalk: 7,
  /** The whole code of an exit whose class is not known. */
  Code: 8,
} as const;

const WRITE = 1 << 8;
/** The number of the register + 1, in six bits; 0: not known. */
const REGISTER_SHIFT = 9;
const REGISTER_BITS = 0x3f;
const SIZE_SHIFT = 16;

/** @param bytes of the access; 0: unknown @param register general register, -1: unknown, or it is the value */
export const accessClass = (sort: number, write: boolean, bytes: number, register = -1): number =>
  sort | (write ? WRITE : 0) | ((register + 1) << REGISTER_SHIFT) | (bytes << SIZE_SHIFT);

const hex = (value: number): string => `0x${value.toString(16)}`;

/** The number of the register that always holds zero. */
const ZERO_REGISTER = 31;

export class QnxDetails implements DetailFormatter {
  text(detailClass: number, value: number): string | undefined {
    switch (detailClass & 0xff) {
      case DetailSort.Mmio:
        return `address ${hex(value)}, ${access(detailClass)} of ${registerName(registerOf(detailClass))} (inferred)`;
      case DetailSort.Port:
        return `port ${hex(value)}, ${access(detailClass)} (inferred)`;
      case DetailSort.Access:
        return `${access(detailClass)} of ${registerName(value)}, address not recorded (inferred)`;
      case DetailSort.SystemRegister:
        return `${systemRegisterName(value)} ${(detailClass & WRITE) === 0 ? 'read' : 'write'} (inferred)`;
      case DetailSort.Hypercall:
        return `HVC #${value} (inferred)`;
      case DetailSort.FirmwareCall:
        return `SMC #${value} (inferred)`;
      case DetailSort.Code:
        return `code ${hex(value)}`;
      case DetailSort.TableWalk:
        return "fault in the guest's page tables (inferred)";
      default:
        return undefined;
    }
  }

  address(detailClass: number, value: number): DeviceAddress | undefined {
    switch (detailClass & 0xff) {
      case DetailSort.Port:
        return { space: 'port', address: value };
      case DetailSort.Mmio:
        return { space: 'mmio', address: value };
      default:
        return undefined;
    }
  }
}

const registerOf = (detailClass: number): number => ((detailClass >> REGISTER_SHIFT) & REGISTER_BITS) - 1;
const registerName = (register: number): string => (register === ZERO_REGISTER ? 'xzr' : `x${register}`);

/** For example "1-byte write". */
function access(detailClass: number): string {
  const bytes = detailClass >> SIZE_SHIFT;
  return `${bytes === 0 ? '' : `${bytes}-byte `}${(detailClass & WRITE) === 0 ? 'read' : 'write'}`;
}
