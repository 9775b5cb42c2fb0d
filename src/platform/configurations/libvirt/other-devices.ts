/** All elements of <devices> that are no disks, networks or character devices. */
import { backend, type Device, type DeviceMaker, isXen, modelOf, virtio } from './device.js';
import { attributeOf, childOf, type XmlElement } from './xml.js';

const one =
  (make: (element: XmlElement) => Device): DeviceMaker =>
  (element) => [make(element)];

const CONTROLLERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  usb: {
    '': 'piix3-usb-uhci',
    'piix3-uhci': 'piix3-usb-uhci',
    'piix4-uhci': 'piix4-usb-uhci',
    ehci: 'usb-ehci',
    'ich9-ehci1': 'ich9-usb-ehci1',
    'ich9-uhci1': 'ich9-usb-uhci1',
    'ich9-uhci2': 'ich9-usb-uhci2',
    'ich9-uhci3': 'ich9-usb-uhci3',
    'nec-xhci': 'nec-usb-xhci',
  },
  scsi: {
    '': 'lsi53c895a',
    lsilogic: 'lsi53c895a',
    lsisas1068: 'mptsas1068',
    lsisas1078: 'megasas',
    vmpvscsi: 'pvscsi',
    dc390: 'dc390',
    am53c974: 'am53c974',
  },
  ide: { '': 'piix3-ide', piix3: 'piix3-ide', piix4: 'piix4-ide' },
  sata: { '': 'ich9-ahci' },
  fdc: { '': 'isa-fdc' },
  ccid: { '': 'usb-ccid' },
  pci: {
    'pcie-to-pci-bridge': 'pcie-pci-bridge',
    'dmi-to-pci-bridge': 'i82801b11-bridge',
    'pcie-switch-upstream-port': 'x3130-upstream',
    'pcie-switch-downstream-port': 'xio3130-downstream',
    'pci-expander-bus': 'pxb',
    'pcie-expander-bus': 'pxb-pcie',
  },
};

/** The roots of PCI buses, which are no devices of their own. */
const ROOTS = ['pci-root', 'pcie-root'];

const controller: DeviceMaker = (element, surroundings, reader) => {
  const type = attributeOf(element, 'type') ?? '';
  const model = attributeOf(element, 'model') ?? '';
  if (model === 'none' || ROOTS.includes(model)) return [];
  if (type === 'xenbus' || isXen(surroundings)) {
    return [
      { type: type === 'xenbus' ? 'xen-platform' : `${type} controller`, what: { kind: 'emulated', role: 'bus' } },
    ];
  }
  const driver = childOf(element, 'driver');
  const iothread = attributeOf(driver, 'iothread');
  const served =
    iothread === undefined
      ? {}
      : {
          backend: {
            ...backend('iothread', element, reader),
            iothread: `iothread${iothread}`,
            queues: reader.numberAt(driver, 'queues'),
          },
        };
  if (type === 'virtio-serial') return [{ type: virtio('serial', model === '' ? 'virtio' : model) }];
  if (type === 'scsi' && model.startsWith('virtio')) {
    return [{ ...served, type: virtio('scsi', model === 'virtio-scsi' ? 'virtio' : model) }];
  }
  const table = Object.hasOwn(CONTROLLERS, type) ? CONTROLLERS[type] : {};
  return [{ type: Object.hasOwn(table, model) ? table[model] : model === '' ? `${type} controller` : model }];
};

const VIDEO: Readonly<Record<string, string>> = {
  vga: 'VGA',
  cirrus: 'cirrus-vga',
  qxl: 'qxl-vga',
  vmvga: 'vmware-svga',
  bochs: 'bochs-display',
  xen: 'xen-vfb',
};

const video: DeviceMaker = (element) => {
  const model = modelOf(element) ?? 'cirrus';
  if (model === 'none') return [];
  if (model === 'virtio')
    return [{ type: attributeOf(childOf(element, 'model'), 'primary') === 'no' ? 'virtio-gpu-pci' : 'virtio-vga' }];
  return [{ type: Object.hasOwn(VIDEO, model) ? VIDEO[model] : model }];
};

const HOST_DEVICES: Readonly<Record<string, Device>> = {
  pci: { type: 'vfio-pci' },
  mdev: { type: 'vfio-pci', what: { description: 'mediated device of the host' } },
  usb: { type: 'usb-host' },
  scsi: { type: 'scsi-generic', what: { kind: 'passed-through', description: 'SCSI device of the host' } },
  scsi_host: { type: 'vhost-scsi-pci' },
};

const hostDevice = one((element) => {
  const type = attributeOf(element, 'type') ?? attributeOf(element, 'mode') ?? 'pci';
  if (Object.hasOwn(HOST_DEVICES, type)) return HOST_DEVICES[type];
  return {
    type: `hostdev ${type}`,
    what: { kind: 'passed-through', role: 'other', description: 'device of the host' },
  };
});

const INPUTS: Readonly<Record<string, string>> = { tablet: 'tablet', mouse: 'mouse', keyboard: 'kbd' };

