/** What the page is shown in tests, and what the command says of the same. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../../../src/benchmarks/comparison/comparison.js';
import type { Explanation } from '../../../src/explain/explanation.js';
import { vmtoll } from '../../support/cli.js';
import { pathIn } from '../../support/read-records.js';
import { scenario } from '../../support/recordings.js';

const recordingOf = (name: string): string => pathIn(scenario(name, 'trace.dat'), 'trace.dat');

const BENCHMARKS = 'fixtures/benchmarks/native-vs-vm';

/** Arguments of vmtoll open and vmtoll explain. */
export const INPUTS = {
  'KVM, UART flood': () => [recordingOf('b1-uart-flood')],
  'KVM, overcommitted': () => [recordingOf('i1-overcommit-unpinned')],
  'QNX, simulated': () => {
    const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
    vmtoll(['demo', 'qnx', '--save', folder]);
    return [join(folder, 'serial.kev'), '--config', join(folder, 'serial.qvmconf')];
  },
  'native against VM': () => [
    recordingOf('native-vs-vm/rec/cpuid'),
    '--native',
    `${BENCHMARKS}/native`,
    '--vm',
    `${BENCHMARKS}/vm`,
    '--benchmark',
    'cpuid',
  ],
} as const satisfies Record<string, () => string[]>;

export const HOST_NOISE = (): string => recordingOf('f5-pingpong-host-noise');

export function explained(args: readonly string[]): Explanation {
  return jsonOf(['explain', ...args, '--json']) as Explanation;
}

export const compared = (): Comparison =>
  jsonOf(['compare', `${BENCHMARKS}/native`, `${BENCHMARKS}/vm`, '--json']) as Comparison;

function jsonOf(args: readonly string[]): unknown {
  const { code, stdout, stderr } = vmtoll(args);
  if (code !== 0) throw new Error(`vmtoll ${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}
