/** What exits of arm64 are taken for, of which no real recording here has any: lines as the kernel's print formats have them. */
import { expect, test } from 'vitest';
import { armEntry, armExit, explainLines, type Line } from '../../support/kernel-text.js';

const PC = '0xffff800008b0f4f8';
const call = (r0: string, immediate = '0x0') =>
  `kvm_hvc_arm64: HVC at ${PC} (r0: 0x${r0.padStart(16, '0')}, imm: ${immediate})`;
const access = (name: string, encoding: string, how: 'read' | 'write') =>
  `kvm_sys_access: PC: ffff800008b0f4f8 ${name} (${encoding}) ${how}`;
const fault = (syndrome: string) => `kvm_guest_fault: ipa 0x41000000, hsr ${syndrome}, hxfar 0xffff8000, pc ${PC}`;
const WOKEN = 'kvm_vcpu_wakeup: wait time 9000 ns, polling valid';

/** Cause and detail, then the lines after one another. */
const CASES: readonly (readonly [readonly [string, string | null], ...string[]])[] = [
  [['halt', 'WFI'], armExit(0x01, 'WFx'), `kvm_wfx_arm64: guest executed wfi at: ${PC}`, WOKEN],
  [['pause', 'WFE'], armExit(0x01, 'WFx'), `kvm_wfx_arm64: guest executed wfe at: ${PC}`],
  [['halt', 'PSCI CPU_SUSPEND (0xc4000001)'], armExit(0x16, 'HVC64'), call('c4000001'), WOKEN],
  [['hypercall', 'PSCI SYSTEM_OFF2 (0xc4000015)'], armExit(0x16, 'HVC64'), call('c4000015')],
  [['hypercall', 'KVM MEM_SHARE (0xc6000003)'], armExit(0x16, 'HVC64'), call('c6000003')],
  [['hypercall', 'HVC #19200'], armExit(0x16, 'HVC64'), call('0', '0x4b00')],
  [['hypercall', null], armExit(0x17, 'SMC64')],
  [['timer', 'CNTP_CTL_EL0 write'], armExit(0x18, 'SYS64'), access('CNTP_CTL_EL0', '3,3,14,2,1', 'write')],
  [
    ['debug', 'DBGBVR0_EL1 write'],
    armExit(0x18, 'SYS64'),
    access('DBGBVR0', '2,0,0,0,4', 'write'),
    'trap_reg: trap_bvr write to reg 0 (0x0000000000000000)',
  ],
  [['debug', 'debug register'], armExit(0x18, 'SYS64'), 'trap_reg: trap_bvr write to reg 0 (0x0000000000000000)'],
  [['nested', 'HCR_EL2 read'], armExit(0x18, 'SYS64'), access('UNKN', '3,4,1,1,0', 'read')],
  [['nested', null], armExit(0x1a, 'ERET')],
  [
    ['timer', '32-bit register 0, c14, c2, 1 write'],
    armExit(0x03, 'CP15_32'),
    access('CNTP_CTL', '0,0,14,2,1', 'write'),
  ],
  [['register', null], armExit(0x07, 'FP_ASIMD')],
  [['register', null], armExit(0x19, 'SVE')],
  [['debug', null], armExit(0x32, 'SOFTSTP_LOW')],
  [['debug', null], armExit(0x3c, 'BRK64')],
  [['page-fault', 'memory instruction fetch fault, page not mapped'], armExit(0x20, 'IABT_LOW'), fault('0x82000007')],
  [
    ['page-fault', 'memory read fault, page not marked as used'],
    armExit(0x24, 'DABT_LOW'),
    fault('0x9200000b'),
    'kvm_access_fault: IPA: 41000000',
  ],
  [
    ['interrupt-control', 'address 0x8010000, 4-byte write'],
    armExit(0x24, 'DABT_LOW'),
    fault('0x93810047'),
    'kvm_mmio: mmio write len 4 gpa 0x8010000 val 0x0',
  ],
  [['exception', null], `kvm_exit: SERROR: HSR_EC: 0x0000 (UNKNOWN), PC: ${PC}`],
  [['exception', null], `kvm_exit: IL: HSR_EC: 0x0000 (UNKNOWN), PC: ${PC}`],
  // The class is what a trap before it left there.
  [['interrupt', null], `kvm_exit: IRQ: HSR_EC: 0x0018 (SYS64), PC: ${PC}`],
];

for (const [[cause, detail], ...events] of CASES) {
  test(`${cause}, ${detail ?? events[0]}`, async () => {
    const lines: Line[] = [[0, armEntry], ...events.map((text, index): Line => [1 + index / 100, text]), [2, armEntry]];
    const { exits } = await explainLines(lines);
    expect(exits.map((row) => [row.cause, row.detail, row.count])).toEqual([[cause, detail, 1]]);
  });
}
