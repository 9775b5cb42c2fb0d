/** The program that records takes pCPUs from the vCPUs: that part of the cost is the measuring. */

import { formatNs } from '../../base/quantities.js';
import { wantedNs } from '../costs.js';
import { culpritsOf, type Evidence, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { listText } from '../pcpus.js';
import { type PlannedPcpus, plannedPcpus } from '../pinning.js';
import { isRecorder } from '../recorders.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** A share of the wanted time from which on it matters to what is measured. */
const MATTERS = 0.01;

/** @param on pCPUs for it, as Linux writes lists of them; undefined: there are none to spare */
function knobsOn(on: string | undefined): readonly Knob[] {
  const pinned = on === undefined ? '' : `taskset -c ${on} `;
  const where = on === undefined ? '' : `run on pCPU ${on} (its readers of other pCPUs stay there), with`;
  return [
    {
      tool: 'shell on the host',
      text: `${pinned}trace-cmd record -b 65536 -e kvm -e sched -e irq -e irq_vectors`,
      does: `has the recorder ${where === '' ? 'use' : where} larger buffers, so that it runs less often`,
    },
    {
      tool: 'shell on the host',
      text: `${pinned}perf record -a -m 4096 -e 'kvm:*' -e 'sched:*' -e 'irq:*' -e 'irq_vectors:*'`,
      does: `likewise with perf${on === undefined ? '' : ', which reads all buffers from where it runs'}`,
    },
  ];
}

/** "on pCPU 0, which runs no vCPU". */
function placeFor({ free, isPlanned }: PlannedPcpus): string | undefined {
  if (free.length === 0) return undefined;
  return `on pCPU ${listText(free)}, which ${isPlanned ? 'the pinning leaves over' : `${free.length === 1 ? 'runs' : 'run'} no vCPU`}`;
}

export const recorderTakesPcpus: Rule = {
  id: 'recorder-takes-pcpus',
  title: 'the recorder itself runs while a vCPU wants its pCPU',
  explanation: [
    'A recorder has to move what it records out of the way, and does so on the pCPUs that it watches. The delay that this makes would not be there without the recording: it is part of the numbers, and no part of the problem.',
  ],
  firesWhen:
    'perf, trace-cmd or another recorder had the pCPU while a vCPU was runnable, for at least 1 % of the time in which the machine wanted to run. Needs scheduler events.',
  knobs: knobsOn('0'),
  sources: ['perf-record(1), option -m', 'trace-cmd-record(1), option -b'],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = culpritsOf(evidence, machine).filter(({ name }) => isRecorder(name));
  const cost = rows.reduce((total, { ns }) => total + ns, 0);
  if (cost < MATTERS * wantedNs(machine) || cost === 0) return [];
  const names = [...new Set(rows.map(({ name }) => name))];
  const pcpus = plannedPcpus(
    evidence,
    others.map(({ rule }) => rule),
  );
  const place = placeFor(pcpus);
  const knobs = knobsOn(place === undefined ? undefined : listText(pcpus.free));
  return [
    {
      rule: 'recorder-takes-pcpus',
      title: `${machine.id} waited ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run, for the recorder (${names.join(', ')})`,
      machine: machine.id,
      costNs: cost,
      accounts: ['preempted', 'wakeup'],
      gain: { mostNs: cost, likelyNs: 0, reasoning: 'Nothing of it is there when nobody records.' },
      evidence: `${names.join(', ')} had the pCPUs of its vCPUs meanwhile.`,
      references: names.map((name) => ({ kind: 'culprits', machine: machine.id, account: null, name })),
      remedy:
        place === undefined
          ? 'Record fewer events, with larger buffers. All pCPUs run vCPUs, so that the recorder has none of its own.'
          : `Record fewer events, with larger buffers, and keep the recorder ${place}.`,
      knobs: knobs.filter(({ text }) => names.some((name) => text.includes(`${name} record`))),
      risk: 'Larger buffers take memory of the host.',
      verify: 'Record again: its name is gone from the culprits, or has much less.',
      confidence: 'high',
      told: 'unless limited',
    },
  ];
}
