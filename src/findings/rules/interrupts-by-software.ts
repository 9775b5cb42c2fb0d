/** The hypervisor delivers and ends the guest's interrupts by software, though CPUs can do it alone. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { grouped, sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, eventCount, exitsOf, type Machine } from '../evidence.js';
import type { Knob, Reference } from '../finding.js';
import { moduleParameter, ofThisMaker } from '../host-settings.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { isIpi } from '../vectors.js';
import { percent } from '../words.js';
import { XEN_TIMERS } from '../xen-knobs.js';

/** Fewer are no pattern: one of them can take long for another reason. Own judgement. */
const LEAST_EXITS = 100;

/** Exits that there are only where the hardware delivers interrupts, for what it leaves to the hypervisor. */
const ASSISTED = /^(EOI_INDUCED|APIC_WRITE|avic_\w+)$/;
/** Windows for injection. */
const WINDOW = /^(vintr|INTERRUPT_WINDOW|PENDING_INTERRUPT|NMI_WINDOW|iret)$/;
const END = /_EOI\b|^APIC EOI|^ICC_(EOIR|DIR)|end of interrupt/;
const PRIORITY = /CR8|_TPR\b|TASKPRI|TPR_BELOW_THRESHOLD|ICC_PMR/i;

/** Settings of qvm that have hardware help with interrupts. */
const QVM_SETTINGS: readonly string[] = ['gic-hwassist', 'virtual-interrupts', 'posted-interrupts'];
const OFF = /^(off|no|n|false|0)$/i;

/** Knobs that are about AVIC alone. */
const ON_AMD = /kvm_amd|\bpit\b/;

const PV_EOI: Knob = {
  tool: 'QEMU option',
  text: '-cpu host,kvm-pv-eoi=on',
  does: 'lets a Linux guest end most interrupts without an exit',
};

const KNOBS: readonly Knob[] = [
  {
    tool: 'shell on the host',
    text: 'cat /sys/module/kvm_intel/parameters/enable_apicv',
    does: 'shows whether KVM on Intel may use APICv (Y or 1)',
  },
  {
    tool: 'shell on the host',
    text: 'cat /sys/module/kvm_amd/parameters/avic',
    does: 'shows whether KVM on AMD may use AVIC (Y or 1)',
  },
  {
    tool: 'shell on the host',
    text: "echo 'options kvm_amd avic=1' > /etc/modprobe.d/kvm-avic.conf",
    does: 'has KVM on AMD use AVIC from the next load of kvm_amd on (before Linux 6.18 it is off by default)',
  },
  {
    tool: 'shell on the host',
    text: "echo 'options kvm_intel enable_apicv=1' > /etc/modprobe.d/kvm-apicv.conf",
    does: 'has KVM on Intel use APICv from the next load of kvm_intel on (it is on by default)',
  },
  {
    tool: 'QEMU option',
    text: '-global kvm-pit.lost_tick_policy=discard',
    does: 'lets KVM use AVIC: it cannot while it repeats lost ticks of the PIT',
  },
  {
    tool: 'libvirt XML',
    text: "<clock offset='utc'><timer name='pit' tickpolicy='discard'/></clock>",
    does: 'likewise',
  },
  PV_EOI,
  {
    tool: 'qvm configuration',
    text: 'set gic-hwassist on',
    does: 'has the GIC deliver virtual interrupts (ARM; on by default)',
  },
  {
    tool: 'qvm configuration',
    text: 'set virtual-interrupts auto\nset posted-interrupts auto',
    does: 'likewise on x86, where the CPU can',
  },
  {
    tool: 'Xen command line',
    text: 'apicv=1',
    does: "has Intel's CPUs deliver them (on by default, where the CPU can); xl dmesg says what is in use",
  },
  ...XEN_TIMERS,
];

