// Runs commands as whole processes and measures them: wall time, CPU time, peak memory.
//
// GNU time does the measuring (Debian package `time`): it starts the command from a small process, waits for it and asks
// the kernel (wait4) for what that one process and its children used. Node cannot: process.resourceUsage() is about
// itself, and looking at /proc now and then misses the end of a process. Wall time is taken here, at a finer resolution
// than the hundredths of a second of GNU time; it includes the start of GNU time, about a millisecond.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const GNU_TIME = '/usr/bin/time';
const ERROR_TAIL = 2000;

/**
 * @typedef {{ wallSeconds: number, cpuSeconds: number, peakBytes: number }} Sample
 * @typedef {{ median: number, min: number, max: number }} Spread
 * @typedef {{ wallSeconds: Spread, cpuSeconds: Spread, peakBytes: Spread, runs: number }} Summary
 */

/**
 * Runs a command once; its output goes to /dev/null. Throws where it fails.
 * @param {readonly string[]} command
 * @returns {Sample} peakBytes is the largest resident set of the process (or of one of its children, if that is larger)
 */
export function measure(command) {
  if (!existsSync(GNU_TIME)) throw new Error(`${GNU_TIME} is missing: install GNU time (Debian: apt-get install time)`);
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-bench-'));
  const report = join(folder, 'time');
  const errors = openSync(join(folder, 'stderr'), 'w+');
  try {
    const start = performance.now();
    const { status } = spawnSync(GNU_TIME, ['-o', report, '-f', '%U %S %M', ...command], {
      stdio: ['ignore', 'ignore', errors],
    });
    const wallSeconds = (performance.now() - start) / 1000;
    if (status !== 0) {
      const text = readFileSync(join(folder, 'stderr'), 'utf8').slice(-ERROR_TAIL);
      throw new Error(`"${command.join(' ')}" ended with ${status}:\n${text}`);
    }
    const [user, system, peakKilobytes] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
    return { wallSeconds, cpuSeconds: user + system, peakBytes: peakKilobytes * 1024 };
  } finally {
    closeSync(errors);
    rmSync(folder, { recursive: true });
  }
}

/** @param {readonly number[]} values */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/**
 * Runs commands in turn (A B A B …), so that what else the machine does meets all alike. Before that each runs once
 * unmeasured: afterwards the files are in the page cache for all.
 * @param {readonly (readonly string[])[]} commands
 * @param {number} runs
 * @returns {Summary[]} one per command
 */
export function compare(commands, runs) {
  for (const command of commands) measure(command);
  /** @type {Sample[][]} */
  const samples = commands.map(() => []);
  for (let run = 0; run < runs; run++) {
    commands.forEach((command, index) => {
      samples[index].push(measure(command));
    });
  }
  return samples.map((own) => ({
    wallSeconds: spread(own.map((sample) => sample.wallSeconds)),
    cpuSeconds: spread(own.map((sample) => sample.cpuSeconds)),
    peakBytes: spread(own.map((sample) => sample.peakBytes)),
    runs,
  }));
}
