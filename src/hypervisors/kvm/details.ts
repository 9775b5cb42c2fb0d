/**
 * Details of episodes as two numbers (class and value), and how they are written for people.
 *
 * A detail class is a sort (low 8 bits) with flags above; everything that shall tell rows apart without being the
 * value: direction, size, kind of access. Classes stay below 2^31, values below 2^53.
 */
import type { DetailFormatter, DeviceAddress, ReasonTable } from '../../recording/causes.js';
import type { InterruptNames } from '../../recording/interrupt-names.js';
import { interruptText } from '../arm/interrupts.js';
import { smcccName } from '../arm/smccc.js';
import { systemRegisterName } from '../arm/system-registers.js';
import { csrName } from '../riscv/control-registers.js';
import { apicRegisterName } from '../x86/apic-registers.js';
import { CPUID_LEAVES } from '../x86/cpuid-leaves.js';
import { EXCEPTION_NAMES } from '../x86/exception-names.js';
import { msrName } from '../x86/msr-names.js';
import { XEN_HYPERCALLS } from '../x86/xen-hypercalls.js';
import { GHCB_REQUESTS, HYPERV_HYPERCALLS, KVM_HYPERCALLS } from './hypercalls.js';
import { HOST_VECTOR_NAMES, irqText } from './interrupt-names.js';

/** Sorts of details. Value: see each. */
export const DetailSort = {
  None: 0,
  /** Port number. */
  Port: 1,
  /** Guest physical address. */
  Mmio: 2,
  /** Number of the register, here and in the next three sorts. */
  Msr: 3,
  ControlRegister: 4,
  DebugRegister: 5,
  /** Offset in the APIC page. */
  Apic: 6,
  /** Leaf. */
  Cpuid: 7,
  /** Vector, here and in the next four sorts. */
  Exception: 8,
  HostInterrupt: 9,
  Injected: 10,
  WokenBy: 11,
  EndOfInterrupt: 12,
  /** Nothing: the access is in the flags. */
  Fault: 13,
  /** Destination * 256 + vector. */
  Ipi: 14,
  /** Vector. */
  AvicIpi: 15,
  /** Number of the call, here and in the next two sorts. */
  KvmHypercall: 16,
  HypervHypercall: 17,
  XenHypercall: 18,
  /** Number of the request. */
  GhcbRequest: 19,
  /** Index into the ReasonTable, here and in the next sort. */
  NestedExit: 20,
  EncryptedGuestCall: 21,
  /** Vector. */
  InjectedException: 22,
  /** Nothing. */
  AsyncFault: 23,
  /** Encoding of a system register of arm64 (`systemRegisterName`). */
  SystemRegister: 24,
  /** Function identifier of a call to the firmware. */
  FirmwareCall: 25,
  /** The number that an HVC instruction carries, where it is no call to the firmware. */
  HypervisorCall: 26,
  /** 0 WFI, 1 WFE. */
  Wait: 27,
  /** Interrupt number of the guest, here and in the next sort. */
  GuestTimer: 28,
  WokenByInterrupt: 29,
  /** Interrupt number of the host. */
  HostIrq: 30,
  /** Number of a control and status register of RISC-V. */
  Csr: 31,
  /** Instruction that the guest must not execute, of RISC-V. */
  Instruction: 32,
  /** Nothing, here and in the next sort. */
  UnknownDevice: 33,
  UnknownDebugRegister: 34,
} as const;

const FLAGS_SHIFT = 8;
const SIZE_SHIFT = 16;
const MAX_SIZE = 255;

/** Flags of an access to a port, an address or a register. */
export const AccessFlag = { Write: 1 << FLAGS_SHIFT, String: 2 << FLAGS_SHIFT, Refused: 4 << FLAGS_SHIFT } as const;
/** Flags of a fault. */
export const FaultFlag = {
  Write: 1 << FLAGS_SHIFT,
  Fetch: 2 << FLAGS_SHIFT,
  Present: 4 << FLAGS_SHIFT,
  PageTable: 8 << FLAGS_SHIFT,
  /** The page is there and allowed, but not marked as used. */
  Unused: 16 << FLAGS_SHIFT,
} as const;
/** Fields of an IPI: 3 bits of delivery mode, 2 bits of shorthand, 1 bit for a logical destination. */
const IPI_MODE_SHIFT = FLAGS_SHIFT;
const IPI_SHORTHAND_SHIFT = FLAGS_SHIFT + 3;
const IPI_LOGICAL = 1 << (FLAGS_SHIFT + 5);

