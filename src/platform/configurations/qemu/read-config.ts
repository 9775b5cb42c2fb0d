/** Files of `-readconfig`: groups of options, `[device "id"]` and below it `key = "value"`. */
import { type Complaints, quoted } from '../complaints.js';
import type { ConfigurationFile } from '../configuration-format.js';
import type { Place } from '../machine-configuration.js';
import { type PlaceAt, placesIn } from '../text-places.js';
import { GROUPS, isKnownOption } from './option-table.js';
import type { QemuOption, Setting } from './settings.js';

const HEADER = /^\s*\[\s*([\w.-]+)(?:\s+"([^"]*)")?\s*\]\s*$/;
const SETTING = /^(\s*([\w.-]+)\s*=\s*)"([^"]*)"\s*$/;
const IGNORED = /^\s*(?:#.*)?$/;

/** The groups of a file as options of a command line. */
export function optionsOfFile(file: ConfigurationFile, complaints: Complaints): QemuOption[] {
  const placeAt = placesIn(file);
  const groups: Group[] = [];
  let offset = 0;
  for (const line of file.text.split('\n')) {
    readLine(line.replace(/\r$/, ''), offset, groups, placeAt, complaints);
    offset += line.length + 1;
  }
  return groups;
}

interface Group extends QemuOption {
  readonly settings: Setting[];
}

function readLine(line: string, offset: number, groups: Group[], placeAt: PlaceAt, complaints: Complaints): void {
  if (IGNORED.test(line)) return;
  const place = placeAt(offset + line.search(/\S/));
  const [, group, id] = HEADER.exec(line) ?? [];
  if (group !== undefined) {
    groups.push(groupOf(group, id, place, complaints));
    return;
  }
  const [, before, key, value] = SETTING.exec(line) ?? [];
  const current = groups.at(-1);
  if (key !== undefined && current !== undefined) {
    const at = placeAt(offset + before.search(/\S/));
    current.settings.push({ key, value, place: at });
    return;
  }
  const hint =
    current === undefined
      ? 'A group must begin first, for example [device "disk0"].'
      : 'It is written as key = "value".';
  complaints.add('bad-line', place, `${quoted(line.trim())} is neither a group nor a setting`, { hint });
}

function groupOf(group: string, id: string | undefined, place: Place, complaints: Complaints): Group {
  const name = GROUPS.get(group) ?? group;
  const known = isKnownOption(name);
  if (!known) {
    complaints.add('unknown-option', place, `vmtoll does not know the group ${quoted(group)}`, { severity: 'warning' });
  }
  return { name, value: null, settings: id === undefined ? [] : [{ key: 'id', value: id, place }], place, known };
}

/** The first line that counts begins a group that QEMU has. */
export function looksLikeReadConfig(text: string): boolean {
  for (const line of text.split('\n', HEAD_LINES)) {
    if (IGNORED.test(line)) continue;
    const group = HEADER.exec(line)?.[1];
    return group !== undefined && isKnownOption(GROUPS.get(group) ?? group);
  }
  return false;
}

/** Comments before the first group. */
const HEAD_LINES = 1000;
