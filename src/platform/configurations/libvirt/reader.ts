/** Values in XML, with complaints that say where. */
import { type Complaints, quoted } from '../complaints.js';
import type { Place } from '../machine-configuration.js';
import { pcpuSet, switchOf, wholeNumber } from '../quantities.js';
import type { PlaceAt } from '../text-places.js';
import { attributeOf, type XmlElement } from './xml.js';

export class Reader {
  readonly #placeAt: PlaceAt;
  readonly #complaints: Complaints;

  constructor(placeAt: PlaceAt, complaints: Complaints) {
    this.#placeAt = placeAt;
    this.#complaints = complaints;
  }

  placeOf({ offset }: XmlElement): Place {
    return this.#placeAt(offset);
  }

  complain(
    code: string,
    element: XmlElement,
    message: string,
    severity: 'error' | 'warning' | 'note' = 'error',
    hint?: string,
  ): void {
    this.#complaints.add(code, this.placeOf(element), message, { severity, ...(hint !== undefined && { hint }) });
  }

  /** A whole number; null where there is none, which is said unless there is nothing at all. */
  number(element: XmlElement | undefined, text: string | undefined): number | null {
    if (element === undefined || text === undefined || text === '') return null;
    const value = wholeNumber(text);
    if (value === undefined)
      this.complain('bad-number', element, `${quoted(text)} of <${element.name}> is no whole number`);
    return value ?? null;
  }

  numberAt(element: XmlElement | undefined, attribute: string): number | null {
    return this.number(element, attributeOf(element, attribute));
  }

  pcpus(element: XmlElement | undefined, text: string | undefined): readonly number[] | null {
    if (element === undefined || text === undefined) return null;
    const pcpus = pcpuSet(text);
    if (pcpus === undefined) {
      this.complain(
        'bad-runmask',
        element,
        `${quoted(text)} of <${element.name}> is no set of pCPUs`,
        'error',
        'It is written as 0-3,8,^2.',
      );
    }
    return pcpus ?? null;
  }

  /** Bytes, by the attribute "unit", which is KiB where it is left out. */
  size(element: XmlElement | undefined, text = element?.text): number | null {
    if (element === undefined || text === undefined || text === '') return null;
    const unit = attributeOf(element, 'unit') ?? 'KiB';
    const scale = UNITS.get(unit.toLowerCase());
    const count = wholeNumber(text);
    const bytes = count === undefined || scale === undefined ? undefined : count * scale;
    if (bytes !== undefined && Number.isSafeInteger(bytes)) return bytes;
    this.complain('bad-memory', element, `${quoted(`${text} ${unit}`)} of <${element.name}> is no size of memory`);
    return null;
  }

  switchAt(element: XmlElement | undefined, attribute: string): boolean | null {
    const text = attributeOf(element, attribute);
    return text === undefined ? null : (switchOf(text) ?? null);
  }
}

/** libvirt: "KB" is 1,000 bytes and "k", "KiB" 1,024, whatever the case. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ['bytes', 1],
  ...['k', 'm', 'g', 't'].flatMap((letter, index): [string, number][] => [
    [letter, 1024 ** (index + 1)],
    [`${letter}ib`, 1024 ** (index + 1)],
    [`${letter}b`, 1000 ** (index + 1)],
  ]),
]);
