import { describe, expect, it } from 'vitest';
import { ftraceText } from '../../../src/formats/ftrace-text/index.js';
import { type Row, readText } from '../../support/read-records.js';

const line = (rest: string): string => `${'bash'.padStart(16)}-125     ${rest}\n`;
const SWITCH =
  'sched_switch: prev_comm=a prev_pid=1 prev_prio=120 prev_state=S ==> next_comm=b next_pid=2 next_prio=120';

const fieldsOf = async (text: string): Promise<Row['fields']> =>
  (await readText(ftraceText, line(`[000] d..2.   10.000000: ${text}`))).rows[0].fields;

describe('fields in text', () => {
  it.each([
    ['kvm_entry: vcpu 3', { vcpu_id: 3 }],
    ['kvm_entry: vcpu 3, rip 0xffffffff81a592eb', { vcpu_id: 3 }],
    [
      'kvm_exit: reason EPT_VIOLATION rip 0xffffffff81234567 info 581 8000000b',
      { exit_reason: 'EPT_VIOLATION', info1: 0x581, info2: 0x8000000b, guest_rip: 0xffffffff81234567n },
    ],
    [
      'kvm_exit:   reason UNKNOWN (77) rip 0x10 info 3f80010 0',
      { exit_reason: 77, info1: 0x3f80010, info2: 0, guest_rip: 0x10n },
    ],
    [
      'kvm_exit: vcpu 1 reason INVALID_STATE FAILED_VMENTRY rip 0x10 info1 0x0000000000000000 info2 0x1 intr_info 0x800000ec error_code 0x0',
      {
        exit_reason: 'INVALID_STATE FAILED_VMENTRY',
        vcpu_id: 1,
        info1: 0,
        info2: 1,
        guest_rip: 0x10n,
        intr_info: 0x800000ec,
      },
    ],
    [
      'kvm_exit: vcpu 1 reason 0x4d rip 0x10 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0',
      { exit_reason: 0x4d, vcpu_id: 1, info1: 0, info2: 0, guest_rip: 0x10n, intr_info: 0 },
    ],
    ['kvm_userspace_exit: reason KVM_EXIT_IO (2)', { reason: 2 }],
    ['kvm_userspace_exit: reason restart (4)', { errno: -4 }],
    ['kvm_userspace_exit: reason restart (-4)', { errno: -4 }],
    ['kvm_userspace_exit: reason error (14)', { errno: -14 }],
    ['kvm_userspace_exit: reason=10 errno=-4', { reason: 10, errno: -4 }],
    ['kvm_msr: msr_read c0000080 = 0x0 (#GP)', { write: 0, ecx: 0xc0000080, exception: 1 }],
    ['kvm_msr: write=1 ecx=80b data=0x0 exception=0', { write: 1, ecx: 0x80b, exception: 0 }],
    ['kvm_msr: write=1 ecx=2059 data=0 exception=0', { write: 1, ecx: 2059, exception: 0 }],
    [
      'kvm_cpuid: func 80000008 idx 1f rax 1 rbx 2 rcx 3 rdx 4, cpuid entry found',
      { function: 0x80000008, index: 0x1f },
    ],
    ['kvm_cpuid: function=80000008 index=1f rax=1 rbx=2 rcx=3 rdx=4 found=1', { function: 0x80000008, index: 0x1f }],
    ['kvm_page_fault: address fed000f0 error_code 182', { fault_address: 0xfed000f0, error_code: 0x182 }],
    ['kvm_inj_virq: IRQ 0xec [reinjected]', { vector: 0xec, soft: 0 }],
    ['kvm_inj_virq: irq 236', { vector: 236 }],
    ['kvm_inj_exception: #UD', { exception: 6 }],
    ['kvm_inj_exception: #PF (0x2) [reinjected]', { exception: 14 }],
    ['kvm_inj_exception: 0x15 (0x0)', { exception: 0x15 }],
    ['kvm_inj_exception: exception=13 has_error=1 error_code=0', { exception: 13 }],
    ['kvm_try_async_get_page: gva = 0x7f0010, gfn = 0x1b', { gfn: 0x1b }],
    ['kvm_async_pf_not_present: token 0x10 gva 0x7f0010', { token: 0x10 }],
    ['sys_enter: NR 16 (d, ae80, 0, 7f1, 10, 0)', { id: 16, cmd: 0xae80 }],
    ['sys_enter: NR -1 (0, 1, 0, 0, 0, 0)', { cmd: 1 }],
    ['threshold_apic_entry: vector=249', { vector: 249 }],
    ['deferred_error_apic_exit: vector=244', { vector: 244 }],
    ['kvm_apic: apic_write APIC_ICR = 0x4000000fb', { rw: 1, reg: 0x300 }],
    ['kvm_avic_incomplete_ipi: vcpu=2, icrh:icrl=0x01000000:000000fb, id=1, index=1', { vcpu: 2, icrl: 0xfb, id: 1 }],
    [
      'kvm_avic_unaccelerated_access: vcpu=2, offset=0xb0(APIC_EOI), trap, write, vec=0x0',
      { vcpu: 2, offset: 0xb0, rw: 1 },
    ],
    ['kvm_apic_ipi: dst a vec 0 (NMI|physical|assert|edge|all-but-self)', { dest_id: 10, icr_low: 0xc4400 }],
    ['kvm_apic_ipi: dst 0 vec 253 (Fixed|logical|de-assert|level|dst)', { dest_id: 0, icr_low: 0x88fd }],
    ['kvm_vcpu_wakeup: poll time 42 ns, polling valid', { ns: 42, waited: 0, valid: 1 }],
    [
      'kvm_nested_vmexit: rip: 0x10 reason: EXIT_IOIO ext_inf1: 0x3f8 ext_inf2: 0x0 ext_int: 0x0 ext_int_err: 0x0',
      { exit_reason: 'EXIT_IOIO', info1: 0x3f8, info2: 0 },
    ],
    [
      'kvm_nested_vmexit: rip ffffffff81000000 reason EXIT_IOIO info1 3f8 info2 0 int_info 0 int_info_err 0',
      { exit_reason: 'EXIT_IOIO', info1: 0x3f8, info2: 0 },
    ],
    [
      'kvm_nested_vmexit: rip 10 reason UNKNOWN (77) info1 3f8 info2 0 int_info 0 int_info_err 0',
      { exit_reason: 77, info1: 0x3f8, info2: 0 },
    ],
    ['sched_wakeup: x:1 [2] CPU:0:5 [120] success=1 CPU:001', { pid: 5, target_cpu: 1 }],
    ['sched_wakeup: comm=a pid=6 b pid=5 prio=-51 success=1 target_cpu=001', { pid: 5, target_cpu: 1 }],
    ['irq_handler_entry: irq=29 name=evil irq=30', { irq: 29 }],
  ])('%s', async (text, fields) => {
    expect(await fieldsOf(text)).toEqual(fields);
  });

  it.each([
    ['R', 0],
    ['R+', 256],
    ['S', 1],
    ['D', 2],
    ['T', 4],
    ['t', 8],
    ['X', 16],
    ['Z', 32],
    ['P', 64],
    ['I', 128],
    ['D|K', 130],
    ['S+', 257],
    ['256', 256],
  ])('task state %s is %d', async (letter, state) => {
    expect(await fieldsOf(SWITCH.replace('=S ', `=${letter} `))).toEqual({
      prev_pid: 1,
      prev_state: state,
      next_pid: 2,
      prev_prio: 120,
    });
  });

  it.each([
    ['a prev_pid=9', 'b'],
    ['x ==> next_co', 'y next_pid=3'],
    ['', 'a b'],
    ['=', 'next_prio=1'],
  ])('sched_switch goes by what is right of the names "%s" and "%s"', async (from, to) => {
    const kernel = `sched_switch: prev_comm=${from} prev_pid=1 prev_prio=120 prev_state=D ==> next_comm=${to} next_pid=2 next_prio=-2`;
    const plugin = `sched_switch: ${from}:1 [120] D ==> ${to}:2 [-2]`;
    for (const text of [kernel, plugin, kernel.replace(' ==> next_comm', ' next_comm')]) {
      const { rows, recording } = await readText(ftraceText, line(`[000] d..2.   10.000000: ${text}`));
      expect(rows[0].fields).toEqual({ prev_pid: 1, prev_state: 2, next_pid: 2, prev_prio: 120 });
      expect(recording.threads.name(2)).toBe(to);
    }
  });

  it('of an event whose text nobody knows are missing, with a word about it', async () => {
    const { rows, recording } = await readText(ftraceText, line('[000] d..2.   10.000000: kvm_exit: something else'));
    expect(rows[0].fields).toEqual({});
    expect(recording.issues.list()).toMatchObject([{ code: 'event-not-understood', offset: 0 }]);
  });
});
