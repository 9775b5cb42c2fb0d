/** The two sides of a comparison from the paths that a user names. */
import { failure, type Issue, type Result, success } from '../base/issue.js';
import { isResultText } from '../benchmarks/bench-result.js';
import type { CompareRequest } from '../benchmarks/comparison/compare.js';
import { readFacts } from '../benchmarks/facts-file.js';
import { type MechanismRule, readMechanismRules } from '../benchmarks/mechanisms.js';
import type { BenchmarkFile } from '../benchmarks/model.js';
import { readBenchmarks, sideOf } from '../benchmarks/reading.js';
import type { SideName } from '../benchmarks/running/plan.js';
import { type FoundFiles, readBenchmarkPaths, readText } from './benchmark-files.js';
import { isFolder } from './file-kind.js';

/** Either files and folders of each side, or the one file that holds both. */
export type SidePaths = Readonly<Record<SideName, readonly string[]>> | { readonly both: string };

export interface FactsPath {
  readonly side: SideName;
  readonly path: string;
}

export interface ExtraPaths {
  /** Facts about a side, which count before those in its results. */
  readonly facts?: readonly FactsPath[];
  /** What benchmarks exercise, asked before what a plan says and what is known. */
  readonly mechanisms?: string | undefined;
}

/** Everything that `compare` needs, but the options. */
export function readSides(
  paths: SidePaths,
  { facts = [], mechanisms }: ExtraPaths = {},
): Result<Omit<CompareRequest, 'options'>> {
  const each = 'both' in paths ? bothSidesOf(paths.both) : success(paths);
  if (!each.ok) return each;
  const native = readBenchmarkPaths(each.value.native, 'native');
  if (!native.ok) return native;
  const vm = readBenchmarkPaths(each.value.vm, 'vm');
  if (!vm.ok) return vm;
  const stated = readFactsFiles(facts);
  if (!stated.ok) return stated;
  const rules = mechanisms === undefined ? success([]) : readRules(mechanisms);
  if (!rules.ok) return rules;
  const ofNative = sideOf([...stated.value.native, ...native.value.files]);
  const ofVm = sideOf([...stated.value.vm, ...vm.value.files]);
  return success({
    native: {
      ...ofNative,
      issues: [...native.value.issues, ...sameOnBoth(native.value, vm.value), ...ofNative.issues],
    },
    vm: { ...ofVm, issues: [...vm.value.issues, ...ofVm.issues] },
    mechanisms: [...rules.value, ...native.value.mechanisms, ...vm.value.mechanisms],
  });
}

/** A file is both sides only if it is the result of a plan, or says so itself. */
function bothSidesOf(path: string): Result<Readonly<Record<SideName, readonly string[]>>> {
  if (isFolder(path)) return failure(oneSide(path));
  const text = readText(path);
  if (!text.ok) return text;
  const isBoth = isResultText(text.value) || holdsBothSides(path, text.value);
  return isBoth ? success({ native: [path], vm: [path] }) : failure(oneSide(path));
}

function holdsBothSides(source: string, text: string): boolean {
  const file = readBenchmarks({ source, text, sibling: () => undefined, side: 'native' });
  return file.ok && file.value.isOfBothSides === true;
}

/** Somebody may want to know how equal things compare; usually it is a mistake. */
function sameOnBoth(native: FoundFiles, vm: FoundFiles): Issue[] {
  return [...native.contents].flatMap(([hash, source]) => {
    const other = vm.contents.get(hash);
    if (other === undefined) return [];
    const message =
      other === source
        ? `${source} is given for both sides`
        : `${other} of the VM's side has the same content as ${source}`;
    return [{ code: 'same-on-both-sides', severity: 'warning', message, source } as const];
  });
}

function readFactsFiles(paths: readonly FactsPath[]): Result<Record<SideName, BenchmarkFile[]>> {
  const files: Record<SideName, BenchmarkFile[]> = { native: [], vm: [] };
  for (const { side, path } of paths) {
    const text = readText(path);
    if (!text.ok) return text;
    const facts = readFacts(text.value, path);
    if (!facts.ok) return facts;
    files[side].push(facts.value);
  }
  return success(files);
}

function readRules(path: string): Result<MechanismRule[]> {
  const text = readText(path);
  return text.ok ? readMechanismRules(text.value, path) : text;
}

const oneSide = (path: string): Issue => ({
  code: 'one-side',
  severity: 'error',
  message: `${path} is one side only; compare needs the native one and that of the VM`,
  source: path,
  hint: 'vmtoll compare NATIVE VM; one file is both only if "vmtoll bench run" wrote it, or as CSV or JSON lines with a side in each row.',
});
