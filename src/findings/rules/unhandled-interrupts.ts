/** Interrupts of the host that nobody needs: their handlers find nothing to do, or the CPU calls them spurious. */
import { counted, formatNs, formatShare } from '../../base/quantities.js';
import { isTimerOfGuest } from '../arm-interrupts.js';
import { interruptWorkNs } from '../costs.js';
import type { Evidence } from '../evidence.js';
import type { Knob } from '../finding.js';
import type { Draft, Rule } from '../rule.js';
import { rate } from '../words.js';

/** Fewer are no pattern. Own judgement. */
const LEAST = 100;
/** Devices that share an interrupt each look whether it was theirs: of two, every second look is in vain. Own judgement. */
const MOSTLY = 0.9;
/** Names of interrupts that the CPU itself raises where something is wrong (see hypervisors/kvm/interrupt-names.ts). */
const BY_THE_CPU: readonly string[] = ['spurious interrupt', 'APIC error'];

const KNOBS: readonly Knob[] = [
  {
    tool: 'shell on the host',
    text: 'cat /proc/interrupts; grep -H . /proc/irq/*/spurious',
    does: 'names the devices of interrupts, and shows how often nobody wanted one (unhandled); SPU and ERR are those of the CPU',
  },
  {
    tool: 'shell on the host',
    text: "dmesg | grep -iE 'nobody cared|spurious|APIC error'",
    does: 'shows what the kernel has said about such interrupts; it gives up one that nobody cares about after 100,000 of them',
  },
];

export const unhandledInterrupts: Rule = {
  id: 'unhandled-interrupts',
  title: 'interrupts of the host that nobody handles, and spurious ones',
  explanation: [
    'An interrupt for which no handler finds anything to do is pure loss: it stops whatever runs on its pCPU, a guest too, which leaves for it. A device whose driver is gone, a line that stays asserted, or firmware that claims an interrupt makes many of them. Spurious interrupts and errors of the APIC point to hardware or firmware.',
    'What they cost the guests is estimated: their share, by number, of the time that handlers ran on top of vCPUs and of that of exits for interrupts. The findings about these contain it.',
  ],
  firesWhen: `At least ${LEAST} runs of the handlers of one interrupt, of which ${100 * MOSTLY} % found nothing to do (irq_handler_exit), or ${LEAST} interrupts that the CPU calls spurious or an error of the APIC. They are of the whole recording.`,
  knobs: KNOBS,
  sources: [
    'Linux, kernel/irq/spurious.c',
    'Linux, include/linux/irqreturn.h (IRQ_NONE)',
    'QNX Hypervisor 8.0 manual, perform/irqs: superfluous interrupts are pure loss',
  ],
  find: (evidence) => findIn(evidence),
};

function findIn(evidence: Evidence): Draft[] {
  const { interrupts, recording } = evidence;
  const unhandled = interrupts.filter((one) => one.count >= LEAST && one.unhandled >= MOSTLY * one.count);
  const spurious = interrupts.filter(({ name, count }) => BY_THE_CPU.includes(name) && count >= LEAST);
  const named = [
    ...unhandled.map(
      ({ name, count, unhandled: nothing }) =>
        `of ${counted(count, 'run')} of the handlers of ${name} (${rate(count, recording.wholeNs)}) ${formatShare(nothing, count)} found nothing to do`,
    ),
    ...spurious.map(({ name, count }) => `${counted(count, name)} (${rate(count, recording.wholeNs)})`),
  ];
  if (named.length === 0) return [];
  const text = named.join('; ');
  const needless =
    unhandled.reduce((total, one) => total + one.unhandled, 0) +
    spurious.reduce((total, { count }) => total + count, 0);
  const all = interrupts.reduce((total, { count }) => total + count, 0);
  const allNs = ofInterruptsNs(evidence);
  const costNs = Math.round((allNs * needless) / all);
  return [
    {
      rule: 'unhandled-interrupts',
      title: `Interrupts that nobody needs: ${text}`,
      machine: null,
      costNs,
      accounts: ['hypervisor', 'interrupt'],
      gain: {
        mostNs: costNs,
        likelyNs: costNs,
        reasoning: `Estimate: all interrupts of the host cost the guests ${formatNs(allNs)}, and these are ${formatShare(needless, all)} of them. The gains of findings about interrupts as a whole contain it.`,
      },
      evidence: `Most often came: ${interrupts
        .slice(0, 3)
        .map(({ name, count }) => `${name} (${rate(count, recording.wholeNs)})`)
        .join(', ')}.`,
      references: [],
      remedy: 'Find the device, and have its driver, or its firmware, stop interrupting; without a driver disable it.',
      knobs: KNOBS,
      risk: 'None: it asks to look closer.',
      verify: 'Record again: these interrupts are gone, and /proc/irq/NUMBER/spurious stands still.',
      confidence: 'medium',
      told: 'always',
    },
  ];
}

/** What interrupts of the host cost all guests: the exits that they force, and their handlers. */
function ofInterruptsNs(evidence: Evidence): number {
  const { exits, totals } = evidence;
  const forced = exits.filter(({ cause }) => cause === 'interrupt');
  const ofGuestNs = exits.filter(isTimerOfGuest).reduce((total, { ledgerNs }) => total + ledgerNs.interrupt, 0);
  return interruptWorkNs(evidence, forced) + totals.ledgerNs.interrupt - ofGuestNs;
}
