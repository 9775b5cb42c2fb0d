/**
 * What xenalyze calls exits, by number.
 *
 * Source: tools/xentrace/xenalyze.c of Xen 4.17: hvm_vmx_exit_reason_name, hvm_svm_exit_reason_name.
 */

/** By number; empty: it has no name. */
// biome-ignore format: many a line
const VMX: readonly string[] = [
  'EXCEPTION_NMI', 'EXTERNAL_INTERRUPT', 'TRIPLE_FAULT', 'INIT', 'SIPI', 'IO_SMI', 'OTHER_SMI', 'PENDING_VIRT_INTR',
  'PENDING_VIRT_NMI', 'TASK_SWITCH', 'CPUID', 'GETSEC', 'HLT', 'INVD', 'INVLPG', 'RDPMC', 'RDTSC', 'RSM', 'VMCALL',
  'VMCLEAR', 'VMLAUNCH', 'VMPTRLD', 'VMPTRST', 'VMREAD', 'VMRESUME', 'VMWRITE', 'VMXOFF', 'VMXON', 'CR_ACCESS',
  'DR_ACCESS', 'IO_INSTRUCTION', 'MSR_READ', 'MSR_WRITE', 'INVALID_GUEST_STATE', 'MSR_LOADING', '',
  'MWAIT_INSTRUCTION', 'MONITOR_TRAP_FLAG', '', 'MONITOR_INSTRUCTION', 'PAUSE_INSTRUCTION', 'MCE_DURING_VMENTRY', '',
  'TPR_BELOW_THRESHOLD', 'APIC_ACCESS', '', '', '', 'EPT_VIOLATION', 'EPT_MISCONFIG', 'INVEPT', 'RDTSCP',
  'VMX_PREEMPTION_TIMER_EXPIRED', 'INVVPID', 'WBINVD', 'XSETBV',
];

/** By number, after `VMEXIT_`. */
// biome-ignore format: many a line
const SVM: readonly string[] = [
  'CR0_READ', 'CR1_READ', 'CR2_READ', 'CR3_READ', 'CR4_READ', 'CR5_READ', 'CR6_READ', 'CR7_READ', 'CR8_READ',
  'CR9_READ', 'CR10_READ', 'CR11_READ', 'CR12_READ', 'CR13_READ', 'CR14_READ', 'CR15_READ', 'CR0_WRITE', 'CR1_WRITE',
  'CR2_WRITE', 'CR3_WRITE', 'CR4_WRITE', 'CR5_WRITE', 'CR6_WRITE', 'CR7_WRITE', 'CR8_WRITE', 'CR9_WRITE',
  'CR10_WRITE', 'CR11_WRITE', 'CR12_WRITE', 'CR13_WRITE', 'CR14_WRITE', 'CR15_WRITE', 'DR0_READ', 'DR1_READ',
  'DR2_READ', 'DR3_READ', 'DR4_READ', 'DR5_READ', 'DR6_READ', 'DR7_READ', 'DR8_READ', 'DR9_READ', 'DR10_READ',
  'DR11_READ', 'DR12_READ', 'DR13_READ', 'DR14_READ', 'DR15_READ', 'DR0_WRITE', 'DR1_WRITE', 'DR2_WRITE', 'DR3_WRITE',
  'DR4_WRITE', 'DR5_WRITE', 'DR6_WRITE', 'DR7_WRITE', 'DR8_WRITE', 'DR9_WRITE', 'DR10_WRITE', 'DR11_WRITE',
  'DR12_WRITE', 'DR13_WRITE', 'DR14_WRITE', 'DR15_WRITE', 'EXCEPTION_DE', 'EXCEPTION_DB', 'EXCEPTION_NMI',
  'EXCEPTION_BP', 'EXCEPTION_OF', 'EXCEPTION_BR', 'EXCEPTION_UD', 'EXCEPTION_NM', 'EXCEPTION_DF', 'EXCEPTION_09',
  'EXCEPTION_TS', 'EXCEPTION_NP', 'EXCEPTION_SS', 'EXCEPTION_GP', 'EXCEPTION_PF', 'EXCEPTION_15', 'EXCEPTION_MF',
  'EXCEPTION_AC', 'EXCEPTION_MC', 'EXCEPTION_XF', 'EXCEPTION_20', 'EXCEPTION_21', 'EXCEPTION_22', 'EXCEPTION_23',
  'EXCEPTION_24', 'EXCEPTION_25', 'EXCEPTION_26', 'EXCEPTION_27', 'EXCEPTION_28', 'EXCEPTION_29', 'EXCEPTION_30',
  'EXCEPTION_31', 'INTR', 'NMI', 'SMI', 'INIT', 'VINTR', 'CR0_SEL_WRITE', 'IDTR_READ', 'GDTR_READ', 'LDTR_READ',
  'TR_READ', 'IDTR_WRITE', 'GDTR_WRITE', 'LDTR_WRITE', 'TR_WRITE', 'RDTSC', 'RDPMC', 'PUSHF', 'POPF', 'CPUID', 'RSM',
  'IRET', 'SWINT', 'INVD', 'PAUSE', 'HLT', 'INVLPG', 'INVLPGA', 'IOIO', 'MSR', 'TASK_SWITCH', 'FERR_FREEZE',
  'SHUTDOWN', 'VMRUN', 'VMMCALL', 'VMLOAD', 'VMSAVE', 'STGI', 'CLGI', 'SKINIT', 'RDTSCP', 'ICEBP', 'WBINVD',
  'MONITOR', 'MWAIT', 'MWAIT_CONDITIONAL',
];
const NESTED_PAGE_FAULT = 0x400;

/** As xenalyze prints it at the beginning of a line. */
export function xenalyzeExitName(code: number, vocabulary: 'vmx' | 'svm'): string {
  if (vocabulary === 'svm' && code === NESTED_PAGE_FAULT) return ' VMEXIT_NPF           ';
  const name = vocabulary === 'vmx' ? VMX[code] : SVM[code] && `VMEXIT_${SVM[code]}`;
  return name ? ` ${name.padEnd(20)} ` : ` ${String(code).padStart(20)} `;
}
