/**
 * Models of devices as QEMU names them, which libvirt and Xen's device model emulate as well: what a guest meets there.
 *
 * Source: QEMU's documentation and `qemu-system-x86_64 -device help`, which a test compares this with. Whatever a guest
 * reaches by a protocol made for virtual machines is paravirtual; what pretends to be hardware is emulated.
 */
import type { DeviceKind, DeviceRole } from './machine-configuration.js';

export interface DeviceModel {
  readonly kind: DeviceKind;
  readonly role: DeviceRole;
  /** In words, after the name of the model. */
  readonly description: string;
}

const model = (kind: DeviceKind, role: DeviceRole, description: string): DeviceModel => ({ kind, role, description });
const emulated = (role: DeviceRole, description: string) => model('emulated', role, description);
const paravirtual = (role: DeviceRole, description: string) => model('paravirtual', role, description);

/** VIRTIO devices: the name between "virtio-" or "vhost-user-" and the transport. */
const VIRTIO: ReadonlyMap<string, readonly [DeviceRole, string]> = new Map([
  ['blk', ['disk', 'disk']],
  ['net', ['network', 'network']],
  ['scsi', ['disk-controller', 'SCSI disks']],
  ['serial', ['bus', 'consoles and channels']],
  ['console', ['console', 'console']],
  ['rng', ['random-numbers', 'random numbers']],
  ['balloon', ['balloon', 'memory balloon']],
  ['gpu', ['display', 'display']],
  ['gpu-gl', ['display', 'display']],
  ['gpu-rutabaga', ['display', 'display']],
  ['vga', ['display', 'display']],
  ['vga-gl', ['display', 'display']],
  ['keyboard', ['input', 'keyboard']],
  ['mouse', ['input', 'mouse']],
  ['tablet', ['input', 'tablet']],
  ['multitouch', ['input', 'touch screen']],
  ['input', ['input', 'input']],
  ['input-host', ['input', 'input of the host']],
  ['9p', ['filesystem', 'shared folder']],
  ['fs', ['filesystem', 'shared folder']],
  ['vsock', ['channel', 'sockets to the host']],
  ['crypto', ['other', 'cryptography']],
  ['iommu', ['bus', 'DMA permissions']],
  ['mem', ['memory', 'memory that grows']],
  ['pmem', ['memory', 'persistent memory']],
  ['sound', ['sound', 'sound']],
  ['snd', ['sound', 'sound']],
  ['i2c', ['bus', 'I2C bus']],
  ['gpio', ['other', 'GPIO']],
  ['scmi', ['power', 'power management']],
  ['video', ['other', 'video codecs']],
  ['nsm', ['other', 'security module']],
  ['watchdog', ['watchdog', 'watchdog']],
]);

const rows = (models: readonly string[], what: DeviceModel): (readonly [string, DeviceModel])[] =>
  models.map((name) => [name, what]);

