/** <cpu>, and the features of <features> that are those of a CPU. */
import { quoted } from '../complaints.js';
import type { CpuFeature, CpuModel, CpuTopology } from '../machine-configuration.js';
import type { Reader } from './reader.js';
import { attributeOf, childOf, childrenOf, type XmlElement } from './xml.js';

const ENABLED: Readonly<Record<string, boolean>> = {
  force: true,
  require: true,
  optional: true,
  disable: false,
  forbid: false,
};

export function cpuOf(domain: XmlElement, reader: Reader): CpuModel | null {
  const element = childOf(domain, 'cpu');
  const enlightenments = hypervisorFeatures(domain, reader);
  if (element === undefined && enlightenments.length === 0) return null;
  const mode = attributeOf(element, 'mode');
  const stated = childOf(element, 'model')?.text;
  return {
    model: (mode === 'custom' || mode === undefined ? stated : mode) ?? 'default',
    features: [...(element === undefined ? [] : featuresOf(element, reader)), ...enlightenments],
    place: reader.placeOf(element ?? domain),
  };
}

function featuresOf(cpu: XmlElement, reader: Reader): CpuFeature[] {
  return childrenOf(cpu, 'feature').map((feature) => {
    const policy = attributeOf(feature, 'policy') ?? 'require';
    if (!Object.hasOwn(ENABLED, policy)) {
      reader.complain('bad-value', feature, `${quoted(policy)} is no policy of a feature`);
    }
    return {
      name: attributeOf(feature, 'name') ?? '',
      enabled: Object.hasOwn(ENABLED, policy) ? ENABLED[policy] : true,
      value: null,
      place: reader.placeOf(feature),
    };
  });
}

/** <hyperv> and <kvm> inside <features>, by the names that QEMU has for them. */
function hypervisorFeatures(domain: XmlElement, reader: Reader): CpuFeature[] {
  const features = childOf(domain, 'features');
  const prefixes = { hyperv: 'hv-', kvm: 'kvm-' };
  return Object.entries(prefixes).flatMap(([name, prefix]) =>
    (childOf(features, name)?.children ?? []).map((feature) => ({
      name: `${prefix}${feature.name.replaceAll('_', '-')}`,
      enabled: reader.switchAt(feature, 'state') ?? true,
      value: attributeOf(feature, 'retries') ?? attributeOf(feature, 'value') ?? null,
      place: reader.placeOf(feature),
    })),
  );
}

export function topologyOf(domain: XmlElement, reader: Reader): CpuTopology | null {
  const element = childOf(childOf(domain, 'cpu'), 'topology');
  const vcpu = childOf(domain, 'vcpu');
  if (element === undefined) return null;
  return {
    sockets: reader.numberAt(element, 'sockets'),
    dies: reader.numberAt(element, 'dies'),
    clusters: reader.numberAt(element, 'clusters'),
    cores: reader.numberAt(element, 'cores'),
    threads: reader.numberAt(element, 'threads'),
    // Where some of them wait to be plugged in.
    maxVcpus: attributeOf(vcpu, 'current') === undefined ? null : reader.number(vcpu, vcpu?.text),
    place: reader.placeOf(element),
  };
}
