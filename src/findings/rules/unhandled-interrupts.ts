/** Interrupts of the host that nobody needs: their handlers find nothing to do, or the CPU calls them spurious. */
import { counted, formatNs, formatShare } from '../../base/quantities.js';
import { WORK } from '../costs.js';
import { type Evidence, exitsOf } from '../evidence.js';
import type { Knob, Reference } from '../finding.js';
import { isForHost } from '../forced-exits.js';
import {
  LEAST_NEEDLESS,
  MOSTLY_UNHANDLED,
  NEEDLESS_RULE,
  needlessExitsNs,
  needlessInterrupts,
  needlessOnTopNs,
  needlessWaitsNs,
} from '../needless-interrupts.js';
import type { Draft, Rule } from '../rule.js';
import { rate } from '../words.js';

const NAMED = 3;

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
    'What they cost the guests: the time of their handlers on top of vCPUs and while vCPUs waited, and that of the exits that they force. Where exits name their interrupt (Arm, Intel for the vectors of the CPU itself) these are known; where they do not, they are taken to be as many as handlers of it ran on top of the guest, and as long as the mean. Only of spurious interrupts whose handlers’ ends were not recorded it is their share of all interrupts by number. The findings about interrupts as a whole leave all of it out.',
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
  const { unhandled, spurious } = needlessInterrupts(evidence);
  const named = [
    ...unhandled.map(
      ({ name, count, unhandled: nothing }) =>
        `of ${counted(count, 'run')} of the handlers of ${name} (${rate(count, recording.wholeNs)}) ${formatShare(nothing, count)} found nothing to do`,
    ),
    ...spurious.map(({ name, count }) => `${counted(count, name)} (${rate(count, recording.wholeNs)})`),
  ];
  if (named.length === 0) return [];
  const costs = costsOf(evidence);
  const costNs = costs.onTopNs + costs.waitsNs + costs.exitsNs;
  const isPart = recording.durationNs < recording.wholeNs;
  return [
    {
      rule: NEEDLESS_RULE,
      title: `Interrupts that nobody needs${isPart ? ', in the whole recording' : ''}: ${named.join('; ')}`,
      machine: null,
      costNs,
      accounts: [...WORK, 'interrupt', 'preempted', 'wakeup'],
      gain: {
        mostNs: costNs,
        likelyNs: costNs,
        reasoning: `Nothing of them has to be there. Their handlers took ${formatNs(costs.onTopNs)} on top of vCPUs and kept others waiting for ${formatNs(costs.waitsNs)}; exits for them took ${formatNs(costs.exitsNs)}${isPart ? ' in T' : ''}. Findings about interrupts as a whole leave them out.`,
      },
      evidence: `Most often came: ${interrupts
        .slice(0, NAMED)
        .map(({ name, count }) => `${name} (${rate(count, recording.wholeNs)})`)
        .join(', ')}.`,
      references: references(
        evidence,
        [...unhandled, ...spurious].map(({ name }) => name),
      ),
      remedy: 'Find the device, and have its driver, or its firmware, stop interrupting; without a driver disable it.',
      knobs: KNOBS,
      risk: 'None: it asks to look closer.',
      verify: 'Record again: these interrupts are gone, and /proc/irq/NUMBER/spurious stands still.',
      confidence: 'medium',
      told: 'always',
    },
  ];
}

interface Costs {
  /** Handlers on top of vCPUs, ns; handlers while vCPUs waited; exits without handlers. */
  readonly onTopNs: number;
  readonly waitsNs: number;
  readonly exitsNs: number;
}

/** Of all machines. */
function costsOf(evidence: Evidence): Costs {
  let [onTopNs, waitsNs, exitsNs] = [0, 0, 0];
  for (const machine of evidence.machines) {
    onTopNs += needlessOnTopNs(evidence, machine);
    waitsNs += needlessWaitsNs(evidence, machine);
    exitsNs += needlessExitsNs(evidence, machine, exitsOf(evidence, machine).filter(isForHost));
  }
  return { onTopNs, waitsNs, exitsNs };
}

/** Who waited for their handlers. */
const references = ({ culprits }: Evidence, names: readonly string[]): Reference[] =>
  culprits
    .filter(({ kind, name }) => kind === 'interrupt' && names.includes(name))
    .slice(0, NAMED)
    .map(({ machine, account, name }) => ({ kind: 'culprits', machine, account, name }));
