/** A concrete map of vCPUs to pCPUs, where another rule found that they stand in each other's way. */

import { formatShare } from '../../base/quantities.js';
import type { Evidence } from '../evidence.js';
import type { Knob } from '../finding.js';
import type { Draft, Rule } from '../rule.js';

/** Rules that a pinning answers. */
const ANSWERED: readonly string[] = [
  'stacked-vcpus',
  'floating-vcpus',
  'host-threads-take-pcpus',
  'vmm-threads-take-pcpus',
  'vcpus-outnumber-pcpus',
];
/** A vCPU that ran for less of T may share a pCPU with others. Own judgement. */
const BUSY = 0.02;
/** More lines than that nobody types. */
const MOST = 64;

export const pinningPlan: Rule = {
  id: 'pinning-plan',
  title: 'which vCPU to pin to which pCPU',
  explanation: [
    'The busiest vCPU gets the pCPU on which everything else had the least to do, the next one the next such pCPU, and so on; where there are pCPUs left over, the one with the most other work is left to the host. vCPUs that hardly run share what is left.',
    'It is a plan for the load that was recorded: another load needs another one.',
  ],
  firesWhen:
    'Another rule found vCPUs that share, wander, or are displaced by threads of the host, and there is a pCPU for each busy vCPU. Needs scheduler events.',
  knobs: [
    {
      tool: 'libvirt XML',
      text: "<cputune>\n  <vcpupin vcpu='0' cpuset='1'/>\n  <vcpupin vcpu='1' cpuset='2'/>\n</cputune>",
      does: 'the plan for libvirt',
    },
    {
      tool: 'shell on the host',
      text: 'taskset -c -p 1 1234\ntaskset -c -p 2 1235',
      does: 'the plan at once, for the threads of this recording',
    },
    {
      tool: 'qvm configuration',
      text: 'cpu cluster _cpu-1 sched 10r\ncpu cluster _cpu-2 sched 10r',
      does: 'the plan for qvm: by clusters where the host has one for each pCPU, else by runmasks',
    },
  ],
  sources: ['libvirt, Domain XML format: CPU tuning', 'QNX Hypervisor 8.0 manual, perform/improve'],
  find: (evidence, others) => (others.some(({ rule }) => ANSWERED.includes(rule)) ? planned(evidence) : []),
};

interface Pin {
  readonly machine: string;
  readonly vcpu: number;
  readonly thread: number;
  readonly ranNs: number;
  readonly pcpu: number;
}

function planned(evidence: Evidence): Draft[] {
  const pins = plan(evidence);
  if (pins === undefined || pins.length === 0 || pins.length > MOST || isAsItIs(evidence, pins)) return [];
  const { durationNs } = evidence.recording;
  const map = pins.map(({ machine, vcpu, pcpu }) => `${machine}/${vcpu} → ${pcpu}`).join(', ');
  return [
    {
      rule: 'pinning-plan',
      title: `A pinning for this load: ${map}`,
      machine: null,
      costNs: 0,
      accounts: [],
      gain: { mostNs: 0, likelyNs: 0, reasoning: 'What it brings stands with the findings that it answers.' },
      evidence: pins
        .map(
          ({ machine, vcpu, ranNs, pcpu }) =>
            `${machine}/${vcpu} ran ${formatShare(ranNs, durationNs)} of T; on pCPU ${pcpu} everything but vCPUs took ${formatShare(otherNs(evidence, pcpu), durationNs)}.`,
        )
        .join(' '),
      references: [],
      remedy: 'Pin the vCPUs as in the plan.',
      knobs: knobsOf(evidence, pins),
      risk: 'Pinned vCPUs cannot use other pCPUs while these are idle, and another load needs another plan.',
      verify: 'Record again under the same load: the findings that this answers are gone.',
      confidence: 'medium',
      told: 'always',
    },
  ];
}

