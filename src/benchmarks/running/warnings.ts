/** What a reader of a result must know before he believes it. */
import type { Issue } from '../../base/issue.js';
import { FACT_NAMES, type FactName } from '../model.js';
import { type ClockDisagreement, clockDisagreement } from './clock-check.js';
import { type Plan, SIDE_NAMES, type SideName } from './plan.js';
import type { BenchResult, RunRecord, Sitting } from './result.js';

/** A clock that is further off makes differences of its own; usual limits of equality are some times larger. */
const LARGEST_DISAGREEMENT = 0.001;
/** More than this of a time is not the command's. */
const LARGEST_PREFIX_SHARE = 0.01;

export interface SideWarning {
  /** Absent where it is about both. */
  readonly side?: SideName;
  readonly issue: Issue;
}

type Measured = Pick<BenchResult, 'state' | 'sittings' | 'runs'>;

export function warningsOf({ state, sittings, runs }: Measured, plan: Plan): SideWarning[] {
  return [
    ...unfinished(state, runs, plan),
    ...SIDE_NAMES.flatMap((side) =>
      [
        ...sittings.map((sitting) => clockWarning(sitting, side)),
        uncheckedClock(sittings, side),
        changedEnvironment(sittings, side),
        ...plan.benchmarks.map(({ name }) => failureWarning(runs, name, side)),
        prefixWarning(sittings, runs, plan, side),
      ].flatMap((issue) => (issue === undefined ? [] : [{ side, issue }])),
    ),
  ];
}

const warning = (code: string, message: string, hint?: string): Issue => ({
  code,
  severity: 'warning',
  message,
  ...(hint !== undefined && { hint }),
});

function unfinished(state: BenchResult['state'], runs: readonly RunRecord[], plan: Plan): SideWarning[] {
  if (state === 'complete') return [];
  const made = runs.filter((run) => !run.isWarmup && run.failure === undefined).length;
  const planned = plan.benchmarks.length * plan.repeats * SIDE_NAMES.length;
  const message = `only ${made} of ${planned} runs were made (${state})`;
  return [{ issue: warning('unfinished', message, 'The same command goes on where it stopped.') }];
}

const isOff = ({ ratio }: ClockDisagreement): boolean => Math.abs(ratio - 1) > LARGEST_DISAGREEMENT;

const clockOf = ({ clock }: Sitting, side: SideName): ClockDisagreement | undefined =>
  clockDisagreement(clock.filter((reading) => reading.side === side));

function clockWarning(sitting: Sitting, side: SideName): Issue | undefined {
  const found = clockOf(sitting, side);
  if (found === undefined || !isOff(found)) return undefined;
  const percent = ((found.ratio - 1) * 100).toFixed(2);
  const during = `${(found.hostNs / 1e9).toFixed(1)} s`;
  return warning(
    'clocks-disagree',
    `the clock of ${side} went ${found.ratio > 1 ? '+' : ''}${percent} % against this host's during ${during}, at least`,
    'Times that its benchmarks measured are off by that: look at its clock source, and whether it was stopped or migrated.',
  );
}

/** Two sides of one boot have one clock: there is nothing to check. One that is off for certain was seen well enough. */
function uncheckedClock(sittings: readonly Sitting[], side: SideName): Issue | undefined {
  if (side === 'native' || sittings.some(hasOneBoot)) return undefined;
  const found = sittings.map((sitting) => clockOf(sitting, side));
  if (found.some((clock) => clock !== undefined && isOff(clock))) return undefined;
  const blurs = found.map((clock) => clock?.blur ?? 1);
  if (blurs.length === 0 || Math.min(...blurs) <= LARGEST_DISAGREEMENT) return undefined;
  const message = `whether the clock of ${side} runs like this host's could not be seen to ${LARGEST_DISAGREEMENT * 100} %`;
  const hint = 'It took too long to ask it, for so short a run, or it tells no fractions of a second.';
  return { ...warning('clock-unchecked', message, hint), severity: 'note' };
}

const hasOneBoot = ({ environments: { native, vm } }: Sitting): boolean =>
  native.boot !== undefined && native.boot === vm.boot;

/** Runs before and after such a change are not of one experiment. */
function changedEnvironment(sittings: readonly Sitting[], side: SideName): Issue | undefined {
  const changes = sittings.slice(1).flatMap(({ environments }, index) => {
    const [before, after] = [sittings[index].environments[side].facts, environments[side].facts];
    const isChanged = (fact: FactName) => fact !== PRESENT_FREQUENCY && before[fact] !== after[fact];
    return FACT_NAMES.filter(isChanged).map((fact) => `${fact} ${before[fact] ?? '?'} → ${after[fact] ?? '?'}`);
  });
  if (changes.length === 0) return undefined;
  const message = `${side} was not the same in all sittings: ${changes.join('; ')}`;
  return warning('side-changed', message, 'Start anew, with another --out.');
}

/** Of one moment, on many machines. */
const PRESENT_FREQUENCY: FactName = 'cpuMhz';

function failureWarning(runs: readonly RunRecord[], benchmark: string, side: SideName): Issue | undefined {
  const all = runs.filter((run) => run.benchmark === benchmark && run.side === side);
  const failed = all.filter((run) => run.failure !== undefined);
  if (failed.length === 0) return undefined;
  const message = `${failed.length} of ${all.length} runs of ${benchmark} on ${side} failed: ${reasonOf(failed.at(-1)!)}`;
  return warning('failed-runs', message, 'The same command tries them again.');
}

/** Why a run does not count, with the last line that the command complained with. */
export function reasonOf({ failure = '', errorOutput = '' }: RunRecord): string {
  const complaint = errorOutput.trim().split('\n').at(-1)!.trim();
  return complaint === '' ? failure : `${failure}: ${complaint}`;
}

/** Times from outside hold the time of getting there; where the other side has as much of it, that does not matter. */
function prefixWarning(
  sittings: readonly Sitting[],
  runs: readonly RunRecord[],
  plan: Plan,
  side: SideName,
): Issue | undefined {
  const [here, there] = [side, ...SIDE_NAMES.filter((other) => other !== side)].map((name) =>
    callNs(sittings, plan, name),
  );
  const extraNs = here - there;
  const tooShort = plan.benchmarks.filter(({ name }) => {
    const timed = runs.filter((run) => run.benchmark === name && run.side === side && isWallTime(run));
    return timed.length > 0 && extraNs > LARGEST_PREFIX_SHARE * median(timed.map(({ elapsedNs }) => elapsedNs));
  });
  if (tooShort.length === 0) return undefined;
  const names = tooShort.map(({ name }) => name).join(', ');
  return warning(
    'prefix-takes-time',
    `the times of ${names} on ${side} hold about ${(extraNs / 1e6).toFixed(1)} ms more for getting a command started than the other side's`,
    'Let the benchmark time itself, make it run longer, or a prefix faster (ssh: ControlMaster).',
  );
}

/** Of a command that does next to nothing: reading the clock. A console times the command alone. */
function callNs(sittings: readonly Sitting[], plan: Plan, side: SideName): number {
  const readings = sittings.flatMap(({ clock }) => clock).filter((reading) => reading.side === side);
  if (readings.length === 0 || plan.sides[side].kind === 'console') return 0;
  return median(readings.map(({ hostBeforeNs, hostAfterNs }) => hostAfterNs - hostBeforeNs));
}

/** Its only result is the time from outside. */
const isWallTime = ({ series, elapsedNs }: RunRecord): boolean =>
  series.length === 1 && series[0].runs.length === 1 && series[0].runs[0].values[0] === elapsedNs;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
