/** qvm writes some kinds of exits down only if it is told to: what is counted is a lower bound (QNX). */
import type { Evidence } from '../evidence.js';
import type { Knob } from '../finding.js';
import type { Draft, Rule } from '../rule.js';

/** Code of the note in the data quality. */
const NOTE = 'exits-left-out';

/** Names of the exits in that note, and the variable that has them written down. */
const FREQUENT: readonly (readonly [RegExp, Knob])[] = [
  [
    /virtual timer/,
    { tool: 'qvm configuration', text: 'set trace-vtimer on', does: 'writes down exits of the virtual timer' },
  ],
  [
    /WFE/,
    {
      tool: 'qvm configuration',
      text: 'set trace-wfe on',
      does: 'writes down exits of WFE, with which guests wait for a lock',
    },
  ],
];

export const exitsLeftOut: Rule = {
  id: 'exits-left-out',
  title: 'exits of timers and of waits for locks are not in the trace (QNX)',
  explanation: [
    'qvm leaves exits of the virtual timer, of WFE and of its workaround for speculation out of the trace unless variables of the configuration ask for them. Counts are lower bounds then, and the time of such exits is inside guest or hypervisor: a guest that ticks fast or spins for locks looks better than it is.',
    'A trace costs time as well: with all classes, and wide, each exit takes longer than without it. Both ends of that bound are worth knowing.',
  ],
  firesWhen:
    'QNX: the variables trace-vtimer or trace-wfe are not on in the configurations of all machines, or there are none. Exits of the workaround for speculation alone are a note of the data quality.',
  knobs: FREQUENT.map(([, knob]) => knob),
  sources: [
    "Use text of qvm 8.0 (variables of trace), as cited in public notes on measuring exits with QNX' kernel trace",
    'QNX SDP, System Analysis Toolkit: what tracing costs',
  ],
  find: (evidence) => findIn(evidence),
};

function findIn({ quality, recording }: Evidence): Draft[] {
  const note = quality.issues.find(({ code }) => code === NOTE);
  const knobs = FREQUENT.filter(([name]) => name.test(note?.message ?? '')).map(([, knob]) => knob);
  if (recording.hypervisor !== 'qnx' || note === undefined || knobs.length === 0) return [];
  return [
    {
      rule: 'exits-left-out',
      title: 'Exits of the virtual timer or of waits for locks are not in this trace: counts of exits are lower bounds',
      machine: null,
      costNs: 0,
      accounts: [],
      gain: { mostNs: 0, likelyNs: 0, reasoning: 'It is about what can be seen; no time is stated.' },
      evidence: note.message,
      references: [{ kind: 'quality', code: NOTE }],
      remedy: 'Have qvm write these exits down, and record again.',
      knobs,
      risk: 'The trace grows, and each of these exits takes a little longer while it is recorded.',
      verify: 'Record again: exits of the causes timer and pause are there, or this finding is gone and they are none.',
      confidence: 'medium',
      told: 'always',
    },
  ];
}
