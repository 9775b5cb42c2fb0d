/** Which of a rule's knobs are told: those of this hypervisor's host, of the machine's own VMM, and of every guest. */
import type { Evidence, Machine } from './evidence.js';
import type { Knob, KnobTool } from './finding.js';
import { ofThisMaker } from './host-settings.js';
import { isQemu } from './vmm-names.js';

interface HostTools {
  readonly host: readonly KnobTool[];
  /** Where no configuration tells which VMM it is: those that most people have. */
  readonly vmm: readonly KnobTool[];
}

const BY_HYPERVISOR: Readonly<Record<string, HostTools>> = {
  kvm: { host: ['shell on the host', 'kernel parameter of the host'], vmm: ['QEMU option', 'libvirt XML'] },
  qnx: { host: ['shell on a QNX host'], vmm: ['qvm configuration'] },
  xen: { host: ['shell in dom0', 'Xen command line'], vmm: ['xl configuration'] },
};

/** By the format of a machine's configuration; null: a VMM for whose configuration there are no knobs. */
const BY_FORMAT: Readonly<Record<string, KnobTool | null>> = {
  'qemu-command-line': 'QEMU option',
  'qemu-config': 'QEMU option',
  libvirt: 'libvirt XML',
  qvmconf: 'qvm configuration',
  xl: 'xl configuration',
  firecracker: 'Firecracker configuration',
  'cloud-hypervisor': null,
};

const OF_GUESTS: readonly KnobTool[] = ['shell in the guest', 'kernel parameter of the guest'];

/** @param machine id of the one that they are for; null: they are for all */
export function knobsFor(evidence: Evidence, machine: string | null, knobs: readonly Knob[]): readonly Knob[] {
  const { host, vmm } = BY_HYPERVISOR[evidence.recording.hypervisor] ?? { host: [], vmm: [] };
  const stated = statedTools(evidence, machine);
  const tools = [...host, ...(stated ?? (isOfAnotherVmm(evidence, machine) ? [] : vmm)), ...OF_GUESTS];
  const fitting = new Set(
    ofThisMaker(
      evidence,
      knobs.filter(({ tool }) => tools.includes(tool)),
    ),
  );
  return withAntecedents(knobs, fitting);
}

const LIKEWISE = /^likewise\b/;
/** What follows is about that knob alone. */
const OF_ITS_OWN = /(?: \(|[;:]).*$/s;

/** Where a knob does "likewise" as one that is left out, it says itself what that is. */
function withAntecedents(all: readonly Knob[], fitting: ReadonlySet<Knob>): Knob[] {
  const told: Knob[] = [];
  let [antecedent, isTold] = ['', false];
  for (const knob of all) {
    const isLikewise = LIKEWISE.test(knob.does);
    if (!isLikewise) [antecedent, isTold] = [knob.does.replace(OF_ITS_OWN, ''), false];
    if (!fitting.has(knob)) continue;
    told.push(isLikewise && !isTold ? { ...knob, does: knob.does.replace(LIKEWISE, () => antecedent) } : knob);
    isTold = true;
  }
  return told;
}

/** undefined: no configuration tells which VMM it is. */
function statedTools({ configurations }: Evidence, machine: string | null): KnobTool[] | undefined {
  const own = machine === null ? [...configurations.values()].flat() : (configurations.get(machine) ?? []);
  const known = own.flatMap(({ format }) => BY_FORMAT[format] ?? (format in BY_FORMAT ? null : []));
  return known.length === 0 ? undefined : known.filter((tool) => tool !== null);
}

/** What QEMU and libvirt understand helps nobody whose threads say that the machine is one of another VMM. */
function isOfAnotherVmm({ machines, recording }: Evidence, id: string | null): boolean {
  if (recording.hypervisor !== 'kvm') return false;
  const concerned: readonly Machine[] = id === null ? machines : machines.filter((machine) => machine.id === id);
  return concerned.length > 0 && concerned.every((machine) => isQemu(machine) === false);
}
