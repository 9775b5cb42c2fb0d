/**
 * How the kernel, `perf script` and `trace-cmd report` print the tracepoints of the KVM catalog.
 *
 * Sources: the `print fmt` lines of the kernel's `events/SYSTEM/EVENT/format` files (Linux 2.6.36 … 6.x), which the
 * kernel itself and perf follow, and what trace-cmd prints with libtraceevent's kvm and sched_switch plug-ins.
 * `name=value` pairs need no pattern, save where values are hexadecimal without 0x (`trace-cmd report -R` prints a field
 * as its `print fmt` does) or follow a thread name. Those names are text from outside and hold anything: they are at
 * most 15 characters long, and patterns go by what stands to their right.
 */
import type { TextPattern } from '../../recording/tracepoint.js';
import { ARM64_PATTERNS } from './arm64/text-patterns.js';
import { VECTOR_EVENTS } from './interrupt-names.js';
import { RISCV_PATTERNS } from './riscv/text-patterns.js';

type Words = Readonly<Record<string, number>>;

const READ_WRITE: Words = { read: 0, write: 1 };
const NO: Words = { '': 0 };

/** The kernel's task states, and how it prints one that was preempted: with a plus (bit 8 of `prev_state`). */
const KERNEL_STATES: Words = withPlus({
  R: 0,
  S: 1,
  D: 2,
  T: 4,
  t: 8,
  X: 16,
  x: 16,
  Z: 32,
  P: 64,
  I: 128,
  K: 128,
  W: 256,
});
/** libtraceevent prints one letter per bit, from bit 0 on, in an older order of the states. */
const PLUGIN_STATES: Words = { R: 0, S: 1, D: 2, T: 4, t: 8, Z: 16, X: 32, x: 64, W: 128 };

function withPlus(states: Words): Words {
  const preempted = Object.entries(states).map(([letter, state]) => [`${letter}+`, state + 256]);
  return { ...states, ...Object.fromEntries(preempted) };
}

/** Registers of the local APIC by the names that `kvm_apic` prints (offsets: Intel SDM vol. 3, table 11-1). */
const APIC_REGISTERS: Words = {
  APIC_ID: 0x20,
  APIC_LVR: 0x30,
  APIC_TASKPRI: 0x80,
  APIC_ARBPRI: 0x90,
  APIC_PROCPRI: 0xa0,
  APIC_EOI: 0xb0,
  APIC_RRR: 0xc0,
  APIC_LDR: 0xd0,
  APIC_DFR: 0xe0,
  APIC_SPIV: 0xf0,
  APIC_ISR: 0x100,
  APIC_TMR: 0x180,
  APIC_IRR: 0x200,
  APIC_ESR: 0x280,
  APIC_ICR: 0x300,
  APIC_ICR2: 0x310,
  APIC_LVTT: 0x320,
  APIC_LVTTHMR: 0x330,
  APIC_LVTPC: 0x340,
  APIC_LVT0: 0x350,
  APIC_LVT1: 0x360,
  APIC_LVTERR: 0x370,
  APIC_TMICT: 0x380,
  APIC_TMCCT: 0x390,
  APIC_TDCR: 0x3e0,
  APIC_SELF_IPI: 0x3f0,
  APIC_EFEAT: 0x400,
  APIC_ECTRL: 0x410,
};

const GROW: Words = { grow: 1, growed: 1, shrink: 0, shrinked: 0 };

/** Wakeups and their kin: kernel and raw, then libtraceevent. */
const WAKEUP: readonly TextPattern[] = [
  { pattern: /^comm=(?<comm>.{0,15}) pid=(?<pid>\d+) prio=-?\d+ (?:success=\d+ )?target_cpu=(?<target_cpu>\d+)/s },
  { pattern: /^(?<comm>.{0,15}):(?<pid>\d+) \[-?\d+\](?: success=\d+)? CPU:(?<target_cpu>\d+)/s },
];

const VECTOR: readonly TextPattern[] = [{ pattern: /^vector=(?<vector>\d+)/ }];
const SOFTIRQ: readonly TextPattern[] = [{ pattern: /^vec=(?<vec>\d+)/ }];
/** What serves it is text from outside as well, to the end of the line; the first kernels with this event print "handler". */
const SERVED_IRQ: readonly TextPattern[] = [{ pattern: /^irq=(?<irq>\d+) (?:name|handler)=(?<name>.{1,64})/s }];
const IRQ: readonly TextPattern[] = [{ pattern: /^irq=(?<irq>\d+)/ }];

