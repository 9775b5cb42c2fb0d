/** Options of QEMU with their values taken apart: "driver,key=value,…", or JSON. */
import type { Complaints } from '../complaints.js';
import { type JsonValue, parseJsonDocument } from '../json-document.js';
import type { ConfiguredOption, Place } from '../machine-configuration.js';
import { SETTING_OPTIONS } from './option-table.js';
import type { Word } from './words.js';

export interface Setting {
  readonly key: string;
  /** "on" or "off" where only the key, or "no" and the key, is written. */
  readonly value: string;
  readonly place: Place;
}

export interface QemuOption {
  /** Without its dashes. */
  readonly name: string;
  /** As it is written; null where the option takes none. */
  readonly value: Word | null;
  /** In the order of the text; the last of a key counts. */
  readonly settings: readonly Setting[];
  readonly place: Place;
  readonly known: boolean;
}

/** An option on a command line. */
export function optionOf(
  name: string,
  value: Word | null,
  place: Place,
  known: boolean,
  complaints: Complaints,
): QemuOption {
  const isOfSettings = value !== null && SETTING_OPTIONS.has(name);
  const settings = isOfSettings ? settingsOf(value, SETTING_OPTIONS.get(name) ?? null, complaints) : [];
  return { name, value, settings, place, known };
}

/** @param first what the first part is called where it is a value without a key */
export function settingsOf(word: Word, first: string | null, complaints: Complaints): readonly Setting[] {
  return /^\s*\{/.test(word.text) ? jsonSettings(word, complaints) : listedSettings(word, first);
}

export interface Part {
  readonly key: string;
  /** null where there is no "=". */
  readonly value: string | null;
  readonly isFirst: boolean;
  readonly place: Place;
}

/** Commas in values are written twice. */
const PART = /(?:[^,]|,,)+/g;

/** What stands between commas. */
export function partsOf(word: Word): Part[] {
  return [...word.text.matchAll(PART)].map((found) => {
    const text = found[0].replaceAll(',,', ',');
    const equals = text.indexOf('=');
    const [key, value] = equals === -1 ? [text, null] : [text.slice(0, equals).trim(), text.slice(equals + 1)];
    return { key, value, isFirst: found.index === 0, place: word.at(found.index) };
  });
}

function listedSettings(word: Word, first: string | null): Setting[] {
  return partsOf(word).map(({ key: part, value, isFirst, place }) => {
    if (value !== null) return { key: part, value, place };
    if (isFirst && first !== null) return { key: first, value: part, place };
    return part.startsWith('no') && part.length > 2
      ? { key: part.slice(2), value: 'off', place }
      : { key: part, value: 'on', place };
  });
}

function jsonSettings(word: Word, complaints: Complaints): Setting[] {
  const { value, fault } = parseJsonDocument(word.text);
  if (fault !== undefined) {
    complaints.add('damaged-json', word.at(fault.offset), `the JSON is damaged: ${fault.message}`);
  }
  return value === undefined ? [] : flattened('', value, word.at(0), word);
}

/** {"a": {"b": [1]}} is "a.b.0=1", as QEMU itself sees it. */
function flattened(key: string, value: JsonValue, place: Place, word: Word): Setting[] {
  const inner = (name: string) => (key === '' ? name : `${key}.${name}`);
  if (value.type === 'object') {
    return value.members.flatMap((member) => flattened(inner(member.name), member.value, word.at(member.offset), word));
  }
  if (value.type === 'array') {
    return value.elements.flatMap((element, index) =>
      flattened(inner(String(index)), element, word.at(element.offset), word),
    );
  }
  if (value.type === 'boolean') return [{ key, value: value.text === 'true' ? 'on' : 'off', place }];
  return [{ key, value: value.text, place }];
}

/** Of a key that is given several times the last counts. */
export const settingOf = (option: QemuOption, ...keys: readonly string[]): Setting | undefined =>
  option.settings.findLast(({ key }) => keys.includes(key));

export const textOf = (option: QemuOption, ...keys: readonly string[]): string | undefined =>
  settingOf(option, ...keys)?.value;

/** What is kept of an option that is not a device or another part of the machine. */
export const keptOption = ({ name, value, settings, place, known }: QemuOption): ConfiguredOption => ({
  name: `-${name}`,
  values: value === null ? settings.map((setting) => `${setting.key}=${setting.value}`) : [value.text],
  place,
  known,
});

export const keptSetting = ({ key, value, place }: Setting): ConfiguredOption => ({
  name: key,
  values: [value],
  place,
  known: true,
});

/** Only the shell knows what it will be; `optionsOf` has said so. */
export const isSubstituted = (text: string): boolean => /\$(?:\w|\{|\()|`/.test(text);
