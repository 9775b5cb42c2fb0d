/**
 * Calls of a guest to its firmware or hypervisor (HVC and SMC), by the function identifier in register w0.
 *
 * Sources: Arm SMC Calling Convention (DEN 0028), Power State Coordination Interface (DEN 0022), Software Delegated
 * Exception Interface (DEN 0054), TRNG firmware interface (DEN 0098), Paravirtualized Time (DEN 0057), Firmware Framework
 * (DEN 0077); for the vendor's range what Linux defines for KVM (`include/linux/arm-smccc.h`).
 */
import type { Cause } from '../../recording/causes.js';

/** `[identifier, name]`; the 64-bit form of a call differs in bit 30 alone, and is listed where there is one. */
export const SMCCC_CALLS: readonly (readonly [number, string])[] = [
  [0x80000000, 'SMCCC_VERSION'],
  [0x80000001, 'SMCCC_ARCH_FEATURES'],
  [0x80000002, 'SMCCC_ARCH_SOC_ID'],
  [0x80003fff, 'SMCCC_ARCH_WORKAROUND_3'],
  [0x80007fff, 'SMCCC_ARCH_WORKAROUND_2'],
  [0x80008000, 'SMCCC_ARCH_WORKAROUND_1'],
  [0x84000000, 'PSCI_VERSION'],
  [0x84000001, 'PSCI CPU_SUSPEND'],
  [0xc4000001, 'PSCI CPU_SUSPEND'],
  [0x84000002, 'PSCI CPU_OFF'],
  [0x84000003, 'PSCI CPU_ON'],
  [0xc4000003, 'PSCI CPU_ON'],
  [0x84000004, 'PSCI AFFINITY_INFO'],
  [0xc4000004, 'PSCI AFFINITY_INFO'],
  [0x84000005, 'PSCI MIGRATE'],
  [0xc4000005, 'PSCI MIGRATE'],
  [0x84000006, 'PSCI MIGRATE_INFO_TYPE'],
  [0x84000007, 'PSCI MIGRATE_INFO_UP_CPU'],
  [0xc4000007, 'PSCI MIGRATE_INFO_UP_CPU'],
  [0x84000008, 'PSCI SYSTEM_OFF'],
  [0x84000009, 'PSCI SYSTEM_RESET'],
  [0x8400000a, 'PSCI_FEATURES'],
  [0x8400000b, 'PSCI CPU_FREEZE'],
  [0x8400000c, 'PSCI CPU_DEFAULT_SUSPEND'],
  [0xc400000c, 'PSCI CPU_DEFAULT_SUSPEND'],
  [0x8400000d, 'PSCI NODE_HW_STATE'],
  [0xc400000d, 'PSCI NODE_HW_STATE'],
  [0x8400000e, 'PSCI SYSTEM_SUSPEND'],
  [0xc400000e, 'PSCI SYSTEM_SUSPEND'],
  [0x8400000f, 'PSCI SET_SUSPEND_MODE'],
  [0x84000010, 'PSCI STAT_RESIDENCY'],
  [0xc4000010, 'PSCI STAT_RESIDENCY'],
  [0x84000011, 'PSCI STAT_COUNT'],
  [0xc4000011, 'PSCI STAT_COUNT'],
  [0x84000012, 'PSCI SYSTEM_RESET2'],
  [0xc4000012, 'PSCI SYSTEM_RESET2'],
  [0x84000013, 'PSCI MEM_PROTECT'],
  [0x84000014, 'PSCI MEM_PROTECT_CHECK_RANGE'],
  [0xc4000014, 'PSCI MEM_PROTECT_CHECK_RANGE'],
  [0x84000015, 'PSCI SYSTEM_OFF2'],
  [0xc4000015, 'PSCI SYSTEM_OFF2'],
  [0xc4000020, 'SDEI_VERSION'],
  [0xc4000021, 'SDEI_EVENT_REGISTER'],
  [0xc4000022, 'SDEI_EVENT_ENABLE'],
  [0xc4000023, 'SDEI_EVENT_DISABLE'],
  [0xc4000024, 'SDEI_EVENT_CONTEXT'],
  [0xc4000025, 'SDEI_EVENT_COMPLETE'],
  [0xc400002b, 'SDEI_PE_MASK'],
  [0xc400002c, 'SDEI_PE_UNMASK'],
  [0x84000050, 'TRNG_VERSION'],
  [0x84000051, 'TRNG_FEATURES'],
  [0x84000052, 'TRNG_GET_UUID'],
  [0x84000053, 'TRNG_RND'],
  [0xc4000053, 'TRNG_RND'],
  [0x84000060, 'FFA_ERROR'],
  [0x84000063, 'FFA_VERSION'],
  [0x84000064, 'FFA_FEATURES'],
  [0x8400006f, 'FFA_MSG_SEND_DIRECT_REQ'],
  [0xc5000020, 'PV_TIME_FEATURES'],
  [0xc5000021, 'PV_TIME_ST'],
  [0x86000000, 'KVM FEATURES'],
  [0x86000001, 'KVM PTP'],
  [0xc6000002, 'KVM HYP_MEMINFO'],
  [0xc6000003, 'KVM MEM_SHARE'],
  [0xc6000004, 'KVM MEM_UNSHARE'],
  [0xc6000007, 'KVM MMIO_GUARD'],
  [0x8600ff01, 'vendor hypervisor UID'],
];

const NAMES = new Map(SMCCC_CALLS);

/** Bits 29..24 of the identifier: whose call it is. */
const OWNERS: Readonly<Record<number, string>> = {
  0: 'architecture',
  1: 'CPU maker',
  2: 'SoC maker',
  3: 'device maker',
  4: 'standard service',
  5: 'standard hypervisor service',
  6: 'hypervisor',
};

/** For example "PSCI CPU_ON (0xc4000003)"; without a name whose call it is. */
export function smcccName(identifier: number): string {
  const number = `0x${identifier.toString(16).padStart(8, '0')}`;
  const name = NAMES.get(identifier);
  if (name !== undefined) return `${name} (${number})`;
  const owner = OWNERS[(identifier >>> 24) & 0x3f];
  return owner === undefined ? `firmware call ${number}` : `firmware call ${number} (${owner})`;
}

const SUSPENDS: readonly number[] = [
  0x84000001, 0xc4000001, 0x84000002, 0x8400000b, 0x8400000c, 0xc400000c, 0x8400000e, 0xc400000e,
];

/** A guest that suspends its CPU or switches it off halts it: what follows is the sleep that it asked for. */
export const smcccCause = (identifier: number): Cause => (SUSPENDS.includes(identifier) ? 'halt' : 'hypercall');
