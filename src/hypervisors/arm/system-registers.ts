/**
 * Registers and instructions of AArch64 that are used through MSR, MRS and SYS.
 *
 * Source: Arm Architecture Reference Manual (DDI 0487), chapters D19 and C5; ICC_*: GIC Architecture Specification
 * (IHI 0069).
 */
import type { Cause } from '../../recording/causes.js';

/** Bits 21..20, 19..17, 16..14, 13..10 and 4..1 of the syndrome (Op0, Op2, Op1, CRn, CRm) as one number. */
export const encodingOf = (op0: number, op1: number, crn: number, crm: number, op2: number): number =>
  (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;

export const registerOfSyndrome = (syndrome: number): number =>
  encodingOf(
    (syndrome >>> 20) & 3,
    (syndrome >>> 14) & 7,
    (syndrome >>> 10) & 15,
    (syndrome >>> 1) & 15,
    (syndrome >>> 17) & 7,
  );

/** MRS reads (1), MSR and SYS write. */
export const isRegisterRead = (syndrome: number): boolean => (syndrome & 1) === 1;

type Row = readonly [name: string, op0: number, op1: number, crn: number, crm: number, op2: number];

// biome-ignore format: one row a line
const REGISTERS: readonly Row[] = [
  // Identification.
  ['MIDR_EL1', 3, 0, 0, 0, 0],
  ['MPIDR_EL1', 3, 0, 0, 0, 5],
  ['REVIDR_EL1', 3, 0, 0, 0, 6],
  ['ID_PFR0_EL1', 3, 0, 0, 1, 0],
  ['ID_PFR1_EL1', 3, 0, 0, 1, 1],
  ['ID_DFR0_EL1', 3, 0, 0, 1, 2],
  ['ID_AFR0_EL1', 3, 0, 0, 1, 3],
  ['ID_MMFR0_EL1', 3, 0, 0, 1, 4],
  ['ID_MMFR1_EL1', 3, 0, 0, 1, 5],
  ['ID_MMFR2_EL1', 3, 0, 0, 1, 6],
  ['ID_MMFR3_EL1', 3, 0, 0, 1, 7],
  ['ID_ISAR0_EL1', 3, 0, 0, 2, 0],
  ['ID_ISAR1_EL1', 3, 0, 0, 2, 1],
  ['ID_ISAR2_EL1', 3, 0, 0, 2, 2],
  ['ID_ISAR3_EL1', 3, 0, 0, 2, 3],
  ['ID_ISAR4_EL1', 3, 0, 0, 2, 4],
  ['ID_ISAR5_EL1', 3, 0, 0, 2, 5],
  ['ID_MMFR4_EL1', 3, 0, 0, 2, 6],
  ['ID_ISAR6_EL1', 3, 0, 0, 2, 7],
  ['MVFR0_EL1', 3, 0, 0, 3, 0],
  ['MVFR1_EL1', 3, 0, 0, 3, 1],
  ['MVFR2_EL1', 3, 0, 0, 3, 2],
  ['ID_PFR2_EL1', 3, 0, 0, 3, 4],
  ['ID_DFR1_EL1', 3, 0, 0, 3, 5],
  ['ID_MMFR5_EL1', 3, 0, 0, 3, 6],
  ['ID_AA64PFR0_EL1', 3, 0, 0, 4, 0],
  ['ID_AA64PFR1_EL1', 3, 0, 0, 4, 1],
  ['ID_AA64ZFR0_EL1', 3, 0, 0, 4, 4],
  ['ID_AA64SMFR0_EL1', 3, 0, 0, 4, 5],
  ['ID_AA64DFR0_EL1', 3, 0, 0, 5, 0],
  ['ID_AA64DFR1_EL1', 3, 0, 0, 5, 1],
  ['ID_AA64AFR0_EL1', 3, 0, 0, 5, 4],
  ['ID_AA64AFR1_EL1', 3, 0, 0, 5, 5],
  ['ID_AA64ISAR0_EL1', 3, 0, 0, 6, 0],
  ['ID_AA64ISAR1_EL1', 3, 0, 0, 6, 1],
  ['ID_AA64ISAR2_EL1', 3, 0, 0, 6, 2],
  ['ID_AA64MMFR0_EL1', 3, 0, 0, 7, 0],
  ['ID_AA64MMFR1_EL1', 3, 0, 0, 7, 1],
  ['ID_AA64MMFR2_EL1', 3, 0, 0, 7, 2],
  ['CCSIDR_EL1', 3, 1, 0, 0, 0],
  ['CLIDR_EL1', 3, 1, 0, 0, 1],
  ['CCSIDR2_EL1', 3, 1, 0, 0, 2],
  ['GMID_EL1', 3, 1, 0, 0, 4],
  ['SMIDR_EL1', 3, 1, 0, 0, 6],
  ['AIDR_EL1', 3, 1, 0, 0, 7],
  ['CSSELR_EL1', 3, 2, 0, 0, 0],
  ['CTR_EL0', 3, 3, 0, 0, 1],
  ['DCZID_EL0', 3, 3, 0, 0, 7],
  // Control of the CPU and of its memory.
  ['SCTLR_EL1', 3, 0, 1, 0, 0],
  ['ACTLR_EL1', 3, 0, 1, 0, 1],
  ['CPACR_EL1', 3, 0, 1, 0, 2],
  ['RGSR_EL1', 3, 0, 1, 0, 5],
  ['GCR_EL1', 3, 0, 1, 0, 6],
  ['ZCR_EL1', 3, 0, 1, 2, 0],
  ['TRFCR_EL1', 3, 0, 1, 2, 1],
  ['SMPRI_EL1', 3, 0, 1, 2, 4],
  ['SMCR_EL1', 3, 0, 1, 2, 6],
  ['TTBR0_EL1', 3, 0, 2, 0, 0],
  ['TTBR1_EL1', 3, 0, 2, 0, 1],
  ['TCR_EL1', 3, 0, 2, 0, 2],
  ['APIAKEYLO_EL1', 3, 0, 2, 1, 0],
  ['APIAKEYHI_EL1', 3, 0, 2, 1, 1],
  ['APIBKEYLO_EL1', 3, 0, 2, 1, 2],
  ['APIBKEYHI_EL1', 3, 0, 2, 1, 3],
  ['APDAKEYLO_EL1', 3, 0, 2, 2, 0],
  ['APDAKEYHI_EL1', 3, 0, 2, 2, 1],
  ['APDBKEYLO_EL1', 3, 0, 2, 2, 2],
  ['APDBKEYHI_EL1', 3, 0, 2, 2, 3],
  ['APGAKEYLO_EL1', 3, 0, 2, 3, 0],
  ['APGAKEYHI_EL1', 3, 0, 2, 3, 1],
  ['SPSR_EL1', 3, 0, 4, 0, 0],
  ['ELR_EL1', 3, 0, 4, 0, 1],
  ['AFSR0_EL1', 3, 0, 5, 1, 0],
  ['AFSR1_EL1', 3, 0, 5, 1, 1],
  ['ESR_EL1', 3, 0, 5, 2, 0],
  ['ERRIDR_EL1', 3, 0, 5, 3, 0],
  ['ERRSELR_EL1', 3, 0, 5, 3, 1],
  ['ERXFR_EL1', 3, 0, 5, 4, 0],
  ['ERXCTLR_EL1', 3, 0, 5, 4, 1],
  ['ERXSTATUS_EL1', 3, 0, 5, 4, 2],
  ['ERXADDR_EL1', 3, 0, 5, 4, 3],
  ['ERXMISC0_EL1', 3, 0, 5, 5, 0],
  ['ERXMISC1_EL1', 3, 0, 5, 5, 1],
  ['TFSR_EL1', 3, 0, 5, 6, 0],
  ['TFSRE0_EL1', 3, 0, 5, 6, 1],
  ['FAR_EL1', 3, 0, 6, 0, 0],
  ['PAR_EL1', 3, 0, 7, 4, 0],
  ['MAIR_EL1', 3, 0, 10, 2, 0],
  ['AMAIR_EL1', 3, 0, 10, 3, 0],
  ['LORSA_EL1', 3, 0, 10, 4, 0],
  ['LOREA_EL1', 3, 0, 10, 4, 1],
  ['LORN_EL1', 3, 0, 10, 4, 2],
  ['LORC_EL1', 3, 0, 10, 4, 3],
  ['LORID_EL1', 3, 0, 10, 4, 7],
  ['VBAR_EL1', 3, 0, 12, 0, 0],
  ['DISR_EL1', 3, 0, 12, 1, 1],
  ['CONTEXTIDR_EL1', 3, 0, 13, 0, 1],
  ['TPIDR_EL1', 3, 0, 13, 0, 4],
  ['SCXTNUM_EL1', 3, 0, 13, 0, 7],
  ['TPIDR_EL0', 3, 3, 13, 0, 2],
  ['TPIDRRO_EL0', 3, 3, 13, 0, 3],
  ['TPIDR2_EL0', 3, 3, 13, 0, 5],
  ['SCXTNUM_EL0', 3, 3, 13, 0, 7],
  ['RNDR', 3, 3, 2, 4, 0],
  ['RNDRRS', 3, 3, 2, 4, 1],
  // Interrupt controller.
  ['ICC_PMR_EL1', 3, 0, 4, 6, 0],
  ['ICC_IAR0_EL1', 3, 0, 12, 8, 0],
  ['ICC_EOIR0_EL1', 3, 0, 12, 8, 1],
  ['ICC_HPPIR0_EL1', 3, 0, 12, 8, 2],
  ['ICC_BPR0_EL1', 3, 0, 12, 8, 3],
  ['ICC_AP0R0_EL1', 3, 0, 12, 8, 4],
  ['ICC_AP0R1_EL1', 3, 0, 12, 8, 5],
  ['ICC_AP0R2_EL1', 3, 0, 12, 8, 6],
  ['ICC_AP0R3_EL1', 3, 0, 12, 8, 7],
  ['ICC_AP1R0_EL1', 3, 0, 12, 9, 0],
  ['ICC_AP1R1_EL1', 3, 0, 12, 9, 1],
  ['ICC_AP1R2_EL1', 3, 0, 12, 9, 2],
  ['ICC_AP1R3_EL1', 3, 0, 12, 9, 3],
  ['ICC_DIR_EL1', 3, 0, 12, 11, 1],
  ['ICC_RPR_EL1', 3, 0, 12, 11, 3],
  ['ICC_SGI1R_EL1', 3, 0, 12, 11, 5],
  ['ICC_ASGI1R_EL1', 3, 0, 12, 11, 6],
  ['ICC_SGI0R_EL1', 3, 0, 12, 11, 7],
  ['ICC_IAR1_EL1', 3, 0, 12, 12, 0],
  ['ICC_EOIR1_EL1', 3, 0, 12, 12, 1],
  ['ICC_HPPIR1_EL1', 3, 0, 12, 12, 2],
  ['ICC_BPR1_EL1', 3, 0, 12, 12, 3],
  ['ICC_CTLR_EL1', 3, 0, 12, 12, 4],
  ['ICC_SRE_EL1', 3, 0, 12, 12, 5],
  ['ICC_IGRPEN0_EL1', 3, 0, 12, 12, 6],
  ['ICC_IGRPEN1_EL1', 3, 0, 12, 12, 7],
  // Timers.
  ['CNTKCTL_EL1', 3, 0, 14, 1, 0],
  ['CNTFRQ_EL0', 3, 3, 14, 0, 0],
  ['CNTPCT_EL0', 3, 3, 14, 0, 1],
  ['CNTVCT_EL0', 3, 3, 14, 0, 2],
  ['CNTPCTSS_EL0', 3, 3, 14, 0, 5],
  ['CNTVCTSS_EL0', 3, 3, 14, 0, 6],
  ['CNTP_TVAL_EL0', 3, 3, 14, 2, 0],
  ['CNTP_CTL_EL0', 3, 3, 14, 2, 1],
  ['CNTP_CVAL_EL0', 3, 3, 14, 2, 2],
  ['CNTV_TVAL_EL0', 3, 3, 14, 3, 0],
  ['CNTV_CTL_EL0', 3, 3, 14, 3, 1],
  ['CNTV_CVAL_EL0', 3, 3, 14, 3, 2],
  // Performance counters.
  ['PMINTENSET_EL1', 3, 0, 9, 14, 1],
  ['PMINTENCLR_EL1', 3, 0, 9, 14, 2],
  ['PMMIR_EL1', 3, 0, 9, 14, 6],
  ['PMCR_EL0', 3, 3, 9, 12, 0],
  ['PMCNTENSET_EL0', 3, 3, 9, 12, 1],
  ['PMCNTENCLR_EL0', 3, 3, 9, 12, 2],
  ['PMOVSCLR_EL0', 3, 3, 9, 12, 3],
  ['PMSWINC_EL0', 3, 3, 9, 12, 4],
  ['PMSELR_EL0', 3, 3, 9, 12, 5],
  ['PMCEID0_EL0', 3, 3, 9, 12, 6],
  ['PMCEID1_EL0', 3, 3, 9, 12, 7],
  ['PMCCNTR_EL0', 3, 3, 9, 13, 0],
  ['PMXEVTYPER_EL0', 3, 3, 9, 13, 1],
  ['PMXEVCNTR_EL0', 3, 3, 9, 13, 2],
  ['PMUSERENR_EL0', 3, 3, 9, 14, 0],
  ['PMOVSSET_EL0', 3, 3, 9, 14, 3],
  ['PMCCFILTR_EL0', 3, 3, 14, 15, 7],
  // Sampling and tracing of what runs.
  ['PMSCR_EL1', 3, 0, 9, 9, 0],
  ['PMSICR_EL1', 3, 0, 9, 9, 2],
  ['PMSIRR_EL1', 3, 0, 9, 9, 3],
  ['PMSFCR_EL1', 3, 0, 9, 9, 4],
  ['PMSEVFR_EL1', 3, 0, 9, 9, 5],
  ['PMSLATFR_EL1', 3, 0, 9, 9, 6],
  ['PMSIDR_EL1', 3, 0, 9, 9, 7],
  ['PMBLIMITR_EL1', 3, 0, 9, 10, 0],
  ['PMBPTR_EL1', 3, 0, 9, 10, 1],
  ['PMBSR_EL1', 3, 0, 9, 10, 3],
  ['PMBIDR_EL1', 3, 0, 9, 10, 7],
  ['TRBLIMITR_EL1', 3, 0, 9, 11, 0],
  ['TRBPTR_EL1', 3, 0, 9, 11, 1],
  ['TRBBASER_EL1', 3, 0, 9, 11, 2],
  ['TRBSR_EL1', 3, 0, 9, 11, 3],
  ['TRBMAR_EL1', 3, 0, 9, 11, 4],
  ['TRBTRG_EL1', 3, 0, 9, 11, 6],
  ['TRBIDR_EL1', 3, 0, 9, 11, 7],
  // Debugging.
  ['OSDTRRX_EL1', 2, 0, 0, 0, 2],
  ['OSDTRTX_EL1', 2, 0, 0, 3, 2],
  ['OSECCR_EL1', 2, 0, 0, 6, 2],
  ['DBGDTR_EL0', 2, 3, 0, 4, 0],
  ['DBGDTRRX_EL0', 2, 3, 0, 5, 0],
  ['DBGVCR32_EL2', 2, 4, 0, 7, 0],
  ['MDCCINT_EL1', 2, 0, 0, 2, 0],
  ['MDSCR_EL1', 2, 0, 0, 2, 2],
  ['MDRAR_EL1', 2, 0, 1, 0, 0],
  ['OSLAR_EL1', 2, 0, 1, 0, 4],
  ['OSLSR_EL1', 2, 0, 1, 1, 4],
  ['OSDLR_EL1', 2, 0, 1, 3, 4],
  ['DBGPRCR_EL1', 2, 0, 1, 4, 4],
  ['DBGCLAIMSET_EL1', 2, 0, 7, 8, 6],
  ['DBGCLAIMCLR_EL1', 2, 0, 7, 9, 6],
  ['DBGAUTHSTATUS_EL1', 2, 0, 7, 14, 6],
  ['MDCCSR_EL0', 2, 3, 0, 1, 0],
];

/** Younger than Armv9.3. Source: the kernel's `arch/arm64/tools/sysreg`. */
// biome-ignore format: one row a line
export const YOUNGEST_REGISTERS: readonly Row[] = [
  ['ID_AA64PFR2_EL1', 3, 0, 0, 4, 2],
  ['ID_AA64FPFR0_EL1', 3, 0, 0, 4, 7],
  ['ID_AA64DFR2_EL1', 3, 0, 0, 5, 2],
  ['ID_AA64ISAR3_EL1', 3, 0, 0, 6, 3],
  ['ID_AA64MMFR3_EL1', 3, 0, 0, 7, 3],
  ['ID_AA64MMFR4_EL1', 3, 0, 0, 7, 4],
  ['TCR2_EL1', 3, 0, 2, 0, 3],
  ['PIRE0_EL1', 3, 0, 10, 2, 2],
  ['PIR_EL1', 3, 0, 10, 2, 3],
];

/** Instructions that change caches, each with what it is given. */
// biome-ignore format: one row a line
const INSTRUCTIONS: readonly Row[] = [
  ['IC IALLUIS', 1, 0, 7, 1, 0],
  ['IC IALLU', 1, 0, 7, 5, 0],
  ['DC ISW', 1, 0, 7, 6, 2],
  ['DC CSW', 1, 0, 7, 10, 2],
  ['DC CISW', 1, 0, 7, 14, 2],
  ['DC CVAC', 1, 3, 7, 10, 1],
  ['DC CVAU', 1, 3, 7, 11, 1],
  ['DC CIVAC', 1, 3, 7, 14, 1],
];

/** Registers that come in numbers: breakpoints, watchpoints, event counters. */
const NUMBERED: readonly Row[] = Array.from({ length: 16 }, (_, n): Row[] => [
  [`DBGBVR${n}_EL1`, 2, 0, 0, n, 4],
  [`DBGBCR${n}_EL1`, 2, 0, 0, n, 5],
  [`DBGWVR${n}_EL1`, 2, 0, 0, n, 6],
  [`DBGWCR${n}_EL1`, 2, 0, 0, n, 7],
]).flat();
const COUNTERS: readonly Row[] = Array.from({ length: 31 }, (_, n): Row[] => [
  [`PMEVCNTR${n}_EL0`, 3, 3, 14, 8 + (n >> 3), n & 7],
  [`PMEVTYPER${n}_EL0`, 3, 3, 14, 12 + (n >> 3), n & 7],
]).flat();

export const SYSTEM_REGISTERS: readonly Row[] = [
  ...REGISTERS,
  ...YOUNGEST_REGISTERS,
  ...NUMBERED,
  ...COUNTERS,
  ...INSTRUCTIONS,
];

const NAMES = new Map(
  SYSTEM_REGISTERS.map(([name, op0, op1, crn, crm, op2]) => [encodingOf(op0, op1, crn, crm, op2), name]),
);

/** A name, or the encoding as assemblers accept it: S3_0_C15_C2_1. */
export function systemRegisterName(encoding: number): string {
  const name = NAMES.get(encoding);
  if (name !== undefined) return name;
  const [op0, op1, crn, crm, op2] = [encoding >> 14, encoding >> 11, encoding >> 7, encoding >> 3, encoding];
  return `S${op0 & 3}_${op1 & 7}_C${crn & 15}_C${crm & 15}_${op2 & 7}`;
}

export function systemRegisterCause(encoding: number): Cause {
  const name = NAMES.get(encoding);
  if (name?.startsWith('ICC_')) return 'interrupt-control';
  return name?.startsWith('CNT') ? 'timer' : 'register';
}
