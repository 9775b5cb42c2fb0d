/** Reading the time, or programming an old timer, costs an exit each time. */

import { counted, formatCount, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { grouped, sumExits, WORK, wantedNs } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob, Reference } from '../finding.js';
import { originText } from '../origins.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent, rate } from '../words.js';

/** Fewer uses are start-up. Own judgement. */
const LEAST_USES = 100;

/** Emulated clocks and timers of PCs, by the names of devices: conventional ones and those of configurations. */
const DEVICE = /8254 timer|HPET|real-time clock|power management timer|timer8254|\bhpet\b|mc146818|\bi8254\b/i;
const DETAIL = /HV_X64_MSR_TIME_REF_COUNT|^CNT[PV]CT_EL0 read/;
const REASON = /^rdtscp?$/i;

const READ: readonly Knob[] = [
  {
    tool: 'shell in the guest',
    text: 'cd /sys/devices/system/clocksource/clocksource0 && cat current_clocksource available_clocksource',
    does: 'shows which clock the guest reads, and which ones it could',
  },
];

const OF_KVM: readonly Knob[] = [
  ...READ,
  {
    tool: 'shell in the guest',
    text: 'echo kvm-clock > /sys/devices/system/clocksource/clocksource0/current_clocksource',
    does: 'reads a page that KVM keeps up to date, without exits (tsc is as good where it is offered)',
  },
  {
    tool: 'QEMU option',
    text: '-machine hpet=off',
    does: 'takes the HPET away from a machine of type pc or q35, so that no guest chooses it',
  },
  {
    tool: 'libvirt XML',
    text: "<clock offset='utc'><timer name='hpet' present='no'/><timer name='kvmclock' present='yes'/></clock>",
    does: 'takes the HPET away and offers the clock of KVM',
  },
  {
    tool: 'QEMU option',
    text: '-cpu host,hv-time,hv-relaxed,hv-vapic,hv-spinlocks=0x1fff',
    does: 'for a Windows guest: a page with the time instead of registers',
  },
];

const ON_XEN: readonly Knob[] = [
  ...READ,
  {
    tool: 'shell in the guest',
    text: 'echo xen > /sys/devices/system/clocksource/clocksource0/current_clocksource',
    does: 'reads a page that Xen keeps up to date, without exits (tsc is as good where it is offered)',
  },
];

const NATIVE_TSC: Knob = {
  tool: 'xl configuration',
  text: 'tsc_mode = "native"',
  does: 'lets the guest read the TSC itself',
};

function knobsOn({ recording: { hypervisor } }: Evidence, rows: readonly ExitRow[]): readonly Knob[] {
  if (hypervisor === 'qnx') return READ;
  if (hypervisor !== 'xen') return OF_KVM;
  // Whether reads of the TSC leave the guest does not change what other clocks cost.
  return rows.some(({ reason }) => REASON.test(reason)) ? [...ON_XEN, NATIVE_TSC] : ON_XEN;
}

/** All of its uses lie in so small a part of T, and so much of T is left after them: own judgement. */
const SHORT_TIME = 0.25;
/** What such use must cost to be told, as a share of the time wanted. Own judgement. */
const NOTABLE = 0.01;

export const clockReads: Rule = {
  id: 'clock-reads',
  title: 'the guest reads a clock, or programs a timer, that is emulated',
  explanation: [
    'Programs ask for the time very often. With a paravirtual clock (kvm-clock, the Hyper-V reference page, the PV clock of Xen) or an invariant TSC the answer is in memory or in the CPU and costs no exit. The HPET, the ACPI power management timer, the real-time clock and the PIT are emulated devices: each look at them is an exit, mostly up to the VMM.',
    'A Linux guest falls back to them when it finds the TSC unstable, when it is told to (clocksource=), or when the VMM offers nothing better.',
  ],
  firesWhen: `At least ${LEAST_USES} exits for registers of a PIT, HPET, real-time clock or ACPI power management timer, for RDTSC, or for registers that hold the time. Where all of them lie in less than ${100 * SHORT_TIME} % of T, and at least as much of T is left after them, no gain is promised: a guest that starts measures the TSC against such a timer.`,
  knobs: [...OF_KVM, ...ON_XEN.slice(READ.length), NATIVE_TSC],
  sources: [
    'Linux, Documentation/virt/kvm/x86/timekeeping.rst',
    'Microsoft, Hypervisor Top-Level Functional Specification, timers',
    'QNX Hypervisor 8.0 manual, virt/sched (timer8254 is a named cause of guest exits)',
  ],
  find: inEachMachine(findIn),
};

