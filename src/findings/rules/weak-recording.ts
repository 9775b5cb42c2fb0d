/** What the recording itself cannot tell. */

import { counted, formatNs, formatShare } from '../../base/quantities.js';
import { lostNs } from '../costs.js';
import { type Evidence, isRecorded, type Machine } from '../evidence.js';
import type { Draft, Rule } from '../rule.js';

/** Fewer exits than this say little about what a workload does. Own judgement. */
const FEW_EXITS = 100;
const SHORT_NS = 1e9;
const NAMED = 3;
/** Where a gain is told, more must be left over than this many times it for the recording to come first. Own judgement. */
const FAR_MORE = 4;
/** The quality issue that says that the scheduler's events are missing: what else is missing weighs less. */
const NO_SCHEDULER = 'no-scheduler';
/** Likewise of lost events: found by the gaps that they left, and told by the recorder itself. */
const LOST_EVENTS = 'lost-events';
const LOST_BY_RECORDER = 'events-lost';
/** Likewise of a line of text that is no event. */
const ODD_LINE = 'line-not-understood';
const FIRST: readonly string[] = [NO_SCHEDULER, LOST_EVENTS];

export const weakRecording: Rule = {
  id: 'weak-recording',
  title: 'the recording cannot tell all: lost events, missing classes, too short',
  explanation: [
    'A ledger is as good as its recording. Lost events leave time unknown; without scheduler events nobody can tell sleep from waiting; in a short recording one odd moment decides.',
  ],
  firesWhen:
    'There are concerns about the quality of the data (warnings, not notes), or T is under a second with fewer than 100 exits. It comes first where the scheduler was not recorded and no other finding is about the most part of the loss.',
  knobs: [],
  sources: [],
  find: findIn,
};

/** What is not known of exits: of some machines by their ids, of all of them without. */
function unseenExits({ machines }: Evidence): string[] {
  const of = (record: Machine['recorded']['exits']): string | undefined => {
    const ids = machines.filter(({ recorded }) => recorded.exits === record).map(({ id }) => id);
    if (ids.length === 0) return undefined;
    return ids.length === machines.length
      ? ''
      : ` of ${ids.slice(0, NAMED).join(', ')}${ids.length > NAMED ? ', …' : ''}`;
  };
  const [missing, untimed] = [of('missing'), of('without lengths')];
  return [
    ...(missing === undefined ? [] : [`no exits${missing}`]),
    ...(untimed === undefined ? [] : [`exits${untimed} without lengths`]),
  ];
}

function findIn(evidence: Evidence, others: readonly Draft[]): Draft[] {
  const { quality, totals, recording } = evidence;
  const concerns = concernsOf(quality);
  const isShort = recording.durationNs < SHORT_NS && totals.exits < FEW_EXITS;
  if (concerns.length === 0 && !isShort) return [];
  const unknown = totals.ledgerNs.unknown;
  const reasons = [
    ...(recording.lostEvents > 0 ? [counted(recording.lostEvents, 'lost event')] : []),
    ...(isRecorded(evidence, 'preempted') ? [] : ['no scheduler events']),
    ...unseenExits(evidence),
    ...(isShort ? [`only ${counted(totals.exits, 'exit')} in ${formatNs(recording.durationNs)}`] : []),
  ];
  const named = reasons.length > 0 ? reasons.join(', ') : counted(concerns.length, 'concern');
  const hints = [...new Set(concerns.flatMap(({ hint }) => (hint === undefined ? [] : [hint])))].slice(0, NAMED);
  return [
    {
      rule: 'weak-recording',
      title: `Data quality ${quality.grade}: ${named}; ${formatShare(unknown, totals.durationNs)} of the time is unknown`,
      machine: null,
      costNs: unknown,
      accounts: ['unknown'],
      gain: { mostNs: 0, likelyNs: 0, reasoning: 'A better recording makes nothing faster; it shows what does.' },
      evidence: concerns
        .slice(0, NAMED)
        .map(({ message }) => sentence(message))
        .join(' '),
      references: concerns.slice(0, NAMED).map(({ code }) => ({ kind: 'quality', code })),
      remedy:
        hints.length > 0
          ? hints.map((hint) => sentence(hint)).join(' ')
          : 'Record for longer, under the load that matters.',
      knobs: [],
      ...(concerns.length > 0 && concerns.every(isFinal)
        ? {
            risk: 'None: it asks to measure in another way.',
            verify: `Compare benchmarks before and after a change: vmtoll compare. The data quality stays ${quality.grade}.`,
          }
        : {
            risk: 'More events cost more time while recording.',
            verify: `The data quality that vmtoll explain shows rises${concerns.some(isFinal) ? '' : ' to A'}.`,
          }),
      confidence: 'high',
      told: 'always',
      isPremise: concerns.some(({ code }) => code === NO_SCHEDULER) && isMostlyUntold(evidence, others),
    },
  ];
}

/** What the hypervisor does not write down no recorder can record: the hints of such remarks begin so. */
const isFinal = ({ hint }: Issue): boolean => /^Nothing more can be recorded\b/.test(hint ?? '');

type Issue = Evidence['quality']['issues'][number];

/** One of each code, those that hide most first. */
function concernsOf({ issues }: Evidence['quality']): Issue[] {
  const byCode = new Map<string, Issue>();
  for (const issue of issues) if (issue.severity !== 'note' && !byCode.has(issue.code)) byCode.set(issue.code, issue);
  // It says the same, with the gaps.
  if (byCode.has(LOST_EVENTS)) byCode.delete(LOST_BY_RECORDER);
  const rank = ({ code }: Issue) => {
    const first = FIRST.indexOf(code);
    return first >= 0 ? first : code === ODD_LINE ? FIRST.length + 1 : FIRST.length;
  };
  return [...byCode.values()].toSorted((a, b) => rank(a) - rank(b));
}

/** Whether far more of the loss is left over than the best of the others promises to gain. */
function isMostlyUntold({ machines }: Evidence, others: readonly Draft[]): boolean {
  const lost = machines.reduce((total, machine) => total + lostNs(machine), 0);
  const gains = others.map(({ gain }) => gain.likelyNs);
  const left = gains.reduce((rest, gain) => rest - gain, lost);
  return left > FAR_MORE * gains.reduce((most, gain) => Math.max(most, gain), 0);
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