/** The class of an access. `size` in bytes; 0 or NaN: unknown. */
export function accessClass(sort: number, write: boolean, size: number): number {
  const bytes = size > 0 ? Math.min(size, MAX_SIZE) : 0;
  return sort | (write ? AccessFlag.Write : 0) | (bytes << SIZE_SHIFT);
}

/** The class of an inter-processor interrupt, from the low half of the interrupt command register. */
export function ipiClass(icrLow: number): number {
  const mode = (icrLow >> 8) & 7;
  const shorthand = (icrLow >> 18) & 3;
  const logical = (icrLow & 0x800) === 0 || shorthand !== 0 ? 0 : IPI_LOGICAL;
  return DetailSort.Ipi | (mode << IPI_MODE_SHIFT) | (shorthand << IPI_SHORTHAND_SHIFT) | logical;
}

/** With a shorthand the destination means nothing, so that it must not tell rows apart. */
export function ipiValue(icrLow: number, destination: number): number {
  const target = ((icrLow >> 18) & 3) === 0 && destination >= 0 ? destination : 0;
  return target * 256 + (icrLow & 0xff);
}

/** `why`: the hardware's reason for not delivering it, 0..4. */
export const avicIpiClass = (why: number): number => DetailSort.AvicIpi | ((why & 0xff) << FLAGS_SHIFT);

/**
 * Which detail of an episode wins: the most telling one. An access to a device also shows as a page fault, a write of
 * an APIC register also as a write of its MSR; of an IPI, where it goes says more than the register used to send it.
 */
export const Rank = {
  /** Which sort of wait it was, unless more is known. */
  Wait: 0,
  Injected: 1,
  Fault: 2,
  AsyncFault: 3,
  Reason: 4,
  Apic: 5,
  Register: 6,
  Device: 7,
  Ipi: 8,
  Nested: 9,
} as const;

const hex = (value: number): string => `0x${value.toString(16)}`;

export class KvmDetails implements DetailFormatter {
  readonly #reasons: ReasonTable;
  readonly #interruptNames: InterruptNames | undefined;

  constructor(reasons: ReasonTable, interruptNames?: InterruptNames) {
    this.#reasons = reasons;
    this.#interruptNames = interruptNames;
  }

  text(detailClass: number, value: number): string | undefined {
    switch (detailClass & 0xff) {
      case DetailSort.Port:
        return `port ${hex(value)}, ${access(detailClass)}`;
      case DetailSort.Mmio:
        return `address ${hex(value)}, ${access(detailClass)}`;
      case DetailSort.Msr:
        return named(`MSR ${hex(value)}`, msrName(value), ` ${access(detailClass)}`);
      case DetailSort.ControlRegister:
        return `CR${value} ${access(detailClass)}`;
      case DetailSort.DebugRegister:
        return `DR${value} ${access(detailClass)}`;
      case DetailSort.Apic:
        return `APIC ${apicRegisterName(value)} ${access(detailClass)}`;
      case DetailSort.Cpuid:
        return bracketed(`CPUID leaf ${hex(value)}`, CPUID_LEAVES[value]);
      case DetailSort.Exception:
        return EXCEPTION_NAMES[value] ?? `exception ${value}`;
      case DetailSort.HostInterrupt:
        return bracketed(`host vector ${hex(value)}`, HOST_VECTOR_NAMES[value]);
      case DetailSort.Injected:
        return `injects vector ${hex(value)}`;
      case DetailSort.InjectedException:
        return `injects ${EXCEPTION_NAMES[value] ?? `exception ${value}`}`;
      case DetailSort.AsyncFault:
        return 'page read in by the host (asynchronous page fault)';
      case DetailSort.WokenBy:
        return `woken by vector ${hex(value)}`;
      case DetailSort.EndOfInterrupt:
        return `end of interrupt, vector ${hex(value)}`;
      case DetailSort.Fault:
        return faultText(detailClass);
      case DetailSort.Ipi:
        return ipiText(detailClass, value);
      case DetailSort.AvicIpi:
        return `IPI, vector ${hex(value)}: ${AVIC_IPI_FAILURES[detailClass >> FLAGS_SHIFT] ?? 'not delivered'}`;
      case DetailSort.KvmHypercall:
        return named(`hypercall ${value}`, KVM_HYPERCALLS[value]);
      case DetailSort.HypervHypercall:
        return named(`Hyper-V hypercall ${hex(value)}`, HYPERV_HYPERCALLS[value]);
      case DetailSort.XenHypercall:
        return named(`Xen hypercall ${value}`, XEN_HYPERCALLS[value]);
      case DetailSort.GhcbRequest:
        return bracketed(`request ${hex(value)} of an encrypted guest`, GHCB_REQUESTS[value]);
      case DetailSort.NestedExit:
        return `exit of a nested guest: ${this.#reasons.get(value).name}`;
      case DetailSort.EncryptedGuestCall:
        return `call of an encrypted guest: ${this.#reasons.get(value).name}`;
      case DetailSort.SystemRegister:
        return `${systemRegisterName(value)} ${access(detailClass)}`;
      case DetailSort.FirmwareCall:
        return smcccName(value);
      case DetailSort.HypervisorCall:
        return `HVC #${value}`;
      case DetailSort.Wait:
        return value === 0 ? 'WFI' : 'WFE';
      case DetailSort.GuestTimer:
        return `the guest's timer, interrupt ${interruptText(value)}`;
      case DetailSort.WokenByInterrupt:
        return `woken by interrupt ${interruptText(value)}`;
      case DetailSort.HostIrq:
        return `host ${irqText(value, this.#interruptNames)}`;
      case DetailSort.Csr:
        return `${csrName(value)} ${access(detailClass)}`;
      case DetailSort.Instruction:
        return `instruction ${hex(value)}`;
      case DetailSort.UnknownDevice:
        return 'access to a device, address not recorded';
      case DetailSort.UnknownDebugRegister:
        return 'debug register';
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
      case DetailSort.Msr:
        return { space: 'msr', address: value };
      default:
        return undefined;
    }
  }
}

