/** The file of `firecracker --config-file`, and what its API answers to GET /vm/config. */
import type { ConfigurationFormat } from '../configuration-format.js';
import { readJsonConfiguration } from '../json-configuration.js';
import { topLevelNames } from '../json-sniffing.js';
import { machineOf } from './machine.js';

const ID = 'firecracker';

export const firecrackerConfig: ConfigurationFormat = {
  id: ID,
  name: 'Firecracker configuration',
  example: 'the file of "firecracker --config-file FILE"; GET /vm/config of its API',
  sniff: (text) => {
    const names = topLevelNames(text);
    return names.has('machine-config') || names.has('boot-source');
  },
  read: (file) => readJsonConfiguration(file, ID, machineOf),
};
