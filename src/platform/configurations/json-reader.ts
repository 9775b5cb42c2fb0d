/** Values of a JSON configuration, with complaints that say where, and an account of what was not read. */
import { type Complaints, quoted } from './complaints.js';
import type { JsonObject, JsonScalar, JsonValue } from './json-document.js';
import type { ConfiguredOption, Place } from './machine-configuration.js';
import type { PlaceAt } from './text-places.js';

export class JsonReader {
  readonly #placeAt: PlaceAt;
  readonly #complaints: Complaints;

  constructor(placeAt: PlaceAt, complaints: Complaints) {
    this.#placeAt = placeAt;
    this.#complaints = complaints;
  }

  placeOf({ offset }: { readonly offset: number }): Place {
    return this.#placeAt(offset);
  }

  complain(code: string, at: { readonly offset: number }, message: string): void {
    this.#complaints.add(code, this.placeOf(at), message);
  }

  note(code: string, at: { readonly offset: number }, message: string): void {
    this.#complaints.note(code, this.placeOf(at), message);
  }

  /** Of a name that is given twice the last counts, as for JSON.parse. */
  value(object: JsonValue | undefined, name: string): JsonValue | undefined {
    if (object?.type !== 'object') return undefined;
    return object.members.findLast((member) => member.name === name)?.value;
  }

  object(parent: JsonValue | undefined, name: string): JsonObject | undefined {
    return this.#expected(this.value(parent, name), 'object');
  }

  /** The objects in an array; one object alone stands for an array of it. */
  objects(parent: JsonValue | undefined, name: string): readonly JsonObject[] {
    const value = this.value(parent, name);
    if (value === undefined || isNull(value)) return [];
    const elements = value.type === 'array' ? value.elements : [value];
    return elements.flatMap((element) => this.#expected(element, 'object') ?? []);
  }

  text(parent: JsonValue | undefined, name: string): string | null {
    return this.#expected(this.value(parent, name), 'string')?.text ?? null;
  }

  /** A whole number from 0 to 2^53 - 1. */
  number(parent: JsonValue | undefined, name: string): number | null {
    const value = this.#expected(this.value(parent, name), 'number');
    return value === undefined ? null : this.wholeNumber(value);
  }

  wholeNumber(value: JsonValue): number | null {
    const number = value.type === 'number' && /^\d+$/.test(value.text) ? Number(value.text) : Number.NaN;
    if (Number.isSafeInteger(number)) return number;
    const written = value.type === 'object' || value.type === 'array' ? value.type : value.text;
    this.complain('bad-number', value, `${quoted(written)} is no whole number from 0 to 2^53 - 1`);
    return null;
  }

  boolean(parent: JsonValue | undefined, name: string): boolean | null {
    const value = this.#expected(this.value(parent, name), 'boolean');
    return value === undefined ? null : value.text === 'true';
  }

  /** Notes members that nobody reads, and keeps them. */
  kept(object: JsonValue | undefined, names: ReadonlySet<string>, known: ReadonlySet<string>): ConfiguredOption[] {
    if (object?.type !== 'object') return [];
    return object.members
      .filter(({ name }) => !names.has(name))
      .map(({ name, value, offset }) => {
        const isKnown = known.has(name);
        if (!isKnown)
          this.note('unknown-option', { offset }, `vmtoll does not know ${quoted(name)}: it is kept as it is`);
        return { name, values: flatJson(value), place: this.#placeAt(offset), known: isKnown };
      });
  }

  /** All members but the ones that are read, as options of a device. */
  options(object: JsonObject, read: readonly string[]): ConfiguredOption[] {
    return this.kept(object, new Set(read), new Set(object.members.map(({ name }) => name)));
  }

  #expected<Type extends JsonValue['type']>(value: JsonValue | undefined, type: Type): Of<Type> | undefined {
    if (value === undefined || isNull(value)) return undefined;
    if (hasType(value, type)) return value;
    this.complain('bad-value', value, `${NOUNS[type]} should stand here, not ${NOUNS[value.type]}`);
    return undefined;
  }
}

type Of<Type> =
  Extract<JsonValue, { readonly type: Type }> extends never ? JsonScalar : Extract<JsonValue, { readonly type: Type }>;

const hasType = <Type extends JsonValue['type']>(value: JsonValue, type: Type): value is JsonValue & Of<Type> =>
  value.type === type;

const isNull = (value: JsonValue): boolean => value.type === 'null';

const NOUNS: Readonly<Record<JsonValue['type'], string>> = {
  object: 'an object',
  array: 'an array',
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
};

/** "a.b=1": leaves with the path to them, at most so many. */
const MOST_LEAVES = 64;

function flatJson(value: JsonValue): string[] {
  const leaves: string[] = [];
  const visit = (path: string, node: JsonValue): void => {
    if (leaves.length >= MOST_LEAVES) return;
    const inner = (name: string) => (path === '' ? name : `${path}.${name}`);
    if (node.type === 'object') for (const member of node.members) visit(inner(member.name), member.value);
    else if (node.type === 'array')
      for (const [index, element] of node.elements.entries()) visit(inner(String(index)), element);
    else leaves.push(path === '' ? node.text : `${path}=${node.text}`);
  };
  visit('', value);
  return leaves;
}
