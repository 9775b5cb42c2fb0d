/** All formats of machine configurations. The first that knows a text reads it: those with the clearest marks come first. */
import { cloudHypervisorConfig } from './cloud-hypervisor/index.js';
import type { ConfigurationFormat } from './configuration-format.js';
import { firecrackerConfig } from './firecracker/index.js';
import { libvirtDomain } from './libvirt/index.js';
import { qemuCommandLine, qemuConfig } from './qemu/index.js';
import { qvmConfiguration } from './qvm/index.js';
import { xlConfiguration } from './xl/index.js';

export const CONFIGURATION_FORMATS: readonly ConfigurationFormat[] = [
  libvirtDomain,
  firecrackerConfig,
  cloudHypervisorConfig,
  qemuConfig,
  xlConfiguration,
  qvmConfiguration,
  qemuCommandLine,
];
