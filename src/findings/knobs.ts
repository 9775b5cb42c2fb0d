/** Which knobs a host has. */
import type { Evidence } from './evidence.js';
import type { Knob, KnobTool } from './finding.js';

/** Hypervisors whose hosts know a tool; a guest's own knobs are there on all of them. */
const KNOWN_TO: Partial<Record<KnobTool, readonly string[]>> = {
  'shell on the host': ['kvm', 'xen'],
  'shell on a QNX host': ['qnx'],
  'QEMU option': ['kvm'],
  'libvirt XML': ['kvm'],
  'qvm configuration': ['qnx'],
  'xl configuration': ['xen'],
  'kernel parameter of the host': ['kvm', 'xen'],
};

export const knobsFor = ({ recording }: Pick<Evidence, 'recording'>, knobs: readonly Knob[]): readonly Knob[] =>
  knobs.filter(({ tool }) => KNOWN_TO[tool]?.includes(recording.hypervisor) ?? true);
