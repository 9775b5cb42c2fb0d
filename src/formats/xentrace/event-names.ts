/**
 * Names of Xen's trace events, by their numbers.
 *
 * Source: Xen 4.17 and the 4.21 development tree, xen/include/public/trace.h, and of schedulers their sources
 * (xen/common/sched); names in lower case, without TRC_ and the class, which is the system here. Forms of one event with
 * 64-bit addresses, and events of nested guests, have a number and a name of their own.
 */
import { eventOfIndex } from './record-words.js';

type Names = readonly (readonly [number: number, name: string])[];

/** By class and subclass: the upper bits of the number, with the name of the system. */
// biome-ignore format: several rows a line
const GROUPS: readonly (readonly [base: number, system: string, names: Names])[] = [
  [0x0001f000, 'trace', [[1, 'lost_records'], [2, 'wrap_buffer'], [3, 'cpu_change']]],
  [0x00021000, 'sched', [[2, 'continue_running']]],
  [0x00028000, 'sched', [
    [1, 'dom_add'], [2, 'dom_rem'], [3, 'sleep'], [4, 'wake'], [5, 'yield'], [6, 'block'], [7, 'shutdown'], [8, 'ctl'],
    [9, 'adjdom'], [10, 'switch'], [11, 's_timer_fn'], [12, 't_timer_fn'], [13, 'dom_timer_fn'], [14, 'switch_infprev'],
    [15, 'switch_infnext'], [16, 'shutdown_code'], [17, 'switch_infcont'],
  ]],
  [0x00022000, 'csched', [
    [1, 'sched_tasklet'], [2, 'account_start'], [3, 'account_stop'], [4, 'stolen_vcpu'], [5, 'picked_cpu'], [6, 'tickle'],
    [7, 'boost_start'], [8, 'boost_end'], [9, 'schedule'], [10, 'ratelimit'], [11, 'steal_check'],
  ]],
  [0x00022200, 'csched2', [
    [1, 'tick'], [2, 'runq_pos'], [3, 'credit_burn'], [4, 'credit_add'], [5, 'tickle_check'], [6, 'tickle'],
    [7, 'credit_reset'], [8, 'sched_tasklet'], [9, 'update_load'], [10, 'runq_assign'], [11, 'update_vcpu_load'],
    [12, 'update_runq_load'], [13, 'tickle_new'], [14, 'runq_max_weight'], [15, 'migrate'], [16, 'load_check'],
    [17, 'load_balance'], [19, 'pick_cpu'], [20, 'runq_candidate'], [21, 'schedule'], [22, 'ratelimit'],
    [23, 'runq_cand_check'],
  ]],
  [0x00022800, 'rtds', [
    [1, 'tickle'], [2, 'runq_pick'], [3, 'burn_budget'], [4, 'repl_budget'], [5, 'sched_tasklet'], [6, 'schedule'],
  ]],
  [0x00022a00, 'null', [
    [1, 'picked_cpu'], [2, 'vcpu_assign'], [3, 'vcpu_deassign'], [4, 'migrate'], [5, 'schedule'], [6, 'tasklet'],
  ]],
  [0x00041000, 'domain', [[1, 'create'], [2, 'destroy']]],
  [0x00081000, 'hvm', [
    [0x1, 'vmentry'], [0x2, 'vmexit'], [0x3, 'svm_exit'], [0x102, 'vmexit64'], [0x103, 'svm_exit64'],
    [0x401, 'nested_vmentry'], [0x402, 'nested_vmexit'], [0x403, 'nested_svm_exit'], [0x502, 'nested_vmexit64'],
    [0x503, 'nested_svm_exit64'],
  ]],
  [0x00082000, 'hvm', [
    [0x1, 'pf_xen'], [0x101, 'pf_xen64'], [0x2, 'pf_inject'], [0x102, 'pf_inject64'], [0x3, 'inj_exc'], [0x4, 'inj_virq'],
    [0x5, 'reinj_virq'], [0x6, 'io_read'], [0x7, 'io_write'], [0x8, 'cr_read'], [0x108, 'cr_read64'], [0x9, 'cr_write'],
    [0x109, 'cr_write64'], [0xa, 'dr_read'], [0xb, 'dr_write'], [0xc, 'msr_read'], [0xd, 'msr_write'], [0xe, 'cpuid'],
    [0xf, 'intr'], [0x10, 'nmi'], [0x11, 'smi'], [0x12, 'vmmcall'], [0x13, 'hlt'], [0x14, 'invlpg'], [0x114, 'invlpg64'],
    [0x15, 'mce'], [0x16, 'ioport_read'], [0x116, 'ioport_read64'], [0x17, 'iomem_read'], [0x117, 'iomem_read64'],
    [0x18, 'clts'], [0x19, 'lmsw'], [0x119, 'lmsw64'], [0x1a, 'rdtsc'], [0x20, 'intr_window'], [0x21, 'npf'],
    [0x22, 'realmode_emulate'], [0x23, 'trap'], [0x24, 'trap_debug'], [0x25, 'vlapic'], [0x126, 'xcr_read64'],
    [0x127, 'xcr_write64'], [0x216, 'ioport_write'], [0x316, 'ioport_write64'], [0x217, 'iomem_write'],
    [0x317, 'iomem_write64'],
  ]],
  [0x00084000, 'hvm-device', [
    [1, 'hpet_start_timer'], [2, 'pit_start_timer'], [3, 'rtc_start_timer'], [4, 'lapic_start_timer'],
    [5, 'hpet_stop_timer'], [6, 'pit_stop_timer'], [7, 'rtc_stop_timer'], [8, 'lapic_stop_timer'], [9, 'pit_timer_cb'],
    [10, 'lapic_timer_cb'], [11, 'pic_int_output'], [12, 'pic_kick'], [13, 'pic_intack'], [14, 'pic_posedge'],
    [15, 'pic_negedge'], [16, 'pic_pend_irq_call'], [17, 'lapic_pic_intr'],
  ]],
  [0x0010f000, 'mem', [
    [1, 'page_grant_map'], [2, 'page_grant_unmap'], [3, 'page_grant_transfer'], [4, 'set_p2m_entry'],
    [5, 'decrease_reservation'], [16, 'pod_populate'], [17, 'pod_zero_reclaim'], [18, 'pod_superpage_splinter'],
  ]],
  [0x00201000, 'pv', [
    [1, 'hypercall'], [3, 'trap'], [4, 'page_fault'], [5, 'forced_invalid_op'], [6, 'emulate_privop'], [7, 'emulate_4gb'],
    [8, 'math_state_restore'], [9, 'paging_fixup'], [10, 'gdt_ldt_mapping_fault'], [11, 'ptwr_emulation'],
    [12, 'ptwr_emulation_pae'], [13, 'hypercall_v2'],
    [0x101, 'hypercall64'], [0x103, 'trap64'], [0x104, 'page_fault64'], [0x105, 'forced_invalid_op64'],
    [0x106, 'emulate_privop64'], [0x107, 'emulate_4gb64'], [0x108, 'math_state_restore64'], [0x109, 'paging_fixup64'],
    [0x10a, 'gdt_ldt_mapping_fault64'], [0x10b, 'ptwr_emulation64'], [0x10c, 'ptwr_emulation_pae64'],
  ]],
  [0x00202000, 'pv', [[14, 'hypercall_subcall']]],
  [0x0040f000, 'shadow', [
    [1, 'not_shadow'], [2, 'fast_propagate'], [3, 'fast_mmio'], [4, 'false_fast_path'], [5, 'mmio'], [6, 'fixup'],
    [7, 'domf_dying'], [8, 'emulate'], [9, 'emulate_unshadow_user'], [10, 'emulate_unshadow_evtinj'],
    [11, 'emulate_unshadow_unhandled'], [12, 'wrmap_bf'], [13, 'prealloc_unpin'], [14, 'resync_full'], [15, 'resync_only'],
  ]],
  [0x00801000, 'pm', [[1, 'freq_change'], [2, 'idle_entry'], [3, 'idle_exit']]],
  [0x00802000, 'irq', [
    [1, 'move_cleanup_delay'], [2, 'move_cleanup'], [3, 'bind_vector'], [4, 'clear_vector'], [5, 'move_finish'],
    [6, 'assign_vector'], [7, 'unmapped_vector'], [8, 'handled'],
  ]],
];

const NAMES = new Map<number, string>(
  GROUPS.flatMap(([base, system, names]) =>
    names.map(([number, name]) => [base + number, `${system}:${name}`] as const),
  ),
);

export const RUNSTATES = ['running', 'runnable', 'blocked', 'offline'] as const;
/** A change of runstate: old << 8 | new << 4. */
export const RUNSTATE_CHANGE = 0x0002_1001;

for (const [from, old] of RUNSTATES.entries()) {
  for (const [to, next] of RUNSTATES.entries()) {
    NAMES.set(RUNSTATE_CHANGE | (from << 8) | (to << 4), `sched:${old}_to_${next}`);
  }
}

/** For example "sched:running_to_blocked"; the number where it has no name. */
export function eventName(index: number): string {
  const event = eventOfIndex(index);
  return NAMES.get(event) ?? `0x${event.toString(16).padStart(7, '0')}`;
}
