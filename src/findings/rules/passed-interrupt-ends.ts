/** The end of each interrupt of a device that is passed through is an exit, unless the configuration avoids it (qvm). */

import { counted, formatNs } from '../../base/quantities.js';
import type { DeviceConfiguration, DeviceInterrupt } from '../../platform/configurations/machine-configuration.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { isIpi } from '../vectors.js';
import { percent } from '../words.js';

/** Fewer are no pattern. Own judgement. */
const LEAST_EXITS = 100;
/** An interrupt arrives with one exit and ends with another: what could go at most is the second half. */
const ENDS = 0.5;
/** Not all of these exits are of these devices. Own judgement. */
const LIKELY_PART = 0.5;

const KNOBS: readonly Knob[] = [
  {
    tool: 'qvm configuration',
    text: 'pass loc mem:0xfe204000,0x1000,rwn intr gic:44,u=150',
    does: "unmasks the host's interrupt 150 at once instead of when the guest ends it (addresses and numbers are examples)",
  },
];

export const passedInterruptEnds: Rule = {
  id: 'passed-interrupt-ends',
  title: 'the ends of interrupts of a passed-through device are exits that ",u" would save',
  explanation: [
    'Also for a device that is passed through, qvm takes each interrupt first: it masks it, gives it to the guest, and unmasks it when the guest has ended it, for which the guest has to leave once more. With the flag u in the configuration it unmasks at once, and that exit is saved. This is safe for edge-triggered interrupts alone: one that stays high until its device is served would come again and again.',
  ],
  firesWhen: `A qvm configuration passes interrupts of the host without the flag u, and the machine has at least ${LEAST_EXITS} exits of the causes interrupt and interrupt-control.`,
  knobs: KNOBS,
  sources: ['QNX Hypervisor 8.0 manual, vm/pass (flag u) and perform/irqs'],
  find: inEachMachine(findIn),
};

interface Passed {
  readonly device: DeviceConfiguration;
  readonly interrupt: DeviceInterrupt;
}

function passedIn({ configurations }: Evidence, { id }: Machine): Passed[] {
  const own = (configurations.get(id) ?? []).filter(({ format }) => format === 'qvmconf');
  return own
    .flatMap(({ devices }) => devices.filter(({ kind }) => kind === 'passed-through'))
    .flatMap((device) => device.interrupts.map((interrupt) => ({ device, interrupt })))
    .filter(({ interrupt: { flags } }) => !flags.includes('u'));
}

const isInterrupt = (row: ExitRow): boolean =>
  row.cause === 'interrupt' || (row.cause === 'interrupt-control' && !isIpi(row));

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const passed = passedIn(evidence, machine);
  const rows = unclaimed(exitsOf(evidence, machine), others).filter(isInterrupt);
  const { workNs, count } = sumExits(rows);
  if (passed.length === 0 || count < LEAST_EXITS) return [];
  const most = Math.round(ENDS * workNs);
  const names = passed.map(({ interrupt: { controller, line } }) => `${controller}:${line ?? '?'}`);
  return [
    {
      rule: 'passed-interrupt-ends',
      title: `${machine.id}: exits for interrupts cost ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run, and ${counted(passed.length, 'passed interrupt')} without ",u" may cause every second of them`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: most,
        likelyNs: Math.round(LIKELY_PART * most),
        reasoning:
          'At most every second of these exits is the end of an interrupt. Estimate: half of these are of the passed devices.',
      },
      evidence: `${counted(count, 'exit')} for interrupts; passed without the flag u: ${names.slice(0, 4).join(', ')}.`,
      references: [
        ...referencesTo(rows),
        ...passed.map(
          ({ interrupt: { place } }) => ({ kind: 'configuration', source: place.source, line: place.line }) as const,
        ),
      ],
      remedy: 'Add the flag u to passed interrupts that are edge-triggered.',
      knobs: KNOBS,
      risk: 'With a level-triggered interrupt the host is interrupted without end: only for edge-triggered ones.',
      verify: 'Record again: fewer exits for interrupts at the same rate of interrupts.',
      confidence: 'low',
    },
  ];
}