export const interruptsBySoftware: Rule = {
  id: 'interrupts-by-software',
  title: "the guest's interrupts are delivered and ended by software",
  explanation: [
    'Without help from the hardware the hypervisor injects each interrupt itself. If the guest has interrupts disabled at that moment, it asks for an exit as soon as they are enabled again (a window). The end of an interrupt (EOI) and changes of the task priority are exits as well.',
    'CPUs with APICv, AVIC or posted interrupts, and the GIC with its virtual interface, do all of that without an exit. AVIC does it for the APIC whose registers are memory; where the guest uses its x2APIC, whose registers are MSRs, only CPUs with x2AVIC (of AMD from Zen 4 on) take their accesses without an exit. KVM falls back to software where the module says so, and for a machine that uses what the hardware cannot do.',
  ],
  firesWhen: `At least ${LEAST_EXITS} exits of the cause interrupt-control that hardware help avoids (windows, ends of interrupts, task priority, accesses of the APIC or GIC), no sign of that help in the recording, and no other rule has explained them. Xen on AMD has no such help: there nothing is expected of it.`,
  knobs: KNOBS,
  sources: [
    'Linux, Documentation/admin-guide/kernel-parameters.txt: kvm-intel, kvm-amd; arch/x86/kvm/svm/avic.c (what inhibits AVIC)',
    'Linux, arch/x86/kvm/svm/avic.c: avic_activate_vmcb (AVIC for a guest with an x2APIC), Enable AVIC by default for Zen4+ (6.18)',
    'Linux, Documentation/virt/kvm/x86/msr.rst: MSR_KVM_PV_EOI_EN; arch/x86/kvm/lapic.c: kvm_pv_eoi',
    'QNX Hypervisor 8.0 manual, perform/irqs and vm/variables (gic-hwassist, virtual-interrupts, posted-interrupts)',
    'Gordon et al., ELI: Bare-Metal Performance for I/O Virtualization, ASPLOS 2012',
  ],
  find: inEachMachine(findIn),
};

const hasHelp = (evidence: Evidence, rows: readonly ExitRow[]): boolean =>
  rows.some(({ reason }) => ASSISTED.test(reason)) || eventCount(evidence, 'kvm', 'kvm_apicv_accept_irq') > 0;

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const all = exitsOf(evidence, machine);
  if (hasHelp(evidence, all)) return [];
  const rows = unclaimed(all, others).filter((row) => row.cause === 'interrupt-control' && !isIpi(row));
  const { workNs, count } = sumExits(rows);
  if (count < LEAST_EXITS) return [];
  const kinds = grouped(rows, kindOf).map(
    ({ key, sums }) => `${counted(sums.count, 'exit')} for ${key} (${formatNs(sums.workNs)})`,
  );
  const settings = settingsOff(evidence, machine);
  const module = moduleOff(evidence);
  const cannot = whyImpossible(evidence);
  const isOff = cannot === undefined && (settings.length > 0 || module !== undefined);
  const quick = quickEnds(evidence);
  const mayRemain = x2apicRows(evidence, rows);
  return [
    {
      rule: 'interrupts-by-software',
      title: `${machine.id}: interrupts that software delivers and ends cost ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run, in ${counted(count, 'exit')}`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: cannot !== undefined ? 0 : quick > 0 ? workNs - sumExits(mayRemain).workNs : workNs,
        reasoning:
          cannot === undefined
            ? whatRemains(mayRemain, quick)
            : `${cannot}: only a guest that needs fewer interrupts has fewer such exits.`,
      },
      evidence: `${kinds.join(', ')}${quick > 0 ? ` beside ${counted(quick, 'end')} without an exit (kvm_pv_eoi: the guest uses kvm-pv-eoi)` : ''}; nothing in the recording shows help from the hardware${module === undefined || cannot !== undefined ? '' : `, and the facts of the host say that ${module} is off`}.`,
      references: [...referencesTo(rows), ...settings],
      remedy: isOff
        ? `Turn the hardware's delivery of interrupts on: ${module ?? 'the configuration'} has it off.`
        : cannot !== undefined
          ? 'Have the guest take fewer interrupts: paravirtual drivers, interrupts of devices that are put together, fewer timers.'
          : `Have the hardware deliver the guest's interrupts (${helpOf(evidence)}), if the CPU can.`,
      knobs: ofThisMaker(
        evidence,
        KNOBS.filter((knob) => (knob === PV_EOI ? quick === 0 : cannot === undefined || !ON_AMD.test(knob.text))),
      ),
      risk: 'A CPU that is itself emulated, or older than about 2013, may not have it; a module of KVM can be loaded anew only while no machine runs.',
      verify: `Record again: windows${mayRemain.length > 0 ? ' (with x2AVIC ends of interrupts too)' : ' and ends of interrupts'} are gone from the exits.`,
      confidence: isOff ? 'high' : 'medium',
    },
  ];
}

