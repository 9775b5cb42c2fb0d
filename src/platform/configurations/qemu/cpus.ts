/** `-smp` and `-cpu` → vCPUs, their topology and model. */
import { type Complaints, quoted } from '../complaints.js';
import type { CpuFeature, CpuModel, CpuTopology, Place, VcpuConfiguration } from '../machine-configuration.js';
import { switchOf, wholeNumber } from '../quantities.js';
import { isSubstituted, type Part, partsOf, type QemuOption, settingOf } from './settings.js';

/** KVM's largest machine on x86 (KVM_MAX_VCPUS). */
export const MOST_VCPUS = 4096;
const LEVELS = ['drawers', 'books', 'sockets', 'dies', 'clusters', 'modules', 'cores', 'threads'];

const smpOf = (options: readonly QemuOption[]): QemuOption | undefined =>
  options.findLast(({ name }) => name === 'smp');

/** @param program where the machine begins, of which one vCPU is QEMU's default */
export function vcpusOf(
  options: readonly QemuOption[],
  program: Place,
  runmask: readonly number[] | null,
  complaints: Complaints,
): readonly VcpuConfiguration[] {
  const smp = smpOf(options);
  const count = smp === undefined ? 1 : countOf(smp, complaints);
  const place = smp?.place ?? program;
  return Array.from({ length: count }, (_, id) => ({
    id,
    scheduling: null,
    runmask,
    cluster: null,
    partition: null,
    options: [],
    place,
  }));
}

/** "4", "cpus=4", or the product of the topology; QEMU 6.2 and later take a number that is left out from the others. */
function countOf(smp: QemuOption, complaints: Complaints): number {
  const product = LEVELS.reduce((count, level) => count * (numberAt(smp, level, complaints) ?? 1), 1);
  const stated = numberAt(smp, 'cpus', complaints) ?? numberAt(smp, 'maxcpus', complaints) ?? product;
  if (stated >= 1 && stated <= MOST_VCPUS) return stated;
  complaints.add('bad-vcpus', smp.place, `a machine has 1 to ${MOST_VCPUS} vCPUs, not ${stated}: one is assumed`);
  return 1;
}

function numberAt(smp: QemuOption, key: string, complaints: Complaints): number | null {
  const setting = settingOf(smp, key);
  if (setting === undefined) return null;
  const value = wholeNumber(setting.value);
  if (value === undefined && !isSubstituted(setting.value)) {
    complaints.add('bad-number', setting.place, `${quoted(setting.value)} is no number of ${key}`);
  }
  return value ?? null;
}

export function topologyOf(options: readonly QemuOption[], complaints: Complaints): CpuTopology | null {
  const smp = smpOf(options);
  if (smp === undefined || !smp.settings.some(({ key }) => key !== 'cpus')) return null;
  const known = ['cpus', 'maxcpus', ...LEVELS];
  for (const { key, place } of smp.settings) {
    if (!known.includes(key)) {
      complaints.add('unknown-option', place, `vmtoll does not know ${quoted(key)} of -smp`, { severity: 'note' });
    }
  }
  // Of these, `countOf` has complained.
  const at = (key: string) => wholeNumber(settingOf(smp, key)?.value ?? '') ?? null;
  return {
    sockets: at('sockets'),
    dies: at('dies'),
    clusters: at('clusters'),
    cores: at('cores'),
    threads: at('threads'),
    maxVcpus: at('maxcpus'),
    place: smp.place,
  };
}

/** "host,+x2apic,-vmx,kvm=off,hv-spinlocks=0x1fff". */
export function cpuOf(options: readonly QemuOption[]): CpuModel | null {
  const option = options.findLast(({ name }) => name === 'cpu');
  if (option?.value == null) return null;
  const [model, ...features] = partsOf(option.value);
  return { model: model?.key ?? '', features: features.map(featureOf), place: option.place };
}

function featureOf({ key, value, place }: Part): CpuFeature {
  const [, sign, name] = /^([+-])(.+)$/.exec(key) ?? [];
  if (name !== undefined) return { name, enabled: sign === '+', value: null, place };
  const enabled = value === null ? true : switchOf(value);
  return { name: key, enabled: enabled ?? true, value: enabled === undefined ? value : null, place };
}