/** undefined where there are fewer pCPUs than busy vCPUs, or not enough is known. */
function plan(evidence: Evidence): Pin[] | undefined {
  const { placement, recording } = evidence;
  if (placement.pcpus === null) return undefined;
  const busy = placement.vcpus
    .map(({ machine, vcpu, thread, pcpus }) => ({
      machine,
      vcpu,
      thread,
      ranNs: pcpus.reduce((sum, { ns }) => sum + (ns ?? 0), 0),
    }))
    .filter(({ ranNs }) => ranNs >= BUSY * recording.durationNs)
    .sort((a, b) => b.ranNs - a.ranNs);
  const free = pcpusOf(evidence).sort((a, b) => otherNs(evidence, a) - otherNs(evidence, b) || b - a);
  if (busy.length > free.length) return undefined;
  return busy
    .map((vcpu, index) => ({ ...vcpu, pcpu: free[index] }))
    .sort((a, b) => (a.machine === b.machine ? a.vcpu - b.vcpu : a.machine < b.machine ? -1 : 1));
}

/** A host of QNX numbers its pCPUs from 0 on; one that slept all the time wrote nothing. */
function pcpusOf({ placement, recording }: Evidence): number[] {
  const seen = placement.pcpus?.map(({ pcpu }) => pcpu) ?? [];
  if (recording.hypervisor !== 'qnx') return seen;
  return [...new Set([...seen, ...Array.from({ length: placement.hostPcpus }, (_, pcpu) => pcpu)])];
}

function otherNs({ placement }: Evidence, number: number): number {
  const pcpu = placement.pcpus?.find((one) => one.pcpu === number);
  return pcpu === undefined ? 0 : pcpu.vmmNs + pcpu.kernelNs + pcpu.processNs;
}

/** Each vCPU is alone on one pCPU already, the planned one or another. */
function isAsItIs({ placement }: Evidence, pins: readonly Pin[]): boolean {
  const now = pins.map(({ thread }) => placement.vcpus.find((vcpu) => vcpu.thread === thread)?.pcpus ?? []);
  return now.every((pcpus) => pcpus.length === 1) && new Set(now.map(([first]) => first.pcpu)).size === pins.length;
}

function knobsOf(evidence: Evidence, pins: readonly Pin[]): readonly Knob[] {
  const machines = [...new Set(pins.map(({ machine }) => machine))];
  return [
    ...machines.map((machine): Knob => {
      const lines = pins
        .filter((pin) => pin.machine === machine)
        .map(({ vcpu, pcpu }) => `  <vcpupin vcpu='${vcpu}' cpuset='${pcpu}'/>`);
      return {
        tool: 'libvirt XML',
        text: ['<cputune>', ...lines, '</cputune>'].join('\n'),
        does: `pins the vCPUs of ${machine}`,
      };
    }),
    ...machines.map((machine) => qvmKnob(evidence, machine, pins)),
    {
      tool: 'shell on the host',
      text: pins.map(({ thread, pcpu }) => `taskset -c -p ${pcpu} ${thread}`).join('\n'),
      does: 'pins the threads of this recording at once, as long as they live',
    },
  ];
}

/** A line for each vCPU, also for those that are not pinned. */
function qvmKnob({ machines, recording }: Evidence, id: string, pins: readonly Pin[]): Knob {
  const vcpus = machines.find((machine) => machine.id === id)?.vcpus ?? [];
  const lines = vcpus.map((vcpu) => {
    const pin = pins.find((one) => one.machine === id && one.vcpu === vcpu.id);
    if (pin === undefined) return 'cpu';
    const cluster = recording.host.clusters?.find(({ pcpus }) => pcpus.length === 1 && pcpus[0] === pin.pcpu);
    return cluster === undefined ? `cpu runmask ${pin.pcpu}` : `cpu cluster ${cluster.name}`;
  });
  return {
    tool: 'qvm configuration',
    text: lines.join('\n'),
    does: `pins the vCPUs of ${id}; priorities and partitions that these lines have stay`,
  };
}
