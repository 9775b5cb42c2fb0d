/** More vCPUs want to run than there are pCPUs for them. */
import type { AccountName } from '../../ledger/accounts.js';
import { type CulpritRow, culpritsOf, type Evidence, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import type { Draft, Rule } from '../rule.js';
import { counted, percent, time } from '../words.js';

const ACCOUNTS: readonly AccountName[] = ['preempted', 'wakeup'];
const VCPUS: readonly CulpritRow['kind'][] = ['sibling vCPU', 'other machine'];

const KNOBS: readonly Knob[] = [
  { tool: 'QEMU option', text: '-smp 2', does: 'gives the machine as many vCPUs as there are pCPUs for it' },
  { tool: 'libvirt XML', text: "<vcpu placement='static'>2</vcpu>", does: 'likewise' },
  { tool: 'xl configuration', text: 'vcpus = 2', does: 'likewise' },
  {
    tool: 'shell in the guest',
    text: 'echo 0 > /sys/devices/system/cpu/cpu3/online',
    does: 'takes a vCPU offline without a restart, to try it',
  },
];

export const vcpusOutnumberPcpus: Rule = {
  id: 'vcpus-outnumber-pcpus',
  title: 'more vCPUs want to run than there are pCPUs for them',
  explanation: [
    'A pCPU runs one vCPU at a time. While vCPUs of the same machine, or of others, take turns on it, those that wait lose all of that time, and a vCPU that is stopped while it holds a lock stops its siblings too.',
    'More vCPUs than pCPUs never compute more; they only wait for each other.',
  ],
  firesWhen:
    'Other vCPUs ran on the pCPU while a vCPU was runnable (accounts preempted and wakeup, culprits of the kinds "sibling vCPU" and "other machine"). Needs scheduler events.',
  knobs: KNOBS,
  sources: [
    'Uhlig et al., Towards Scalable Multiprocessor Virtual Machines, VM 2004 (lock-holder preemption)',
    'QNX Hypervisor 7.0 manual, virt/support: no more vCPUs in a guest than pCPUs',
  ],
  find: (evidence) => evidence.machines.flatMap((machine) => findIn(evidence, machine)),
};

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  const rows = culpritsOf(evidence, machine).filter(({ kind }) => VCPUS.includes(kind));
  const cost = rows.reduce((total, { ns }) => total + ns, 0);
  if (cost === 0) return [];
  const siblings = rows.filter(({ kind }) => kind === 'sibling vCPU').reduce((total, { ns }) => total + ns, 0);
  const vcpus = machine.vcpus.length;
  const { pcpus } = evidence.recording;
  const tooMany = vcpus > pcpus ? `${vcpus} vCPUs on ${pcpus} pCPUs waited` : `${counted(vcpus, 'vCPU')} waited`;
  const whose = siblings >= cost / 2 ? 'its own vCPUs' : 'vCPUs of other machines';
  return [
    {
      rule: 'vcpus-outnumber-pcpus',
      title: `${machine.id}: ${tooMany} ${time(cost)} for a pCPU that other vCPUs had, ${percent(cost, machine)} of the time in which they wanted to run; mostly for ${whose}`,
      machine: machine.id,
      costNs: cost,
      accounts: ACCOUNTS,
      gain: {
        mostNs: cost,
        likelyNs: cost,
        reasoning:
          'With a pCPU for each vCPU that wants to run nobody waits for another vCPU. The machine then does the same work in less time only if its threads can share fewer vCPUs, or if there are pCPUs to spare.',
      },
      evidence: `${time(siblings)} of it siblings ran, ${time(cost - siblings)} vCPUs of other machines.`,
      references: rows
        .slice(0, 3)
        .map(({ account, name }) => ({ kind: 'culprits', machine: machine.id, account, name })),
      remedy:
        'Give the machines together no more vCPUs than there are pCPUs for them, or more pCPUs; then pin each vCPU to a pCPU of its own.',
      knobs: KNOBS,
      risk: 'A machine with fewer vCPUs can do less at once when the host is otherwise idle.',
      verify: 'Record again under the same load: preempted and wakeup of its vCPUs fall, and guest rises by as much.',
      confidence: 'high',
    },
  ];
}