const MODELS: ReadonlyMap<string, DeviceModel> = new Map([
  ...rows(['isa-serial', 'serial'], emulated('console', '16550 serial port')),
  ...rows(['pci-serial', 'pci-serial-2x', 'pci-serial-4x'], emulated('console', '16550 serial ports on PCI')),
  ...rows(['pl011'], emulated('console', 'serial port')),
  ...rows(['serial-mm'], emulated('console', '16550 serial port in memory')),
  ...rows(['usb-serial', 'usb-braille'], emulated('console', 'serial port on USB')),
  ...rows(['isa-debugcon', 'sga'], emulated('console', 'debug console')),
  ...rows(['isa-parallel'], emulated('other', 'parallel port')),
  ...rows(['ipoctal232', 'tpci200'], emulated('console', 'serial ports of an industrial carrier')),
  ...rows(['virtconsole'], paravirtual('console', 'console')),
  ...rows(['virtserialport'], paravirtual('channel', 'channel')),
  ...rows(['ide-hd', 'ide-drive'], emulated('disk', 'IDE or SATA disk')),
  ...rows(['ide-cd'], emulated('disk', 'IDE or SATA CD drive')),
  ...rows(['ide-cf'], emulated('disk', 'CompactFlash card')),
  ...rows(['isa-ide', 'piix3-ide', 'piix4-ide'], emulated('disk-controller', 'IDE disk controller')),
  ...rows(['ich9-ahci', 'ahci'], emulated('disk-controller', 'SATA disk controller')),
  ...rows(['nvme'], emulated('disk', 'NVMe disk')),
  ...rows(['nvme-ns'], emulated('disk', 'NVMe namespace')),
  ...rows(['nvme-subsys'], emulated('bus', 'NVMe subsystem')),
  ...rows(['scsi-hd', 'scsi-block', 'scsi-generic', 'scsi-disk'], emulated('disk', 'SCSI disk')),
  ...rows(['scsi-cd'], emulated('disk', 'SCSI CD drive')),
  ...rows(
    ['lsi53c810', 'lsi53c895a', 'lsi', 'am53c974', 'dc390', 'megasas', 'megasas-gen2', 'mptsas1068'],
    emulated('disk-controller', 'SCSI disk controller'),
  ),
  ...rows(['pvscsi'], paravirtual('disk-controller', 'SCSI disks (VMware)')),
  ...rows(['usb-storage', 'usb-uas', 'usb-bot', 'usb-mtp'], emulated('disk', 'disk on USB')),
  ...rows(['sd-card', 'emmc'], emulated('disk', 'SD card')),
  ...rows(['sdhci-pci'], emulated('disk-controller', 'SD card controller')),
  ...rows(['floppy'], emulated('disk', 'floppy disk')),
  ...rows(['isa-fdc'], emulated('disk-controller', 'floppy disk controller')),
  ...rows(
    ['e1000', 'e1000-82544gc', 'e1000-82545em', 'e1000e', 'igb', 'rtl8139', 'ne2k_isa', 'ne2k_pci', 'pcnet', 'tulip'],
    emulated('network', 'network'),
  ),
  ...rows(
    ['i82550', 'i82551', 'i82557a', 'i82557b', 'i82557c', 'i82558a', 'i82558b', 'i82559a', 'i82559b', 'i82559c'],
    emulated('network', 'network'),
  ),
  ...rows(['i82559er', 'i82562', 'i82801', 'rocker', 'lan9118', 'smc91c111'], emulated('network', 'network')),
  ...rows(['usb-net'], emulated('network', 'network on USB')),
  ...rows(['vmxnet3'], paravirtual('network', 'network (VMware)')),
  ...rows(['pvrdma'], paravirtual('network', 'RDMA (VMware)')),
  ...rows(['VGA', 'isa-vga', 'secondary-vga', 'bochs-display', 'ati-vga', 'ramfb'], emulated('display', 'display')),
  ...rows(['cirrus-vga', 'isa-cirrus-vga', 'vmware-svga'], emulated('display', 'display')),
  ...rows(['qxl', 'qxl-vga'], paravirtual('display', 'display (SPICE)')),
  ...rows(['i8042'], emulated('input', 'keyboard controller')),
  ...rows(['usb-kbd', 'usb-mouse', 'usb-tablet', 'usb-wacom-tablet'], emulated('input', 'input on USB')),
  ...rows(['vmmouse', 'vmport'], paravirtual('input', 'mouse (VMware)')),
  ...rows(
    ['AC97', 'adlib', 'cs4231a', 'ES1370', 'gus', 'sb16', 'intel-hda', 'ich9-intel-hda', 'usb-audio'],
    emulated('sound', 'sound'),
  ),
  ...rows(['hda-duplex', 'hda-micro', 'hda-output'], emulated('sound', 'sound codec')),
  ...rows(
    ['qemu-xhci', 'nec-usb-xhci', 'pci-ohci', 'piix3-usb-uhci', 'piix4-usb-uhci', 'usb-ehci'],
    emulated('usb', 'USB controller'),
  ),
  ...rows(['ich9-usb-ehci1', 'ich9-usb-ehci2'], emulated('usb', 'USB controller')),
  ...rows(
    [1, 2, 3, 4, 5, 6].map((number) => `ich9-usb-uhci${number}`),
    emulated('usb', 'USB controller'),
  ),
  ...rows(['usb-hub'], emulated('usb', 'USB hub')),
  ...rows(['usb-ccid', 'ccid-card-emulated', 'ccid-card-passthru'], emulated('usb', 'smart card reader')),
  ...rows(['usb-host', 'u2f-passthru'], model('passed-through', 'usb', 'USB device of the host')),
  ...rows(['usb-redir'], emulated('usb', 'USB device of a client')),
  ...rows(
    ['vfio-pci', 'vfio-pci-nohotplug', 'vfio-platform', 'vfio-amd-xgbe', 'vfio-calxeda-xgmac', 'vfio-ccw', 'vfio-ap'],
    model('passed-through', 'other', 'device of the host'),
  ),
  ...rows(['kvm-pci-assign', 'pci-assign'], model('passed-through', 'other', 'device of the host')),
  ...rows(['i6300esb', 'ib700', 'itco', 'diag288'], emulated('watchdog', 'watchdog')),
  ...rows(['mc146818rtc', 'pl031'], emulated('clock', 'real-time clock')),
  ...rows(['isa-pit', 'kvm-pit'], emulated('timer', '8254 timer (PIT)')),
  ...rows(['hpet'], emulated('timer', 'HPET timer')),
  ...rows(['ioapic', 'kvm-ioapic'], emulated('interrupt-controller', 'I/O APIC')),
  ...rows(['isa-i8259', 'kvm-i8259'], emulated('interrupt-controller', '8259 interrupt controller (PIC)')),
  ...rows(
    ['gic', 'arm_gic', 'kvm-arm-gic', 'arm-gicv3', 'kvm-arm-gicv3', 'gicv2m', 'arm-its-kvm', 'arm-gicv3-its'],
    emulated('interrupt-controller', 'interrupt controller (GIC)'),
  ),
  ...rows(['tpm-tis', 'tpm-crb', 'tpm-tis-device', 'tpm-spapr'], emulated('tpm', 'TPM')),
  ...rows(
    ['pci-bridge', 'pci-bridge-seat', 'pcie-pci-bridge', 'pcie-root-port', 'ioh3420', 'i82801b11-bridge'],
    emulated('bus', 'PCI bridge'),
  ),
  ...rows(
    ['x3130-upstream', 'xio3130-downstream', 'pxb', 'pxb-pcie', 'pxb-cxl', 'cxl-downstream', 'cxl-upstream', 'cxl-rp'],
    emulated('bus', 'PCI bridge'),
  ),
  ...rows(['vfio-pci-igd-lpc-bridge'], emulated('bus', 'PCI bridge')),
  ...rows(['i440FX', 'i440FX-pcihost', 'q35-pcihost', 'mch', 'gpex-pcihost'], emulated('bus', 'PCI host bridge')),
  ...rows(['PIIX3', 'ICH9-LPC'], emulated('bus', 'ISA bridge')),
  ...rows(['ICH9-SMB', 'smbus-ipmi'], emulated('bus', 'SMBus controller')),
  ...rows(['PIIX4_PM', 'acpi-ged'], emulated('power', 'power management')),
  ...rows(['vmbus-bridge'], paravirtual('bus', 'VMBus (Hyper-V)')),
  ...rows(['pc-dimm', 'cxl-type3', 'nvdimm'], emulated('memory', 'memory module')),
  ...rows(['ivshmem-plain', 'ivshmem-doorbell', 'ivshmem'], paravirtual('memory', 'shared memory')),
  ...rows(['fw_cfg', 'fw_cfg_io', 'fw_cfg_mem'], paravirtual('firmware', 'firmware configuration')),
  ...rows(['pvpanic', 'pvpanic-pci'], paravirtual('other', 'panic notification')),
  ...rows(['vmcoreinfo', 'vmgenid', 'vmclock'], paravirtual('other', 'notes for the guest')),
  ...rows(['intel-iommu', 'amd-iommu', 'AMDVI-PCI', 'arm-smmuv3'], emulated('bus', 'DMA permissions')),
  ...rows(
    ['ipmi-bmc-sim', 'ipmi-bmc-extern', 'isa-ipmi-bt', 'isa-ipmi-kcs', 'pci-ipmi-bt', 'pci-ipmi-kcs'],
    emulated('other', 'board management (IPMI)'),
  ),
  ...rows(['isa-debug-exit', 'edu', 'pc-testdev', 'pci-testdev', 'hyperv-testdev'], emulated('other', 'for tests')),
  ...rows(['ctucan_pci', 'kvaser_pci', 'mioe3680_pci', 'pcm3680_pci'], emulated('network', 'CAN bus')),
  ...rows(['pl061'], emulated('other', 'GPIO')),
  ...rows(['pflash'], emulated('firmware', 'flash memory')),
  ...rows(['hv-syndbg', 'isa-applesmc', 'acpi-erst', 'i2c-ddc'], emulated('other', 'board device')),
  ...rows(['guest-loader', 'loader', 'x-pci-proxy-dev'], model('unknown', 'other', 'helper of the VMM')),
  ...rows(['virtio-mmio'], paravirtual('bus', 'VIRTIO transport')),
  ...rows(['kvm-clock', 'kvmclock'], paravirtual('clock', 'clock page')),
  ...rows(['kvmvapic'], paravirtual('interrupt-controller', 'task priority of Windows')),
  ...rows(['xen-vif', 'xen-net-device'], paravirtual('network', 'network (Xen)')),
  ...rows(['xen-vbd', 'xen-disk', 'xen-cdrom'], paravirtual('disk', 'disk (Xen)')),
  ...rows(['xen-console'], paravirtual('console', 'console (Xen)')),
  ...rows(['xen-vfb'], paravirtual('display', 'display (Xen)')),
  ...rows(['xen-vkb'], paravirtual('input', 'input (Xen)')),
  ...rows(['xen-platform'], paravirtual('bus', 'door to PV drivers (Xen)')),
  ...rows(['xen-pci'], model('passed-through', 'other', 'device of the host')),
]);

const TRANSPORT = /-(?:pci(?:-(?:non-)?transitional)?|device|ccw|host-device|host-pci)$/;

/** undefined where vmtoll does not know the model. */
export function deviceModel(name: string): DeviceModel | undefined {
  const known = MODELS.get(name);
  if (known !== undefined) return known;
  const bare = name.replace(TRANSPORT, '').replace(/^vhost-user-(?=vga$)/, 'virtio-');
  const [, subject] = /^(?:virtio|vhost(?:-user)?)-(.+)$/.exec(bare) ?? [];
  const row = VIRTIO.get(subject ?? '');
  return row && paravirtual(...row);
}
