/** vmtoll explain --native N --vm V: the benchmarks' part of it. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Issue, type Result, success } from '../base/issue.js';
import type { BenchmarkFile } from '../benchmarks/model.js';
import type { Explanation } from '../explain/explanation.js';
import { Observation } from '../explain/reconciliation/observation.js';
import { reconcile } from '../explain/reconciliation/reconcile.js';
import { readBenchmarkPaths } from '../node/benchmark-files.js';

export interface BenchmarkFlags {
  readonly native?: readonly string[];
  readonly vm?: readonly string[];
  readonly vmUnrecorded?: readonly string[];
  readonly benchmark?: string;
}

/** Issues of `reconcile` that are about what was asked for. */
export const WRONG_CHOICE = ['several-benchmarks', 'no-such-benchmark', 'one-side', 'nothing-ran'];

export function addBenchmarkOptions(command: Command): Command {
  return command
    .option('--native <path>', 'results of a benchmark without virtualization: a file or folder (repeatable)', oneMore)
    .option('--vm <path>', 'results of it in the VM while this was recorded (repeatable)', oneMore)
    .option('--vm-unrecorded <path>', 'results of it in the VM without a recorder (repeatable)', oneMore)
    .option('--benchmark <name>', 'which benchmark, where both sides measured several');
}

function oneMore(path: string, before: readonly string[] = []): readonly string[] {
  if (path === '-') throw new InvalidArgumentError('benchmark results are read from files, not from a pipe.');
  return [...before, path];
}

export interface Benchmarks {
  readonly native: readonly BenchmarkFile[];
  readonly vm: readonly BenchmarkFile[];
  readonly unrecorded: readonly BenchmarkFile[];
  readonly benchmark?: string;
}

/** undefined where none are given. */
export function readBenchmarkFlags(flags: BenchmarkFlags): Result<Benchmarks | undefined> {
  const { native, vm, vmUnrecorded = [], benchmark } = flags;
  if (native === undefined && vm === undefined && vmUnrecorded.length === 0 && benchmark === undefined) {
    return success(undefined);
  }
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
