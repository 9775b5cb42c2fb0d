/** vCPUs wait for pCPUs that sleep, and that nobody else wants (Xen). */

import { counted, formatNs } from '../../base/quantities.js';
import { type CulpritRow, culpritsOf, type Evidence, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Fewer waits are no pattern. Own judgement. */
const LEAST_WAITS = 100;
/** What leaving the deepest idle state takes a server's CPU, ns: 133 to 290 µs are published. Own choice between them. */
const DEEP_STATE_NS = 200_000;

const SHALLOW_NOW: Knob = {
  tool: 'shell in dom0',
  text: 'xenpm set-max-cstate 1',
  does: 'keeps all pCPUs out of deep idle states, at once and until the next boot',
};
const SHALLOW: Knob = {
  tool: 'Xen command line',
  text: 'max_cstate=1',
  does: 'keeps that over the next boot',
};
const POLL: Knob = {
  tool: 'kernel parameter of the guest',
  text: 'idle=poll',
  does: 'has the guest spin in place of halting: its vCPUs keep their pCPUs all the time, this machine alone',
};
const KNOBS: readonly Knob[] = [SHALLOW_NOW, SHALLOW, POLL];

export const slowPcpuWakeups: Rule = {
  id: 'slow-pcpu-wakeups',
  title: 'vCPUs wait for sleeping pCPUs to wake up (Xen)',
  explanation: [
    'A vCPU that blocks, or waits for its device model, gives its pCPU up, and a pCPU without work goes to sleep. When the vCPU is woken, the pCPU has to wake up first: the deeper its idle state, the longer that takes. A guest that waits for a disk or a device model does this for each request. Xen does not poll before a pCPU sleeps.',
    'Idle states alone take some hundred microseconds at most. Longer waits have another reason: a host that is itself a virtual machine, firmware that takes the CPU away, or frequencies that have to rise first.',
  ],
  firesWhen: `Xen: vCPUs waited at least ${LEAST_WAITS} times for a pCPU on which nobody ran (account wakeup, culprit "nobody"). Likely to go is what is shorter than leaving a deep idle state takes: at most ${formatNs(DEEP_STATE_NS)} a wait, by published latencies of servers' CPUs.`,
  knobs: KNOBS,
  sources: [
    'Xen, docs/misc/xen-command-line.pandoc (max_cstate); xenpm(1)',
    'Linux, drivers/idle/intel_idle.c: exit latencies of C6 (133 to 290 µs on servers)',
    'Linux, Documentation/admin-guide/kernel-parameters.txt (idle=poll)',
  ],
  find: inEachMachine(findIn, 'xen'),
};

const isAsleep = ({ account, kind }: CulpritRow): boolean => account === 'wakeup' && kind === 'idle pCPU';

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  const rows = culpritsOf(evidence, machine).filter(isAsleep);
  const [first] = rows;
  const cost = rows.reduce((total, { ns }) => total + ns, 0);
  const count = rows.reduce((total, row) => total + row.count, 0);
  if (first === undefined || count < LEAST_WAITS) return [];
  const likely = Math.min(cost, count * DEEP_STATE_NS);
  const isLonger = likely < cost;
  return [
    {
      rule: 'slow-pcpu-wakeups',
      title: `${machine.id} waited ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run, for pCPUs that slept to wake up`,
      machine: machine.id,
      costNs: cost,
      accounts: ['wakeup'],
      gain: {
        mostNs: cost,
        likelyNs: likely,
        reasoning: isLonger
          ? `Estimate: deep idle states explain ${formatNs(DEEP_STATE_NS)} a wait at most; why it took longer the recording does not tell.`
          : 'Estimate: waits as short as these can be idle states alone.',
      },
      evidence: `${counted(count, 'wait')}, ${formatNs(cost / count)} each, in which nobody ran on the pCPU.${isLonger ? ' That is longer than idle states take: see whether the host is itself a virtual machine, and which frequencies its pCPUs have.' : ''}`,
      references: [{ kind: 'culprits', machine: machine.id, account: 'wakeup', name: first.name }],
      remedy: 'Keep the pCPUs out of deep idle states, or the guest from sleeping.',
      knobs: KNOBS,
      risk: 'It costs power, and frequencies above the nominal one need pCPUs that sleep. A guest that polls takes its pCPUs from all others.',
      verify: 'Record again: "nobody" falls among the culprits of wakeup.',
      confidence: isLonger ? 'low' : 'medium',
    },
  ];
}
