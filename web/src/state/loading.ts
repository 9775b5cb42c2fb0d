/** Something that is asked for and comes later, or does not. */
import { EngineError, type Progress } from '../engine/engine.js';

export type Loadable<Value> =
  | { readonly state: 'loading'; readonly progress?: Progress /** What was there before. */; readonly before?: Value }
  | { readonly state: 'ready'; readonly value: Value }
  | { readonly state: 'failed'; readonly fault: Fault };

/** For people; `code` for programs. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export const LOADING = { state: 'loading' } as const;

export const ready = <Value>(value: Value): Loadable<Value> => ({ state: 'ready', value });

export function failed(error: unknown): { readonly state: 'failed'; readonly fault: Fault } {
  return { state: 'failed', fault: faultOf(error) };
}

export function faultOf(error: unknown): Fault {
  if (error instanceof EngineError) {
    const { code, message, hint } = error;
    return { code, message, ...(hint !== undefined && { hint }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'unexpected', message, hint: 'This should not happen: please report it with the recording.' };
}

/** The value, or the one before where the next is still under way. */
export function latest<Value>(loadable: Loadable<Value>): Value | undefined {
  if (loadable.state === 'ready') return loadable.value;
  return loadable.state === 'loading' ? loadable.before : undefined;
}
