/** Where commands run: this host, or whatever is behind a prefix or a console. */
import { randomBytes } from 'node:crypto';
import type { PlannedSide, PrefixSide } from '../../benchmarks/running/plan.js';
import { argumentsOn } from '../../benchmarks/running/quoting.js';
import { SerialConsole } from './console.js';
import { execute, type Limits, type Outcome } from './process.js';

export interface Side {
  /** Runs a program with its arguments; never throws. */
  run(words: readonly string[], limits: Limits): Promise<Outcome>;
  /** Ends what it holds open. */
  close(): void;
}

export const openSide = (planned: PlannedSide): Side =>
  planned.kind === 'console' ? new SerialConsole(planned) : new PrefixedSide(planned);

/** For ending what a command left behind. */
const SWEEP_TIMEOUT_MS = 10e3;

class PrefixedSide implements Side {
  readonly #planned: PrefixSide;

  constructor(planned: PrefixSide) {
    this.#planned = planned;
  }

  /** Every command has a mark in its environment, on this host as well, so that both sides do the same work. */
  async run(words: readonly string[], limits: Limits): Promise<Outcome> {
    const mark = `VMTOLL_RUN=${randomBytes(8).toString('hex')}`;
    const outcome = await execute(argumentsOn(this.#planned, ['env', mark, ...words]), limits);
    if (outcome.fault !== undefined) await this.#sweep(mark);
    return outcome;
  }

  close(): void {}

  /**
   * Ends all processes that have the mark. Ending ssh or docker exec here does not end what they started there, nor does
   * ending a process group end what has left it; either would disturb whatever runs next.
   */
  async #sweep(mark: string): Promise<void> {
    const script = `for file in /proc/[0-9]*/environ; do
      if grep -q ${mark} "$file" 2>/dev/null; then id=\${file#/proc/}; kill -KILL "\${id%/environ}"; fi
    done`;
    const limits: Limits = { timeoutMs: SWEEP_TIMEOUT_MS, stop: new AbortController().signal };
    await execute(argumentsOn(this.#planned, ['sh', '-c', script]), limits);
  }
}
