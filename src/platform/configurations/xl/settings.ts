/** Settings of xl by name, with complaints about values of the wrong kind. */
import { type Complaints, quoted } from '../complaints.js';
import type { ConfiguredOption } from '../machine-configuration.js';
import { pcpuSet } from '../quantities.js';
import type { XlScalar, XlSetting, XlValue } from './syntax.js';

export class Settings {
  readonly #byName: ReadonlyMap<string, XlSetting>;
  readonly #complaints: Complaints;

  constructor(settings: readonly XlSetting[], complaints: Complaints) {
    this.#byName = new Map(settings.map((setting) => [setting.name, setting]));
    this.#complaints = complaints;
  }

  get all(): readonly XlSetting[] {
    return [...this.#byName.values()];
  }

  setting(name: string): XlSetting | undefined {
    return this.#byName.get(name);
  }

  /** A string, or the digits of a number. */
  text(name: string): string | null {
    const value = this.#byName.get(name)?.value;
    if (value === undefined) return null;
    if (value.type !== 'list') return value.text;
    this.#complaints.add('bad-value', value.place, `${name} wants one value, not a list`);
    return null;
  }

  /** Decimal, 0x…, or octal with a leading 0, as strtol reads it; numbers in quotes are numbers as well. */
  number(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const setting = this.#byName.get(name)!;
    const value = numberOf(text);
    if (value === undefined) {
      this.#complaints.add('bad-number', setting.value.place, `${quoted(text)} of ${name} is no whole number`);
    }
    return value ?? null;
  }

  /** The texts of a list; a string alone is a list of one. */
  list(name: string): readonly XlScalar[] {
    const value = this.#byName.get(name)?.value;
    if (value === undefined) return [];
    return (value.type === 'list' ? value.elements : [value]).filter((element) => element.type !== 'list');
  }

  /** "all" is null: no limit. "node:" and "nodes:" are known only to the host. */
  pcpus({ text, place }: XlScalar): readonly number[] | null {
    if (text === 'all' || text === '') return null;
    const pcpus = pcpuSet(text);
    if (pcpus !== undefined) return pcpus;
    if (/nodes?:/.test(text)) {
      this.#complaints.note(
        'substituted-value',
        place,
        `${quoted(text)} names NUMA nodes, whose pCPUs only the host knows`,
      );
    } else {
      const hint = 'It is written as 0-3,^1, or all.';
      this.#complaints.add('bad-runmask', place, `${quoted(text)} is no set of pCPUs`, { hint });
    }
    return null;
  }

  complain(code: string, { place }: { readonly place: XlValue['place'] }, message: string): void {
    this.#complaints.add(code, place, message);
  }

  note(code: string, { place }: { readonly place: XlValue['place'] }, message: string): void {
    this.#complaints.note(code, place, message);
  }
}

function numberOf(text: string): number | undefined {
  const [, octal, decimal, hexadecimal] = /^(?:(0[0-7]*)|([1-9]\d{0,18})|0x([0-9a-f]{1,16}))$/i.exec(text) ?? [];
  const value =
    octal !== undefined
      ? Number.parseInt(octal, 8)
      : hexadecimal !== undefined
        ? Number.parseInt(hexadecimal, 16)
        : Number(decimal ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

export const keptSetting = ({ name, value, place }: XlSetting, known: boolean): ConfiguredOption => ({
  name,
  values: textsOf(value),
  place,
  known,
});

const textsOf = (value: XlValue): string[] => (value.type === 'list' ? value.elements.flatMap(textsOf) : [value.text]);