const EXITS: Readonly<Record<string, readonly TextPattern[]>> = {
  kvm_entry: [
    { pattern: /^vcpu (?<vcpu_id>\d+)/ },
    // arm64 and RISC-V; libtraceevent complains of what it knows from x86
    { pattern: /^(?:CAN'T FIND FIELD "vcpu_id"<CANT FIND FIELD rip>)?PC: 0x/ },
  ],
  kvm_exit: [
    // Linux 5.9 and later
    {
      pattern:
        /^vcpu (?<vcpu_id>\d+),? reason (?<exit_reason>.+?) rip (?<guest_rip>0x[0-9a-f]+) info1 (?<info1>0x[0-9a-f]+) info2 (?<info2>0x[0-9a-f]+)(?: intr_info (?<intr_info>0x[0-9a-f]+))?/,
    },
    // libtraceevent for a number that it has no name for
    {
      pattern:
        /^(?:vcpu (?<vcpu_id>\d+),? )?reason UNKNOWN \((?<exit_reason>\d+)\) rip (?<guest_rip>0x[0-9a-f]+) info (?<info1>[0-9a-f]+) (?<info2>[0-9a-f]+)/,
      hex: ['info1', 'info2'],
    },
    // libtraceevent, and Linux before 5.9
    {
      pattern:
        /^(?:vcpu (?<vcpu_id>\d+),? )?reason (?!UNKNOWN )(?<exit_reason>.+?) rip (?<guest_rip>0x[0-9a-f]+) info (?<info1>[0-9a-f]+) (?<info2>[0-9a-f]+)/,
      hex: ['info1', 'info2'],
    },
    // libtraceevent with `vcpu` at the end
    { pattern: /^reason (?<exit_reason>.+?) rip (?<guest_rip>0x[0-9a-f]+)(?: vcpu (?<vcpu_id>\d+))?$/ },
  ],
  kvm_userspace_exit: [
    { pattern: /^reason (?:restart|error) \(-?(?<errno>\d+)\)/, negated: ['errno'] },
    { pattern: /^reason (?!restart |error )\S+ \((?<reason>\d+)\)/ },
  ],
  kvm_nested_vmexit: [
    {
      pattern:
        /^vcpu (?<vcpu_id>\d+),? reason (?<exit_reason>.+?) rip 0x[0-9a-f]+ info1 (?<info1>0x[0-9a-f]+) info2 (?<info2>0x[0-9a-f]+)/,
    },
    // Linux before 5.10
    {
      pattern:
        /^rip: 0x[0-9a-f]+ reason: (?<exit_reason>.+?) ext_inf1: (?<info1>0x[0-9a-f]+) ext_inf2: (?<info2>0x[0-9a-f]+)/,
    },
    // libtraceevent
    {
      pattern:
        /^rip (?:0x)?[0-9a-f]+ reason (?:UNKNOWN \((?=\d+\)))?(?<exit_reason>[^)]+?)\)? ?info1 (?<info1>[0-9a-f]+) info2 (?<info2>[0-9a-f]+)/,
      hex: ['info1', 'info2'],
    },
  ],
  kvm_vmgexit_enter: [
    {
      pattern:
        /^vcpu (?<vcpu_id>\d+), exit_reason (?<exit_reason>[0-9a-f]+), exit_info1 (?<info1>[0-9a-f]+), exit_info2 (?<info2>[0-9a-f]+)/,
      hex: ['exit_reason', 'info1', 'info2'],
    },
    {
      pattern:
        /^vcpu_id=(?<vcpu_id>\d+) exit_reason=(?<exit_reason>[0-9a-f]+) info1=(?<info1>[0-9a-f]+) info2=(?<info2>[0-9a-f]+)/,
      hex: ['exit_reason', 'info1', 'info2'],
    },
  ],
  kvm_vmgexit_msr_protocol_enter: [
    { pattern: /^vcpu (?<vcpu_id>\d+), ghcb_gpa (?<ghcb_gpa>[0-9a-f]+)/, hex: ['ghcb_gpa'] },
    { pattern: /^vcpu_id=(?<vcpu_id>\d+) ghcb_gpa=(?<ghcb_gpa>[0-9a-f]+)/, hex: ['ghcb_gpa'] },
  ],
};

