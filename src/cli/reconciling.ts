/** vmtoll explain --native N --vm V: the benchmarks' part of it. */
import { type Issue, type Result, success } from '../base/issue.js';
import type { BenchmarkFile } from '../benchmarks/model.js';
import type { Explanation } from '../explain/explanation.js';
import { Observation } from '../explain/reconciliation/observation.js';
import { reconcile } from '../explain/reconciliation/reconcile.js';
import { readBenchmarkPaths } from '../node/benchmark-files.js';
import type { BenchmarkFlags } from './benchmark-flags.js';

export interface Benchmarks {
  readonly native: readonly BenchmarkFile[];
  readonly vm: readonly BenchmarkFile[];
  readonly unrecorded: readonly BenchmarkFile[];
  readonly benchmark?: string;
}

export function readBenchmarkFlags(flags: BenchmarkFlags): Result<Benchmarks> {
  const { native, vm, vmUnrecorded = [], benchmark } = flags;
  if (native === undefined || vm === undefined) return { ok: false, issue: oneSide() };
  const sides = [
    readBenchmarkPaths(native, 'native'),
    readBenchmarkPaths(vm, 'vm'),
    readBenchmarkPaths(vmUnrecorded, 'vm'),
  ];
  const failed = sides.find((side) => !side.ok);
  if (failed !== undefined) return failed;
  const [ofNative, ofVm, unrecorded] = sides.map((side) => (side.ok ? side.value.files : []));
  return success({ native: ofNative, vm: ofVm, unrecorded, ...(benchmark !== undefined && { benchmark }) });
}

const oneSide = (): Issue => ({
  code: 'one-side',
  severity: 'error',
  message: 'A recording is reconciled with a benchmark that was run on both sides',
  hint: 'Give --native with its results on the bare host, and --vm with those from inside the guest during the recording.',
});

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
