/** How far a benchmark run is: one line that changes on a terminal, one line per block elsewhere. */

import { counted } from '../base/quantities.js';
import type { Plan } from '../benchmarks/running/plan.js';
import type { RunRecord } from '../benchmarks/running/result.js';
import { reasonOf } from '../benchmarks/running/warnings.js';
import type { Remaining } from '../node/bench/runner.js';
import { printable, printableMessage } from '../report/untrusted.js';

export interface BenchProgress {
  next(remaining: Remaining): void;
  /** Tells at once what would otherwise be known at the end only; of each benchmark and side once. */
  failed(run: RunRecord): void;
  done(): void;
}

export function startBenchProgress({ warmup, repeats }: Pick<Plan, 'warmup' | 'repeats'>): BenchProgress {
  const isTerminal = process.stderr.isTTY;
  let lastBlock = -1;
  const told = new Set<string>();
  const clear = () => {
    if (isTerminal) process.stderr.write('\r\u001b[K');
  };
  return {
    failed(run) {
      const what = `${printable(run.benchmark)} on ${run.side}`;
      if (told.has(what)) return;
      told.add(what);
      clear();
      process.stderr.write(`vmtoll: ${what} failed: ${printableMessage(reasonOf(run))}\n`);
    },
    next({ slot, runs, estimatedNs }) {
      const { block, isWarmup } = slot;
      const place = isWarmup ? `warm-up ${block + 1} of ${warmup}` : `block ${block - warmup + 1} of ${repeats}`;
      const time = estimatedNs === undefined ? '' : `, about ${roughTime(estimatedNs)}`;
      const line = `${place}: ${counted(runs, 'run')} left${time}`;
      if (isTerminal) {
        // A longer line would wrap, and could not be written over.
        const whole = `${line}: ${printable(slot.benchmark)} on ${slot.side}`;
        process.stderr.write(`\r\u001b[K${whole.slice(0, (process.stderr.columns || 80) - 1)}`);
      } else if (block !== lastBlock) process.stderr.write(`${line}\n`);
      lastBlock = block;
    },
    done: clear,
  };
}

/** For example "40 s", "12 min", "1 h 5 min". */
export function roughTime(ns: number): string {
  const seconds = Math.max(1, Math.round(ns / 1e9));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
