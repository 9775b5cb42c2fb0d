/** <features> of a domain. */
import type { ConfiguredOption, InterruptController } from '../machine-configuration.js';
import type { Reader } from './reader.js';
import { attributeOf, childOf, flatText, type XmlElement } from './xml.js';

export function interruptControllerOf(
  domain: XmlElement,
  accelerator: string | null,
  reader: Reader,
): InterruptController | null {
  const ioapic = childOf(childOf(domain, 'features'), 'ioapic');
  const driver = attributeOf(ioapic, 'driver');
  if (ioapic !== undefined && driver !== undefined) {
    return { in: driver === 'qemu' ? 'split' : 'kernel', byDefault: null, place: reader.placeOf(ioapic) };
  }
  if (accelerator !== 'kvm') return null;
  const byDefault = 'libvirt and QEMU leave it to KVM without <ioapic driver="qemu"/>';
  return { in: 'kernel', byDefault, place: null };
}

/** What is neither the CPU's nor the interrupt controllers'. */
export function featureOptions(domain: XmlElement, reader: Reader): ConfiguredOption[] {
  const features = childOf(domain, 'features')?.children ?? [];
  return features
    .filter(({ name }) => !['hyperv', 'kvm', 'ioapic'].includes(name))
    .map((feature) => ({
      name: `features ${feature.name}`,
      values: flatText(feature),
      place: reader.placeOf(feature),
      known: true,
    }));
}
