/** What was seen in a running machine: devices with addresses, line by line. */
import { Complaints } from '../complaints.js';
import type { ConfigurationFile } from '../configuration-format.js';
import { type DeviceParts, deviceOf } from '../device-building.js';
import {
  type DeviceConfiguration,
  type MachineConfiguration,
  type Place,
  UNSTATED_PLATFORM,
} from '../machine-configuration.js';

/** Devices with windows; a guest has some hundred of them. */
const MOST_DEVICES = 4096;

export interface Line {
  /** Without its end, and without what a terminal's line editor has left in it. */
  readonly text: string;
  readonly place: Place;
}

/** Escape sequences, and characters that went back over others. */
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f]/g;

export function linesOf({ source, text }: ConfigurationFile): Line[] {
  return text.split('\n').map((line, index) => ({
    text: line.replaceAll(ESCAPES, ''),
    place: { source, line: index + 1, column: 1 },
  }));
}

export interface Seen extends DeviceParts {
  readonly what?: Partial<Pick<DeviceConfiguration, 'kind' | 'role' | 'description'>>;
}

export function dumpOf(
  { source }: ConfigurationFile,
  format: string,
  seen: readonly Seen[],
  complaints = new Complaints(),
): MachineConfiguration {
  const left = seen.slice(MOST_DEVICES);
  if (left.length > 0) complaints.add('too-many-devices', left[0].place, `${left.length} devices are left out`);
  return {
    ...UNSTATED_PLATFORM,
    format,
    source,
    scope: 'devices',
    name: null,
    vcpus: [],
    memory: [],
    devices: seen.slice(0, MOST_DEVICES).map(({ what, ...parts }) => deviceOf({ windowsFrom: 'dump', ...parts }, what)),
    variables: [],
    options: [],
    issues: complaints.list(),
  };
}