const named = (what: string, name: string | undefined, rest = ''): string =>
  `${name === undefined ? what : `${what} ${name}`}${rest}`;

const bracketed = (what: string, name: string | undefined): string => (name === undefined ? what : `${what} (${name})`);

/** For example "1-byte write", "2-byte read, string", "write, refused". */
function access(detailClass: number): string {
  const size = (detailClass >> SIZE_SHIFT) & MAX_SIZE;
  const direction = (detailClass & AccessFlag.Write) === 0 ? 'read' : 'write';
  const string = (detailClass & AccessFlag.String) === 0 ? '' : ', string';
  const refused = (detailClass & AccessFlag.Refused) === 0 ? '' : ', refused';
  return `${size === 0 ? '' : `${size}-byte `}${direction}${string}${refused}`;
}

function faultText(detailClass: number): string {
  const fetch = (detailClass & FaultFlag.Fetch) !== 0;
  const write = (detailClass & FaultFlag.Write) !== 0;
  const kind = fetch ? 'instruction fetch' : write ? 'write' : 'read';
  const table = (detailClass & FaultFlag.PageTable) === 0 ? '' : " in the guest's page tables";
  return `memory ${kind} fault${table}, page ${pageState(detailClass)}`;
}

function pageState(detailClass: number): string {
  if ((detailClass & FaultFlag.Unused) !== 0) return 'not marked as used';
  return (detailClass & FaultFlag.Present) === 0 ? 'not mapped' : 'protected';
}

/** Delivery modes that are no plain vector. Source: Intel SDM volume 3, interrupt command register. */
const IPI_MODES: Readonly<Record<number, string>> = { 2: 'SMI', 4: 'NMI', 5: 'INIT', 6: 'start-up IPI' };
const IPI_SHORTHANDS = ['', 'self', 'all', 'all but self'];

function ipiText(detailClass: number, value: number): string {
  const mode = IPI_MODES[(detailClass >> IPI_MODE_SHIFT) & 7];
  const shorthand = (detailClass >> IPI_SHORTHAND_SHIFT) & 3;
  const destination = `${(detailClass & IPI_LOGICAL) === 0 ? '' : 'logical '}${hex(Math.floor(value / 256))}`;
  const target = shorthand === 0 ? destination : IPI_SHORTHANDS[shorthand];
  return mode === undefined ? `IPI to ${target}, vector ${hex(value % 256)}` : `${mode} to ${target}`;
}

/** Source: AMD APM volume 2, AVIC, incomplete IPI exit. */
const AVIC_IPI_FAILURES: readonly string[] = [
  'this sort the hardware does not deliver',
  'the target vCPU does not run',
  'the target does not exist',
  'the target has no valid page',
  'the vector is not valid',
];
