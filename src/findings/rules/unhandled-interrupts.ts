/** Interrupts of the host that nobody needs: their handlers find nothing to do, or the CPU calls them spurious. */
import { counted, formatShare } from '../../base/quantities.js';
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
    'What they cost the guests is part of other findings (handlers on vCPUs, exits for interrupts): so no time is stated here.',
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

function findIn({ interrupts, recording }: Evidence): Draft[] {
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
  return [
    {
      rule: 'unhandled-interrupts',
      title: `Interrupts that nobody needs: ${text}`,
      machine: null,
      costNs: 0,
      accounts: [],
      gain: { mostNs: 0, likelyNs: 0, reasoning: 'What they cost the guests is part of other findings.' },
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
