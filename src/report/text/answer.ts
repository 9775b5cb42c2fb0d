/** The first screen: the answer in about ten lines. */

import { counted, formatCount, formatNs, formatShare } from '../../base/quantities.js';
import { boundOf, hidesExits } from '../../explain/bounds.js';
import type { Bound, Explanation, Quality } from '../../explain/explanation.js';
import { lostTimeNs } from '../../explain/sources.js';
import { type AccountName, HOST_COST } from '../../ledger/accounts.js';
import { leftOutOfCauses, withoutCauses } from '../recorded-words.js';
import { printable, printableMessage } from '../untrusted.js';
import { largestCauses } from './causes.js';
import { crashLines } from './crashes.js';
import { adviceLines } from './findings.js';
import { BOUND_WORDS, machineLines } from './machine-lines.js';
import type { Style } from './style.js';

/** The largest causes that the first screen names. */
const CAUSES_SHOWN = 3;

export function answerLines(explanation: Explanation, style: Style): string[] {
  return [
    headline(explanation),
    ...[...standInLines(explanation), ...clockLines(explanation)].map((line) => style.warn(line)),
    '',
    ...lossLines(explanation, style),
    ...crashLines(explanation).map((line) => `  ${style.warn(line)}`),
    ...machineLines(explanation, !mixesWaits(explanation.quality)),
    '',
    ...causeLines(explanation, style),
    '',
    qualityLine(explanation, style),
    ...adviceLines(explanation, style),
  ];
}

function headline({ recording, machines, totals }: Explanation): string {
  const hosts = machines.every(({ vcpusKnown }) => vcpusKnown)
    ? `${counted(totals.vcpus, 'vCPU')} of ${counted(machines.length, 'machine')}`
    : 'Guests, whose vCPUs are not known,';
  const events = `${formatCount(recording.events)} events`;
  const part = recording.durationNs < recording.wholeNs ? ` of a recording of ${formatNs(recording.wholeNs)}` : '';
  const about = `${recording.hypervisor}, ${recording.format}, ${events}, clock ${printable(recording.clock)}`;
  return `${hosts} on ${counted(recording.pcpus, 'pCPU')} over ${formatNs(recording.durationNs)}${part} (${about})`;
}

/** Where pCPUs stand for vCPUs. */
const standInLines = ({ machines }: Explanation): string[] =>
  machines.every(({ vcpusKnown }) => vcpusKnown)
    ? []
    : ['Which vCPU ran cannot be known: the recording has no events of threads. All numbers are of pCPUs instead.'];

/** Where all times rest on a frequency that the recording itself contradicts. */
const clockLines = ({ quality }: Explanation): string[] =>
  quality.issues.flatMap(({ code, message }) => (code === 'clock-contradicted' ? [printableMessage(message)] : []));

function lossLines(explanation: Explanation, style: Style): string[] {
  const { sources, totals, quality } = explanation;
  const lost = lostTimeNs(explanation.sources);
  const wanted = totals.ledgerNs.guest + lost;
  const isUncertain = wanted > 0 && totals.ledgerNs.unknown / wanted >= UNKNOWN_THAT_MATTERS;
  const range = isUncertain ? uncertainty(lost, wanted, totals.ledgerNs.unknown, quality.lostTime) : '';
  const bound = isUncertain && quality.lostTime !== 'measured' ? 'rough' : quality.lostTime;
  const share = style.bold(`${BOUND_WORDS[bound]}${formatShare(lost, wanted)}`);
  const time = (name: string, ns: number, ...accounts: AccountName[]) =>
    `${name} ${orNotRecorded(ns, accounts, quality) ?? formatNs(ns)}`;
  const source = (name: string, sourceBound: Bound, ns: number, ...accounts: AccountName[]) =>
    `${name} ${orNotRecorded(ns, accounts, quality) ?? `${BOUND_WORDS[sourceBound]}${formatShare(ns, wanted)} (${formatNs(ns)})`}`;
  const boundOfExits = hidesExits(quality) ? 'at least' : 'measured';
  const hostCost = `${BOUND_WORDS[boundOf(HOST_COST, quality.upperBounds)]}${formatNs(totals.hostCostNs)}`;
  return [
    wanted === 0
      ? 'No guest wanted to run here, as far as is known:'
      : `The guests lost ${share} of the ${formatNs(wanted)} in which they wanted to run${range}:`,
    `  ${[
      source('guest exits', boundOfExits, sources.guestExitsNs, 'hypervisor'),
      source('interrupts', boundOfExits, sources.interruptsNs, 'interrupt'),
      source('hypervisor overload', 'measured', sources.overloadNs, 'wakeup', 'preempted'),
    ].join(' · ')}`,
    `  beside that: ${[
      time('idle', totals.ledgerNs.idle),
      time('halt polling', totals.ledgerNs.poll, 'poll'),
      time('kept out by the VMM', totals.keptOutNs, 'vmm', 'blocked'),
      time('unknown', totals.ledgerNs.unknown),
    ].join(', ')}; host cost ${hostCost}`,
    ...(quality.lostTime === 'rough' ? [style.warn(`  ${roughness(quality)}`)] : []),
  ];
}

