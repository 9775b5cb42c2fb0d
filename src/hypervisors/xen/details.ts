/** Details of episodes as two numbers (class and value), and how they are written for people. */
import type { DetailFormatter, DeviceAddress } from '../../recording/causes.js';
import { APIC_BASE, APIC_PAGE_SIZE, apicRegisterName } from '../x86/apic-registers.js';
import { CPUID_LEAVES } from '../x86/cpuid-leaves.js';
import { EXCEPTION_NAMES } from '../x86/exception-names.js';
import { msrName } from '../x86/msr-names.js';
import { XEN_HYPERCALLS } from '../x86/xen-hypercalls.js';

/** Sorts of details: the low 8 bits of a class. Value: see each. */
export const DetailSort = {
  None: 0,
  /** Number of the port. */
  Port: 1,
  /** Guest physical address, here and in the sort for faults. */
  Memory: 2,
  /** Number of the register, here and in the next one. */
  Msr: 3,
  ControlRegister: 4,
  /** Nothing. */
  DebugRegister: 5,
  /** Leaf. */
  Cpuid: 6,
  /** Vector, here and in the next one. */
  Interrupt: 7,
  Exception: 8,
  /** Number of the call. */
  Hypercall: 9,
  Fault: 10,
  /** Number of the call's operation, here and in the next one. */
  SchedulerCall: 11,
  VcpuCall: 12,
} as const;

export const WRITE = 1 << 8;

/** The first detail of the highest rank wins: where an access went says more than that it faulted. */
export const Rank = { Fault: 1, Register: 2, Device: 3, Sleep: 4 } as const;

const hex = (value: number): string => `0x${value.toString(16)}`;

/** What a device model could not emulate: the local APIC is in the hypervisor. */
export const isApic = (address: number): boolean => address >= APIC_BASE && address < APIC_BASE + APIC_PAGE_SIZE;

/** Source: Xen's public headers sched.h and vcpu.h. */
const SCHEDULER_CALLS = [
  'yield',
  'block',
  'shutdown',
  'poll',
  'remote_shutdown',
  'shutdown_code',
  'watchdog',
  'pin_override',
];
const VCPU_CALLS = [
  'initialise',
  'up',
  'down',
  'is_up',
  'get_runstate_info',
  'register_runstate_memory_area',
  'set_periodic_timer',
  'stop_periodic_timer',
  'set_singleshot_timer',
  'stop_singleshot_timer',
  'register_vcpu_info',
  'send_nmi',
  'get_physid',
  'register_vcpu_time_memory_area',
];

export class XenDetails implements DetailFormatter {
  text(detailClass: number, value: number): string | undefined {
    const direction = (detailClass & WRITE) === 0 ? 'read' : 'write';
    switch (detailClass & 0xff) {
      case DetailSort.Port:
        return `port ${hex(value)}, ${direction}`;
      case DetailSort.Memory:
        return isApic(value)
          ? `APIC ${apicRegisterName(value - APIC_BASE)} ${direction}`
          : `address ${hex(value)}, ${direction}`;
      case DetailSort.Fault:
        return `fault at ${hex(value)}`;
      case DetailSort.Msr:
        return `${['MSR', hex(value), msrName(value)].filter((word) => word !== undefined).join(' ')} ${direction}`;
      case DetailSort.ControlRegister:
        return `CR${value} ${direction}`;
      case DetailSort.DebugRegister:
        return `debug register ${direction}`;
      case DetailSort.Cpuid:
        return `CPUID leaf ${hex(value)}${CPUID_LEAVES[value] === undefined ? '' : ` (${CPUID_LEAVES[value]})`}`;
      case DetailSort.Interrupt:
        return `host vector ${hex(value)}`;
      case DetailSort.Exception:
        return EXCEPTION_NAMES[value] ?? `exception ${value}`;
      case DetailSort.Hypercall:
        return `hypercall ${value} ${XEN_HYPERCALLS[value] ?? ''}`.trimEnd();
      case DetailSort.SchedulerCall:
        return `hypercall sched_op, ${SCHEDULER_CALLS[value] ?? value}`;
      case DetailSort.VcpuCall:
        return `hypercall vcpu_op, ${VCPU_CALLS[value] ?? value}`;
      default:
        return undefined;
    }
  }

  address(detailClass: number, value: number): DeviceAddress | undefined {
    switch (detailClass & 0xff) {
      case DetailSort.Port:
        return { space: 'port', address: value };
      case DetailSort.Memory:
        return isApic(value) ? undefined : { space: 'mmio', address: value };
      case DetailSort.Msr:
        return { space: 'msr', address: value };
      default:
        return undefined;
    }
  }
}
