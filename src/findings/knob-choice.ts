/** Which of a rule's knobs are for this hypervisor and this VMM. */
import type { Evidence, Machine } from './evidence.js';
import type { Knob, KnobTool } from './finding.js';

/** Where nothing tells which VMM it is, the two that most people have. */
const BY_HYPERVISOR: Readonly<Record<string, readonly KnobTool[]>> = {
  kvm: ['QEMU option', 'libvirt XML'],
  qnx: ['qvm configuration'],
  xen: ['xl configuration'],
};

/** By the format of the machine's configuration. */
const BY_FORMAT: Readonly<Record<string, KnobTool>> = {
  'qemu-command-line': 'QEMU option',
  'qemu-config': 'QEMU option',
  libvirt: 'libvirt XML',
  qvmconf: 'qvm configuration',
  xl: 'xl configuration',
};

const VMM_TOOLS = new Set(Object.values(BY_FORMAT));

/** Knobs of a VMM only if it is this machine's, or can be; those of host and guest always. */
export function knobsFor(
  { recording, configurations }: Evidence,
  machine: Machine,
  knobs: readonly Knob[],
): readonly Knob[] {
  const stated = (configurations.get(machine.id) ?? []).map(({ format }) => BY_FORMAT[format]);
  const tools = stated.some((tool) => tool !== undefined) ? stated : (BY_HYPERVISOR[recording.hypervisor] ?? []);
  return knobs.filter(({ tool }) => !VMM_TOOLS.has(tool) || tools.includes(tool));
}