/** Nothing is only known to be nothing where its events were recorded. */
function orNotRecorded(ns: number, accounts: readonly AccountName[], quality: Quality): string | undefined {
  return ns === 0 && accounts.some((account) => quality.notRecorded.includes(account)) ? 'not recorded' : undefined;
}

function roughness({ notRecorded }: Quality): string {
  const missing = notRecorded.includes('preempted') ? 'scheduler events' : 'events';
  return `A rough figure, it can be too high and too low: ${missing} were not recorded, so delays and idle time are mixed.`;
}

/** So much unknown time, as a share of the wanted, that the share that was lost is off visibly. */
const UNKNOWN_THAT_MATTERS = 0.005;

/** If all unknown time was guest time the share is smaller, if all of it was lost it is larger. */
function uncertainty(lost: number, wanted: number, unknown: number, bound: Bound): string {
  const least = formatShare(lost, wanted + unknown);
  const most = formatShare(lost + unknown, wanted + unknown);
  const range: Record<Bound, string> = {
    measured: `between ${least} and ${most}, as `,
    'at most': `up to ${most}, as `,
    'at least': `at least ${least}, as `,
    rough: '',
  };
  return ` (${range[bound]}${formatNs(unknown)} are unknown)`;
}

function causeLines(explanation: Explanation, style: Style): string[] {
  const wanted = explanation.totals.ledgerNs.guest + lostTimeNs(explanation.sources);
  const largest = largestCauses(explanation).filter((cause) => cause.ns > 0);
  if (largest.length === 0) return ['The largest causes:', withoutCauses(explanation)];
  const isMixed = mixesWaits(explanation.quality);
  return [
    isMixed
      ? 'The exits with the longest times to the next entry (whether for them, asleep or waiting for a pCPU was not recorded):'
      : `The largest causes${leftOutOfCauses(explanation)}:`,
    ...largest.slice(0, CAUSES_SHOWN).map(({ machine, ns, title, note }, index) => {
      const named = style.bold(explanation.machines.length > 1 ? `${machine}, ${title}` : title);
      return isMixed
        ? `  - ${named}: up to ${formatNs(ns)}, ${note}`
        : `  ${index + 1}. ${named}: ${formatShare(ns, wanted)} (${formatNs(ns)}), ${note}`;
    }),
  ];
}

/** Whether waiting for a pCPU is booked to the exit in which it happened, so that exits cannot be ranked by their cost. */
const mixesWaits = ({ upperBounds }: Quality): boolean =>
  upperBounds.some(({ account, contains }) => account === 'hypervisor' && contains.includes('preempted'));

function qualityLine({ quality }: Explanation, style: Style): string {
  const concerns = quality.issues.filter((issue) => issue.severity !== 'note').length;
  const more = concerns === 0 ? '' : `, ${counted(concerns, 'concern')} below`;
  const grade = `Data quality ${quality.grade}${more}`;
  return quality.grade === 'A' ? grade : style.warn(grade);
}