const DETAILS: Readonly<Record<string, readonly TextPattern[]>> = {
  kvm_fpu: [{ pattern: /^(?<load>load|unload)$/, words: { load: { unload: 0, load: 1 } } }],
  kvm_pio: [
    {
      pattern: /^pio_(?<rw>read|write) at (?<port>0x[0-9a-f]+) size (?<size>\d+) count (?<count>\d+)/,
      words: { rw: READ_WRITE },
    },
  ],
  kvm_mmio: [
    {
      pattern: /^mmio (?<type>unsatisfied-read|read|write|\S+) len (?<len>\d+) gpa (?<gpa>0x[0-9a-f]+)/,
      words: { type: { 'unsatisfied-read': 0, read: 1, write: 2 } },
    },
  ],
  kvm_fast_mmio: [{ pattern: /^fast mmio at gpa (?<gpa>0x[0-9a-f]+)/ }],
  kvm_msr: [
    {
      pattern: /^msr_(?<write>read|write) (?<ecx>[0-9a-f]+) = 0x[0-9a-f]+(?<exception>(?: \(#GP\))?)/,
      hex: ['ecx'],
      words: { write: READ_WRITE, exception: { ...NO, ' (#GP)': 1 } },
    },
    // Before 2021 libtraceevent's raw form was decimal throughout, `data` too.
    {
      pattern: /^write=(?<write>\d+) ecx=(?<ecx>[0-9a-f]+) data=0x[0-9a-f]+ exception=(?<exception>\d+)/,
      hex: ['ecx'],
    },
  ],
  kvm_cpuid: [
    { pattern: /^func (?<function>[0-9a-f]+)(?: idx (?<index>[0-9a-f]+))? rax /, hex: ['function', 'index'] },
    // Before 2021 libtraceevent's raw form was decimal here, and had 0x at rax.
    {
      pattern: /^function=(?<function>[0-9a-f]+) (?:index=(?<index>[0-9a-f]+) )?rax=(?!0x)/,
      hex: ['function', 'index'],
    },
  ],
  kvm_cr: [{ pattern: /^cr_(?<rw>read|write) (?<cr>[0-9a-f]+) = /, hex: ['cr'], words: { rw: READ_WRITE } }],
  kvm_hypercall: [{ pattern: /^nr (?<nr>0x[0-9a-f]+) / }],
  kvm_hv_hypercall: [
    { pattern: /^code (?<code>0x[0-9a-f]+) (?<fast>fast|slow) /, words: { fast: { slow: 0, fast: 1 } } },
  ],
  kvm_xen_hypercall: [{ pattern: /^(?:cpl \d+ )?nr (?<nr>0x[0-9a-f]+) / }],
  kvm_page_fault: [
    // Linux 6.0 and later, then before
    {
      pattern:
        /^(?:vcpu \d+ rip 0x[0-9a-f]+ )?address (?<fault_address>(?:0x)?[0-9a-f]+) error_code (?<error_code>(?:0x)?[0-9a-f]+)/,
      hex: ['fault_address', 'error_code'],
    },
  ],
  kvm_try_async_get_page: [{ pattern: /^gva = (?:0x)?[0-9a-f]+, gfn = (?<gfn>(?:0x)?[0-9a-f]+)/, hex: ['gfn'] }],
  kvm_async_pf_not_present: [{ pattern: /^token (?<token>(?:0x)?[0-9a-f]+) gva /, hex: ['token'] }],
};

/** Words that `kvm_inj_exception` prints, by vector; newer ones are printed as a number. */
const EXCEPTIONS: Words = {
  '#DE': 0,
  '#DB': 1,
  '#BP': 3,
  '#OF': 4,
  '#BR': 5,
  '#UD': 6,
  '#NM': 7,
  '#DF': 8,
  '#TS': 10,
  '#NP': 11,
  '#SS': 12,
  '#GP': 13,
  '#PF': 14,
  '#MF': 16,
  '#AC': 17,
  '#MC': 18,
};

const INTERRUPTS: Readonly<Record<string, readonly TextPattern[]>> = {
  kvm_inj_exception: [{ pattern: /^(?<exception>#[A-Z]{2}|0x[0-9a-f]+)/, words: { exception: EXCEPTIONS } }],
  kvm_inj_virq: [
    // Linux 5.19 and later
    { pattern: /^(?<soft>IRQ|Soft\/INTn) (?<vector>0x[0-9a-f]+)/, words: { soft: { IRQ: 0, 'Soft/INTn': 1 } } },
    { pattern: /^irq (?<vector>\d+)/ },
  ],
  kvm_apic: [
    {
      pattern: /^apic_(?<rw>read|write) (?<reg>\S+) = /,
      words: { rw: READ_WRITE, reg: APIC_REGISTERS },
    },
  ],
  // Bits of the interrupt command register: Intel SDM vol. 3, figure 11-12. The raw form has the vector alone.
  kvm_apic_ipi: [
    {
      pattern:
        /^dst (?<dest_id>[0-9a-f]+) vec (?<icr_low>\d+) \((?<mode>\w+)\|(?<destination>\w+)\|(?<level>[\w-]+)\|(?<trigger>\w+)\|(?<shorthand>[\w-]+)\)/,
      hex: ['dest_id'],
      parts: {
        mode: 'icr_low',
        destination: 'icr_low',
        level: 'icr_low',
        trigger: 'icr_low',
        shorthand: 'icr_low',
      },
      words: {
        mode: { LowPrio: 1 << 8, SMI: 2 << 8, Res3: 3 << 8, NMI: 4 << 8, INIT: 5 << 8, SIPI: 6 << 8, ExtINT: 7 << 8 },
        destination: { logical: 1 << 11 },
        level: { assert: 1 << 14 },
        trigger: { level: 1 << 15 },
        shorthand: { self: 1 << 18, all: 2 << 18, 'all-but-self': 3 << 18 },
      },
    },
    { pattern: /^icr_low=(?<icr_low>\d+) dest_id=(?<dest_id>[0-9a-f]+)/, hex: ['dest_id'] },
  ],
  kvm_avic_incomplete_ipi: [
    {
      pattern: /^(?:vcpu=)?(?<vcpu>\d+), icrh:icrl=(?:0x)?[0-9a-f]+:(?<icrl>[0-9a-f]+), id=(?<id>\d+)/,
      hex: ['icrl'],
    },
    { pattern: /^vcpu=(?<vcpu>\d+) icrh=\S+ icrl=(?<icrl>[0-9a-f]+) index=\d+ id=(?<id>\d+)/, hex: ['icrl'] },
  ],
  kvm_avic_unaccelerated_access: [
    {
      pattern:
        /^(?:vcpu=)?(?<vcpu>\d+), offset=(?<offset>(?:0x)?[0-9a-f]+)\([^)]*\), (?:trap|fault), (?<rw>read|write)/,
      hex: ['offset'],
      words: { rw: READ_WRITE },
    },
  ],
};

const HALTS: Readonly<Record<string, readonly TextPattern[]>> = {
  kvm_halt_poll_ns: [
    {
      pattern: /^vcpu (?<vcpu_id>\d+): halt_poll_ns (?<new>\d+) \((?<grow>grow|shrink) (?<old>\d+)\)/,
      words: { grow: GROW },
    },
  ],
  kvm_vcpu_wakeup: [
    {
      pattern: /^(?<waited>wait|poll) time (?<ns>\d+) ns(?:, polling (?<valid>valid|invalid))?/,
      words: { waited: { poll: 0, wait: 1 }, valid: { invalid: 0, valid: 1 } },
    },
  ],
};

const SCHEDULER: Readonly<Record<string, readonly TextPattern[]>> = {
  sched_switch: [
    // kernel, perf, and the raw form, which has no arrow
    {
      pattern:
        /^prev_comm=(?<prev_comm>.{0,15}) prev_pid=(?<prev_pid>\d+) prev_prio=(?<prev_prio>-?\d+) prev_state=(?<prev_state>\S+)(?: ==>)? next_comm=(?<next_comm>.{0,15}) next_pid=(?<next_pid>\d+) next_prio=-?\d+$/s,
      words: { prev_state: KERNEL_STATES },
    },
    // libtraceevent
    {
      pattern:
        /^(?<prev_comm>.{0,15}):(?<prev_pid>\d+) \[(?<prev_prio>-?\d+)\] (?<prev_state>\S+) ==> (?<next_comm>.{0,15}):(?<next_pid>\d+) \[-?\d+\]$/s,
      words: { prev_state: PLUGIN_STATES },
    },
  ],
  sched_waking: WAKEUP,
  sched_wakeup: WAKEUP,
  sched_wakeup_new: WAKEUP,
  sched_migrate_task: [
    {
      pattern: /^comm=(?<comm>.{0,15}) pid=(?<pid>\d+) prio=-?\d+ orig_cpu=(?<orig_cpu>\d+) dest_cpu=(?<dest_cpu>\d+)/s,
    },
  ],
};

const OTHERS: Readonly<Record<string, readonly TextPattern[]>> = {
  irq_handler_entry: [...SERVED_IRQ, ...IRQ],
  irq_handler_exit: [
    { pattern: /^irq=(?<irq>\d+) ret=(?<ret>\w+)/, words: { ret: { unhandled: 0, handled: 1 } } },
    ...IRQ,
  ],
  softirq_entry: SOFTIRQ,
  softirq_exit: SOFTIRQ,
  ...Object.fromEntries(
    VECTOR_EVENTS.flatMap(([event]) => [
      [`${event}_entry`, VECTOR],
      [`${event}_exit`, VECTOR],
    ]),
  ),
  // the kernel's own form has no 0x
  sys_enter_ioctl: [{ pattern: /^fd: (?<fd>(?:0x)?[0-9a-f]+), cmd: (?<cmd>(?:0x)?[0-9a-f]+)/, hex: ['fd', 'cmd'] }],
  sys_enter: [{ pattern: /^NR (?:-\d+|(?<id>\d+)) \([0-9a-f]+, (?<cmd>[0-9a-f]+),/, hex: ['cmd'] }],
};

export const TEXT_PATTERNS: Readonly<Record<string, readonly TextPattern[]>> = {
  ...EXITS,
  ...DETAILS,
  ...INTERRUPTS,
  ...HALTS,
  ...SCHEDULER,
  ...OTHERS,
  ...ARM64_PATTERNS,
  ...RISCV_PATTERNS,
};
