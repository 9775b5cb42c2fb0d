/** Reading a configuration that is JSON: what is before a fault in it is read. */
import { Complaints } from './complaints.js';
import type { ConfigurationFile } from './configuration-format.js';
import { type JsonValue, parseJsonDocument } from './json-document.js';
import { JsonReader } from './json-reader.js';
import type { MachineConfiguration } from './machine-configuration.js';
import { placesIn } from './text-places.js';

/** Makes a machine of the value of a file; what is wrong goes to `complaints`. */
export type MachineOfJson = (
  file: ConfigurationFile,
  format: string,
  root: JsonValue | undefined,
  reader: JsonReader,
  complaints: Complaints,
) => MachineConfiguration;

export function readJsonConfiguration(
  file: ConfigurationFile,
  format: string,
  machineOf: MachineOfJson,
): MachineConfiguration {
  const complaints = new Complaints();
  const placeAt = placesIn(file);
  const { value, fault } = parseJsonDocument(file.text);
  if (fault !== undefined) {
    complaints.add('damaged-json', placeAt(fault.offset), `the JSON is damaged here: ${fault.message}`, {
      hint: 'What stands before is read.',
    });
  }
  return machineOf(file, format, value, new JsonReader(placeAt, complaints), complaints);
}
