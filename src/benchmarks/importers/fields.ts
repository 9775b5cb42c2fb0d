/** Reading JSON that may hold anything: a value of the wrong kind is simply not there. */
import { failure, type Result, success } from '../../base/issue.js';
import { type DoubledKey, structureOf } from './json-structure.js';

export type JsonRecord = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path of keys; undefined where any step is missing. Only own properties count. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (!isRecord(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

export function recordAt(value: unknown, ...path: readonly string[]): JsonRecord | undefined {
  const at = valueAt(value, ...path);
  return isRecord(at) ? at : undefined;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const at = valueAt(value, ...path);
  return Array.isArray(at) ? at : [];
}

/** Finite numbers only. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const at = valueAt(value, ...path);
  return typeof at === 'number' && Number.isFinite(at) ? at : undefined;
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const at = valueAt(value, ...path);
  return typeof at === 'string' ? at : undefined;
}

/** The numbers of a list, in order; what is not a finite number is left out. */
export const numbersAt = (value: unknown, ...path: readonly string[]): number[] =>
  listAt(value, ...path).filter((item): item is number => typeof item === 'number' && Number.isFinite(item));

/** No tool nests its results deeper than ten levels, or writes more than some thousand objects: these would take gigabytes. */
const DEEPEST = 100;
const MOST_CONTAINERS = 2_000_000;

export interface ParsedJson {
  readonly value: unknown;
  readonly doubledKey: DoubledKey | undefined;
}

/** One JSON value, after a byte order mark or none; the issue says where the text stops being JSON, if the engine tells. */
export function parseWholeJson(text: string, source: string): Result<ParsedJson> {
  const { depth, containers, doubledKey } = structureOf(text);
  if (depth > DEEPEST || containers > MOST_CONTAINERS) {
    const message = `${source} is nested in ${depth} levels and holds ${containers} objects and lists: too much for results`;
    return failure({ code: 'too-complex', severity: 'error', message, source });
  }
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  try {
    return success({ value: JSON.parse(text.slice(mark)) as unknown, doubledKey });
  } catch (error) {
    const reason = (error as SyntaxError).message;
    const position = /position (\d+)/.exec(reason)?.[1];
    return failure({
      code: 'not-json',
      severity: 'error',
      message: `${source} is not whole JSON: ${reason}`,
      source,
      ...(position !== undefined && { offset: Number(position) + mark }),
      hint: 'The file may be cut, hold text of the benchmark before or after its JSON, or several results: one file per run.',
    });
  }
}

/** As above, where a key that stands twice does not matter. */
export function parseJson(text: string, source: string): Result<unknown> {
  const json = parseWholeJson(text, source);
  return json.ok ? success(json.value.value) : json;
}