const input: DeviceMaker = (element) => {
  const type = attributeOf(element, 'type') ?? 'mouse';
  const bus = attributeOf(element, 'bus') ?? 'usb';
  // Those of the keyboard controller are on the board.
  if (bus === 'ps2') return [];
  if (bus === 'virtio')
    return [{ type: virtio(type === 'passthrough' ? 'input-host' : type, attributeOf(element, 'model')) }];
  if (bus === 'xen') return [{ type: 'xen-vkb' }];
  return [{ type: `usb-${Object.hasOwn(INPUTS, type) ? INPUTS[type] : type}` }];
};

const SOUND: Readonly<Record<string, string>> = {
  ac97: 'AC97',
  es1370: 'ES1370',
  ich6: 'intel-hda',
  ich9: 'ich9-intel-hda',
  usb: 'usb-audio',
};

const sound: DeviceMaker = (element) => {
  const model = attributeOf(element, 'model') ?? 'ich6';
  if (model === 'pcspk') return [];
  return [{ type: Object.hasOwn(SOUND, model) ? SOUND[model] : model }];
};

const TPM_WINDOWS: Readonly<Record<string, number>> = { 'tpm-tis': 0x5000, 'tpm-crb': 0x1000 };

const tpm: DeviceMaker = (element, surroundings, reader) => {
  const type = attributeOf(element, 'model') ?? 'tpm-tis';
  const length = Object.hasOwn(TPM_WINDOWS, type) ? TPM_WINDOWS[type] : undefined;
  const isPc = surroundings.architecture === null || /^(?:x86_64|i686)$/.test(surroundings.architecture);
  const windows = length === undefined || !isPc ? [] : [{ space: 'mmio' as const, start: 0xfed40000, length }];
  const source = childOf(element, 'backend');
  return [
    {
      type,
      windows,
      backend: source === undefined ? null : backend(attributeOf(source, 'type') ?? 'tpm', source, reader),
    },
  ];
};

const panic: DeviceMaker = (element) => {
  const model = attributeOf(element, 'model') ?? 'isa';
  if (model === 'isa') return [{ type: 'pvpanic', windows: [{ space: 'port', start: 0x505, length: 1 }] }];
  if (model === 'pvpanic') return [{ type: 'pvpanic-pci' }];
  return [{ type: `panic ${model}`, what: { kind: 'paravirtual', role: 'other', description: 'panic notification' } }];
};

const balloon: DeviceMaker = (element) => {
  const model = attributeOf(element, 'model') ?? 'virtio';
  if (model === 'none') return [];
  if (model === 'xen')
    return [{ type: 'xen-balloon', what: { kind: 'paravirtual', role: 'balloon', description: 'memory balloon' } }];
  return [{ type: virtio('balloon', model) }];
};

const filesystem: DeviceMaker = (element, _, reader) => {
  const driver = attributeOf(childOf(element, 'driver'), 'type');
  const type = driver === 'virtiofs' ? 'vhost-user-fs-pci' : virtio('9p', attributeOf(element, 'model'));
  return [{ type, backend: backend(driver ?? attributeOf(element, 'type') ?? 'mount', element, reader) }];
};

const MEMORY: Readonly<Record<string, string>> = {
  dimm: 'pc-dimm',
  nvdimm: 'nvdimm',
  'virtio-mem': 'virtio-mem-pci',
  'virtio-pmem': 'virtio-pmem-pci',
};

const memory = one((element) => {
  const model = attributeOf(element, 'model') ?? 'dimm';
  return { type: Object.hasOwn(MEMORY, model) ? MEMORY[model] : model };
});

const IOMMUS: Readonly<Record<string, string>> = {
  intel: 'intel-iommu',
  smmuv3: 'arm-smmuv3',
  virtio: 'virtio-iommu-pci',
};

export const OTHER_DEVICES: Readonly<Record<string, DeviceMaker>> = {
  controller,
  video,
  hostdev: hostDevice,
  input,
  sound,
  tpm,
  panic,
  memballoon: balloon,
  filesystem,
  memory,
  watchdog: one((element) => ({ type: attributeOf(element, 'model') ?? 'i6300esb' })),
  rng: one((element) => ({ type: virtio('rng', attributeOf(element, 'model')) })),
  vsock: one((element) => ({
    type: `vhost-vsock-pci${(attributeOf(element, 'model') ?? 'virtio').slice('virtio'.length)}`,
  })),
  crypto: one(() => ({ type: 'virtio-crypto-pci' })),
  shmem: one((element) => ({ type: modelOf(element) ?? 'ivshmem' })),
  iommu: one((element) => {
    const model = attributeOf(element, 'model') ?? 'intel';
    return { type: Object.hasOwn(IOMMUS, model) ? IOMMUS[model] : model };
  }),
  smartcard: one(() => ({ type: 'ccid-card-emulated' })),
  redirdev: one(() => ({ type: 'usb-redir' })),
};
