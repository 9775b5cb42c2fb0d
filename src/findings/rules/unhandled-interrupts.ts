/** Interrupts of the host that nobody needs: their handlers find nothing to do, or the CPU calls them spurious. */
import { counted, formatNs, formatShare } from '../../base/quantities.js';
import { isTimerOfGuest } from '../arm-interrupts.js';
import { interruptWorkNs } from '../costs.js';
import type { Evidence } from '../evidence.js';
import type { Knob } from '../finding.js';
import { isForHost } from '../forced-exits.js';
import { LEAST_NEEDLESS, MOSTLY_UNHANDLED, NEEDLESS_RULE, needlessInterrupts } from '../needless-interrupts.js';
import type { Draft, Rule } from '../rule.js';
import { rate } from '../words.js';

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
  id: NEEDLESS_RULE,
  title: 'interrupts of the host that nobody handles, and spurious ones',
  explanation: [
    'An interrupt for which no handler finds anything to do is pure loss: it stops whatever runs on its pCPU, a guest too, which leaves for it. A device whose driver is gone, a line that stays asserted, or firmware that claims an interrupt makes many of them. Spurious interrupts and errors of the APIC point to hardware or firmware.',
    'What they cost the guests is estimated: their share, by number, of the time that handlers ran on top of vCPUs and of that of exits for interrupts. The findings about these leave it out.',
  ],
  firesWhen: `At least ${LEAST_NEEDLESS} runs of the handlers of one interrupt, of which ${100 * MOSTLY_UNHANDLED} % found nothing to do (irq_handler_exit), or ${LEAST_NEEDLESS} interrupts that the CPU calls spurious or an error of the APIC. They are of the whole recording.`,
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
  const { unhandled, spurious, share } = needlessInterrupts(evidence);
  const named = [
    ...unhandled.map(
      ({ name, count, unhandled: nothing }) =>
        `of ${counted(count, 'run')} of the handlers of ${name} (${rate(count, recording.wholeNs)}) ${formatShare(nothing, count)} found nothing to do`,
    ),
    ...spurious.map(({ name, count }) => `${counted(count, name)} (${rate(count, recording.wholeNs)})`),
  ];
  if (named.length === 0) return [];
  const text = named.join('; ');
  const allNs = ofInterruptsNs(evidence);
  const costNs = Math.floor(allNs * share);
  return [
    {
      rule: NEEDLESS_RULE,
      title: `Interrupts that nobody needs: ${text}`,
      machine: null,
      costNs,
      accounts: ['hypervisor', 'interrupt'],
      gain: {
        mostNs: costNs,
        likelyNs: costNs,
        reasoning: `Estimate: all interrupts of the host cost the guests ${formatNs(allNs)}, and these are ${formatShare(share, 1)} of them. Findings about interrupts as a whole leave them out.`,
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

/** What interrupts of the host cost all guests: the exits that they force, and their handlers on top of vCPUs. */
function ofInterruptsNs(evidence: Evidence): number {
  const { exits, totals } = evidence;
  const forced = exits.filter(isForHost);
  const ofGuestNs = exits.filter(isTimerOfGuest).reduce((total, { ledgerNs }) => total + ledgerNs.interrupt, 0);
  return interruptWorkNs(evidence, forced) + totals.ledgerNs.interrupt - ofGuestNs;
}
