/** <interface> */
import type { DeviceBackend } from '../machine-configuration.js';
import { backend, type Device, type DeviceMaker, isArm, isXen, type Surroundings, virtio } from './device.js';
import type { Reader } from './reader.js';
import { attributeOf, childOf, type XmlElement } from './xml.js';

export const interfaces: DeviceMaker = (element, surroundings, reader) => {
  const type = attributeOf(element, 'type') ?? 'network';
  if (type === 'hostdev') {
    return [{ type: 'vfio-pci', what: { role: 'network', description: 'network device of the host' } }];
  }
  const model = attributeOf(childOf(element, 'model'), 'type');
  const device: Device = model === undefined ? byDefault(surroundings) : { type: modelType(model, surroundings) };
  return [{ ...device, backend: backendOf(element, type, device.type.startsWith('virtio'), reader) }];
};

function modelType(model: string, surroundings: Surroundings): string {
  if (model.startsWith('virtio')) return virtio('net', model);
  if (model === 'netfront' || (model === 'xen' && isXen(surroundings))) return 'xen-vif';
  return model;
}

/** Source: libvirt's documentation of domains and its choice for each architecture (qemuDomainDefaultNetModel). */
function byDefault(surroundings: Surroundings): Device {
  if (isXen(surroundings)) return { type: 'xen-vif', byDefault: 'no model is stated: libvirt leaves it to Xen' };
  const type = isArm(surroundings) ? 'virtio-net-pci' : 'rtl8139';
  return { type, byDefault: `no model is stated: libvirt takes ${type}` };
}

/** Source: <driver name="qemu"> turns vhost off; otherwise libvirt takes it for VIRTIO on a tap where the host has it. */
function backendOf(element: XmlElement, type: string, isVirtio: boolean, reader: Reader): DeviceBackend {
  const driver = childOf(element, 'driver');
  const name = attributeOf(driver, 'name');
  const stated = name === undefined ? null : name === 'vhost';
  const isInVmm = ['user', 'server', 'client', 'mcast', 'udp'].includes(type) || !isVirtio;
  return {
    ...backend(type, element, reader),
    inKernel: isInVmm ? false : stated,
    queues: reader.numberAt(driver, 'queues'),
  };
}
