/**
 * How the tracepoints of arm64 are printed by the kernel and perf, and by `trace-cmd report`, whose plug-in for x86 puts
 * complaints before some of them.
 *
 * Source: the `print fmt` lines of the kernel's `events/kvm/EVENT/format` files, Linux 4.0 … 6.x.
 */
import type { TextPattern } from '../../../recording/tracepoint.js';
import { HYP_GONE } from './exit-reasons.js';

/** Numbers without a name are printed as numbers. */
const RETURNS = { IRQ: 0, SERROR: 1, TRAP: 2, IL: 3, HYP_GONE };
const READ_WRITE = { read: 0, write: 1 };

/** Of a virtual interrupt whose line changes. */
const LEVEL: readonly TextPattern[] = [{ pattern: /^VCPU: (?<vcpu_id>-?\d+), IRQ (?<irq>\d+), level:? (?<level>\d+)/ }];

export const ARM64_PATTERNS: Readonly<Record<string, readonly TextPattern[]>> = {
  'kvm_exit@esr_ec': [
    {
      pattern:
        /^(?:<CANT FIND FIELD exit_reason>)?(?<ret>\w+): HSR_EC: ?(?<esr_ec>0x[0-9a-f]+)(?: \([^)]*\))?, PC: (?<vcpu_pc>0x[0-9a-f]+)/,
      words: { ret: RETURNS },
    },
  ],
  kvm_guest_fault: [
    { pattern: /^ipa (?<ipa>(?:0x)?[0-9a-f]+), hsr (?<hsr>(?:0x)?[0-9a-f]+), hxfar /, hex: ['ipa', 'hsr'] },
  ],
  kvm_access_fault: [{ pattern: /^IPA: (?<ipa>[0-9a-f]+)/, hex: ['ipa'] }],
  kvm_wfx_arm64: [
    { pattern: /^guest executed wf(?<is_wfe>[ie]) at: /, words: { is_wfe: { i: 0, e: 1 } } },
    // libtraceevent cannot print a character: which of the two it was is lost
    { pattern: /^guest executed wf>c< at: / },
  ],
  kvm_hvc_arm64: [{ pattern: /^HVC at 0x[0-9a-f]+ \(r0: (?<r0>0x[0-9a-f]+), imm: (?<imm>0x[0-9a-f]+)\)/ }],
  kvm_sys_access: [
    {
      pattern:
        /^PC: [0-9a-f]+ \S+ \((?<Op0>\d+),(?<Op1>\d+),(?<CRn>\d+),(?<CRm>\d+),(?<Op2>\d+)\) (?<is_write>read|write)/,
      words: { is_write: READ_WRITE },
    },
  ],
  kvm_handle_sys_reg: [{ pattern: /^HSR (?<hsr>0x[0-9a-f]+)/ }],
  trap_reg: [
    {
      pattern: /^\S+ (?<is_write>read from|write to) reg (?<reg>\d+) /,
      words: { is_write: { 'read from': 0, 'write to': 1 } },
    },
  ],
  kvm_get_timer_map: [{ pattern: /^VCPU: (?<vcpu_id>\d+), dv: / }],
  kvm_timer_update_irq: LEVEL,
  vgic_update_irq_pending: LEVEL,
};
