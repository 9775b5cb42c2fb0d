/** All formats of machine configurations. The first that knows a text reads it: those with the clearest marks come first. */
import type { ConfigurationFormat } from './configuration-format.js';
import { libvirtDomain } from './libvirt/index.js';
import { qemuCommandLine, qemuConfig } from './qemu/index.js';
import { qvmConfiguration } from './qvm/index.js';

export const CONFIGURATION_FORMATS: readonly ConfigurationFormat[] = [
  libvirtDomain,
  qemuConfig,
  qvmConfiguration,
  qemuCommandLine,
];
