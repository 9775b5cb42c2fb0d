/** Recordings of KVM on arm64, and what others say of them. */
import type { Explanation } from '../../src/explain/explanation.js';
import type { RealRecording } from './explained.js';
import { runTool, textIn } from './read-records.js';
import { type Scenario, scenariosWith } from './recordings.js';

/** Without the kvm events, on purpose. */
export const WITHOUT_EXITS = /\/overcommit-schedonly$/;

export function arm64Recordings(files: readonly string[]): RealRecording[] {
  return files.flatMap((file) =>
    scenariosWith(file, 'kvm-arm64')
      .filter(({ folder }) => !WITHOUT_EXITS.test(folder))
      .map((scenario) => ({ scenario, file, name: `${scenario.name}/${file}` })),
  );
}

export interface KernelExit {
  readonly thread: number;
  /** As the kernel prints it: what its code at EL2 returned, and for a trap the exception class. */
  readonly reason: string;
}

/** The exits as trace-cmd prints them, without its plug-ins, which know x86 alone. */
export function exitsOfTraceCmd(path: string): KernelExit[] {
  const text = runTool('trace-cmd', ['report', '-N', '-F', 'kvm_exit', path]);
  return [...text.matchAll(/-(\d+) +\[\d+\].* kvm_exit: +(\w+): HSR_EC: 0x[\da-f]+ \((\w+)\)/g)].map(
    ([, thread, returned, exceptionClass]) => ({
      thread: Number(thread),
      reason: returned === 'TRAP' ? exceptionClass : returned,
    }),
  );
}

/** KVM's counters of all machines: after less before. */
export function counterDifferences(scenario: Scenario): (name: string) => number {
  const [before, after] = ['counters.before.txt', 'counters.after.txt'].map((file) => sums(textIn(scenario, file)));
  return (name) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
}

/** Lines "PID-FD/NAME VALUE", summed up over machines. */
function sums(text: string): Map<string, number> {
  const counters = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^\d+-\d+\/(\w+) (\d+)$/gm)) {
    counters.set(name, (counters.get(name) ?? 0) + Number(value));
  }
  return counters;
}

/** How long each thread had a pCPU between the two readings of the counters, ns (schedstat). */
export function ranBetween(scenario: Scenario): Map<number, number> {
  const [before, after] = ['counters.before.txt', 'counters.after.txt'].map(
    (file) =>
      new Map(
        [...textIn(scenario, file).matchAll(/^task (\d+) \S+ schedstat (\d+) \d+ \d+$/gm)].map(([, thread, run]) => [
          Number(thread),
          Number(run),
        ]),
      ),
  );
  return new Map(
    [...after].flatMap(([thread, run]) => (before.has(thread) ? [[thread, run - before.get(thread)!]] : [])),
  );
}

/** Exits of rows, by whatever tells them apart. */
export const exitsWhere = ({ exits }: Explanation, wanted: (row: Explanation['exits'][number]) => boolean): number =>
  exits.filter(wanted).reduce((sum, { count }) => sum + count, 0);
