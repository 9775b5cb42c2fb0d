/** The two sides of a comparison from the paths that a user names. */
import { failure, type Issue, type Result, success } from '../base/issue.js';
import { isResultText, sidesOfResult } from '../benchmarks/bench-result.js';
import type { CompareRequest } from '../benchmarks/comparison/compare.js';
import { readFacts } from '../benchmarks/facts-file.js';
import { type MechanismRule, readMechanismRules } from '../benchmarks/mechanisms.js';
import type { BenchmarkFile } from '../benchmarks/model.js';
import { sideOf } from '../benchmarks/reading.js';
import { SIDE_NAMES, type SideName } from '../benchmarks/running/plan.js';
import { type FoundFiles, isFolder, readBenchmarkPaths, readText } from './benchmark-files.js';

/** Either files and folders of each side, or the one file of both that `vmtoll bench run` wrote. */
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
  const files = 'both' in paths ? filesOfBoth(paths.both) : filesOfEach(paths);
  if (!files.ok) return files;
  const stated = readFactsFiles(facts);
  if (!stated.ok) return stated;
  const rules = mechanisms === undefined ? success([]) : readRules(mechanisms);
  if (!rules.ok) return rules;
  const [native, vm] = SIDE_NAMES.map((side) => sideOf([...stated.value[side], ...files.value[side]]));
  return success({
    native: { ...native, issues: [...files.value.issues, ...native.issues] },
    vm,
    mechanisms: [...rules.value, ...files.value.mechanisms],
  });
}

interface SideFiles extends Readonly<Record<SideName, readonly BenchmarkFile[]>> {
  readonly issues: readonly Issue[];
  readonly mechanisms: readonly MechanismRule[];
}

function filesOfBoth(path: string): Result<SideFiles> {
  if (isFolder(path)) return failure(oneSide(path));
  const text = readText(path);
  if (!text.ok) return text;
  if (!isResultText(text.value)) return failure(oneSide(path));
  const sides = sidesOfResult(text.value, path);
  if (!sides.ok) return sides;
  const { native, vm, mechanisms } = sides.value;
  return success({ native, vm, issues: [], mechanisms: rulesOfPlan(mechanisms) });
}

/** A benchmark of a plan is called as there, or begins with that name and a slash. */
const rulesOfPlan = (mechanisms: ReadonlyMap<string, string>): MechanismRule[] =>
  [...mechanisms].flatMap(([benchmark, mechanism]) => [
    { benchmark, mechanism },
    { benchmark: `${benchmark}/*`, mechanism },
  ]);

function filesOfEach(paths: Readonly<Record<SideName, readonly string[]>>): Result<SideFiles> {
  const native = readBenchmarkPaths(paths.native);
  if (!native.ok) return native;
  const vm = readBenchmarkPaths(paths.vm);
  if (!vm.ok) return vm;
  return success({
    native: native.value.files,
    vm: vm.value.files,
    issues: [...native.value.issues, ...vm.value.issues, ...sameOnBoth(native.value, vm.value)],
    mechanisms: [],
  });
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
  hint: 'vmtoll compare NATIVE VM; only the result of "vmtoll bench run" holds both sides in one file.',
});
