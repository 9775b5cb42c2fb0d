/** vmtoll explain --native N --vm V: its part of the command line, apart from what reads benchmarks, which few need. */
import { type Command, InvalidArgumentError } from 'commander';

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

/** Files and folders that the flags name. */
export const benchmarkFiles = ({ native = [], vm = [], vmUnrecorded = [] }: BenchmarkFlags): string[] => [
  ...native,
  ...vm,
  ...vmUnrecorded,
];

/** "--vm is missing", of flags of which one is. */
export function missingSide({ native, vm }: BenchmarkFlags): string {
  const missing = [...(native === undefined ? ['--native'] : []), ...(vm === undefined ? ['--vm'] : [])];
  return `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
}

/** Whether any of them is given. */
export const hasBenchmarkFlags = ({ native, vm, vmUnrecorded = [], benchmark }: BenchmarkFlags): boolean =>
  native !== undefined || vm !== undefined || vmUnrecorded.length > 0 || benchmark !== undefined;
