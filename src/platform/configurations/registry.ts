/** All formats of machine configurations, and of what running machines print of their devices. The first that knows a text reads it: those with the clearest marks come first. */
import { cloudHypervisorConfig } from './cloud-hypervisor/index.js';
import type { ConfigurationFormat } from './configuration-format.js';
import { lspciListing } from './dumps/lspci.js';
import { qemuMonitor } from './dumps/monitor.js';
import { guestResources } from './dumps/proc-resources.js';
import { firecrackerConfig } from './firecracker/index.js';
import { libvirtDomain } from './libvirt/index.js';
import { qemuCommandLine, qemuConfig } from './qemu/index.js';
import { qvmConfiguration } from './qvm/index.js';
import { xlConfiguration } from './xl/index.js';

export const CONFIGURATION_FORMATS: readonly ConfigurationFormat[] = [
  libvirtDomain,
  firecrackerConfig,
  cloudHypervisorConfig,
  qemuMonitor,
  guestResources,
  lspciListing,
  qemuConfig,
  xlConfiguration,
  qvmConfiguration,
  qemuCommandLine,
];
