/**
 * Exits of arm64 that no recording here has. The lines are those that the kernel's `print fmt` of each event makes
 * (Linux 6.1, `events/kvm/EVENT/format`); syndromes follow the Arm Architecture Reference Manual, ESR_EL2.
 */
import { describe, expect, test } from 'vitest';
import type { ExitRow } from '../../../src/explain/explanation.js';
import { explainLines, type Line } from '../../support/kernel-text.js';

const ENTRY = 'kvm_entry: PC: 0xffff800008b0f4f8';
const trap = (exceptionClass: number, name: string): string =>
  `kvm_exit: TRAP: HSR_EC: 0x${exceptionClass.toString(16).padStart(4, '0')} (${name}), PC: 0xffff800008b0f4f8`;

/** The one row of exits that an exit and what follows it make. */
async function rowOf(exit: string, ...following: readonly string[]): Promise<ExitRow> {
  const lines: Line[] = [
    [0, ENTRY],
    [1, exit],
  ];
  for (const [index, line] of following.entries()) lines.push([1.1 + index / 100, line]);
  lines.push([2, ENTRY]);
  const { exits } = await explainLines(lines);
  const rows = exits.filter(({ count }) => count > 0);
  expect(rows).toHaveLength(1);
  return rows[0];
}

describe('exits by what follows them', () => {
  test.each([
    ['WFI', trap(0x01, 'WFx'), ['kvm_wfx_arm64: guest executed wfi at: 0xffff800008b0f4f8'], 'halt', 'WFI'],
    ['WFE', trap(0x01, 'WFx'), ['kvm_wfx_arm64: guest executed wfe at: 0xffff800008b0f4f8'], 'pause', 'WFE'],
    ['a wait of unknown sort', trap(0x01, 'WFx'), [], 'halt', null],
    ['SMC', trap(0x17, 'SMC64'), [], 'hypercall', null],
    [
      'HVC of another hypervisor',
      trap(0x16, 'HVC64'),
      ['kvm_hvc_arm64: HVC at 0xffff800008b0f4f8 (r0: 0x0000000000000011, imm: 0xea1)'],
      'hypercall',
      'HVC #3745',
    ],
    [
      'a register that KVM does not know',
      trap(0x18, 'SYS64'),
      // msr S3_3_C15_C2_1, x0
      ['kvm_handle_sys_reg: HSR 0x6232fc04'],
      'register',
      'S3_3_C15_C2_1 write',
    ],
    [
      'a counter of the guest',
      trap(0x18, 'SYS64'),
      ['kvm_sys_access: PC: ffff800008b0f4f8 CNTP_CTL_EL0 (3,3,14,2,1) read'],
      'timer',
      'CNTP_CTL_EL0 read',
    ],
    [
      'a debug register of unknown name',
      trap(0x18, 'SYS64'),
      ['trap_reg: trap_bvr write to reg 2 (0x0000000000000001)'],
      'debug',
      'debug register',
    ],
    [
      'memory that is not there yet, written',
      trap(0x24, 'DABT_LOW'),
      ['kvm_guest_fault: ipa 0x41000000, hsr 0x92000046, hxfar 0xffff000001000000, pc 0xffff800008b0f4f8'],
      'page-fault',
      'memory write fault, page not mapped',
    ],
    [
      'memory that must not be written',
      trap(0x24, 'DABT_LOW'),
      ['kvm_guest_fault: ipa 0x41000000, hsr 0x9200004f, hxfar 0xffff000001000000, pc 0xffff800008b0f4f8'],
      'page-fault',
      'memory write fault, page protected',
    ],
    [
      'memory that was not used for long',
      trap(0x24, 'DABT_LOW'),
      [
        'kvm_guest_fault: ipa 0x41000000, hsr 0x9200000b, hxfar 0xffff000001000000, pc 0xffff800008b0f4f8',
        'kvm_access_fault: IPA: 41000000',
      ],
      'page-fault',
      'memory read fault, page not marked as used',
    ],
    [
      'an instruction that is not there yet',
      trap(0x20, 'IABT_LOW'),
      ['kvm_guest_fault: ipa 0x41000000, hsr 0x82000007, hxfar 0xffff000001000000, pc 0xffff800008b0f4f8'],
      'page-fault',
      'memory instruction fetch fault, page not mapped',
    ],
    // As perf kvm stat record writes it: nobody can tell whether it was for memory or for a device.
    ['a data abort of which nothing else is recorded', trap(0x24, 'DABT_LOW'), [], 'other', null],
    [
      'a device whose access was not recorded',
      trap(0x24, 'DABT_LOW'),
      ['kvm_userspace_exit: reason KVM_EXIT_MMIO (6)'],
      'device-mmio',
      'access to a device, address not recorded',
    ],
    [
      'the distributor of the GIC',
      trap(0x24, 'DABT_LOW'),
      ['kvm_mmio: mmio write len 4 gpa 0x8000f00 val 0x10001'],
      'interrupt-control',
      'address 0x8000f00, 4-byte write',
    ],
    ['SVE', trap(0x19, 'SVE'), [], 'register', null],
    ['a breakpoint', trap(0x3c, 'BRK64'), [], 'debug', null],
    ['an instruction that does not exist', trap(0x00, 'UNKNOWN'), [], 'other', null],
    [
      'an exception class that is not known',
      'kvm_exit: TRAP: HSR_EC: 0x003f (0x3f), PC: 0xffff800008b0f4f8',
      [],
      'other',
      null,
    ],
    [
      'an error of the hardware',
      'kvm_exit: SERROR: HSR_EC: 0x0000 (UNKNOWN), PC: 0xffff800008b0f4f8',
      [],
      'exception',
      null,
    ],
    // Linux before 4.17 prints no name of the class.
    ['an old kernel', 'kvm_exit: TRAP: HSR_EC: 0x0018, PC: 0xffff800008b0f4f8', [], 'register', null],
  ] as const)('%s', async (_what, exit, following, cause, detail) => {
    const row = await rowOf(exit, ...following);
    expect([row.cause, row.detail]).toEqual([cause, detail]);
  });
});

