/** Reading JSON that may hold anything: a value of the wrong kind is simply not there. */
import { failure, type Result, success } from '../../base/issue.js';

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

/** One JSON value; the issue says where the text stops being JSON, if the engine tells. */
export function parseJson(text: string, source: string): Result<unknown> {
  try {
    return success(JSON.parse(text));
  } catch (error) {
    const reason = (error as SyntaxError).message;
    const position = /position (\d+)/.exec(reason)?.[1];
    return failure({
      code: 'not-json',
      severity: 'error',
      message: `${source} is not whole JSON: ${reason}`,
      source,
      ...(position !== undefined && { offset: Number(position) }),
      hint: 'The file may be cut, or hold text of the benchmark before or after its JSON.',
    });
  }
}
