// The commands that are compared, and what they are.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { gigabytes } from './table.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const COMMAND = join(ROOT, 'dist/cli/main.cjs');
/** An Explanation as JSON is some 100 KB. */
const LARGEST_OUTPUT = 2 ** 28;

export const vmtoll = (/** @type {string} */ file) => [process.execPath, COMMAND, 'explain', '--json', file];
export const traceCmd = (/** @type {string} */ file) => ['trace-cmd', 'report', '-i', file];
export const perf = (/** @type {string} */ file) => ['perf', 'kvm', '-i', file, 'stat', 'report', '--event=vmexit'];
export const xenalyze = (/** @type {string} */ file) => [
  'xenalyze',
  '--svm-mode',
  '--cpu-hz',
  '2596096000',
  '--summary',
  file,
];
export const dd = (/** @type {string} */ file) => ['dd', `if=${file}`, 'of=/dev/null', 'bs=1M'];

/** The standard output of a command. */
function outputOf(/** @type {readonly string[]} */ [program, ...options]) {
  return execFileSync(program, options, {
    encoding: 'utf8',
    maxBuffer: LARGEST_OUTPUT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** What vmtoll says about a file. */
export const explanationOf = (/** @type {string} */ file) => JSON.parse(outputOf(vmtoll(file)));

/** How many pairs of exit and entry perf finds in a file. It prints its table on standard error. */
export function perfSamples(/** @type {string} */ file) {
  const [program, ...options] = perf(file);
  const { stdout, stderr } = spawnSync(program, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const [, samples] = /^Total Samples:(\d+)/m.exec(stdout + stderr) ?? [];
  if (samples === undefined) throw new Error(`perf kvm stat found nothing in ${file}`);
  return Number(samples);
}

/** Fails with what to do where something that the benchmarks need is missing. */
export function requireTools() {
  if (!existsSync(COMMAND)) throw new Error(`${COMMAND} is missing: run npm run build`);
  for (const [program, packageName] of [
    ['perf', 'linux-perf'],
    ['trace-cmd', 'trace-cmd'],
    ['xz', 'xz-utils'],
  ]) {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined) {
      throw new Error(`${program} is missing: install it (Debian: apt-get install ${packageName})`);
    }
  }
}

/** Hardware and versions, as far as the figures depend on them. */
export function environment() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const traceCmdVersion = spawnSync('trace-cmd', { encoding: 'utf8' });
  return {
    date: new Date().toISOString().slice(0, 10),
    vmtoll: version,
    node: process.version,
    perf: outputOf(['perf', '--version']).replace('perf version', '').trim(),
    traceCmd: /version (\S+)/.exec(traceCmdVersion.stdout + traceCmdVersion.stderr)?.[1] ?? 'unknown',
    cpu: cpus()[0].model.trim(),
    cpus: cpus().length,
    memory: gigabytes(totalmem()),
    kernel: release(),
  };
}
