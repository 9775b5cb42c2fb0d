/** Sets what a recording explains against benchmarks, looking closer at the part in which they ran. */
import { type Result, success } from '../../base/issue.js';
import type { BenchmarkFile } from '../../benchmarks/model.js';
import type { Explanation } from '../explanation.js';
import { Observation } from './observation.js';
import { reconcile } from './reconcile.js';

export interface Benchmarks {
  readonly native: readonly BenchmarkFile[];
  readonly vm: readonly BenchmarkFile[];
  readonly unrecorded: readonly BenchmarkFile[];
  readonly benchmark?: string;
}

/** Explains a part of the recording; times since its first event. */
export type ExplainPart = (
  interval: { readonly fromNs?: number; readonly toNs?: number },
  observation: Observation,
) => Promise<Result<Explanation>>;

/** @param explainPart undefined where the recording cannot be read twice */
export async function reconciled(
  explanation: Explanation,
  observation: Observation,
  benchmarks: Benchmarks,
  isAsked: boolean,
  explainPart: ExplainPart | undefined,
): Promise<Result<Explanation>> {
  const lookAgain =
    explainPart &&
    (async (fromNs: number, toNs: number) => {
      const closer = new Observation();
      const part = await explainPart({ fromNs, toNs }, closer);
      return part.ok ? success({ explanation: part.value, observation: closer }) : part;
    });
  const result = await reconcile({
    view: { explanation, observation },
    isAsked,
    ...benchmarks,
    ...(lookAgain !== undefined && { lookAgain }),
  });
  return result.ok ? success({ ...explanation, reconciliation: result.value }) : result;
}
