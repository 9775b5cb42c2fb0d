/** A machine of Cloud Hypervisor: the body of PUT /vm.create, and what GET /vm.info answers. */
import type { ConfigurationFormat } from '../configuration-format.js';
import { readJsonConfiguration } from '../json-configuration.js';
import { topLevelNames } from '../json-sniffing.js';
import { machineOf } from './machine.js';

const ID = 'cloud-hypervisor';

export const cloudHypervisorConfig: ConfigurationFormat = {
  id: ID,
  name: 'Cloud Hypervisor configuration',
  example: 'what "ch-remote --api-socket SOCKET info" prints; the body of PUT /api/v1/vm.create',
  sniff: (text) => {
    const names = topLevelNames(text);
    if (names.has('config') && names.has('state')) return true;
    return names.has('payload') || (names.has('cpus') && names.has('memory'));
  },
  read: (file) => readJsonConfiguration(file, ID, machineOf),
};
