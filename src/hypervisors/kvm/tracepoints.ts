/**
 * The tracepoints of a Linux host that the KVM translator understands, and which of their fields it needs.
 *
 * Names and fields: the kernel's `events/SYSTEM/EVENT/format` files (Linux 2.6.35 … 6.x). A kernel may lack any of
 * them; a recording may too. How they look in text is in `text-patterns.ts`.
 */
import type { FieldSpec, TracepointCatalog, TracepointSpec } from '../../recording/tracepoint.js';
import { TEXT_PATTERNS } from './text-patterns.js';

const number = (name: string, ...aliases: string[]): FieldSpec => ({ name, aliases, type: 'number' });
const u64 = (name: string, ...aliases: string[]): FieldSpec => ({ name, aliases, type: 'u64' });

/**
 * [system, event, fields, thread name pairs, interrupt name pair]: the position in this list + 1 is the record kind. "kvm_exit@esr_ec" is the
 * kvm_exit of the architecture where it has a field of that name.
 */
type Row = readonly [
  string,
  string,
  readonly FieldSpec[],
  (readonly (readonly [string, string])[])?,
  (readonly [string, string])?,
];

const ROWS = [
  ['kvm', 'kvm_entry', [number('vcpu_id')]],
  [
    'kvm',
    'kvm_exit',
    [
      number('exit_reason'),
      number('isa'),
      number('vcpu_id'),
      number('info1'),
      number('info2'),
      u64('guest_rip'),
      number('intr_info'),
    ],
  ],
  // arm64, then RISC-V
  ['kvm', 'kvm_exit@esr_ec', [number('ret'), number('esr_ec'), u64('vcpu_pc')]],
  ['kvm', 'kvm_exit@scause', [u64('scause'), u64('sepc'), u64('stval'), number('htval'), number('htinst')]],
  ['kvm', 'kvm_userspace_exit', [number('reason'), number('errno')]],
  ['kvm', 'kvm_fpu', [number('load')]],
  ['kvm', 'kvm_pio', [number('rw'), number('port'), number('size'), number('count')]],
  ['kvm', 'kvm_mmio', [number('type'), number('len'), number('gpa')]],
  ['kvm', 'kvm_fast_mmio', [number('gpa')]],
  ['kvm', 'kvm_msr', [number('write'), number('ecx'), number('exception')]],
  ['kvm', 'kvm_cpuid', [number('function'), number('index')]],
  ['kvm', 'kvm_cr', [number('rw'), number('cr')]],
  ['kvm', 'kvm_hypercall', [number('nr')]],
  ['kvm', 'kvm_hv_hypercall', [number('code'), number('fast')]],
  ['kvm', 'kvm_xen_hypercall', [number('nr')]],
  ['kvm', 'kvm_page_fault', [number('fault_address'), number('error_code')]],
  ['kvm', 'kvm_try_async_get_page', [number('gfn')]],
  ['kvm', 'kvm_async_pf_not_present', [number('token')]],
  ['kvm', 'kvm_inj_exception', [number('exception')]],
  ['kvm', 'kvm_inj_virq', [number('vector', 'irq'), number('soft')]],
  ['kvm', 'kvm_apic', [number('rw'), number('reg')]],
  ['kvm', 'kvm_apic_ipi', [number('icr_low'), number('dest_id')]],
  ['kvm', 'kvm_halt_poll_ns', [number('grow'), number('vcpu_id'), number('new'), number('old')]],
  ['kvm', 'kvm_vcpu_wakeup', [number('ns'), number('waited'), number('valid')]],
  [
    'kvm',
    'kvm_nested_vmexit',
    [
      number('exit_reason', 'exit_code'),
      number('isa'),
      number('vcpu_id'),
      number('info1', 'exit_info1'),
      number('info2', 'exit_info2'),
    ],
  ],
  ['kvm', 'kvm_avic_incomplete_ipi', [number('vcpu', 'vcpu_id'), number('icrl'), number('id')]],
  ['kvm', 'kvm_avic_unaccelerated_access', [number('vcpu', 'vcpu_id'), number('offset'), number('rw')]],
  ['kvm', 'kvm_vmgexit_enter', [number('vcpu_id'), number('exit_reason'), number('info1'), number('info2')]],
  ['kvm', 'kvm_vmgexit_msr_protocol_enter', [number('vcpu_id'), number('ghcb_gpa')]],
  // arm64
  ['kvm', 'kvm_arm_clear_debug', []],
  ['kvm', 'kvm_guest_fault', [number('hsr'), number('ipa')]],
  ['kvm', 'kvm_access_fault', [number('ipa')]],
  ['kvm', 'kvm_wfx_arm64', [number('is_wfe')]],
  ['kvm', 'kvm_hvc_arm64', [u64('r0'), number('imm')]],
  [
    'kvm',
    'kvm_sys_access',
    [number('is_write'), number('Op0'), number('Op1'), number('CRn'), number('CRm'), number('Op2')],
  ],
  ['kvm', 'kvm_handle_sys_reg', [number('hsr')]],
  ['kvm', 'trap_reg', [number('reg'), number('is_write')]],
  ['kvm', 'kvm_get_timer_map', [number('vcpu_id')]],
  ['kvm', 'kvm_timer_update_irq', [number('vcpu_id'), number('irq'), number('level')]],
  ['kvm', 'vgic_update_irq_pending', [number('vcpu_id'), number('irq'), number('level')]],
  // Of these arm64 has the first without fields that matter, RISC-V all.
  ['kvm', 'kvm_mmio_emulate', [number('vcpu_id'), number('fault_addr'), number('write'), number('len')]],
  ['kvm', 'kvm_vcpu_exit', [number('vcpu_id')]],
  [
    'sched',
    'sched_switch',
    [number('prev_pid'), number('prev_state'), number('next_pid'), number('prev_prio')],
    [
      ['prev_pid', 'prev_comm'],
      ['next_pid', 'next_comm'],
    ],
  ],
  ['sched', 'sched_waking', [number('pid'), number('target_cpu')], [['pid', 'comm']]],
  ['sched', 'sched_wakeup', [number('pid'), number('target_cpu')], [['pid', 'comm']]],
  ['sched', 'sched_wakeup_new', [number('pid'), number('target_cpu')], [['pid', 'comm']]],
  ['sched', 'sched_migrate_task', [number('pid'), number('orig_cpu'), number('dest_cpu')], [['pid', 'comm']]],
  ['irq', 'irq_handler_entry', [number('irq')], [], ['irq', 'name']],
  ['irq', 'irq_handler_exit', [number('irq'), number('ret')]],
  ['irq', 'softirq_entry', [number('vec')]],
  ['irq', 'softirq_exit', [number('vec')]],
  ['irq_vectors', 'local_timer_entry', [number('vector')]],
  ['irq_vectors', 'local_timer_exit', [number('vector')]],
  ['irq_vectors', 'reschedule_entry', [number('vector')]],
  ['irq_vectors', 'reschedule_exit', [number('vector')]],
  ['irq_vectors', 'call_function_entry', [number('vector')]],
  ['irq_vectors', 'call_function_exit', [number('vector')]],
  ['irq_vectors', 'call_function_single_entry', [number('vector')]],
  ['irq_vectors', 'call_function_single_exit', [number('vector')]],
  ['irq_vectors', 'irq_work_entry', [number('vector')]],
  ['irq_vectors', 'irq_work_exit', [number('vector')]],
  ['irq_vectors', 'x86_platform_ipi_entry', [number('vector')]],
  ['irq_vectors', 'x86_platform_ipi_exit', [number('vector')]],
  ['irq_vectors', 'thermal_apic_entry', [number('vector')]],
  ['irq_vectors', 'thermal_apic_exit', [number('vector')]],
  ['irq_vectors', 'spurious_apic_entry', [number('vector')]],
  ['irq_vectors', 'spurious_apic_exit', [number('vector')]],
  ['irq_vectors', 'error_apic_entry', [number('vector')]],
  ['irq_vectors', 'error_apic_exit', [number('vector')]],
  ['irq_vectors', 'threshold_apic_entry', [number('vector')]],
  ['irq_vectors', 'threshold_apic_exit', [number('vector')]],
  ['irq_vectors', 'deferred_error_apic_entry', [number('vector')]],
  ['irq_vectors', 'deferred_error_apic_exit', [number('vector')]],
  ['ipi', 'ipi_entry', []],
  ['ipi', 'ipi_exit', []],
  ['syscalls', 'sys_enter_ioctl', [number('fd'), number('cmd')]],
  // The second argument of an ioctl is its command.
  ['raw_syscalls', 'sys_enter', [number('id'), number('cmd', 'args[1]')]],
] as const satisfies readonly Row[];

