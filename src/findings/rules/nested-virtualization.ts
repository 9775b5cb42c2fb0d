/** The guest is itself a hypervisor, and what its guests do costs twice. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits, WORK } from '../costs.js';
import { type Evidence, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { kernelExitOf } from '../floors.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** With a shadow of the control structure the CPU itself does these. */
const SHADOWED: readonly string[] = ['VMREAD', 'VMWRITE'];
/** And with these bits of the CPU, on AMD. */
const VIRTUAL_GIF: readonly string[] = ['stgi', 'clgi'];
const VIRTUAL_LOAD: readonly string[] = ['vmload', 'vmsave'];

const SHADOW: Knob = {
  tool: 'kernel parameter of the host',
  text: 'kvm_intel.enable_shadow_vmcs=1',
  does: 'has the CPU read and write the control structure of the inner guest without an exit',
};
const GIF: Knob = {
  tool: 'kernel parameter of the host',
  text: 'kvm_amd.vgif=1',
  does: 'has the CPU open and close interrupts of the inner hypervisor without an exit',
};
const LOAD: Knob = {
  tool: 'kernel parameter of the host',
  text: 'kvm_amd.vls=1',
  does: 'has the CPU load and save state of the inner guest without an exit',
};
const ENLIGHTENED: readonly Knob[] = [
  {
    tool: 'QEMU option',
    text: '-cpu host,hv-relaxed,hv-vapic,hv-vpindex,hv-time,hv-evmcs',
    does: 'gives an inner Hyper-V a control structure in memory that needs no exits (Intel)',
  },
  {
    tool: 'libvirt XML',
    text: "<features><hyperv><vapic state='on'/><evmcs state='on'/></hyperv></features>",
    does: 'likewise',
  },
];

/** Own judgement: not every inner guest can be made one of the host. */
const MOVABLE = 0.5;

export const nestedVirtualization: Rule = {
  id: 'nested-virtualization',
  title: 'the guest is itself a hypervisor: exits of its guests cost many exits',
  explanation: [
    'There is one hypervisor that the CPU knows. Where a guest runs guests of its own, each of their exits first goes to the host, which hands it to the hypervisor in the guest; that one does privileged things to handle it, each of which leaves for the host again. An inner exit costs some ten to thirty times what an exit costs otherwise.',
    'Of the CPU, shadow control structures (Intel) and virtual GIF, VMLOAD and VMSAVE (AMD) take most of the exits in between away; they are on as a rule where the CPU has them.',
  ],
  firesWhen:
    'There were exits of the cause nested: of an inner guest, or of the instructions with which an inner hypervisor handles it. Likely to go: those instructions that the CPU can do itself, and half of the rest beyond one exit each, where inner guests can run on the host itself (own estimate).',
  knobs: [SHADOW, GIF, LOAD, ...ENLIGHTENED],
  sources: [
    'Ben-Yehuda et al., The Turtles Project: Design and Implementation of Nested Virtualization, OSDI 2010',
    'Lim et al., NEVE: Nested Virtualization Extensions for ARM, SOSP 2017',
    'Linux, Documentation/virt/kvm/x86/nested-vmx.rst',
    'QEMU, docs/system/i386/hyperv.rst: hv-evmcs',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(
    exitsOf(evidence, machine).filter(({ cause }) => cause === 'nested'),
    others,
  );
  const { count, workNs } = sumExits(rows);
  if (workNs === 0) return [];
  const ofInstructions = (names: readonly string[]) => sumExits(rows.filter(({ reason }) => names.includes(reason)));
  const helps = [
    { knobs: [SHADOW], sums: ofInstructions(SHADOWED) },
    { knobs: [GIF], sums: ofInstructions(VIRTUAL_GIF) },
    { knobs: [LOAD], sums: ofInstructions(VIRTUAL_LOAD) },
  ].filter(({ sums }) => sums.count > 0);
  const helped = helps.reduce((total, { sums }) => total + sums.workNs, 0);
  const helpedCount = helps.reduce((total, { sums }) => total + sums.count, 0);
  const single = kernelExitOf(evidence, machine);
  const rest = Math.max(0, workNs - helped - (count - helpedCount) * single.ns);
  return [
    {
      rule: 'nested-virtualization',
      title: `${machine.id} runs guests of its own: ${counted(count, 'exit')} for them cost ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: Math.round(helped + MOVABLE * rest),
        reasoning: `${helped > 0 ? `The CPU can do instructions that cost ${formatNs(helped)} itself. ` : ''}Own estimate: half of the rest beyond ${formatNs(single.ns)} an exit (${single.basis}), if inner guests become guests of the host.`,
      },
      evidence: `Most were ${mostOf(rows)}${helpedCount > 0 ? `; ${counted(helpedCount, 'exit')} were of instructions that newer CPUs do themselves` : ''}.`,
      references: referencesTo(rows),
      remedy:
        helped > rest
          ? "Have the CPU do the inner hypervisor's instructions, or run the inner guests on the host itself."
          : 'Run the inner guests on the host itself, beside this machine; or use containers inside of it.',
      knobs: [...helps.flatMap(({ knobs }) => knobs), ...ENLIGHTENED],
      risk: 'Module parameters need the module to be loaded anew, without a machine that runs. Enlightenments are for an inner Hyper-V alone.',
      verify: 'Record again: fewer exits of the cause nested, and less time of each.',
      confidence: 'medium',
    },
  ];
}

function mostOf(rows: Parameters<typeof sumExits>[0]): string {
  const [most] = rows.toSorted((a, b) => b.count - a.count);
  return `${most.detail ?? most.reason} (${counted(most.count, 'time')})`;
}