const isClock = ({ device, detail, reason }: ExitRow): boolean =>
  (device !== null && DEVICE.test(device)) || DETAIL.test(detail ?? '') || REASON.test(reason);

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(exitsOf(evidence, machine), others).filter(isClock);
  return grouped(rows, ({ device, detail, reason }) => device ?? detail ?? reason)
    .filter(({ sums }) => sums.count >= LEAST_USES)
    .map(({ key, rows: own }) => draft(evidence, machine, key, own));
}

function draft(evidence: Evidence, machine: Machine, clock: string, rows: readonly ExitRow[]): Draft {
  const { count, workNs, reachedVmm } = sumExits(rows);
  const passing = passingTime(evidence, rows);
  const [most] = rows.toSorted((a, b) => b.count - a.count);
  const when = passing === undefined ? '' : ` ${passing}`;
  return {
    rule: 'clock-reads',
    title: `${machine.id} used an emulated clock, ${clock}, ${counted(count, 'time')}${when}: ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
    machine: machine.id,
    costNs: workNs,
    accounts: WORK,
    evidence: `${rate(count, evidence.recording.durationNs)}, ${formatNs(workNs / count)} each${evidence.recording.hypervisor === 'qnx' ? '' : `; ${formatCount(reachedVmm)} of these exits reached the VMM`}. Most: ${most.detail ?? most.reason}.${originText(evidence, rows)}`,
    references: [...referencesTo(rows), ...configuredTimers(evidence, machine)],
    risk: 'If the guest gave up the TSC because it is unstable on this host, time can jump with it: look for "clocksource" in its kernel log first.',
    verify: `Record again: the exits for ${clock} are gone.`,
    ...(passing === undefined ? lastingAdvice(evidence, rows, workNs) : passingAdvice(machine, workNs)),
  };
}

type Advice = Pick<Draft, 'gain' | 'remedy' | 'knobs' | 'confidence' | 'told'>;

const lastingAdvice = (evidence: Evidence, rows: readonly ExitRow[], workNs: number): Advice => ({
  gain: {
    mostNs: workNs,
    likelyNs: workNs,
    reasoning: 'A paravirtual clock or an invariant TSC is read without an exit.',
  },
  remedy: 'Have the guest read a paravirtual clock or the TSC instead; find out first why it does not.',
  knobs: knobsOn(evidence, rows),
  confidence: 'high',
});

const passingAdvice = (machine: Machine, workNs: number): Advice => ({
  gain: { mostNs: workNs, likelyNs: 0, reasoning: 'Later it did not use it: if it started then, that was all.' },
  remedy:
    'Change nothing if the guest started then: Linux measures the TSC against such a timer once. Else find out which clock it reads.',
  knobs: READ,
  confidence: 'low',
  ...(workNs >= NOTABLE * wantedNs(machine) && { told: 'unless limited' }),
});

/** When the clock was used, where that was for a short time only and long before the end of T. */
function passingTime({ recording }: Evidence, rows: readonly ExitRow[]): string | undefined {
  const firsts = rows.flatMap(({ firstNs }) => firstNs ?? []);
  const lasts = rows.flatMap(({ lastNs }) => lastNs ?? []);
  const first = firsts.reduce((a, b) => Math.min(a, b), Infinity);
  const last = lasts.reduce((a, b) => Math.max(a, b), -Infinity);
  const short = SHORT_TIME * recording.durationNs;
  const isPassing = last >= first && last - first < short && recording.toNs - last >= short;
  return isPassing ? `between ${formatNs(first)} and ${formatNs(last)} of the recording, and not later` : undefined;
}

function configuredTimers({ configurations }: Evidence, { id }: Machine): Reference[] {
  const places = (configurations.get(id) ?? []).flatMap(({ clock, devices }) => [
    ...clock.timers.filter(({ present }) => present !== false).map(({ place }) => place),
    ...devices.filter(({ role, kind }) => role === 'timer' && kind === 'emulated').map(({ place }) => place),
  ]);
  return places.map(({ source, line }) => ({ kind: 'configuration', source, line }));
}