/** Names of the tracepoints in the catalog. */
export type TracepointName = (typeof ROWS)[number][1];

const kinds = new Map<string, number>(ROWS.map((row, index) => [row[1], index + 1]));

/** The record kind of a tracepoint. */
export const kindOf = (event: TracepointName): number => kinds.get(event) as number;

export const KVM_CATALOG: TracepointCatalog = (ROWS as readonly Row[]).map(
  ([system, key, fields, threadNames, interruptName], index): TracepointSpec => {
    const text = TEXT_PATTERNS[key];
    const [event, onlyWith] = key.split('@');
    return {
      system,
      event,
      kind: index + 1,
      fields,
      ...(onlyWith && { onlyWith }),
      ...(threadNames && { threadNames }),
      ...(interruptName && { interruptName }),
      ...(text && { text }),
    };
  },
);

/** The name here of a tracepoint of the catalog. */
export const nameOf = ({ event, onlyWith }: TracepointSpec): TracepointName =>
  (onlyWith === undefined ? event : `${event}@${onlyWith}`) as TracepointName;

/** The slot within a record's FIELD_SLOTS that holds a field (of a `u64` field: its high half, the low one follows). */
export function slotOf(event: TracepointName, field: string): number {
  let slot = 0;
  for (const spec of KVM_CATALOG[kindOf(event) - 1].fields) {
    if (spec.name === field) return slot;
    slot += spec.type === 'u64' ? 2 : 1;
  }
  throw new RangeError(`${event} has no field ${field}`);
}