describe('interrupts', () => {
  const exit = 'kvm_exit: IRQ: HSR_EC: 0x0000 (UNKNOWN), PC: 0xffff800008b0f4f8';
  /** What is written between the entry and the exit, after the guest was left. */
  const interrupted = async (...events: readonly string[]) => {
    const before: Line[] = [
      [0, ENTRY],
      [0.5, 'kvm_arm_clear_debug: flags: 0x00000000'],
    ];
    // The vCPU's number is told by what its thread does on its way in.
    const lines: Line[] = [[-0.1, 'kvm_get_timer_map: VCPU: 0, dv: 1, dp: 0, ep: -1'], [-0.05, exit], ...before];
    for (const [index, line] of events.entries()) lines.push([0.6 + index / 100, line]);
    lines.push([1, exit], [2, ENTRY]);
    const { exits } = await explainLines(lines);
    return exits.filter(({ count, timed }) => count > 0 && timed > 0);
  };

  test("the guest's timer is the guest's own", async () => {
    const rows = await interrupted(
      'irq_handler_entry: irq=12 name=kvm guest vtimer',
      'kvm_timer_update_irq: VCPU: 0, IRQ 27, level 1',
      'irq_handler_exit: irq=12 ret=handled',
    );
    expect(rows.map(({ cause, detail }) => [cause, detail])).toContainEqual([
      'timer',
      "the guest's timer, interrupt 27 (virtual timer)",
    ]);
  });

  test("that of another vCPU's timer is not", async () => {
    const rows = await interrupted(
      'irq_handler_entry: irq=13 name=arch_timer',
      'kvm_timer_update_irq: VCPU: 1, IRQ 30, level 1',
      'irq_handler_exit: irq=13 ret=handled',
    );
    expect(rows.map(({ cause, detail }) => [cause, detail])).toContainEqual(['interrupt', 'host IRQ 13 (arch_timer)']);
  });
});
