/**
 * Names of hypercalls by the interface that the guest uses.
 *
 * Sources: KVM: the kernel's `include/uapi/linux/kvm_para.h`; Hyper-V: the Hypervisor Top-Level Functional
 * Specification.
 */
export const KVM_HYPERCALLS: Readonly<Record<number, string>> = {
  1: 'KVM_HC_VAPIC_POLL_IRQ',
  2: 'KVM_HC_MMU_OP',
  3: 'KVM_HC_FEATURES',
  4: 'KVM_HC_PPC_MAP_MAGIC_PAGE',
  5: 'KVM_HC_KICK_CPU',
  6: 'KVM_HC_MIPS_GET_CLOCK_FREQ',
  7: 'KVM_HC_MIPS_EXIT_VM',
  8: 'KVM_HC_MIPS_CONSOLE_OUTPUT',
  9: 'KVM_HC_CLOCK_PAIRING',
  10: 'KVM_HC_SEND_IPI',
  11: 'KVM_HC_SCHED_YIELD',
  12: 'KVM_HC_MAP_GPA_RANGE',
};

export const HYPERV_HYPERCALLS: Readonly<Record<number, string>> = {
  1: 'HvCallSwitchVirtualAddressSpace',
  2: 'HvCallFlushVirtualAddressSpace',
  3: 'HvCallFlushVirtualAddressList',
  4: 'HvCallGetLogicalProcessorRunTime',
  8: 'HvCallNotifyLongSpinWait',
  9: 'HvCallParkedVirtualProcessors',
  11: 'HvCallSendSyntheticClusterIpi',
  12: 'HvCallModifyVtlProtectionMask',
  13: 'HvCallEnablePartitionVtl',
  15: 'HvCallEnableVpVtl',
  17: 'HvCallVtlCall',
  18: 'HvCallVtlReturn',
  19: 'HvCallFlushVirtualAddressSpaceEx',
  20: 'HvCallFlushVirtualAddressListEx',
  21: 'HvCallSendSyntheticClusterIpiEx',
  80: 'HvCallGetVpRegisters',
  81: 'HvCallSetVpRegisters',
  92: 'HvCallPostMessage',
  93: 'HvCallSignalEvent',
  105: 'HvCallPostDebugData',
  106: 'HvCallRetrieveDebugData',
  107: 'HvCallResetDebugSession',
  153: 'HvCallStartVirtualProcessor',
  154: 'HvCallGetVpIndexFromApicId',
  175: 'HvCallFlushGuestPhysicalAddressSpace',
  176: 'HvCallFlushGuestPhysicalAddressList',
};

/** Requests that a guest with encrypted state makes through the GHCB register. Source: the GHCB standard, section 2.3.1. */
export const GHCB_REQUESTS: Readonly<Record<number, string>> = {
  2: 'SEV information',
  4: 'CPUID',
  6: 'hold until started',
  16: 'preferred address',
  18: 'register address',
  20: 'page state change',
  22: 'run at another privilege level',
  128: 'hypervisor features',
  256: 'terminate',
};
