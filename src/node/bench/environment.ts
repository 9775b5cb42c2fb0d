/** Asks a side what it is and what time it has. */
import { failure, type Result, success } from '../../base/issue.js';
import { CLOCK_SCRIPT, type ClockReading, parseClock } from '../../benchmarks/running/clock-check.js';
import { ENVIRONMENT_SCRIPT, type Environment, parseEnvironment } from '../../benchmarks/running/environment.js';
import type { SideName } from '../../benchmarks/running/plan.js';
import { monotonicNs } from './process.js';
import type { Side } from './side.js';

/** Slow ones are machines under load. */
const TIMEOUT_MS = 30e3;

/** What the side is; a failure, for people, where it does not answer: nothing else will work there either. */
export async function environmentOf(side: Side, name: string, stop: AbortSignal): Promise<Result<Environment>> {
  const outcome = await side.run(['sh', '-c', ENVIRONMENT_SCRIPT], { timeoutMs: TIMEOUT_MS, stop });
  const environment = parseEnvironment(outcome.stdout);
  if (environment !== undefined) return success(environment);
  const why = outcome.fault ?? `it ended with ${outcome.signal ?? `exit code ${outcome.exitCode}`}`;
  return failure({
    code: 'side-unreachable',
    severity: 'error',
    message: `a shell on ${name} does not answer: ${why}${outcome.stderr === '' ? '' : `: ${outcome.stderr.trim()}`}`,
    hint: 'Its prefix (or console) must run "sh -c ..." without asking for anything; see vmtoll bench run --help.',
  });
}

/** One look at the clock of a side; undefined where it tells nothing. */
export async function readClock(side: Side, name: SideName, stop: AbortSignal): Promise<ClockReading | undefined> {
  const hostBeforeNs = monotonicNs();
  const { stdout, startNs, elapsedNs } = await side.run(['sh', '-c', CLOCK_SCRIPT], { timeoutMs: TIMEOUT_MS, stop });
  const clock = parseClock(stdout);
  return clock && { side: name, hostBeforeNs, hostAfterNs: startNs + elapsedNs, ...clock };
}
