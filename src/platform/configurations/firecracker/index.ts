/** The file of `firecracker --config-file`, and what its API answers to GET /vm/config. */
import { Complaints } from '../complaints.js';
import type { ConfigurationFormat } from '../configuration-format.js';
import { parseJsonDocument } from '../json-document.js';
import { JsonReader } from '../json-reader.js';
import { topLevelNames } from '../json-sniffing.js';
import { placesIn } from '../text-places.js';
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
