/** The benchmark results of one side from the paths that a user names. */
import { type Result, success } from '../base/issue.js';
import { isResultText, sidesOfResult } from '../benchmarks/bench-result.js';
import type { BenchmarkFile } from '../benchmarks/model.js';
import type { SideName } from '../benchmarks/running/plan.js';
import { readBenchmarkPaths, readText } from './benchmark-files.js';

/** Files and folders; of a result of `vmtoll bench run`, which holds both sides, the one that is wanted. */
export function readSideFiles(paths: readonly string[], side: SideName): Result<BenchmarkFile[]> {
  const files: BenchmarkFile[] = [];
  for (const path of paths) {
    const read = readOne(path, side);
    if (!read.ok) return read;
    files.push(...read.value);
  }
  return success(files);
}

function readOne(path: string, side: SideName): Result<readonly BenchmarkFile[]> {
  const text = readText(path);
  if (text.ok && isResultText(text.value)) {
    const sides = sidesOfResult(text.value, path);
    return sides.ok ? success(sides.value[side]) : sides;
  }
  const found = readBenchmarkPaths([path]);
  return found.ok ? success(found.value.files) : found;
}
