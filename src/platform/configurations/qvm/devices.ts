/** `vdev` and `pass` → devices. */
import type { DeviceConfiguration, DeviceInterrupt, DeviceWindow, Place } from '../machine-configuration.js';
import { type Complaints, quoted } from './complaints.js';
import { allOf, lastOf, optionOf } from './inner-options.js';
import { interruptsOf } from './interrupts.js';
import { type Location, locationOf } from './locations.js';
import { typeOfVdev } from './option-table.js';
import type { Statement } from './statements.js';
import { isKnownVdev, roleOfVdev, type VdevType, vdevType } from './vdev-types.js';
import type { Word } from './words.js';

const LOCATION_HINT =
  'It is written as [mem:|io:]start, for what is passed through as [mem:|io:]start,length,access[=host].';
const INTERRUPT_HINT =
  'It is written as controller:line, for example gic:37; passed through as gic:44=150 or gic:44,u=150.';

export function vdevOf(statement: Statement, complaints: Complaints): DeviceConfiguration {
  const written = statement.values[0];
  const type = vdevType(typeOfVdev(written?.text ?? ''));
  if (written !== undefined && !isKnownVdev(type.type)) complainOfType(written, complaints);
  const location = lastOf(statement, 'loc', complaints)?.values ?? [];
  return {
    kind: type.kind,
    role: roleOfVdev(type),
    type: type.type,
    description: type.description,
    name: lastOf(statement, 'name', complaints)?.values[0]?.text ?? null,
    ...placesOf(location, type, complaints),
    interrupts: interruptsIn(statement, complaints),
    backend: null,
    byDefault: null,
    options: statement.inner.map(optionOf),
    place: statement.name.place,
  };
}

/** A physical device, or a blob of data of the host, that the guest reaches itself. */
export function passedOf(statement: Statement, complaints: Complaints): DeviceConfiguration {
  const { blob, name } = statement;
  return {
    kind: 'passed-through',
    role: null,
    type: blob === null ? 'pass' : `${blob.text} pass`,
    description: null,
    name: null,
    ...placesOf(
      allOf(statement, 'loc').flatMap(({ values }) => values),
      undefined,
      complaints,
    ),
    interrupts: interruptsIn(statement, complaints),
    backend: null,
    byDefault: null,
    options: statement.inner.map(optionOf),
    place: (blob ?? name).place,
  };
}

type Places = Pick<DeviceConfiguration, 'windows' | 'pci'>;

function placesOf(words: readonly Word[], type: VdevType | undefined, complaints: Complaints): Places {
  const windows: DeviceWindow[] = [];
  const pci: string[] = [];
  for (const word of words) {
    const location = locationOf(word.text, type?.space);
    if (location === 'pci') {
      pci.push(word.text);
    } else if ('fault' in location) {
      complaints.addOfValue('bad-location', word, location.fault, LOCATION_HINT);
    } else {
      windows.push(windowOf(location, type, word.place));
    }
  }
  return { windows, pci };
}

function windowOf(
  { space, start, length: stated, access, host }: Location,
  type: VdevType | undefined,
  place: Place,
): DeviceWindow {
  // What the specification says is about the space in which the device usually is.
  const length = stated ?? (type?.space === space ? type.length : null);
  const lengthFrom = stated === null ? 'device type' : 'configuration';
  return { space, start, length, lengthFrom: length === null ? null : lengthFrom, host, access, place };
}

function interruptsIn(statement: Statement, complaints: Complaints): readonly DeviceInterrupt[] {
  return allOf(statement, 'intr').flatMap(({ values: [word] }) => {
    if (word === undefined) return [];
    const interrupts = interruptsOf(word);
    if (interrupts === undefined) {
      complaints.addOfValue('bad-interrupt', word, 'is no interrupt', INTERRUPT_HINT);
    }
    return interrupts ?? [];
  });
}

function complainOfType({ text, place }: Word, complaints: Complaints): void {
  const kind = vdevType(typeOfVdev(text)).kind;
  const what = kind === 'unknown' ? 'its kind and the length of its registers are' : 'the length of its registers is';
  complaints.add('unknown-vdev', place, `vmtoll does not know the virtual device ${quoted(text)}: ${what} not known`, {
    severity: 'note',
  });
}
