/** A concrete map of vCPUs to pCPUs, where another rule found that they stand in each other's way. */

import { counted } from '../../base/quantities.js';
import type { Evidence } from '../evidence.js';
import type { Reference } from '../finding.js';
import { isAsItIs, isToEnforce, type Pin, PLACING_RULES, pinKnobs, planOf, reasonFor } from '../pinning.js';
import type { Draft, Rule } from '../rule.js';

export const pinningPlan: Rule = {
  id: 'pinning-plan',
  title: 'which vCPU to pin to which pCPU',
  explanation: [
    'The busiest vCPU gets the pCPU on which everything else had the least to do, the next one the next such pCPU, and so on; where there are pCPUs left over, the one with the most other work is left to the host, on Linux pCPU 0 before all others, because it always ticks there. vCPUs that hardly run share what is left. A vCPU that its configuration, or the host, pins to a pCPU of its own stays there.',
    'With facts of the host (--host) the vCPUs of a machine get pCPUs of one NUMA node where they fit, a core each before any shares one with a sibling (SMT), and isolated pCPUs before others.',
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
    { tool: 'xl configuration', text: 'cpus = ["1", "2"]', does: 'the plan for xl' },
    {
      tool: 'shell in dom0',
      text: 'xl vcpu-pin DOMAIN 0 1\nxl vcpu-pin DOMAIN 1 2',
      does: 'the plan at once, on Xen',
    },
  ],
  sources: ['libvirt, Domain XML format: CPU tuning', 'QNX Hypervisor 8.0 manual, perform/improve'],
  find: (evidence, others) => (others.some(({ rule }) => PLACING_RULES.includes(rule)) ? planned(evidence) : []),
};

function planned(evidence: Evidence): Draft[] {
  const pins = planOf(evidence);
  if (pins.length === 0 || isAsItIs(evidence, pins)) return [];
  const map = pins.map(({ machine, vcpu, pcpu }) => `${machine}/${vcpu} → ${pcpu}`).join(', ');
  const contradicted = pins.filter(({ against }) => against !== null);
  const machines = evidence.machines.filter(({ id }) => pins.some(({ machine }) => machine === id));
  return [
    {
      rule: 'pinning-plan',
      title: `A pinning for this load: ${map}`,
      machine: null,
      costNs: 0,
      accounts: [],
      gain: { mostNs: 0, likelyNs: 0, reasoning: 'What it brings stands with the findings that it answers.' },
      evidence: pins.map((pin) => reasonFor(evidence, pin)).join(' '),
      references: contradicted.flatMap((pin) => placesOf(evidence, pin)),
      remedy:
        contradicted.length === 0
          ? isToEnforce(pins)
            ? 'See why the pinning of the configuration, which is this plan, is not in force, and put it in force.'
            : 'Pin the vCPUs as in the plan.'
          : `Pin the vCPUs as in the plan; ${counted(contradicted.length, 'vCPU')} of it may not run there now: change that first.`,
      knobs: machines.flatMap((machine) => pinKnobs(evidence, machine)),
      risk: 'Pinned vCPUs cannot use other pCPUs while these are idle, and another load needs another plan.',
      verify: 'Record again under the same load: the findings that this answers are gone.',
      confidence: evidence.host === null ? 'medium' : 'high',
      told: 'always',
    },
  ];
}

/** Where its configuration says on which pCPUs it may run. */
const placesOf = ({ configurations }: Evidence, { machine, vcpu }: Pin): Reference[] =>
  (configurations.get(machine) ?? [])
    .flatMap(({ vcpus }) => vcpus.filter(({ id }) => id === vcpu))
    .flatMap(({ place }) =>
      place === null ? [] : [{ kind: 'configuration', source: place.source, line: place.line } as const],
    );
