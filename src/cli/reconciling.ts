/** vmtoll explain --native N --vm V: the benchmarks' part of it. */
import { type Issue, type Result, success } from '../base/issue.js';
import type { Benchmarks } from '../explain/reconciliation/reconciled.js';
import { readBenchmarkPaths } from '../node/benchmark-files.js';
import { type BenchmarkFlags, missingSide } from './benchmark-flags.js';

export function readBenchmarkFlags(flags: BenchmarkFlags): Result<Benchmarks> {
  const { native, vm, vmUnrecorded = [], benchmark } = flags;
  if (native === undefined || vm === undefined) return { ok: false, issue: oneSide(flags) };
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

const oneSide = (flags: BenchmarkFlags): Issue => ({
  code: 'one-side',
  severity: 'error',
  message: `A recording is reconciled with a benchmark that was run on both sides: ${missingSide(flags)}`,
  hint: 'Give --native with its results on the bare host, and --vm with those from inside the guest during the recording.',
});
