/** A vCPU may not run although its pCPU is idle: its budget of CPU time is used up. */

import { counted, formatNs } from '../../base/quantities.js';
import type { ControlGroup } from '../../platform/host/host-platform.js';
import { type CulpritRow, culpritsOf, type Evidence, type Machine } from '../evidence.js';
import type { Knob, Reference } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

const KNOBS: readonly Knob[] = [
  {
    tool: 'libvirt XML',
    text: '<cputune><quota>-1</quota><global_quota>-1</global_quota></cputune>',
    does: 'takes the limits of the vCPUs and of the machine away',
  },
  {
    tool: 'shell on the host',
    text: 'virsh schedinfo NAME --live vcpu_quota=-1 global_quota=-1',
    does: 'likewise, at once',
  },
  {
    tool: 'shell on the host',
    text: 'grep . /sys/fs/cgroup/machine.slice/*/cpu.max /sys/fs/cgroup/machine.slice/*/cpu.stat',
    does: 'shows the limits of all machines, and how often each was throttled',
  },
  {
    tool: 'shell on the host',
    text: 'sysctl -w kernel.sched_rt_runtime_us=-1',
    does: 'takes away the limit of real-time threads (95 % as a rule), where vCPUs are such',
  },
  { tool: 'xl configuration', text: 'cap = 0', does: "takes the cap of Xen's scheduler away" },
];

export const cpuQuota: Rule = {
  id: 'cpu-quota',
  title: 'a vCPU may not run although its pCPU is idle: a quota of CPU time',
  explanation: [
    'A control group with a quota, a cap, or the limit of real-time threads lets a vCPU run for a part of each period, and then stops it until the next one begins, in the middle of whatever it does. On a pCPU that has nothing else to do that is pure loss, and it comes in pieces of tens of milliseconds.',
    'A scheduler that keeps vCPUs of different machines off the two threads of a core (core scheduling) leaves a pCPU idle as well.',
  ],
  firesWhen:
    'A vCPU was switched out while it could run, and its pCPU was idle then (account preempted, culprit of the kind "idle pCPU"): nothing but a rule of the scheduler does that. Needs scheduler events. Limits of its configuration, and of its control groups by facts of the host, are named.',
  knobs: KNOBS,
  sources: [
    'Linux, Documentation/scheduler/sched-bwc.rst (CFS bandwidth control) and sched-rt-group.rst',
    'Linux, Documentation/admin-guide/hw-vuln/core-scheduling.rst',
    'libvirt, Domain XML format: CPU tuning',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  const rows = culpritsOf(evidence, machine).filter(isThrottled);
  const cost = rows.reduce((total, { ns }) => total + ns, 0);
  if (cost === 0) return [];
  const times = rows.reduce((total, { count }) => total + count, 0);
  const limits = configuredLimits(evidence, machine);
  const groups = limitingGroups(evidence, machine);
  const known = [
    ...(limits.length === 0 ? [] : [`its configuration limits it to ${limits.map(({ text }) => text).join(' and ')}`]),
    ...groups.map((group) => groupText(group)),
  ];
  return [
    {
      rule: 'cpu-quota',
      title: `${machine.id} could run but did not for ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to, while its pCPUs were idle: its budget of CPU time was used up`,
      machine: machine.id,
      costNs: cost,
      accounts: ['preempted'],
      gain: {
        mostNs: cost,
        likelyNs: cost,
        reasoning: 'The pCPU was idle, so nobody else would have had to wait.',
      },
      evidence: `It was stopped so ${counted(times, 'time')}, for ${formatNs(cost / times)} on average${known.map((one) => `; ${one}`).join('')}.`,
      references: [
        ...rows.map(({ account, name }): Reference => ({ kind: 'culprits', machine: machine.id, account, name })),
        ...limits.map(({ source, line }): Reference => ({ kind: 'configuration', source, line })),
      ],
      remedy: 'Raise the quota of the machine, or take it away; a weight keeps order without stopping anyone.',
      knobs: KNOBS,
      risk: 'Other machines get less when all want to run at once. Without the limit of real-time threads such a vCPU can starve the host.',
      verify:
        'Record again: "idle pCPU" is gone from the culprits of preempted, and nr_throttled in cpu.stat stands still.',
      confidence: known.length > 0 ? 'high' : 'medium',
    },
  ];
}

const isThrottled = ({ account, kind }: CulpritRow): boolean => account === 'preempted' && kind === 'idle pCPU';

interface Limit {
  readonly text: string;
  readonly source: string;
  readonly line: number;
}

const configuredLimits = ({ configurations }: Evidence, { id }: Machine): Limit[] =>
  (configurations.get(id) ?? []).flatMap(({ budgets }) =>
    budgets.flatMap(({ of, limitPcpus, place: { source, line } }) =>
      limitPcpus === null ? [] : [{ text: `${pcpusText(limitPcpus)} for ${WHOSE[of]}`, source, line }],
    ),
  );

const WHOSE = {
  vcpu: 'each vCPU',
  emulator: 'the VMM',
  iothread: 'each I/O thread',
  machine: 'all its threads',
} as const;

/** Control groups with a quota that the threads of its vCPUs were in when the facts of the host were gathered. */
function limitingGroups({ host }: Evidence, { vcpus }: Machine): ControlGroup[] {
  if (host === null) return [];
  const own = new Set(vcpus.map(({ thread }) => thread));
  const paths = host.vmms
    .flatMap(({ threads }) => threads)
    .flatMap(({ thread, cpuGroup }) => (own.has(thread) && cpuGroup !== null ? [cpuGroup] : []));
  return host.controlGroups.filter(
    ({ path, quotaPcpus }) =>
      quotaPcpus !== null && paths.some((inner) => inner === path || inner.startsWith(`${path.replace(/\/$/, '')}/`)),
  );
}

function groupText({ path, quotaPcpus, periods, throttledPeriods }: ControlGroup): string {
  const how =
    periods === null || throttledPeriods === null
      ? ''
      : `, and stopped it in ${throttledPeriods} of ${periods} periods`;
  return `the control group ${path} gives all in it ${pcpusText(quotaPcpus)}${how}`;
}

/** "0.5 pCPUs", "1 pCPU". */
const pcpusText = (pcpus: number | null): string => `${pcpus} ${pcpus === 1 ? 'pCPU' : 'pCPUs'}`;