/**
 * Ends of interrupts for which the guest did not have to leave: KVM writes each down as it finds out. 0 where that is not known;
 * of several machines it is not known whose they are.
 */
const quickEnds = (evidence: Evidence): number =>
  evidence.machines.length === 1 ? eventCount(evidence, 'kvm', 'kvm_pv_eoi') : 0;

/** Those that AVIC alone does not save: hardware without x2AVIC knows no x2APIC. */
const x2apicRows = ({ reasons, host }: Evidence, rows: readonly ExitRow[]): ExitRow[] =>
  host?.avic !== 'x2avic' && reasons.some(({ vocabulary }) => vocabulary === 'svm')
    ? rows.filter(({ detail }) => /\bIA32_X2APIC_/.test(detail ?? ''))
    : [];

function whatRemains(mayRemain: readonly ExitRow[], quick: number): string {
  const { count, workNs } = sumExits(mayRemain);
  if (count === 0) return 'Where the hardware delivers interrupts, none of these exits remains.';
  const registers = `${counted(count, 'exit')} for registers of the x2APIC (${formatNs(workNs)})`;
  return quick > 0
    ? `Where AVIC delivers interrupts, windows are gone; ${registers} remain, unless the CPU has x2AVIC (from Zen 4 on).`
    : `Where AVIC delivers interrupts, windows are gone; ${registers} go with x2AVIC (from Zen 4 on), or as far as they are ends of interrupts with kvm-pv-eoi.`;
}

/** What CPUs of this maker have for it. */
const HELP: Readonly<Record<string, string>> = {
  vmx: 'APICv, posted interrupts',
  svm: 'AVIC',
  arm64: 'the virtual interface of the GIC',
};

function helpOf({ recording, reasons }: Evidence): string {
  if (recording.hypervisor === 'xen') return 'APICv';
  const known = reasons.flatMap(({ vocabulary }) => HELP[vocabulary] ?? []);
  return known[0] ?? 'APICv, AVIC, posted interrupts, virtual GIC';
}

/**
 * Why the hardware cannot deliver interrupts here. Xen knows APICv and posted interrupts, and nothing of the kind on AMD
 * (xen/arch/x86/hvm/svm has no AVIC, Xen 4.20).
 */
function whyImpossible({ recording, reasons, host }: Evidence): string | undefined {
  if (!reasons.some(({ vocabulary }) => vocabulary === 'svm')) return undefined;
  if (recording.hypervisor === 'xen') return "Xen cannot have AMD's CPUs deliver interrupts (AVIC)";
  return host?.avic === 'none'
    ? "The facts of the host say that its CPU has no AVIC, whatever KVM's module is told"
    : undefined;
}

function kindOf({ reason, detail }: ExitRow): string {
  if (WINDOW.test(reason)) return 'windows';
  const what = detail ?? reason;
  if (END.test(what)) return 'ends of interrupts';
  if (PRIORITY.test(what) || PRIORITY.test(reason)) return 'task priorities';
  return 'other registers of the interrupt controller';
}

function settingsOff({ configurations }: Evidence, { id }: Machine): Reference[] {
  return (configurations.get(id) ?? [])
    .flatMap(({ variables }) => variables)
    .filter(({ name, value }) => QVM_SETTINGS.includes(name) && OFF.test(value))
    .map(({ place }) => ({ kind: 'configuration', source: place.source, line: place.line }));
}

/** The parameter of KVM's module that has it off, where facts of the host tell. */
function moduleOff(evidence: Evidence): string | undefined {
  const parameters = [
    ['kvm_intel', 'enable_apicv'],
    ['kvm_amd', 'avic'],
  ] as const;
  const off = parameters.find(([module, name]) => OFF.test(moduleParameter(evidence, module, name) ?? ''));
  return off?.join('.');
}
