/** A machine of Cloud Hypervisor: the body of PUT /vm.create, and what GET /vm.info answers. */
import { Complaints } from '../complaints.js';
import type { ConfigurationFormat } from '../configuration-format.js';
import { parseJsonDocument } from '../json-document.js';
import { JsonReader } from '../json-reader.js';
import { topLevelNames } from '../json-sniffing.js';
import { placesIn } from '../text-places.js';
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
  read(file) {
    const complaints = new Complaints();
    const placeAt = placesIn(file);
    const { value, fault } = parseJsonDocument(file.text);
    if (fault !== undefined) {
      complaints.add('damaged-json', placeAt(fault.offset), `the JSON is damaged here: ${fault.message}`, {
        hint: 'What stands before is read.',
      });
    }
    return machineOf(file, ID, value, new JsonReader(placeAt, complaints), complaints);
  },
};
