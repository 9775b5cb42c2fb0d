/** The first screen: the answer in about ten lines. */
import type { Explanation } from '../../explain/explanation.js';
import { counted, formatCount, formatNs, formatShare } from '../quantities.js';
import { printable } from '../untrusted.js';
import { largestCauses } from './causes.js';
import type { Style } from './style.js';

/** The largest causes that the first screen names. */
const CAUSES_SHOWN = 3;

export function answerLines(explanation: Explanation, style: Style): string[] {
  return [
    headline(explanation),
    '',
    ...lossLines(explanation, style),
    '',
    'The largest causes:',
    ...causeLines(explanation, style),
    '',
    qualityLine(explanation, style),
  ];
}

function headline({ recording, machines, totals }: Explanation): string {
  const hosts = `${counted(totals.vcpus, 'vCPU')} of ${counted(machines.length, 'machine')}`;
  const events = `${formatCount(recording.events)} events`;
  const part = recording.durationNs < recording.wholeNs ? ` of a recording of ${formatNs(recording.wholeNs)}` : '';
  const about = `${recording.hypervisor}, ${recording.format}, ${events}, clock ${printable(recording.clock)}`;
  return `${hosts} on ${counted(recording.pcpus, 'pCPU')} over ${formatNs(recording.durationNs)}${part} (${about})`;
}

/** What the guests lost of the time that they wanted to run: the sum of the three sources. */
function lostNs({ sources }: Explanation): number {
  return sources.guestExitsNs + sources.interruptsNs + sources.overloadNs;
}

function lossLines(explanation: Explanation, style: Style): string[] {
  const { sources, totals } = explanation;
  const lost = lostNs(explanation);
  const wanted = totals.ledgerNs.guest + lost;
  const upTo = explanation.quality.upperBounds.length > 0 ? 'up to ' : '';
  const share = style.bold(`${upTo}${formatShare(lost, wanted)}`);
  const source = (name: string, ns: number) => `${name} ${formatShare(ns, wanted)} (${formatNs(ns)})`;
  return [
    wanted === 0
      ? 'No guest wanted to run here, as far as is known:'
      : `The guests lost ${share} of the ${formatNs(wanted)} in which they wanted to run${uncertainty(lost, wanted, totals.ledgerNs.unknown)}:`,
    `  ${source('guest exits', sources.guestExitsNs)} · ${source('interrupts', sources.interruptsNs)} · ${source('hypervisor overload', sources.overloadNs)}`,
    `  beside that: idle ${formatNs(totals.ledgerNs.idle)}, halt polling ${formatNs(totals.ledgerNs.poll)}, kept out by the VMM ${formatNs(totals.keptOutNs)}, unknown ${formatNs(totals.ledgerNs.unknown)}; host cost ${formatNs(totals.hostCostNs)}`,
  ];
}

/** If all unknown time was guest time the share is smaller, if all of it was lost it is larger. */
function uncertainty(lost: number, wanted: number, unknown: number): string {
  if (wanted === 0 || unknown / wanted < 0.005) return '';
  return ` (between ${formatShare(lost, wanted + unknown)} and ${formatShare(lost + unknown, wanted + unknown)}, as ${formatNs(unknown)} are unknown)`;
}

function causeLines(explanation: Explanation, style: Style): string[] {
  const wanted = explanation.totals.ledgerNs.guest + lostNs(explanation);
  const largest = largestCauses(explanation).filter((cause) => cause.ns > 0);
  if (largest.length === 0) return ['No exit cost the guests anything.'];
  return largest.slice(0, CAUSES_SHOWN).map(({ ns, title, note }, index) => {
    return `  ${index + 1}. ${style.bold(title)}: ${formatShare(ns, wanted)} (${formatNs(ns)}), ${note}`;
  });
}

function qualityLine({ quality }: Explanation, style: Style): string {
  const concerns = quality.issues.filter((issue) => issue.severity !== 'note').length;
  const more = concerns === 0 ? '' : `, ${counted(concerns, 'concern')} below`;
  const grade = `Data quality ${quality.grade}${more}`;
  return quality.grade === 'A' ? grade : style.warn(grade);
}
